"""One case against one tile: three questions, each cheaper than the next.

Can any case of this word reach the list at all (place, time, and everything this case has)? Can
this pair (the sum of its terms)? Can it with its place and time exact? Only then does it wait in
a buffer, to be weighed exactly in order of its upper bound.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.comparison.evidence.timing import weigh_gap
from clew.comparison.kernel import (
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
from clew.comparison.ranking.evidence_bounds import (
    PLANES,
    Terms,
    add_up,
    at_least,
    least_of_most,
    lowest_bit,
    most_of_values,
    sum_of,
)
from clew.comparison.ranking.index import LONG, TILE, WORD, WORDS, Postings
from clew.comparison.ranking.upper_bounds import NEVER, BatchLayout, most_of_gap, most_of_place
from clew.compiling import inlined, looped
from clew.model.columns import I32, I64, U64, Array

LIGHTEST = -(1 << 30)
"""Less than any pair weighs."""
ANY_LENGTH = 1 << 40
ANY_WEIGHT = 1 << 30
"""More than any pair weighs: the bound where there is none."""
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


class ThreadBuffers(NamedTuple):
    """Room to work in, one per thread."""

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


class At(NamedTuple):
    """A batch's lists and room, and the case at hand: its number in the batch, its position."""

    best: Best
    room: ThreadBuffers
    r: int
    i: int


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
def least_for(laid: BatchLayout, at: At, j: int) -> int:
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
def offer(laid: BatchLayout, at: At, j: int) -> None:
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
def most_by_key(laid: BatchLayout, i: int) -> int:
    """Return the weight of case i's address where its list is too long to walk, else very low."""
    key, start = laid.cols.place_key[i], laid.tiled.key_lists.start
    if key < 0 or key + 1 >= len(start) or start[key + 1] - start[key] <= LONG:
        return LIGHTEST
    return laid.tables.place_key[key]


@looped
def weigh_waiting(laid: BatchLayout, at: At) -> None:
    """Weigh the pairs of a case that wait, the likeliest first, as long as they can enter."""
    room, r = at.room, at.r
    keys, count = room.waiting[r], room.waits[r]
    for gap in (57, 23, 10, 4, 1):  # Shell's sort with Ciura's gaps, in place, highest first
        for k in range(gap, count):
            key, place = keys[k], k
            while place >= gap and keys[place - gap] < key:
                keys[place] = keys[place - gap]
                place -= gap
            keys[place] = key
    for k in range(count):
        key = keys[k]
        j = key & 0xFFFFFFFF
        if key >> 32 >= least_for(laid, at, j):
            offer(laid, at, j)
    room.waits[r] = 0


@inlined
def wait(laid: BatchLayout, at: At, j: int | np.int64, most: int | np.int64) -> None:
    """Buffer the pair with position j, which weighs `most` at most."""
    room, r = at.room, at.r
    room.waiting[r, room.waits[r]] = (most << 32) + j
    room.waits[r] += 1
    if room.waits[r] == WAITING:
        weigh_waiting(laid, at)


@inlined
def wait_listed(laid: BatchLayout, at: At, code: np.int64, lists: Postings, longest: int) -> None:
    """Buffer every case of a code's list, unless the list is longer than `longest`."""
    if code + 1 >= len(lists.start):
        return
    begin, end = lists.start[code], lists.start[code + 1]
    if end - begin > longest:
        return
    for k in range(begin, end):
        wait(laid, at, np.int64(lists.positions[k]), np.int64(ANY_WEIGHT))


@inlined
def wait_sharing(laid: BatchLayout, at: At) -> None:
    """Buffer all that share a rare value, a person, an address or a mention with the case."""
    cols, index, i = laid.cols, laid.tiled, at.i
    for k in range(cols.item_start[i], cols.item_start[i + 1]):
        item = cols.items[k]
        if index.item_set[item] < 0:
            wait_listed(laid, at, np.int64(item), index.item_lists, ANY_LENGTH)
    for k in range(cols.entity_start[i], cols.entity_start[i + 1]):
        wait_listed(laid, at, np.int64(cols.entities[k]), index.entity_lists, LONG)
    if cols.place_key[i] >= 0:
        wait_listed(laid, at, np.int64(cols.place_key[i]), index.key_lists, LONG)
    wait_listed(laid, at, np.int64(i), index.mention_lists, ANY_LENGTH)


STARTERS = 32
"""Declared: pairs of a tile, those of the highest sums, with which a list begins."""


