"""Lists of a batch of cases: pairs wait, are weighed exactly, the likeliest first, and kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.compiling import inlined, looped
from clew.engine.ceilings import NEVER, Ceilings
from clew.engine.index import LONG, Index, Lists
from clew.engine.kernel import PLAIN, keep_best, kind_of_pair, weigh_pair
from clew.engine.terms import Terms
from clew.model.columns import I32, I64, U64, Array, Columns, Tables

LIGHTEST = -(1 << 30)
"""Less than any pair weighs."""
ANY_LENGTH = 1 << 40
ANY_WEIGHT = 1 << 30
"""More than any pair weighs: what stands for a bound where there is none."""
WAITING = 256
"""Declared: pairs of one case that wait, so that the likeliest are weighed first; 2 KB a case."""


class Best(NamedTuple):
    """Best-first lists of a batch of cases, filled with EMPTY and -1 by the caller.

    `done` counts pairs: asked for, skipped with their whole word, looked at one by one, left when
    their place and time were exact, weighed.
    """

    weights: I32  # (rows, top)
    rows: I32  # (rows, top)
    null: I32  # (rows, kept)
    null_rows: I32  # (rows, kept)
    done: I64  # (5,)


class Scope(NamedTuple):
    """Whom each case is compared with.

    Candidates are the rows before its own. Its null are the first `null_positions` positions, of
    those the rows before its own or before `null_rows`.
    """

    null_positions: int
    null_rows: int


class Laid(NamedTuple):
    """All that stays the same for a whole file: its cases, laid out, and what bounds them."""

    cols: Columns
    tables: Tables
    ceilings: Ceilings
    tiled: Index
    scope: Scope


class Room(NamedTuple):
    """Room to work in, one for each thread."""

    terms: Terms
    sums: U64  # (2, PLANES, WORDS) sums of the terms but those of age, and of all
    by_cell: I32  # (rows, CELLS + 1) the most that place allows
    by_victim: I32  # (rows, mechanisms * (BANDS + 1)) the most that age allows
    by_slot: I32  # (rows, 2 * SLOTS + 1) the most that time allows
    out: I32
    detail: I32
    visited: Array  # (tiles,) uint8: 1 where a batch has been
    waiting: I64  # (rows, WAITING) pairs not yet weighed: the most they can weigh, and position
    waits: I64  # (rows,) how many


At = tuple[Best, Room, int, int]
"""A batch's lists and room, and the case at hand: its number in the batch, and its position."""


@inlined
def keep_once(weights: I32, rows: I32, weight: int, row: int) -> None:
    """Insert as `keep_best` does, unless it is there already."""
    last = len(weights) - 1
    if weight < weights[last] or (weight == weights[last] and row >= rows[last]):
        return
    for k in range(len(weights)):
        if weights[k] <= weight:
            if weights[k] < weight:
                break
            if rows[k] == row:
                return
    keep_best(weights, rows, weight, row)


@inlined
def least_for(laid: Laid, at: At, j: int) -> int:
    """Return the least weight with which a pair enters a list; a huge one where it may not."""
    best, _, r, i = at
    index, scope = laid.tiled, laid.scope
    other = index.rows[j]
    earlier = other < index.rows[i]
    in_null = j < scope.null_positions and (earlier or other < scope.null_rows)
    least = NEVER
    if j == i:
        return least
    if in_null:
        least = best.null[r, best.null.shape[1] - 1]
    if earlier:
        least = min(least, best.weights[r, best.weights.shape[1] - 1])
    return least


@inlined
def offer(laid: Laid, at: At, j: int) -> None:
    """Weigh the pair with position j and offer it to the lists."""
    best, room, r, i = at
    index, scope = laid.tiled, laid.scope
    mine, other = index.rows[i], index.rows[j]
    earlier = other < mine
    in_null = j < scope.null_positions and (earlier or other < scope.null_rows)
    if j == i or not (earlier or in_null):
        return
    weight = weigh_pair(laid.cols, laid.tables, i, j, room.out, room.detail)
    best.done[4] += 1
    if earlier:
        keep_once(best.weights[r], best.rows[r], weight, other)
    if (
        in_null
        and weight > best.null[r, best.null.shape[1] - 1]
        and kind_of_pair(laid.cols, laid.tables, i, j) == PLAIN
    ):
        keep_once(best.null[r], best.null_rows[r], weight, other)


@inlined
def most_by_key(laid: Laid, i: int) -> int:
    """Return the weight of case i's address where its list is too long to walk, else very low."""
    key, start = laid.cols.place_key[i], laid.tiled.key_lists.start
    if key < 0 or key + 1 >= len(start) or start[key + 1] - start[key] <= LONG:
        return LIGHTEST
    return laid.tables.place_key[key]


@inlined
def sort_falling(keys: I64, count: int) -> None:
    """Sort the first `count` keys in place, highest first (Shell's way, with Ciura's gaps)."""
    for gap in (57, 23, 10, 4, 1):
        for k in range(gap, count):
            key, at = keys[k], k
            while at >= gap and keys[at - gap] < key:
                keys[at] = keys[at - gap]
                at -= gap
            keys[at] = key


@looped
def weigh_waiting(laid: Laid, at: At) -> None:
    """Weigh the pairs of a case that wait, the likeliest first, as long as they can enter."""
    _, room, r, _ = at
    sort_falling(room.waiting[r], room.waits[r])
    for k in range(room.waits[r]):
        key = room.waiting[r, k]
        j = key & 0xFFFFFFFF
        if key >> 32 >= least_for(laid, at, j):
            offer(laid, at, j)
    room.waits[r] = 0


@inlined
def wait(laid: Laid, at: At, j: int | np.int64, most: int | np.int64) -> None:
    """Let the pair with position j, which weighs `most` at most, wait to be weighed."""
    _, room, r, _ = at
    room.waiting[r, room.waits[r]] = (most << 32) + j
    room.waits[r] += 1
    if room.waits[r] == WAITING:
        weigh_waiting(laid, at)


@inlined
def wait_listed(laid: Laid, at: At, code: np.int64, lists: Lists, longest: int) -> None:
    """Let every case of a code's list wait, unless the list is longer than `longest`."""
    if code + 1 >= len(lists.start):
        return
    begin, end = lists.start[code], lists.start[code + 1]
    if end - begin > longest:
        return
    for k in range(begin, end):
        wait(laid, at, np.int64(lists.positions[k]), np.int64(ANY_WEIGHT))


@inlined
def wait_sharing(laid: Laid, at: At) -> None:
    """Let all wait that share a rare value, a person, an address or a mention with the case."""
    cols, index, i = laid.cols, laid.tiled, at[3]
    for k in range(cols.item_start[i], cols.item_start[i + 1]):
        item = cols.items[k]
        if index.item_set[item] < 0:
            wait_listed(laid, at, np.int64(item), index.item_lists, ANY_LENGTH)
    for k in range(cols.entity_start[i], cols.entity_start[i + 1]):
        wait_listed(laid, at, np.int64(cols.entities[k]), index.entity_lists, LONG)
    if cols.place_key[i] >= 0:
        wait_listed(laid, at, np.int64(cols.place_key[i]), index.key_lists, LONG)
    wait_listed(laid, at, np.int64(i), index.mention_lists, ANY_LENGTH)
