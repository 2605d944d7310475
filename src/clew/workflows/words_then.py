"""Pairs in words as they stood at one moment of a stretch: what was counted then, and no more.

The words of a stretch's values are the same at each of its moments and are made once; how many
records held each is counted at the moment, and only of what a pair shares is it put into words.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from clew.engine import say
from clew.engine.breakdown import break_down_held
from clew.engine.codes import Codes
from clew.engine.columns import Coded, rows_of
from clew.engine.held import Held
from clew.evidence.shared import seen
from clew.model.columns import ITEM_TYPES, Array
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


class WordsThen:
    """The words of one stretch, and what of it stood when each of its events came."""

    def __init__(self, stretch: Stretch) -> None:
        self.stretch = stretch
        self._words: Held | None = None

    def at(self, row: int) -> tuple[Held, Array]:
        """Return the words as of the event of `row`, and the rows that stood, it being the last."""
        stretch = self.stretch
        now = stretch.since[row]
        stood: Array = np.flatnonzero((stretch.since < now) & (stretch.until > now))
        rows = np.append(stood, row)
        if self._words is None:
            self._words = Held(stretch.coded)
        coded = _taken(stretch.coded, rows)
        held = copy(self._words)
        keys, entities = coded.cols.place_key, coded.cols.entities
        held.coded, held._values = coded, {}
        held.rarity = _Rarity(coded.codes)  # type: ignore[assignment]
        held.at_key = np.bincount(keys[keys >= 0], minlength=len(coded.codes.place_keys)).tolist()
        held.in_entity = np.bincount(entities, minlength=len(coded.codes.entities)).tolist()
        return held, rows


def break_down_then(words: WordsThen, row: int, linked: Sequence[int]) -> list[Breakdown]:
    """Break down the event of a row with each of the rows that it was linked to, at its moment."""
    held, rows = words.at(row)
    stood = rows[:-1]
    pairs = np.array(
        [[len(stood), int(np.searchsorted(stood, one))] for one in linked], np.int64
    ).reshape(-1, 2)
    return break_down_held(held, words.stretch.tables, pairs)


def _taken(coded: Coded, rows: Array) -> Coded:
    """Return the cases of `rows` alone with values counted among them; none is read for it."""
    cols = rows_of(coded.cols, rows)
    codes = replace(
        coded.codes,
        item_counts=np.bincount(cols.items, minlength=len(coded.codes.items)),
        item_known=seen(cols).sum(axis=0).astype(np.int64),
    )
    cases = as_cases(LazyCases(coded.cases.__getitem__, rows, ()))
    return Coded(cases, cols, codes, np.arange(len(rows)))