@inlined
def sweep_tile(laid: BatchLayout, at: At, tile: int) -> None:
    """Compare a case with all cases of a tile."""
    best, room, r, i = at
    index, scope, terms = laid.tiled, laid.scope, room.terms
    by_key = most_by_key(laid, i)
    summed = False
    for w in range(WORDS):
        word = tile * WORDS + w
        if word * WORD >= index.n:
            break
        # The least with which a case of the word may enter a list.
        first_row, least = index.first_row[word], NEVER
        earlier = first_row < index.rows[i]
        if earlier:
            least = best.weights[r, best.weights.shape[1] - 1]
        in_null = word * WORD < scope.null_positions
        if in_null and (earlier or first_row < scope.null_rows):
            least = min(least, best.null[r, best.null.shape[1] - 1])
        if least == NEVER:
            continue
        cases = min(WORD, index.n - word * WORD)
        best.done[0] += cases
        base = terms.base[r] + most_of_place(laid, i, word, by_key)
        base += most_of_gap(laid, i, index.span[word, 0], index.span[word, 1])
        units = (least - base + terms.step[r] - 1) // terms.step[r]
        if units > terms.most[r]:
            best.done[1] += cases
            continue
        reached = np.uint64(~np.uint64(0))
        if units > 0:
            if not summed:
                sum_tile(index.bits[tile], terms, r, room.sums)
                summed = True
            reached = at_least(room.sums[1], w, units)
        elif not summed:
            room.sums[:] = ~np.uint64(0)  # not known: as high as can be
        if reached:
            sift_word(laid, at, word, least, reached)


@looped
def sum_tile(bits: U64, terms: Terms, r: int, sums: U64) -> None:
    """Fill the sums of row r's terms for every case of a tile."""
    ageless, count, words = terms.ageless[r], terms.filled[r], bits.shape[1]
    sums[:] = 0
    add_up(
        bits, terms.sets[r, :ageless], terms.flip[r, :ageless],
        terms.units[r, :ageless], sums[0], words,
    )  # fmt: skip
    for k in range(PLANES):
        for w in range(words):
            sums[1, k, w] = sums[0, k, w]
    add_up(
        bits, terms.sets[r, ageless:count], terms.flip[r, ageless:count],
        terms.units[r, ageless:count], sums[1], words,
    )  # fmt: skip


@looped
def start_with_likeliest(laid: BatchLayout, at: At, tile: int) -> None:
    """Buffer those of a tile whose sums are highest, so that a list begins with good pairs.

    A list that begins with the first cases asks for too little, and hundreds of pairs are tried
    that no list keeps in the end.
    """
    room, index = at.room, laid.tiled
    sum_tile(index.bits[tile], room.terms, at.r, room.sums)
    units = least_of_most(room.sums[1], STARTERS, WORDS)
    if units == 0:
        return
    left = STARTERS + STARTERS // 2  # more only where many sums are equal
    for w in range(WORDS):
        reached = at_least(room.sums[1], w, units)
        while reached and left:
            bit = lowest_bit(reached)
            reached &= reached - np.uint64(1)
            left -= 1
            j = (tile * WORDS + w) * WORD + bit
            if j < index.n:
                wait(laid, at, j, most_by_classes(laid, at, w, bit, j))


@inlined
def most_by_classes(laid: BatchLayout, at: At, w: int, bit: int, j: int) -> int:
    """Return the most that a pair weighs by the sum of its terms and by the classes of the case."""
    room, r = at.room, at.r
    index, terms = laid.tiled, room.terms
    most = terms.ageless_base[r]
    most += min(terms.step[r] * sum_of(room.sums[0], w, bit), terms.all[r])
    most += room.by_cell[r, index.cell[j]] + room.by_slot[r, index.slot[j]]
    return most + room.by_victim[r, index.victim[j]]


@inlined
def sift_word(laid: BatchLayout, at: At, word: int, least: int, reached: np.uint64) -> None:
    """Buffer those pairs of a word that can reach a list with all but their values exact.

    Only pairs whose sum, place and time reach `least` together are looked at.
    """
    best, room, r, i = at
    cols, tables, index, out = laid.cols, laid.tables, laid.tiled, room.out
    first, w = word * WORD, word % WORDS
    if index.n - first < WORD:
        reached &= (np.uint64(1) << np.uint64(index.n - first)) - np.uint64(1)
    while reached:
        bit = lowest_bit(reached)
        reached &= reached - np.uint64(1)
        best.done[2] += 1
        j = first + bit
        most = most_by_classes(laid, at, w, bit, j)
        asked = least_for(laid, at, j)
        if most < least or most < asked:
            continue
        out[:ITEMS] = 0
        weigh_place(cols, tables, i, j, out)  # the loosest part of the bound is made exact first
        place = out[DISTANCE] + out[ADDRESS] + out[AREA]
        if most - room.by_cell[r, index.cell[j]] + place < asked:
            continue
        best.done[3] += 1
        most = most_of_values(index.bits[j // TILE], room.terms, r, w, bit)
        weigh_all_but_gap(cols, tables, i, j, out)
        for k in range(ITEMS):
            most += out[k]
        if most + room.by_slot[r, index.slot[j]] < asked:
            continue
        most += weigh_gap(cols, tables.gap_edges, tables.gap, tables.gap_knots, i, j)
        if most >= asked:
            wait(laid, at, j, most)
