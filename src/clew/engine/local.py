"""Where a job runs on one machine: chunks of rows over threads, the kernel without the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np

from clew.engine.kernel import EMPTY, rank_known, rank_rows
from clew.model.columns import I32, Array, Columns, Tables

Progress = Callable[[int, int], None]
CHUNK = 128
"""Rows a task: small enough for an even load and a moving bar, large enough to cost nothing."""
NULL_CASES = 2_000
"""Declared: the first cases of a file take their null from this many cases, later ones too."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates of each case among earlier ones, best first, and its null's best weights.

    `weights` and `rows` (cases, top): micro-bans and row numbers, EMPTY and -1 where fewer.
    `null` (cases, kept): micro-bans of the best plain pairs; `null_size` (cases,): among how many.
    """

    weights: I32
    rows: I32
    null: I32
    null_size: Array


def rank_all(
    cols: Columns, tables: Tables, *, top: int, kept: int, progress: Progress | None = None
) -> Ranked:
    """Compare every case with every earlier one, exact, without blocking.

    Memory grows with cases x (top + kept), never with pairs.
    """
    n = len(cols.age)
    weights, found = _lists(n, top)
    null = np.full((n, kept), EMPTY, np.int32)
    least = min(n, NULL_CASES)

    def run(part: slice) -> None:
        best = (weights[part], found[part], null[part])
        rank_rows(cols, tables, np.arange(part.start, part.stop), least, best)

    _run_chunks(run, n, progress)
    return Ranked(weights, found, null, np.maximum(np.arange(n), least - 1))


@dataclass(frozen=True, slots=True)
class Met:
    """What each trigger met at its moment, one row a trigger.

    `weights`, `rows`, `null` as in `Ranked`; `counts` (triggers, 3): how many of the compared
    share an address, how many an entity, and how many were compared; `entity_weights` and
    `entity_rows` (triggers, ENTITY_KEPT): the best of those that share an entity.
    """

    weights: I32
    rows: I32
    null: I32
    counts: Array
    entity_weights: I32
    entity_rows: I32


ENTITY_KEPT = 40
"""Declared: pairs that share an entity shown for one trigger; the count tells of the rest."""


def rank_triggers(
    cols: Columns, tables: Tables, rows: Array, life: tuple[Array, Array], top: int, kept: int
) -> Met:
    """Compare each of `rows` at its moment with every case as it then stood; see `rank_known`."""
    n = len(rows)
    weights, found = _lists(n, top)
    entity_weights, entity_rows = _lists(n, ENTITY_KEPT)
    null = np.full((n, kept), EMPTY, np.int32)
    counts = np.zeros((n, 3), np.int64)

    def run(part: slice) -> None:
        best = (weights[part], found[part], null[part])
        met = (counts[part], entity_weights[part], entity_rows[part])
        rank_known(cols, tables, rows[part], life, best, met)

    _run_chunks(run, n, None)
    return Met(weights, found, null, counts, entity_weights, entity_rows)


def rank_sample(cols: Columns, tables: Tables, rows: Array, kept: int) -> I32:
    """Return the best plain weights of each of `rows` among all cases, shape (rows, kept)."""
    null = np.full((len(rows), kept), EMPTY, np.int32)
    weights, found = _lists(len(rows), 1)

    def run(part: slice) -> None:
        best = (weights[part], found[part], null[part])
        rank_rows(cols, tables, rows[part], len(cols.age), best)

    _run_chunks(run, len(rows), None)
    return null


def _lists(n: int, length: int) -> tuple[I32, I32]:
    """Return empty best-first lists of weights and rows, both (n, length)."""
    return np.full((n, length), EMPTY, np.int32), np.full((n, length), -1, np.int32)


def _run_chunks(run: Callable[[slice], None], n: int, progress: Progress | None) -> None:
    """Run all chunks of n rows over threads, the last rows first.

    Later rows have more earlier cases: handing those out first evens the load.
    """
    parts = [slice(start, min(start + CHUNK, n)) for start in _starts(n)]
    done = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        tasks = {pool.submit(run, part): part.stop - part.start for part in parts}
        for task in as_completed(tasks):
            task.result()
            done += tasks[task]
            if progress is not None:
                progress(done, n)


def _starts(n: int) -> Iterator[int]:
    return reversed(range(0, n, CHUNK))
