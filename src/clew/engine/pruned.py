"""Ranking with pruning: the same lists as weighing every pair, for a small part of the work.

Three questions, each cheaper than the next. Can any case of this word reach the list at all (place,
time, and everything this case holds)? Can this pair (the sum of its terms)? Can it with its place
and time exact? Only then is the pair weighed. `docs/method/pruning.md` has the proof.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.compiling import inlined, looped
from clew.engine.bounds import (
    NEVER,
    PLANES,
    Ceilings,
    Terms,
    add_up,
    at_least,
    bound_cells,
    bound_slots,
    bound_victims,
    find_terms,
    most_of_gap,
    most_of_place,
    most_of_values,
    sum_of,
)
from clew.engine.index import LONG, TILE, WORD, WORDS, Index, Lists
from clew.engine.kernel import (
    ADDRESS,
    AREA,
    DISTANCE,
    ITEMS,
    PLAIN,
    keep_best,
    kind_of_pair,
    weigh_all_but_gap,
    weigh_pair,
    weigh_place,
)
from clew.evidence.timing import weigh_gap
from clew.model.columns import I32, I64, U64, Array, Columns, Tables


LIGHTEST = -(1 << 30)
"""Less than any pair weighs."""
TOGETHER = 4
"""Declared: tiles that a row goes through before the next row of its batch does."""
WAITING = 256
"""Declared: pairs of one case that wait, so that the likeliest are weighed first; 2 KB a case."""
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""Every run of six bits of it is another number (Leiserson, Prokop and Randall 1998)."""
BIT_OF = np.zeros(64, np.int64)
for _bit in range(64):
    BIT_OF[(int(DE_BRUIJN) << _bit & (1 << 64) - 1) >> 58] = _bit


class Best(NamedTuple):
    """Best-first lists of a batch of cases, filled with EMPTY and -1 by the caller.

    `done` counts pairs: asked for, skipped with their whole word, skipped by the sum of terms,
    skipped by exact place and time, weighed.
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
def offer(
    cols: Columns, tables: Tables, index: Index, scope: Scope, at: tuple[Best, Room, int, int, int]
) -> None:
    """Weigh one pair and offer it to the lists of row r. `at`: lists, room, r, i and j."""
    best, room, r, i, j = at
    mine, other = index.rows[i], index.rows[j]
    earlier = other < mine
    in_null = j < scope.null_positions and (earlier or other < scope.null_rows)
    if j == i or not (earlier or in_null):
        return
    weight = weigh_pair(cols, tables, i, j, room.out, room.detail)
    best.done[4] += 1
    if earlier:
        keep_once(best.weights[r], best.rows[r], weight, other)
    if (
        in_null
        and weight > best.null[r, best.null.shape[1] - 1]
        and kind_of_pair(cols, tables, i, j) == PLAIN
    ):
        keep_once(best.null[r], best.null_rows[r], weight, other)


@inlined
def offer_list(
    cols: Columns, tables: Tables, index: Index, scope: Scope, at: tuple[Best, Room, int, int, int],
    lists: Lists, longest: int,
) -> None:  # fmt: skip
    """Offer every case of one list; `at` as for `offer`, with the list's code for j."""
    best, room, r, i, code = at
    if code + 1 >= len(lists.start):
        return
    begin, end = lists.start[code], lists.start[code + 1]
    if end - begin > longest:
        return
    for k in range(begin, end):
        offer(cols, tables, index, scope, (best, room, r, i, lists.positions[k]))


@inlined
def offer_sharing(
    cols: Columns, tables: Tables, index: Index, scope: Scope, at: tuple[Best, Room, int, int]
) -> None:
    """Offer all that share a rare value, a person, an address or a mention with case i."""
    best, room, r, i = at
    every = 1 << 40
    for k in range(cols.item_start[i], cols.item_start[i + 1]):
        item = cols.items[k]
        if index.item_set[item] < 0:
            here = (best, room, r, i, item)
            offer_list(cols, tables, index, scope, here, index.item_lists, every)
    for k in range(cols.entity_start[i], cols.entity_start[i + 1]):
        here = (best, room, r, i, cols.entities[k])
        offer_list(cols, tables, index, scope, here, index.entity_lists, LONG)
    if cols.place_key[i] >= 0:
        here = (best, room, r, i, cols.place_key[i])
        offer_list(cols, tables, index, scope, here, index.key_lists, LONG)
    here = (best, room, r, i, i)
    offer_list(cols, tables, index, scope, here, index.mention_lists, every)


