"""Ranked lists, the sample that their null is taken from, and rows handed to threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np

from clew.comparison.coding.columns import REFERENCE_CASES, sample_rows
from clew.comparison.kernel import EMPTY
from clew.model.columns import I32, Array

Progress = Callable[[int, int], None]
CHUNK = 128
"""Rows per task: small enough for an even load and a moving bar, large enough to cost nothing."""

NULL_SAMPLE = 8_192
"""Declared: cases of the seeded sample that every null of a larger file is taken from, the same on
every engine.

Of each case's null the best KEPT are used, one in 128; every case's tail is drawn to that of all
and corrected by one curve, which n x KEPT matches carry.
"""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates of each case among earlier ones, best first, and its null's best weights.

    `weights` and `rows` (cases, top): micro-bans and row numbers, EMPTY and -1 where fewer.
    `null` (cases, kept): micro-bans of the best plain pairs; `null_size` (cases,): among how many.
    `sample`: the size of the seeded sample of the file that every null was taken from; 0: each
    case's null is its earlier cases. `done` (5,): pairs in visited tiles, skipped by the word,
    by the sum of terms, by exact place and time, weighed; all 0 where nothing was pruned.
    """

    weights: I32
    rows: I32
    null: I32
    null_size: Array
    sample: int = 0
    done: tuple[int, ...] = (0, 0, 0, 0, 0)


def empty_lists(n: int, length: int) -> tuple[I32, I32]:
    """Return empty best-first lists of weights and rows, both (n, length)."""
    return np.full((n, length), EMPTY, np.int32), np.full((n, length), -1, np.int32)


def null_sample(n: int) -> Array | None:
    """Return the rows that every null of n cases is taken from; None: each case's earlier ones."""
    return sample_rows(n, NULL_SAMPLE) if n > REFERENCE_CASES else None


def null_sizes(n: int, sample: Array) -> Array:
    """Return how many cases each null is taken among, shape (n,): the sample but for itself."""
    sizes = np.full(n, len(sample))
    sizes[sample] -= 1
    return sizes


def run_chunks(
    run: Callable[[slice], None], n: int, progress: Progress | None, size: int = CHUNK
) -> None:
    """Run all chunks of n rows, `size` each, over threads, the last rows first.

    Later rows have more earlier cases: handing those out first evens the load.
    """
    starts = reversed(range(0, n, size))
    parts = [slice(start, min(start + size, n)) for start in starts]
    done = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        tasks = {pool.submit(run, part): part.stop - part.start for part in parts}
        for task in as_completed(tasks):
            task.result()
            done += tasks[task]
            if progress is not None:
                progress(done, n)
