"""Rows that were coded once are coded anew, as the cases known at one time would have been.

A walk through years learns on the first of each month from the cases that stand on that day. What
one case tells never changes, so every version of every case is coded once, by codes of the whole
history; for each month the rows of that month are taken and their codes are replaced by those that
these rows alone would have given. The answer is that of `to_columns` and `append_cases`, which a
test holds to the byte: nothing of a later row is left, neither a value nor the order of one.
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
    def of(cls, versions: Sequence[Case], timezone: str) -> EncodedHistory:
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
        """Return what `to_columns` returns for the cases of `rows`, one row a case, in order."""
        codes, cols = self.coded.codes, self.coded.cols
        cases = tuple(self.coded.cases[row] for row in rows.tolist())
        counts = np.bincount(_listed(cols, "items", rows).values, minlength=len(codes.items))
        held = self._held(rows, counts)
        book = MonthCodes(*(_numbered(h, len(n)) for h, n in zip(held, _named(codes), strict=True)))
        learnt = self._codes(held, routinely_tested(cases))
        reference = reference_rows(len(rows))
        known = cols.density[rows[reference]] >= 0
        made = self._columns(rows, learnt, book, cols.xyz[rows[reference]][known])
        told = seen(made).sum(axis=0).astype(np.int64)
        learnt = replace(learnt, item_counts=counts[held.items], item_known=told)
        return Coded(cases, made, learnt, reference), book

    def append(self, coded: Coded, book: MonthCodes, rows: Array) -> Coded:
        """Return what `append_cases` returns for the cases of `rows`, behind those of `coded`."""
        new = self._new(rows, book)
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

    def _held(self, rows: Array, counts: Array) -> MonthCodes:
        """Return the names that `rows` hold, as codes of the whole, in the order they stand in."""
        cols = self.coded.cols
        present = np.flatnonzero(counts)
        owners, mentions = cols.owner[rows], _listed(cols, "mentions", rows).values
        unmet = np.setdiff1d(mentions, owners)  # papers name them, and they are not among the rows
        return MonthCodes(
            items=present[np.lexsort((self.item_ranks[present], -counts[present]))],
            place_keys=_present(cols.place_key[rows]),
            areas=_present(cols.area[rows]),
            entities=_present(_listed(cols, "entities", rows).values),
            mechanisms=_present(cols.mechanism[rows] - 1),
            cases=np.concatenate([owners, unmet[np.argsort(self.case_ranks[unmet])]]),
        )

    def _new(self, rows: Array, book: MonthCodes) -> MonthCodes:
        """Return the names that `rows` hold and `book` lacks, as codes of the whole, in order.

        A mechanism that no earlier case has stays unknown, as in `add_codes`.
        """
        cols = self.coded.cols
        ids = np.concatenate([cols.owner[rows], _listed(cols, "mentions", rows).values])
        return MonthCodes(
            items=_lacking(_listed(cols, "items", rows).values, book.items, self.item_ranks),
            place_keys=_lacking(cols.place_key[rows], book.place_keys),
            areas=_lacking(cols.area[rows], book.areas),
            entities=_lacking(_listed(cols, "entities", rows).values, book.entities),
            mechanisms=np.zeros(0, np.int64),
            cases=_lacking(ids, book.cases, self.case_ranks),
        )

    def _codes(self, held: MonthCodes, routine: frozenset[str] | None) -> Codes:
        """Return the codes of the names held; `routine` None: nothing is known of what is tested.

        `item_counts` are 0, and `item_known` is left empty.
        """
        codes = self.coded.codes
        items = tuple(codes.items[code] for code in held.items.tolist())
        kinds = codes.item_type[held.items]
        against = [
            not is_group(value)
            and (kind != SUBSTANCES or (routine is not None and value in routine))
            for kind, (_, value) in zip(kinds.tolist(), items, strict=True)
        ]
        names = zip(_named(codes)[1:], held[1:], strict=True)
        keys, areas, entities, mechanisms, ids = (_names(all_of, some) for all_of, some in names)
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
            made[start], made[name] = _listed(cols, name, rows).by(books[name])
        plain |= {
            "density": place.density_classes(plain["xyz"], plain["density"] >= 0, near),
            "owner": book.cases[plain["owner"]].astype(np.int32),
            "place_key": _by(book.place_keys, plain["place_key"]),
            "area": _by(book.areas, plain["area"]),
            "mechanism": (_by(book.mechanisms, plain["mechanism"] - 1) + 1).astype(np.int16),
            "item_bits": bits_of(made["item_start"], made["items"]),
            "item_counts": counts_of(made["items"], made["item_start"], codes),
            "entity_bits": bits_of(made["entity_start"], made["entities"]),
        }
        return Columns(**plain, **made)


class _Lists(NamedTuple):
    """Lists of codes of some rows, end to end: `values`, and how many each row has, (rows,)."""

    values: Array
    lengths: Array

    def by(self, book: Array) -> tuple[Array, Array]:
        """Return where each row's list starts, (rows + 1,), and its codes by `book`, ascending."""
        starts = np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64)
        owner = np.repeat(np.arange(len(self.lengths)), self.lengths)
        codes = book[self.values].astype(np.int32)
        return starts, codes[np.lexsort((codes, owner))]


def _listed(cols: Columns, name: str, rows: Array) -> _Lists:
    """Take the lists `name` of `rows`."""
    starts = getattr(cols, next(start for start, of in STARTS.items() if of == name))
    lengths = np.diff(starts)[rows]
    before = np.concatenate([[0], np.cumsum(lengths)])
    at = np.repeat(starts[rows] - before[:-1], lengths) + np.arange(before[-1])
    return _Lists(getattr(cols, name)[at], lengths)


def _present(codes: Array) -> Array:
    """Return each code that is held, once, ascending: names of the whole are in order."""
    held: Array = np.unique(codes[codes >= 0])
    return held


def _lacking(codes: Array, book: Array, ranks: Array | None = None) -> Array:
    """Return the codes that `book` lacks, once each, in order of their names."""
    new = _present(codes)
    new = new[book[new] == ABSENT]
    ordered: Array = new if ranks is None else new[np.argsort(ranks[new])]
    return ordered


def _numbered(codes: Array, size: int) -> Array:
    """Return a book of `size` that numbers `codes` as they stand."""
    return _lengthened(np.full(size, ABSENT, np.int64), codes, 0)


def _lengthened(book: Array, codes: Array, first: int) -> Array:
    """Return the book with `codes` numbered from `first` on."""
    longer = book.copy()
    longer[codes] = first + np.arange(len(codes))
    return longer


def _by(book: Array, codes: Array) -> Array:
    """Translate a column of codes; what is not told stays ABSENT, and so does what is unknown."""
    if not len(book):
        return np.full(len(codes), ABSENT, np.int32)
    return np.where(codes >= 0, book[codes], ABSENT).astype(np.int32)


def _named(codes: Codes) -> tuple[Sequence[object], ...]:
    """Return all names of the codes, in the order of a `MonthCodes`."""
    return (
        codes.items, codes.place_keys, codes.areas,
        codes.entities, codes.mechanisms, codes.case_ids,
    )  # fmt: skip


def _names(names: Sequence[object], codes: Array) -> tuple[str, ...]:
    return tuple(str(names[code]) for code in codes.tolist())