@inlined
def most_by_key(cols: Columns, tables: Tables, index: Index, i: int) -> int:
    """Return the weight of case i's address where its list is too long to walk, else very low."""
    key = cols.place_key[i]
    if key < 0 or key + 1 >= len(index.key_lists.start):
        return LIGHTEST
    if index.key_lists.start[key + 1] - index.key_lists.start[key] <= LONG:
        return LIGHTEST
    return tables.place_key[key]


@inlined
def sweep_tile(
    cols: Columns, tables: Tables, ceilings: Ceilings, index: Index, scope: Scope,
    at: tuple[Best, Room, int, int, int],
) -> None:  # fmt: skip
    """Compare case i with all cases of a tile. `at`: lists, room, r, i and the tile."""
    best, room, r, i, tile = at
    mine = index.rows[i]
    terms = room.terms
    top, kept = best.weights.shape[1] - 1, best.null.shape[1] - 1
    by_key = most_by_key(cols, tables, index, i)
    summed = False
    for w in range(WORDS):
        word = tile * WORDS + w
        if word * WORD >= index.n:
            break
        earlier = index.first_row[word] < mine
        in_null = word * WORD < scope.null_positions and (
            earlier or index.first_row[word] < scope.null_rows
        )
        if not earlier and not in_null:
            continue
        best.done[0] += min(WORD, index.n - word * WORD)
        here = (i, word, by_key)
        base = terms.base[r] + most_of_place(cols, tables, ceilings, index, here)
        base += most_of_gap(cols, tables.gap_edges, ceilings.gap, index.span[word], i)
        least = NEVER
        if earlier:
            least = best.weights[r, top]
        if in_null:
            least = min(least, best.null[r, kept])
        units = (least - base + terms.step[r] - 1) // terms.step[r]
        if units > terms.most[r]:
            best.done[1] += min(WORD, index.n - word * WORD)
            continue
        reached = ~np.uint64(0)
        if units > 0:
            if not summed:
                sum_tile(index.bits[tile], terms, r, room.sums)
                summed = True
            reached = at_least(room.sums[1], w, units)
        elif not summed:
            room.sums[:] = ~np.uint64(0)  # not known: as high as can be
        if reached:
            sift_word(cols, tables, index, scope, (best, room, r, i, word, least), reached)


@looped
def sum_tile(bits: U64, terms: Terms, r: int, sums: U64) -> None:
    """Fill the sums of row r's terms for every case of a tile."""
    words = bits.shape[1]
    sums[:] = 0
    add_up(bits, terms, (r, 0, terms.ageless[r]), words, sums[0])
    for k in range(PLANES):
        for w in range(words):
            sums[1, k, w] = sums[0, k, w]
    add_up(bits, terms, (r, terms.ageless[r], terms.count[r]), words, sums[1])


@inlined
def sift_word(
    cols: Columns, tables: Tables, index: Index, scope: Scope,
    at: tuple[Best, Room, int, int, int, int], reached: int,
) -> None:  # fmt: skip
    """Try those pairs of a word whose sum, place and time reach `least` together."""
    best, room, r, i, word, least = at
    terms = room.terms
    first, w = word * WORD, word % WORDS
    if index.n - first < WORD:
        reached &= (np.uint64(1) << np.uint64(index.n - first)) - np.uint64(1)
    while reached:
        bit = lowest_bit(reached)
        reached &= reached - np.uint64(1)
        best.done[2] += 1
        j = first + bit
        most = terms.ageless_base[r]
        most += min(terms.step[r] * sum_of(room.sums[0], w, bit), terms.all[r])
        most += room.by_cell[r, index.cell[j]] + room.by_slot[r, index.slot[j]]
        most += room.by_victim[r, index.victim[j]]
        if most >= least and most >= least_for(index, scope, (best, room, r, i, j)):
            try_pair(cols, tables, index, scope, (best, room, r, i, j), most)


@inlined
def lowest_bit(word: int) -> int:
    """Return the number of the lowest bit that is set, by a de Bruijn sequence."""
    low = word & (~word + np.uint64(1))
    return BIT_OF[low * DE_BRUIJN >> np.uint64(58)]


