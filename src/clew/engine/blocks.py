"""Ranking in parts: rows against one block of earlier rows, and part lists made into one.

A case's best among all earlier ones are the best of its best in each block of them, so parts may
be ranked anywhere and in any order. `rank_triggers` does the comparing, as in a replay: it lets a
row meet those alone that stood before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clew.engine.columns import STARTS, stack_rows
from clew.engine.local import rank_triggers
from clew.engine.ranked import Ranked
from clew.model.columns import I32, Array, Columns, Tables

STANDS = np.iinfo(np.int32).max
FIRST, THEN = 0, 1


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many candidates a case, and how many of its best plain pairs for the null."""

    top: int
    kept: int


@dataclass(frozen=True, slots=True)
class Lists:
    """Best-first lists of some rows: `weights`, `rows` (n, top) and `null` (n, kept); see Ranked.

    `rows` are numbers within the whole file; -1 with EMPTY weight where there are fewer.
    """

    weights: I32
    rows: I32
    null: I32

    def merged(self, other: Lists) -> Lists:
        """Return the best of two parts of the same rows; of equal weights the earlier row first."""
        weights = np.concatenate([self.weights, other.weights], axis=1)
        rows = np.concatenate([self.rows, other.rows], axis=1)
        # One number orders both: heavier first, then the earlier row; an empty place is last.
        key = (-weights.astype(np.int64) << 32) + rows
        order = np.argsort(key, axis=1)[:, : self.weights.shape[1]]
        null = np.sort(np.concatenate([self.null, other.null], axis=1), axis=1)
        return Lists(
            np.take_along_axis(weights, order, axis=1),
            np.take_along_axis(rows, order, axis=1),
            np.ascontiguousarray(null[:, : -self.null.shape[1] - 1 : -1]),
        )


def put(lists: Lists, into: Ranked, first: int) -> None:
    """Merge the lists of rows `first` and following into those of the whole file."""
    part = slice(first, first + len(lists.weights))
    both = lists.merged(Lists(into.weights[part], into.rows[part], into.null[part]))
    into.weights[part], into.rows[part], into.null[part] = both.weights, both.rows, both.null


def cut_rows(cols: Columns, start: int, stop: int) -> Columns:
    """Return rows `start` to `stop` (exclusive) as columns of their own."""
    cut = {}
    for name in Columns._fields:
        values = getattr(cols, name)
        if name in STARTS:
            at = values[start : stop + 1]
            cut[name] = at - at[0]
            cut[STARTS[name]] = getattr(cols, STARTS[name])[at[0] : at[-1]]
        elif name not in STARTS.values():
            cut[name] = values[start:stop]
    return Columns(**cut)


def rank_against(
    later: Columns, earlier: Columns, first: int, tables: Tables, lengths: Lengths
) -> Lists:
    """Compare every later row with every earlier one; row numbers count from `first`."""
    m, n = len(earlier.age), len(later.age)
    since = np.repeat(np.array([FIRST, THEN], np.int32), [m, n])
    cols = stack_rows(earlier, later)
    return _rank(cols, np.arange(m, m + n), since, (first, tables, lengths))


def rank_within(cols: Columns, rows: Array, first: int, tables: Tables, lengths: Lengths) -> Lists:
    """Compare each of `rows` with every row before it; row 0 has the number `first`."""
    since = np.arange(len(cols.age), dtype=np.int32)
    return _rank(cols, rows, since, (first, tables, lengths))


def null_lists(rows: Columns, sample: Columns, tables: Tables, kept: int) -> Lists:
    """Compare rows with every case of the sample but themselves, which the case's number tells."""
    return rank_against(rows, sample, 0, tables, Lengths(1, kept))


def _rank(cols: Columns, rows: Array, since: Array, how: tuple[int, Tables, Lengths]) -> Lists:
    first, tables, lengths = how
    life = (since, np.full(len(since), STANDS, np.int32))
    met = rank_triggers(cols, tables, rows, life, lengths.top, lengths.kept)
    numbers = np.where(met.rows < 0, met.rows, met.rows + np.int32(first)).astype(np.int32)
    return Lists(met.weights, numbers, met.null)
