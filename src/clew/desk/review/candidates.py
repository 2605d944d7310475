"""The present candidates of each record: the five that the engine now ranks first.

Whenever a record is compared, its list is worked out anew, and its place in the lists of others is
too: a record that came later stands in the list of an earlier one that it matches. A pair that
shares nothing that speaks for it is never a candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db.models import Exists, OuterRef

from clew.desk.review.models import Candidate, Link
from clew.desk.review.pair_state import CANDIDATES

AT_ONCE = 500
"""Declared: records asked for at once."""
Lists = dict[int, dict[int, Link]]


def renew_candidates(links: Sequence[Link]) -> set[frozenset[int]]:
    """Bring the lists of every record in `links` up to date, within the round's transaction.

    Parameters
    ----------
    links
        Of one round, in order of time: of each comparison up to five ranked links, then any that
        share an entity or were listed before.

    Returns
    -------
    Every pair that is in a list now, or was in one that changed; by the numbers of its records.
    """
    ids = {number for link in links for number in (link.case_id, link.other_id)}
    lists: Lists = {number: {} for number in ids}
    for part in _parts(ids):
        rows = Candidate.objects.filter(case__in=part).select_related("link__case", "link__other")
        for row in rows.defer("link__findings", "link__case__texts", "link__other__texts"):
            lists[row.case_id][row.other_id] = row.link
    before = {number: list(entries) for number, entries in lists.items()}
    for (number, _), group in groupby(links, key=lambda link: (link.case_id, link.at)):
        compared = list(group)
        lists[number] = {}
        for link in compared:
            if link.rank <= CANDIDATES:
                _enter(lists, number, link.other_id, link)
            _enter(lists, link.other_id, number, link)
    changed = [number for number in ids if lists[number] or before[number]]
    for part in _parts(changed):
        Candidate.objects.filter(case__in=part).delete()
    Candidate.objects.bulk_create(
        (
            Candidate(case_id=number, other_id=other, link=link, place=place)
            for number in changed
            for place, (other, link) in enumerate(lists[number].items(), 1)
        ),
        batch_size=AT_ONCE,
    )
    return {
        frozenset((number, other))
        for number in changed
        for other in (*before[number], *lists[number])
    }


def _enter(lists: Lists, number: int, other: int, link: Link) -> None:
    """Put a link in its place in the list of a record, and keep the first five."""
    entries = {one: held for one, held in lists[number].items() if one != other}
    if link.micro_bans > 0:
        entries[other] = link
    # As the engine orders them: of equal weights the earlier report is first.
    ordered = sorted(entries.items(), key=lambda entry: _order(number, entry[1]))
    lists[number] = dict(ordered[:CANDIDATES])


def _order(number: int, link: Link) -> tuple[object, ...]:
    other = link.other if link.case_id == number else link.case
    return (-link.micro_bans, other.reported_at, other.case_id)


def listing(case_id: str) -> list[str]:
    """Return the records in whose lists one is, by the newest round."""
    found = Candidate.objects.filter(other__case_id=case_id).order_by("case__case_id")
    return list(found.values_list("case__case_id", flat=True))


def places_of(cases: Iterable[int]) -> dict[int, dict[int, int]]:
    """Return the list of each record: the numbers of its candidates, each with its place."""
    found: dict[int, dict[int, int]] = {}
    for part in _parts(cases):
        rows = Candidate.objects.filter(case__in=part)
        for case, other, place in rows.values_list("case_id", "other_id", "place"):
            found.setdefault(case, {})[other] = place
    return found


def is_present() -> Exists:
    """Return the condition that a pair is in the list of one of its two records."""
    first = Candidate.objects.filter(case=OuterRef("first"), other=OuterRef("second"))
    second = Candidate.objects.filter(case=OuterRef("second"), other=OuterRef("first"))
    return Exists(first) | Exists(second)  # type: ignore[return-value]


def _parts(ids: Iterable[int]) -> Iterable[list[int]]:
    listed = sorted(ids)
    return (listed[k : k + AT_ONCE] for k in range(0, len(listed), AT_ONCE))
