"""All pairs of a file with pruning: an index, batches of neighbours over threads, exact lists."""

from __future__ import annotations

import threading

import numpy as np

from clew.engine.ceilings import find_ceilings
from clew.engine.index import CELLS, SLOTS, TILE, WORDS, Index, index_cases
from clew.engine.kernel import DETAIL, EMPTY, SCRATCH
from clew.engine.layout import STRETCH
from clew.engine.null_sample import null_sample, null_sizes
from clew.engine.offers import WAITING, Best, Laid, Room, Scope
from clew.engine.pruned import rank_positions
from clew.engine.ranked import Progress, Ranked, empty_lists, run_chunks
from clew.engine.sums import PLANES
from clew.engine.terms import no_terms
from clew.evidence.victim import BANDS
from clew.model.columns import Array, Columns, Tables

BATCH = 16
"""Declared: neighbours compared with one tile after another: what they need fits a core's cache."""


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
    laid, sample = lay_out_file(cols, tables, null_cases)
    done = np.zeros(5, np.int64)
    lock = threading.Lock()

    def run(part: slice) -> None:
        best = rank_part(laid, part, sizes)
        own = laid.tiled.rows[part]
        weights[own], rows[own], null[own] = best.weights, best.rows, best.null
        with lock:
            done[:] += best.done

    run_chunks(run, n, progress, BATCH)
    if sample is None:
        null_size = np.maximum(np.arange(n), laid.scope.null_rows - 1)
        return Ranked(weights, rows, null, null_size, 0, tuple(done.tolist()))
    sizes_of_null = null_sizes(n, sample)
    return Ranked(weights, rows, null, sizes_of_null, len(sample), tuple(done.tolist()))


def rank_part(laid: Laid, part: slice, sizes: tuple[int, int]) -> Best:
    """Rank the cases at some positions of a file that is laid out; see `rank_pruned`."""
    size = part.stop - part.start
    best = Best(*empty_lists(size, sizes[0]), *empty_lists(size, sizes[1]), np.zeros(5, np.int64))
    room = room_for(size, laid.tiled, laid.tables)
    rank_positions(laid, (part.start, part.stop), STRETCH // TILE, best, room)
    return best


def lay_out_file(cols: Columns, tables: Tables, null_cases: int) -> tuple[Laid, Array | None]:
    """Lay a file out with its index and ceilings; return also the sample's rows, None: no sample.

    See `rank_pruned` for `null_cases`.
    """
    n = len(cols.age)
    sample = null_sample(n)
    ordered, index = index_cases(cols, len(tables.item), sample)
    scope = Scope(n, min(n, null_cases)) if sample is None else Scope(len(sample), n)
    return Laid(ordered, tables, find_ceilings(ordered, tables), index, scope), sample


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
