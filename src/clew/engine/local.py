"""Where a job runs on one machine: chunks of rows over threads, the kernel without the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np

from clew.engine.kernel import EMPTY, rank_rows
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
    weights, found = np.full((n, top), EMPTY, np.int32), np.full((n, top), -1, np.int32)
    null = np.full((n, kept), EMPTY, np.int32)
    least = min(n, NULL_CASES)
    # Later rows have more earlier cases: handing those out first evens the load.
    starts = range(0, n, CHUNK)[::-1]
    done = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        tasks = {}
        for start in starts:
            part = slice(start, min(start + CHUNK, n))
            rows = np.arange(part.start, part.stop)
            best = (weights[part], found[part], null[part])
            tasks[pool.submit(rank_rows, cols, tables, rows, least, best)] = len(rows)
        for task in as_completed(tasks):
            task.result()
            done += tasks[task]
            if progress is not None:
                progress(done, n)
    return Ranked(weights, found, null, np.maximum(np.arange(n), least - 1))
