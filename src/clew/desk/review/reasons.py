"""Why pairs are here, put into words for one reader: only records that this reader may know of.

A pair keeps its reasons as references. One that leads to a record behind a seal is left out for
whom the seal keeps away, as is one that leads to no record: the two read the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clew.desk.accounts.rules import Permission, Person
from clew.desk.records.visible import open_numbers
from clew.desk.review.pair_state import matched_in, say_because


def reasons_for(person: Person, pairs: Iterable[Any]) -> dict[int, str]:
    """Return why each pair is here, "" where it is not said, by the number of the pair.

    Parameters
    ----------
    pairs
        Pairs with both records, or rows of them with `first__case_id` and `second__case_id`.
    """
    rows = [(row, _ids_of(row)) for row in pairs]
    named = {n for row, ids in rows for n in matched_in(row.because, row.matches, ids)}
    open_ = open_numbers(person, Permission.SEE_LINKS, named)
    return {row.pk: say_because(row.because, row.matches, ids, open_) for row, ids in rows}


def _ids_of(row: Any) -> tuple[str, str]:
    if hasattr(row, "first__case_id"):
        return row.first__case_id, row.second__case_id
    return row.first.case_id, row.second.case_id
