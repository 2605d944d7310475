"""Rows that were coded once are re-encoded with the codes that were known at a given time.

A walk through years learns on the first of each month from the cases known on that day. What one
case states never changes, so every version of every case is coded once, by codes of the whole
history; for each month the rows of that month are taken and their codes are replaced by those that
these rows alone would have given. The answer is that of `to_columns` and `append_cases`, which a
test checks to the byte: nothing of a later row is left, neither a value nor the order of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from clew.comparison.coding.codes import SUBSTANCES, Codes, is_group
from clew.comparison.coding.columns import (
    STARTS,
    Coded,
    bits_of,
    counts_of,
    reference_rows,
    stack_rows,
    to_columns,
)
from clew.comparison.evidence import place
from clew.comparison.evidence.shared import seen
from clew.comparison.evidence.substances import routinely_tested
from clew.model.case import Case
from clew.model.columns import ITEM_TYPES, Array, Columns

ABSENT = -1


class MonthCodes(NamedTuple):
    """From a code of the whole history to that of one time, or ABSENT; each shape (names,).

    Or the other way round: the codes of the whole, in the order in which one time numbers them.
    """

    items: Array
    place_keys: Array
    areas: Array
    entities: Array
    mechanisms: Array
    cases: Array


@dataclass(frozen=True, slots=True)
class EncodedHistory:
    """Every version of every case, coded once. Version k, as listed, is row `row_of[k]`.

    `item_ranks` and `case_ranks`: each name's place among all names in order.
    """

    coded: Coded
    row_of: Array
    item_ranks: Array
    case_ranks: Array

    @classmethod
    def from_versions(cls, versions: Sequence[Case], timezone: str) -> EncodedHistory:
        """Code all versions, two at least; several may be of one case."""
        order = sorted(
            range(len(versions)), key=lambda k: (versions[k].reported_at, versions[k].case_id, k)
        )
        coded = to_columns([versions[k] for k in order], timezone)
        row_of = np.empty(len(versions), np.int64)
        row_of[order] = np.arange(len(versions))
        kinds = [(ITEM_TYPES.index(kind), value) for kind, value in coded.codes.items]
        by_item = sorted(range(len(kinds)), key=kinds.__getitem__)
        ids = coded.codes.case_ids
        by_id = sorted(range(len(ids)), key=ids.__getitem__)
        return cls(coded, row_of, np.argsort(by_item), np.argsort(by_id))

    def learn(self, rows: Array) -> tuple[Coded, MonthCodes]:
        """Return what `to_columns` returns for the cases of `rows`, one row per case, in order."""
        codes, cols = self.coded.codes, self.coded.cols
        cases = tuple(self.coded.cases[row] for row in rows.tolist())
        counts = np.bincount(_listed(cols, "items", rows)[0], minlength=len(codes.items))
        present = np.flatnonzero(counts)
        owners, mentions = cols.owner[rows], _listed(cols, "mentions", rows)[0]
        unmet = np.setdiff1d(mentions, owners)  # papers name them, and they are not among the rows
        names = MonthCodes(
            items=present[np.lexsort((self.item_ranks[present], -counts[present]))],
            place_keys=_present(cols.place_key[rows]),
            areas=_present(cols.area[rows]),
            entities=_present(_listed(cols, "entities", rows)[0]),
            mechanisms=_present(cols.mechanism[rows] - 1),
            cases=np.concatenate([owners, unmet[np.argsort(self.case_ranks[unmet])]]),
        )
        sizes = (len(all_names) for all_names in _named(codes))
        book = MonthCodes(
            *(
                _lengthened(np.full(size, ABSENT, np.int64), known, 0)
                for known, size in zip(names, sizes, strict=True)
            )
        )
        learnt = self._codes(names, routinely_tested(cases))
        reference = reference_rows(len(rows))
        with_point = cols.density[rows[reference]] >= 0
        made = self._columns(rows, learnt, book, cols.xyz[rows[reference]][with_point])
        known_kinds = seen(made).sum(axis=0).astype(np.int64)
        learnt = replace(learnt, item_counts=counts[names.items], item_known=known_kinds)
        return Coded(cases, made, learnt, reference), book

    def append(self, coded: Coded, book: MonthCodes, rows: Array) -> Coded:
        """Return what `append_cases` returns for the cases of `rows`, behind those of `coded`."""
        cols = self.coded.cols
        ids = np.concatenate([cols.owner[rows], _listed(cols, "mentions", rows)[0]])
        new = MonthCodes(
            items=_added(_listed(cols, "items", rows)[0], book.items, self.item_ranks),
            place_keys=_added(cols.place_key[rows], book.place_keys),
            areas=_added(cols.area[rows], book.areas),
            entities=_added(_listed(cols, "entities", rows)[0], book.entities),
            mechanisms=np.zeros(0, np.int64),  # stay unknown, as in `add_codes`
            cases=_added(ids, book.cases, self.case_ranks),
        )
        first, more = coded.codes, self._codes(new, None)
        grown = replace(
            first,
            items=(*first.items, *more.items),
            item_type=np.concatenate([first.item_type, more.item_type]),
            item_against=np.concatenate([first.item_against, more.item_against]),
            item_counts=np.concatenate([first.item_counts, more.item_counts]),
            place_keys=(*first.place_keys, *more.place_keys),
            areas=(*first.areas, *more.areas),
            entities=(*first.entities, *more.entities),
            case_ids=(*first.case_ids, *more.case_ids),
        )
        longer = MonthCodes(
            *(
                _lengthened(numbers, codes, len(names))
                for numbers, codes, names in zip(book, new, _named(first), strict=True)
            )
        )
        near = coded.cols.xyz[coded.reference][coded.cols.density[coded.reference] >= 0]
        columns = self._columns(rows, grown, longer, near)
        cases = tuple(self.coded.cases[row] for row in rows.tolist())
        return Coded(
            (*coded.cases, *cases), stack_rows(coded.cols, columns), grown, coded.reference
        )

    def _codes(self, names: MonthCodes, routine: frozenset[str] | None) -> Codes:
        """Return the codes of these names; `routine` None: nothing is known of what is tested.

        `item_counts` are 0, and `item_known` is left empty.
        """
        codes = self.coded.codes
        items = tuple(codes.items[code] for code in names.items.tolist())
        kinds = codes.item_type[names.items]
        against = [
            not is_group(value)
            and (kind != SUBSTANCES or (routine is not None and value in routine))
            for kind, (_, value) in zip(kinds.tolist(), items, strict=True)
        ]
        keys, areas, entities, mechanisms, ids = (
            tuple(str(all_names[code]) for code in chosen.tolist())
            for all_names, chosen in zip(_named(codes)[1:], names[1:], strict=True)
        )
        return Codes(
            items=items,
            item_type=kinds,
            item_against=np.array(against, np.int8),
            item_counts=np.zeros(len(items), np.int64),
            item_known=np.zeros(0, np.int64),
            place_keys=keys,
            areas=areas,
            entities=entities,
            mechanisms=mechanisms,
            case_ids=ids,
        )

    def _columns(self, rows: Array, codes: Codes, book: MonthCodes, near: Array) -> Columns:
        """Return the columns of `rows` by other codes; density is that of the `near` points."""
        cols = self.coded.cols
        plain = {
            name: getattr(cols, name)[rows]
            for name in Columns._fields
            if name not in STARTS and name not in STARTS.values()
        }
        made: dict[str, Array] = {}
        books = {"items": book.items, "entities": book.entities, "mentions": book.cases}
        for start, name in STARTS.items():
            values, lengths = _listed(cols, name, rows)
            translated = books[name][values].astype(np.int32)
            ascending = np.lexsort((translated, np.repeat(np.arange(len(rows)), lengths)))
            made[start] = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
            made[name] = translated[ascending]
        plain |= {
            "density": place.density_classes(plain["xyz"], plain["density"] >= 0, near),
            "owner": book.cases[plain["owner"]].astype(np.int32),
            "place_key": _translated(plain["place_key"], book.place_keys),
            "area": _translated(plain["area"], book.areas),
            "mechanism": (_translated(plain["mechanism"] - 1, book.mechanisms) + 1).astype(
                np.int16
            ),
            "item_bits": bits_of(made["item_start"], made["items"]),
            "item_counts": counts_of(made["items"], made["item_start"], codes),
            "entity_bits": bits_of(made["entity_start"], made["entities"]),
        }
        return Columns(**plain, **made)


def _listed(cols: Columns, name: str, rows: Array) -> tuple[Array, Array]:
    """Return the lists `name` of `rows`, end to end, and how many values each has, (rows,)."""
    starts = getattr(cols, next(start for start, listed in STARTS.items() if listed == name))
    lengths = np.diff(starts)[rows]
    before = np.concatenate([[0], np.cumsum(lengths)])
    at = np.repeat(starts[rows] - before[:-1], lengths) + np.arange(before[-1])
    return getattr(cols, name)[at], lengths


def _present(codes: Array) -> Array:
    """Return each code that is there, once, ascending: names of the whole are in order."""
    once: Array = np.unique(codes[codes >= 0])
    return once


def _added(codes: Array, book: Array, ranks: Array | None = None) -> Array:
    """Return the codes that are not in `book`, once each, in order of their names."""
    new = _present(codes)
    new = new[book[new] == ABSENT]
    ordered: Array = new if ranks is None else new[np.argsort(ranks[new])]
    return ordered


def _lengthened(book: Array, codes: Array, first: int) -> Array:
    """Return the book with `codes` numbered from `first` on."""
    longer = book.copy()
    longer[codes] = first + np.arange(len(codes))
    return longer


def _translated(codes: Array, book: Array) -> Array:
    """Translate a column of codes; what is missing stays ABSENT, and so does what is unknown."""
    if not len(book):
        return np.full(len(codes), ABSENT, np.int32)
    return np.where(codes >= 0, book[codes], ABSENT).astype(np.int32)


def _named(codes: Codes) -> tuple[Sequence[object], ...]:
    """Return all names of the codes, in the order of a `MonthCodes`."""
    return (
        codes.items, codes.place_keys, codes.areas,
        codes.entities, codes.mechanisms, codes.case_ids,
    )  # fmt: skip
