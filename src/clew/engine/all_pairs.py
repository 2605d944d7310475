"""All pairs of a file with pruning: an index, batches of neighbours over threads, exact lists."""

from __future__ import annotations

import threading

import numpy as np

from clew.engine.bounds import PLANES, find_ceilings, no_terms
from clew.engine.columns import REFERENCE_CASES, sample_rows
from clew.engine.index import CELLS, SLOTS, TILE, WORDS, Index, index_cases
from clew.engine.kernel import DETAIL, EMPTY, SCRATCH
from clew.engine.layout import STRETCH
from clew.engine.pruned import WAITING, Best, Room, Scope, rank_positions
from clew.engine.ranked import Progress, Ranked, empty_lists, run_chunks
from clew.evidence.victim import BANDS
from clew.model.columns import Columns, Tables

BATCH = 16
"""Declared: neighbours compared with one tile after another: what they need fits a core's cache."""
NULL_SAMPLE = 8_192
"""Declared: cases of the seeded sample that every null of a larger file is taken from.

Of each case's null the best KEPT are used, one in 128; every case's tail is drawn to that of all
and corrected by one curve, which n x KEPT matches carry.
"""


def rank_pruned(
    cols: Columns,
    tables: Tables,
    sizes: tuple[int, int],
    null_cases: int,
    progress: Progress | None = None,
) -> Ranked:
    """Compare every case with every earlier one, exact.

    Parameters
    ----------
    sizes
        How many candidates, and how many of the best plain weights, are kept of each case.
    null_cases
        Up to `REFERENCE_CASES` cases the null is each case's earlier ones, or the first so many;
        above, it is a seeded sample of `NULL_SAMPLE` cases, never the pruned pairs
        (docs/decisions/0020).
    """
    n = len(cols.age)
    (weights, rows), null = empty_lists(n, sizes[0]), np.full((n, sizes[1]), EMPTY, np.int32)
    reference = sample_rows(n, NULL_SAMPLE) if n > REFERENCE_CASES else None
    laid, index = index_cases(cols, len(tables.item), reference)
    ceilings = find_ceilings(laid, tables)
    if reference is None:
        scope = Scope(n, min(n, null_cases))
        null_size = np.maximum(np.arange(n), scope.null_rows - 1)
    else:
        scope = Scope(len(reference), n)
        null_size = np.full(n, len(reference))
        null_size[reference] -= 1
    done = np.zeros(5, np.int64)
    lock = threading.Lock()

    def run(part: slice) -> None:
        size = part.stop - part.start
        best = Best(
            *empty_lists(size, sizes[0]), *empty_lists(size, sizes[1]), np.zeros(5, np.int64)
        )
        rank_positions(
            laid, tables, ceilings, index, scope,
            part.start, part.stop, STRETCH // TILE, best, room_for(size, index, tables),
        )  # fmt: skip
        own = index.rows[part]
        weights[own], rows[own], null[own] = best.weights, best.rows, best.null
        with lock:
            done[:] += best.done

    run_chunks(run, n, progress, BATCH)
    sample = 0 if reference is None else len(reference)
    return Ranked(weights, rows, null, null_size, sample, tuple(done.tolist()))


def room_for(rows: int, index: Index, tables: Tables) -> Room:
    """Return room to work in for a batch of so many rows."""
    return Room(
        no_terms(rows),
        np.zeros((2, PLANES, WORDS), np.uint64),
        np.zeros((rows, CELLS + 1), np.int32),
        np.zeros((rows, len(tables.age_half) * (BANDS + 1)), np.int32),
        np.zeros((rows, 2 * SLOTS + 1), np.int32),
        np.zeros(SCRATCH, np.int32),
        np.zeros((DETAIL, 2), np.int32),
        np.zeros(len(index.bits), np.uint8),
        np.zeros((rows, WAITING), np.int64),
        np.zeros(rows, np.int64),
    )
