"""Ranking with pruning: the same lists as weighing every pair, for a small part of the work.

A batch of neighbours goes through the tiles of the file together, first through those that are
likely to raise what their lists ask for. `docs/method/pruning.md` has the proof that nothing is
lost.
"""

from __future__ import annotations

import threading

import numpy as np

from clew.comparison.evidence.victim import BANDS
from clew.comparison.kernel import DETAIL, EMPTY, SCRATCH
from clew.comparison.ranking.evidence_bounds import MOST_TERMS, PLANES, Terms, find_terms
from clew.comparison.ranking.index import CELLS, SLOTS, STRETCH, TILE, WORDS, Index, index_cases
from clew.comparison.ranking.ranked import (
    Progress,
    Ranked,
    empty_lists,
    null_sample,
    null_sizes,
    run_chunks,
)
from clew.comparison.ranking.sweep import (
    WAITING,
    At,
    Best,
    ThreadBuffers,
    most_by_key,
    start_with_likeliest,
    sweep_tile,
    wait_sharing,
    weigh_waiting,
)
from clew.comparison.ranking.upper_bounds import (
    BatchLayout,
    Scope,
    bound_cells,
    bound_slots,
    bound_victims,
    find_ceilings,
)
from clew.compiling import inlined, looped
from clew.model.columns import Array, Columns, Tables

BATCH = 16
"""Declared: neighbours compared with one tile after another: what they need fits a core's cache."""
TOGETHER = 4
"""Declared: tiles that a row goes through before the next row of its batch does."""
STARTING = 8
"""Declared: tiles whose likeliest pairs a list begins with; a sample has no more."""
SAMPLE_NEARBY, SAME_PLACE, SAMPLE, ALL = range(4)
"""The stages: the sample's same neighbourhood, the file's, the rest of the sample, and all."""


@looped
def rank_positions(
    laid: BatchLayout, batch: tuple[int, int], per_stretch: int, best: Best, room: ThreadBuffers
) -> None:
    """Rank the cases at positions `batch[0]` to `batch[1]` (exclusive), see `Best`.

    Parameters
    ----------
    per_stretch
        Tiles of one stretch of time: the batch's neighbourhood lies so many tiles back, too.
    """
    first, last = batch
    room.visited[:] = 0
    room.waits[:] = 0
    tiles = len(laid.tiled.bits)
    if laid.scope.null_rows >= laid.tiled.n:  # lists begin with the sample, where there is one
        tiles = min((laid.scope.null_positions + TILE - 1) // TILE, tiles)
    for i in range(first, last):
        find_bounds(laid, room, i - first, i)
        at = At(best, room, i - first, i)
        wait_sharing(laid, at)
        for k in range(min(tiles, STARTING)):
            start_with_likeliest(laid, at, k * tiles // min(tiles, STARTING))
        weigh_waiting(laid, at)
    for stage in range(SAMPLE_NEARBY, ALL + 1):
        start, stop, step = tiles_of(laid, first // TILE, stage, per_stretch)
        # A few tiles at a time, so that what a row needs stays at hand.
        together = TOGETHER if stage == ALL else 1
        for begin in range(start, stop, step * together):
            for i in range(first, last):
                for tile in range(begin, max(begin - together, -1), -1):
                    if not room.visited[tile]:
                        sweep_tile(laid, At(best, room, i - first, i), tile)
            for tile in range(begin, max(begin - together, -1), -1):
                room.visited[tile] = 1
        for i in range(first, last):
            weigh_waiting(laid, At(best, room, i - first, i))


@inlined
def find_bounds(laid: BatchLayout, room: ThreadBuffers, r: int, i: int) -> None:
    """Work out what bounds the pairs of case i, row r of its batch."""
    find_terms(laid, room.terms, r, i)
    bound_victims(laid.cols, laid.tables, i, room.by_victim[r])
    bound_cells(laid, i, most_by_key(laid, i), room.by_cell[r])
    bound_slots(laid, i, room.by_slot[r])


@inlined
def tiles_of(laid: BatchLayout, own: int, stage: int, per_stretch: int) -> tuple[int, int, int]:
    """Return the first tile of a stage, where it stops, and its step; falling.

    Only where the null is that of a sample, whose tiles come first, has it stages of its own.
    """
    tiles = len(laid.tiled.bits)
    sampled = laid.scope.null_rows >= laid.tiled.n
    of_sample = min((laid.scope.null_positions + TILE - 1) // TILE, tiles)
    nearby = (own - of_sample) % per_stretch * of_sample // per_stretch
    if stage == SAME_PLACE:
        return own, -1, -per_stretch
    if stage == ALL:
        return tiles - 1, -1, -1
    if not sampled:
        return -1, -1, -1
    if stage == SAMPLE:
        return of_sample - 1, -1, -1
    return (nearby, nearby - 1, -1) if nearby < of_sample else (-1, -1, -1)


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


def rank_part(laid: BatchLayout, part: slice, sizes: tuple[int, int]) -> Best:
    """Rank the cases at some positions of a file that is laid out; see `rank_pruned`."""
    size = part.stop - part.start
    best = Best(*empty_lists(size, sizes[0]), *empty_lists(size, sizes[1]), np.zeros(5, np.int64))
    room = room_for(size, laid.tiled, laid.tables)
    rank_positions(laid, (part.start, part.stop), STRETCH // TILE, best, room)
    return best


def lay_out_file(
    cols: Columns, tables: Tables, null_cases: int
) -> tuple[BatchLayout, Array | None]:
    """Lay a file out with its index and ceilings; return also the sample's rows, None: no sample.

    See `rank_pruned` for `null_cases`.
    """
    n = len(cols.age)
    sample = null_sample(n)
    ordered, index = index_cases(cols, len(tables.item), sample)
    scope = Scope(n, min(n, null_cases)) if sample is None else Scope(len(sample), n)
    return BatchLayout(ordered, tables, find_ceilings(ordered, tables), index, scope), sample


def room_for(rows: int, index: Index, tables: Tables) -> ThreadBuffers:
    """Return room to work in for a batch of so many rows."""
    long, none = (rows, MOST_TERMS), [np.zeros(rows, np.int64) for _ in range(9)]
    terms = Terms(
        none[0], np.zeros((*long, 2), np.int32), np.zeros(long, np.uint64),
        np.zeros(long, np.int32), np.zeros(long, np.int64), *none[1:],
    )  # fmt: skip
    return ThreadBuffers(
        terms,
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
