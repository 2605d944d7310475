"""Pairs in words as they stood at one moment of a stretch: what was counted then, and no more.

The words of a stretch's values are the same at each of its moments and are made once; how many
records held each is counted at the moment, and only of what a pair shares is it put into words.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clew.engine import say
from clew.engine.breakdown import break_down_held
from clew.engine.codes import Codes
from clew.engine.columns import Coded, rows_of
from clew.engine.held import Held
from clew.evidence.shared import seen
from clew.model.case import Case
from clew.model.columns import ITEM_TYPES, Array, Columns
from clew.model.finding import Breakdown
from clew.workflows.store_versions import LazyCases, as_cases
from clew.workflows.walk import Stretch


class _Rarity(Sequence[str]):
    """How many records hold a value, in words, by its code; as `Held` says it."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def __getitem__(self, code: Any) -> Any:
        codes, kind = self._codes, int(self._codes.item_type[code])
        told = say.count_of(int(codes.item_counts[code]), int(codes.item_known[kind]))
        return f"{told} records that tell the {say.KIND_WORDS[ITEM_TYPES[kind]]}"

    def __len__(self) -> int:
        return len(self._codes.items)


class _Counted(LazyCases):
    """Cases by row of the stretch, of which only so many are counted: those that then stood."""

    def __init__(self, cases: Sequence[Case], counted: int) -> None:
        super().__init__(cases.__getitem__, np.arange(len(cases)), ())
        self._counted = counted

    def __len__(self) -> int:
        return self._counted


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many of some rows hold each value, tell of each kind, lie at each address, name each."""

    items: Array
    known: Array
    keys: Array
    entities: Array

    @classmethod
    def of(cls, cols: Columns, codes: Codes) -> _Counts:
        """Count the rows of `cols`."""
        keys = cols.place_key[cols.place_key >= 0]
        return cls(
            np.bincount(cols.items, minlength=len(codes.items)),
            seen(cols).sum(axis=0).astype(np.int64),
            np.bincount(keys, minlength=len(codes.place_keys)),
            np.bincount(cols.entities, minlength=len(codes.entities)),
        )

    def changed(self, gone: _Counts, come: _Counts) -> _Counts:
        """Return the counts after some rows went and others came."""
        return _Counts(
            self.items - gone.items + come.items,
            self.known - gone.known + come.known,
            self.keys - gone.keys + come.keys,
            self.entities - gone.entities + come.entities,
        )


class WordsThen:
    """The words of one stretch, and what of it stood when each of its events came.

    What stood when the stretch began is counted once. At an event, what went and came since is
    taken away and added, so that an event costs no walk through the history.
    """

    def __init__(self, stretch: Stretch) -> None:
        self.stretch = stretch
        self._begun: tuple[Held, _Counts] | None = None

    def at(self, row: int) -> Held:
        """Return the words as of the event of `row`, which counts too."""
        stretch, coded = self.stretch, self.stretch.coded
        if self._begun is None:
            first = rows_of(coded.cols, np.arange(stretch.first))
            self._begun = Held(coded), _Counts.of(first, coded.codes)
        words, begun = self._begun
        now, events = stretch.since[row], np.arange(stretch.first, len(stretch.since))
        gone = np.flatnonzero(stretch.until[: stretch.first] <= now)
        come = events[(stretch.since[events] < now) & (stretch.until[events] > now)]
        come = np.append(come, row)
        parts = (_Counts.of(rows_of(coded.cols, rows), coded.codes) for rows in (gone, come))
        counts = begun.changed(*parts)
        codes = replace(coded.codes, item_counts=counts.items, item_known=counts.known)
        cases = as_cases(_Counted(coded.cases, stretch.first - len(gone) + len(come)))
        held = copy(words)
        held.coded = Coded(cases, coded.cols, codes, coded.reference)
        held.rarity = _Rarity(codes)  # type: ignore[assignment]
        held.at_key, held.in_entity = counts.keys, counts.entities
        return held


def break_down_then(words: WordsThen, row: int, linked: Sequence[int]) -> list[Breakdown]:
    """Break down the event of a row with each of the rows that it was linked to, at its moment."""
    pairs = np.array([[row, one] for one in linked], np.int64).reshape(-1, 2)
    return break_down_held(words.at(row), words.stretch.tables, pairs)
