"""What a case could share, as a list of terms: a bit set, and what belonging to it adds.

The terms of all pairs of a tile are added up side by side, rounded up to whole steps: a bit of
every sum at a time, as an adder does. A plane has one bit of the sums of 64 cases in a machine
word, so adding a term to all of them takes a few operations per plane, whatever it weighs.
Together with the most that place and time allow (`upper_bounds.py`) no pair weighs more. Pairs
that share what has a list (`index.py`) are weighed outright and are not bounded.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.comparison.evidence.shared import TYPES, weight_given
from clew.comparison.evidence.victim import BANDS
from clew.comparison.ranking.index import LONG, Index
from clew.comparison.ranking.upper_bounds import NEVER, BatchLayout, age_levels
from clew.compiling import inlined, looped
from clew.model.columns import I32, I64, SEXES, SINGLE, U64

PLANES = 8
"""Bits of a sum of terms: enough that rounding up costs a tenth of a ban."""
MOST_SUM = (1 << PLANES) - 1


@inlined
def add_bit(sums: U64, plane: int, w: int, added: np.uint64, carry: np.uint64) -> np.uint64:
    """Add a bit and what is carried to a plane of word w; return what is carried on."""
    held = sums[plane, w]
    half = held ^ added
    sums[plane, w] = half ^ carry
    return (held & added) | (carry & half)


@inlined
def all_ones(units: np.uint64, plane: int) -> np.uint64:
    """Return a word of ones where that bit of `units` is set, else of zeros."""
    return np.uint64(0) - (units >> np.uint64(plane) & np.uint64(1))


@looped
def add_up(bits: U64, sets: I32, flips: U64, units: I32, sums: U64, words: int) -> None:
    """Add terms to the sums of every case of a tile.

    Parameters
    ----------
    bits
        The tile's sets, shape (sets, words).
    sets, flips, units
        Of each term: within and outside of which sets, shape (terms, 2); all ones for those that
        are not in it; its weight in steps, shape (terms,) both.
    sums
        Added to, shape (PLANES, words), lowest bit first.
    words
        WORDS; as an argument, so that the compiler handles four words at once, not one (measured:
        two thirds of the time).
    """
    none = np.uint64(0)
    for t in range(len(units)):
        weight, flip = np.uint64(units[t]), flips[t]
        within, outside = sets[t, 0], sets[t, 1]
        m0, m1 = all_ones(weight, 0), all_ones(weight, 1)
        m2, m3 = all_ones(weight, 2), all_ones(weight, 3)
        m4, m5 = all_ones(weight, 4), all_ones(weight, 5)
        m6, m7 = all_ones(weight, 6), all_ones(weight, 7)
        for w in range(words):
            x = (bits[within, w] & ~bits[outside, w]) ^ flip
            carry = add_bit(sums, 0, w, x & m0, none)
            carry = add_bit(sums, 1, w, x & m1, carry)
            carry = add_bit(sums, 2, w, x & m2, carry)
            carry = add_bit(sums, 3, w, x & m3, carry)
            carry = add_bit(sums, 4, w, x & m4, carry)
            carry = add_bit(sums, 5, w, x & m5, carry)
            carry = add_bit(sums, 6, w, x & m6, carry)
            add_bit(sums, 7, w, x & m7, carry)


@inlined
def sum_of(sums: U64, w: int, bit: int) -> int:
    """Return the sum of one case of word w."""
    total = 0
    for k in range(PLANES):
        total |= int(sums[k, w] >> np.uint64(bit) & np.uint64(1)) << k
    return total


@inlined
def at_least(sums: U64, w: int, units: int) -> np.uint64:
    """Return the bits of those cases of word w whose sum is at least `units` (1 .. MOST_SUM)."""
    reached = ~np.uint64(0)
    for k in range(PLANES):
        if units >> k & 1:
            reached &= sums[k, w]
        else:
            reached |= sums[k, w]
    return reached


@inlined
def count_bits(word: np.uint64) -> int:
    """Return how many bits are set (Warren 2012, Hacker's Delight, figure 5-2)."""
    x = word - (word >> np.uint64(1) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + (x >> np.uint64(2) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int(x * np.uint64(0x0101010101010101) >> np.uint64(56))


@inlined
def least_of_most(sums: U64, wanted: int, words: int) -> int:
    """Return the greatest sum that at least `wanted` cases of a tile reach; 0 where none."""
    units = 0
    for k in range(PLANES - 1, -1, -1):
        more, count = units | 1 << k, 0
        for w in range(words):
            count += count_bits(at_least(sums, w, more))
        if count >= wanted:
            units = more
    return units


DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""Every run of six bits of it is another number (Leiserson, Prokop and Randall 1998)."""
BIT_OF = np.zeros(64, np.int64)
for _bit in range(64):
    BIT_OF[(int(DE_BRUIJN) << _bit & (1 << 64) - 1) >> 58] = _bit


@inlined
def lowest_bit(word: np.uint64) -> int:
    """Return the number of the lowest bit that is set, by a de Bruijn sequence."""
    low = word & (~word + np.uint64(1))
    return BIT_OF[low * DE_BRUIJN >> np.uint64(58)]


MOST_TERMS = 64
"""Terms kept for a case; what a longer record could share beyond them counts for every pair."""
LEAST_TERM = 30_000
"""Declared, micro-bans: less is not worth a term of its own and counts for every pair."""
NEAR_BANDS, MIDDLE_BANDS = 1, 3
"""Declared: age bands on either side that are bounded apart from those farther."""


class Terms(NamedTuple):
    """The terms of a batch of rows."""

    filled: I64  # (rows,)
    sets: I32  # (rows, MOST_TERMS, 2) in the first set, and not in the second
    flip: U64  # (rows, MOST_TERMS) all ones: outside of that
    units: I32  # (rows, MOST_TERMS) weight in steps, rounded up
    micro: I64  # (rows, MOST_TERMS)
    items: I64  # (rows,) how many of them, the first ones, are of values
    ageless: I64  # (rows,) how many are of anything but age, which are the last
    item_base: I64  # (rows,) what values, and people in very many records, add to every pair
    base: I64  # (rows,) what every pair may have besides the terms, the place and the time
    ageless_base: I64  # (rows,) the same without age
    step: I64  # (rows,) micro-bans
    most: I64  # (rows,) sum of all units
    all: I64  # (rows,) sum of all terms, micro-bans


@inlined
def add_term(terms: Terms, r: int, within: int, outside: int, flipped: bool, micro: int) -> None:
    """Add a term to row r's, or its weight to every pair where it is small or no room is left."""
    if micro <= 0:
        return
    t = terms.filled[r]
    if t == MOST_TERMS or micro < LEAST_TERM:
        terms.base[r] += micro
        return
    terms.sets[r, t, 0], terms.sets[r, t, 1] = within, outside
    terms.flip[r, t] = ~np.uint64(0) if flipped else np.uint64(0)
    terms.micro[r, t] = micro
    terms.filled[r] = t + 1


@inlined
def add_class(terms: Terms, r: int, index: Index, within: int, micro: int) -> None:
    """Add what a class of cases gains; or take off what it loses, and give it to all others."""
    if micro >= 0:
        add_term(terms, r, within, index.none, False, micro)
    elif -micro >= LEAST_TERM:
        terms.base[r] += micro
        add_term(terms, r, within, index.none, True, -micro)


@inlined
def add_items(laid: BatchLayout, terms: Terms, r: int, i: int) -> None:
    """Add the terms of values: what is shared, and what only this case has."""
    cols, tables, index = laid.cols, laid.tables, laid.tiled
    begin, end = cols.item_start[i], cols.item_start[i + 1]
    for kind in range(TYPES):
        mine = 0
        for k in range(begin, end):
            if tables.item_type[cols.items[k]] == kind:
                mine += tables.item_against[cols.items[k]]
        lost = 0
        if mine and cols.recorded[i] >> kind & 1:
            if kind < SINGLE:
                lost = -tables.single_differs[kind]
            else:
                lost = -max(mine * tables.unshared_half[kind], tables.unshared_floor[kind])
        if lost < LEAST_TERM:
            lost = 0  # a bound may leave out what speaks against
        terms.base[r] -= lost
        add_term(terms, r, index.recorded + kind, index.none, True, lost)
        back = (lost + mine - 1) // max(mine, 1)
        for k in range(begin, end):
            item = cols.items[k]
            own = index.item_set[item]
            if tables.item_type[item] != kind or own < 0:
                continue
            # Most that sharing it can add: given those that whoever has it has in any case.
            weight = tables.item[item]
            for other in range(begin, k):
                held = cols.items[other]
                if index.item_set[held] >= 0 and index.implies[own, index.item_set[held]]:
                    weight = min(weight, weight_given(tables, held, item))
            gain = max(weight, 0) + back * tables.item_against[item]
            add_term(terms, r, own, index.none, False, gain)


@inlined
def add_ages(laid: BatchLayout, terms: Terms, r: int, i: int) -> None:
    """Add the terms of age: near bands, middle ones, all others."""
    cols, tables, index = laid.cols, laid.tables, laid.tiled
    own = cols.age_band[i]
    if own < 0:
        return
    near, middle, far = -NEVER, -NEVER, -NEVER
    for band in range(BANDS):
        # The most against one in that band, whatever its mechanism.
        first, last = age_levels(cols, tables, i, band)
        most = -NEVER
        for level in range(first, last + 1):
            half = tables.age_half[cols.mechanism[i], own, level]
            most = max(most, half + laid.ceilings.age_half[band, level])
        apart = abs(band - own)
        near = max(near, most)
        if apart > NEAR_BANDS:
            middle = max(middle, most)
        if apart > MIDDLE_BANDS:
            far = max(far, most)
    terms.base[r] += far
    if far < 0:
        add_term(terms, r, index.age, index.none, True, -far)
    for bands, more in ((MIDDLE_BANDS, middle - far), (NEAR_BANDS, near - middle)):
        low, high = max(own - bands, 0), min(own + bands + 1, BANDS)
        add_term(terms, r, index.age + low, index.age + high, False, more)


@inlined
def add_rest(laid: BatchLayout, terms: Terms, r: int, i: int) -> None:
    """Add the terms of sex and distance from home, and what clock and weekday may add."""
    cols, tables, ceilings, index = laid.cols, laid.tables, laid.ceilings, laid.tiled
    if cols.sex[i] >= 0:
        for sex in range(len(SEXES)):
            most = tables.sex_half[cols.mechanism[i], cols.sex[i], sex]
            add_class(terms, r, index, index.sex + sex, most + ceilings.sex_half[sex, cols.sex[i]])
    if cols.far[i] >= 0:
        for far in range(2):
            add_class(terms, r, index, index.far + far, tables.far[cols.far[i], far])
    if cols.clock[i] >= 0:
        terms.base[r] += max(ceilings.clock[cols.clock[i]], 0)
    if cols.weekday[i] >= 0:
        terms.base[r] += max(ceilings.weekday[cols.weekday[i]], 0)


@inlined
def find_terms(laid: BatchLayout, terms: Terms, r: int, i: int) -> None:
    """Fill the terms of row r, case i, and round them up to steps."""
    cols, start = laid.cols, laid.tiled.entity_lists.start
    terms.filled[r], terms.base[r] = 0, 0
    add_items(laid, terms, r, i)
    most = 0  # that sharing a person may add whose list is too long to walk
    for k in range(cols.entity_start[i], cols.entity_start[i + 1]):
        entity = cols.entities[k]
        if entity + 1 < len(start) and start[entity + 1] - start[entity] > LONG:
            most = max(most, laid.tables.entity[entity])
    terms.base[r] += most
    terms.items[r], terms.item_base[r] = terms.filled[r], terms.base[r]
    add_rest(laid, terms, r, i)
    terms.ageless[r], terms.ageless_base[r] = terms.filled[r], terms.base[r]
    add_ages(laid, terms, r, i)
    total = 0
    for t in range(terms.filled[r]):
        total += terms.micro[r, t]
    step = max(total // MOST_SUM, 1)
    most = MOST_SUM + 1
    while most > MOST_SUM:
        most = 0
        for t in range(terms.filled[r]):
            most += (terms.micro[r, t] + step - 1) // step
        if most > MOST_SUM:
            step += max(step // 32, 1)
    for t in range(terms.filled[r]):
        terms.units[r, t] = (terms.micro[r, t] + step - 1) // step
    terms.step[r], terms.most[r], terms.all[r] = step, most, total


@inlined
def most_of_values(bits: U64, terms: Terms, r: int, w: int, bit: int) -> int:
    """Most that the values of one case of a tile (`bits`) can weigh with row r's, not rounded."""
    most = terms.item_base[r]
    for t in range(terms.items[r]):
        x = bits[terms.sets[r, t, 0], w] ^ terms.flip[r, t]
        most += terms.micro[r, t] * int(x >> np.uint64(bit) & np.uint64(1))
    return most
