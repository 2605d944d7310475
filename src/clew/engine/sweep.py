"""One case against one tile: three questions, each cheaper than the next.

Can any case of this word reach the list at all (place, time, and everything this case holds)? Can
this pair (the sum of its terms)? Can it with its place and time exact? Only then does it wait to
be weighed, the likeliest first.
"""

from __future__ import annotations

import numpy as np

from clew.compiling import inlined, looped
from clew.engine.ceilings import NEVER, most_of_gap, most_of_place
from clew.engine.index import TILE, WORD, WORDS
from clew.engine.kernel import (
    ADDRESS,
    AREA,
    DISTANCE,
    ITEMS,
    weigh_all_but_gap,
    weigh_place,
)
from clew.engine.offers import At, Laid, least_for, most_by_key, wait
from clew.engine.sums import PLANES, add_up, at_least, least_of_most, lowest_bit, sum_of
from clew.engine.terms import Terms, most_of_values
from clew.evidence.timing import weigh_gap
from clew.model.columns import U64

STARTERS = 32
"""Declared: pairs of a tile, those of the highest sums, with which a list begins."""


@inlined
def sweep_tile(laid: Laid, at: At, tile: int) -> None:
    """Compare a case with all cases of a tile."""
    best, room, r, i = at
    index, terms = laid.tiled, room.terms
    by_key = most_by_key(laid, i)
    summed = False
    for w in range(WORDS):
        word = tile * WORDS + w
        if word * WORD >= index.n:
            break
        least = least_of_word(laid, at, word)
        if least == NEVER:
            continue
        cases = min(WORD, index.n - word * WORD)
        best.done[0] += cases
        base = terms.base[r]
        base += most_of_place(laid.cols, laid.tables, laid.ceilings, index, (i, word, by_key))
        base += most_of_gap(
            laid.cols, laid.tables.gap_edges, laid.ceilings.gap, index.span[word], i
        )
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


@inlined
def least_of_word(laid: Laid, at: At, word: int) -> int:
    """Return the least with which a case of the word may enter a list; NEVER where none may."""
    best, _, r, i = at
    index, scope = laid.tiled, laid.scope
    earlier = index.first_row[word] < index.rows[i]
    in_null = word * WORD < scope.null_positions and (
        earlier or index.first_row[word] < scope.null_rows
    )
    least = NEVER
    if earlier:
        least = best.weights[r, best.weights.shape[1] - 1]
    if in_null:
        least = min(least, best.null[r, best.null.shape[1] - 1])
    return least


@looped
def sum_tile(bits: U64, terms: Terms, r: int, sums: U64) -> None:
    """Fill the sums of row r's terms for every case of a tile."""
    ageless, count, words = terms.ageless[r], terms.filled[r], bits.shape[1]
    sums[:] = 0
    add_up(
        bits,
        terms.sets[r, :ageless],
        terms.flip[r, :ageless],
        terms.units[r, :ageless],
        sums[0],
        words,
    )
    for k in range(PLANES):
        for w in range(words):
            sums[1, k, w] = sums[0, k, w]
    add_up(
        bits, terms.sets[r, ageless:count], terms.flip[r, ageless:count],
        terms.units[r, ageless:count], sums[1], words,
    )  # fmt: skip


@looped
def start_with_likeliest(laid: Laid, at: At, tile: int) -> None:
    """Let those of a tile wait whose sums are highest, so that a list begins with good pairs.

    A list that begins with whoever comes first asks for too little, and hundreds of pairs are
    tried that no list keeps in the end.
    """
    _, room, r, _ = at
    index, terms = laid.tiled, room.terms
    sum_tile(index.bits[tile], terms, r, room.sums)
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
def most_by_classes(laid: Laid, at: At, w: int, bit: int, j: int) -> int:
    """Return the most that a pair weighs by the sum of its terms and by the classes of the case."""
    _, room, r, _ = at
    index, terms = laid.tiled, room.terms
    most = terms.ageless_base[r]
    most += min(terms.step[r] * sum_of(room.sums[0], w, bit), terms.all[r])
    most += room.by_cell[r, index.cell[j]] + room.by_slot[r, index.slot[j]]
    return most + room.by_victim[r, index.victim[j]]


@inlined
def sift_word(laid: Laid, at: At, word: int, least: int, reached: np.uint64) -> None:
    """Try those pairs of a word whose sum, place and time reach `least` together."""
    best, _, _, _ = at
    index = laid.tiled
    first, w = word * WORD, word % WORDS
    if index.n - first < WORD:
        reached &= (np.uint64(1) << np.uint64(index.n - first)) - np.uint64(1)
    while reached:
        bit = lowest_bit(reached)
        reached &= reached - np.uint64(1)
        best.done[2] += 1
        j = first + bit
        most = most_by_classes(laid, at, w, bit, j)
        if most >= least and most >= least_for(laid, at, j):
            try_pair(laid, at, j, most)


@inlined
def try_pair(laid: Laid, at: At, j: int, most: int) -> None:
    """Let a pair wait if it can reach a list with all but its values exact.

    `most`: its bound so far, in which its place, the loosest part, is made exact first.
    """
    best, room, r, i = at
    cols, tables, index = laid.cols, laid.tables, laid.tiled
    least = least_for(laid, at, j)
    out = room.out
    out[:ITEMS] = 0
    weigh_place(cols, tables, i, j, out)
    place = out[DISTANCE] + out[ADDRESS] + out[AREA]
    if most - room.by_cell[r, index.cell[j]] + place < least:
        return
    best.done[3] += 1
    word, bit = j // WORD, j % WORD
    most = most_of_values(index.bits[j // TILE], room.terms, r, word % WORDS, bit)
    weigh_all_but_gap(cols, tables, i, j, out)
    for k in range(ITEMS):
        most += out[k]
    if most + room.by_slot[r, index.slot[j]] < least:
        return
    most += weigh_gap(cols, tables.gap_edges, tables.gap, tables.gap_knots, i, j)
    if most < least:
        return
    wait(laid, at, j, most)
