"""Ranking with pruning: the same lists as weighing every pair, for a small part of the work.

A batch of neighbours goes through the tiles of the file together, first through those that are
likely to raise what their lists ask for. `docs/method/pruning.md` has the proof that nothing is
lost.
"""

from __future__ import annotations

from clew.compiling import inlined, looped
from clew.engine.ceilings import bound_cells, bound_slots, bound_victims
from clew.engine.index import TILE
from clew.engine.offers import At, Best, Laid, Room, most_by_key, wait_sharing, weigh_waiting
from clew.engine.sweep import start_with_likeliest, sweep_tile
from clew.engine.terms import find_terms

TOGETHER = 4
"""Declared: tiles that a row goes through before the next row of its batch does."""
STARTING = 8
"""Declared: tiles whose likeliest pairs a list begins with; a sample has no more."""
SAMPLE_NEARBY, SAME_PLACE, SAMPLE, ALL = range(4)
"""The stages: the sample's same neighbourhood, the file's, the rest of the sample, and all."""


@looped
def rank_positions(
    laid: Laid, batch: tuple[int, int], per_stretch: int, best: Best, room: Room
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
    for i in range(first, last):
        find_bounds(laid, room, i - first, i)
        at = (best, room, i - first, i)
        wait_sharing(laid, at)
        start_lists(laid, at)
    for stage in range(SAMPLE_NEARBY, ALL + 1):
        start, stop, step = tiles_of(laid, first // TILE, stage, per_stretch)
        together = TOGETHER if stage == ALL else 1
        for tile in range(start, stop, step * together):
            sweep_batch(laid, batch, (tile, max(tile - together, -1)), best, room)
        for i in range(first, last):
            weigh_waiting(laid, (best, room, i - first, i))


@inlined
def find_bounds(laid: Laid, room: Room, r: int, i: int) -> None:
    """Work out what bounds the pairs of case i, row r of its batch."""
    cols, tables, ceilings, index = laid.cols, laid.tables, laid.ceilings, laid.tiled
    find_terms(cols, tables, ceilings, index, (room.terms, r, i))
    bound_victims(cols, tables, i, room.by_victim[r])
    by_key = most_by_key(laid, i)
    bound_cells(cols, tables, ceilings, index, (i, by_key, room.by_cell[r]))
    bound_slots(cols, tables, ceilings, (index.slots, i, room.by_slot[r]))


@inlined
def start_lists(laid: Laid, at: At) -> None:
    """Begin a case's lists with the likeliest of some tiles: of the sample, where there is one."""
    tiles = len(laid.tiled.bits)
    if laid.scope.null_rows >= laid.tiled.n:
        tiles = min((laid.scope.null_positions + TILE - 1) // TILE, tiles)
    for k in range(min(tiles, STARTING)):
        start_with_likeliest(laid, at, k * tiles // min(tiles, STARTING))
    weigh_waiting(laid, at)


@inlined
def tiles_of(laid: Laid, own: int, stage: int, per_stretch: int) -> tuple[int, int, int]:
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


@inlined
def sweep_batch(
    laid: Laid, batch: tuple[int, int], tiles: tuple[int, int], best: Best, room: Room
) -> None:
    """Compare a batch with a few tiles, from the first down to the second (exclusive).

    A few at a time, so that what a row needs stays at hand.
    """
    for i in range(batch[0], batch[1]):
        for tile in range(tiles[0], tiles[1], -1):
            if not room.visited[tile]:
                sweep_tile(laid, (best, room, i - batch[0], i), tile)
    for tile in range(tiles[0], tiles[1], -1):
        room.visited[tile] = 1