@inlined
def least_for(index: Index, scope: Scope, at: tuple[Best, Room, int, int, int]) -> int:
    """Return the least weight with which a pair enters a list; a huge one where it may not."""
    best, _, r, i, j = at
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
def try_pair(
    cols: Columns, tables: Tables, index: Index, scope: Scope,
    at: tuple[Best, Room, int, int, int], most: int,
) -> None:  # fmt: skip
    """Let a pair wait if it can reach a list with all but its values exact.

    `most`: its bound so far, in which its place, the loosest part, is made exact first.
    """
    best, room, r, i, j = at
    least = least_for(index, scope, at)
    terms, out = room.terms, room.out
    out[:ITEMS] = 0
    weigh_place(cols, tables, i, j, out)
    place = out[DISTANCE] + out[ADDRESS] + out[AREA]
    if most - room.by_cell[r, index.cell[j]] + place < least:
        return
    best.done[3] += 1
    word, bit = j // WORD, j % WORD
    most = most_of_values(index.bits[j // TILE], terms, r, word % WORDS, bit)
    weigh_all_but_gap(cols, tables, i, j, out)
    for k in range(ITEMS):
        most += out[k]
    if most + room.by_slot[r, index.slot[j]] < least:
        return
    most += weigh_gap(cols, tables.gap_edges, tables.gap, tables.gap_knots, i, j)
    if most < least:
        return
    room.waiting[r, room.waits[r]] = (most << 32) + j
    room.waits[r] += 1
    if room.waits[r] == WAITING:
        weigh_waiting(cols, tables, index, scope, (best, room, r, i))


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
def weigh_waiting(
    cols: Columns, tables: Tables, index: Index, scope: Scope, at: tuple[Best, Room, int, int]
) -> None:
    """Weigh the pairs of row r that wait, the likeliest first, as long as they can enter a list."""
    best, room, r, i = at
    sort_falling(room.waiting[r], room.waits[r])
    for k in range(room.waits[r]):
        key = room.waiting[r, k]
        here = (best, room, r, i, key & 0xFFFFFFFF)
        if key >> 32 >= least_for(index, scope, here):
            offer(cols, tables, index, scope, here)
    room.waits[r] = 0


@looped
def rank_positions(
    cols: Columns, tables: Tables, ceilings: Ceilings, index: Index, scope: Scope,
    first: int, last: int, per_stretch: int, best: Best, room: Room,
) -> None:  # fmt: skip
    """Rank the cases at positions `first` to `last`, a batch of neighbours, see `Best`.

    Parameters
    ----------
    per_stretch
        Tiles of one stretch of time: the batch's neighbourhood lies so many tiles back, too.
    """
    for i in range(first, last):
        r = i - first
        find_terms(cols, tables, ceilings, index, (room.terms, r, i))
        by_key = most_by_key(cols, tables, index, i)
        bound_victims(cols, tables, index, i, room.by_victim[r])
        bound_cells(cols, tables, ceilings, index, (i, by_key, room.by_cell[r]))
        bound_slots(cols, tables, ceilings, (index.slots, i, room.by_slot[r]))
        offer_sharing(cols, tables, index, scope, (best, room, r, i))
    tiles = len(index.bits)
    room.visited[:] = 0
    room.waits[:] = 0
    own = first // TILE
    null_tiles = min((scope.null_positions + TILE - 1) // TILE, tiles)
    # First those that raise what a list asks for: the same neighbourhood, the null, then all.
    for stage in range(-1, 3):
        start, stop, step = own, -1, -per_stretch
        if stage == -1:
            along = (own - null_tiles) % per_stretch * null_tiles // per_stretch
            if scope.null_rows < index.n or along >= null_tiles:
                continue
            start, stop, step = along, along - 1, -1
        if stage == 1:
            start, stop, step = null_tiles - 1, -1, -1
            if scope.null_rows < index.n:
                continue
        if stage == 2:
            start, step = tiles - 1, -1
        for tile in range(start, stop, step):
            # In the last stage a few tiles at a time, so that what a row needs stays at hand.
            together = TOGETHER if stage == 2 else 1
            if (start - tile) % together:
                continue
            for i in range(first, last):
                for t in range(tile, max(tile - together, stop), -1):
                    if not room.visited[t]:
                        here = (best, room, i - first, i, t)
                        sweep_tile(cols, tables, ceilings, index, scope, here)
            for t in range(tile, max(tile - together, stop), -1):
                room.visited[t] = 1
        for i in range(first, last):
            weigh_waiting(cols, tables, index, scope, (best, room, i - first, i))
