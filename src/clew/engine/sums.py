"""Sums of the terms of 1,024 pairs side by side: a bit of every sum at a time, as an adder does.

A plane holds one bit of the sums of 64 cases in a machine word. Adding a term to all of them takes
a few operations a plane, whatever it weighs.
"""

from __future__ import annotations

import numpy as np

from clew.compiling import inlined, looped
from clew.model.columns import I32, U64

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
