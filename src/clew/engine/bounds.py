"""Upper bounds of a pair's weight, for 512 pairs at a time.

What a case could share is a list of terms: a bit set, and the most that belonging to it adds. The
terms of all pairs of a tile are added up side by side, a bit of the sums at a time, rounded up.
Together with the most that the place and the time of a word of cases allow, no pair weighs more.
Pairs that share what has a list (`index.py`) are weighed outright and are not bounded.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.compiling import inlined, looped
from clew.engine.index import LONG, SLOTS, WIDE_S, WORD, Index
from clew.evidence.levels import level_of
from clew.evidence.place import DENSITY_CLASSES
from clew.evidence.shared import TYPES
from clew.evidence.victim import BAND_YEARS, BANDS
from clew.model.columns import F32, F64, I32, I64, SEXES, SINGLE, U64, Array, Columns, Tables
from clew.model.time_window import DAY

PLANES = 8
"""Bits of a sum of terms: enough that rounding up costs a tenth of a ban."""
MOST_SUM = (1 << PLANES) - 1
MOST_TERMS = 64
"""Terms kept for a case; what a longer record could share beyond them counts for every pair."""
LEAST_TERM = 30_000
"""Declared, micro-bans: less is not worth a term of its own and counts for every pair."""
NEAR_BANDS, MIDDLE_BANDS = 1, 3
"""Declared: age bands on either side that are held apart from those farther."""
LATER_S = 10 * 365.25 * DAY
"""Declared: a case may come so much later than those laid out, seconds."""
NEVER = 1 << 40


class Ceilings(NamedTuple):
    """The most that levels allow, micro-bans; worked out once a file."""

    place: I32  # (density, density, precision, level) at this level or farther
    gap: I64  # (levels,) at this level or farther, with long windows' rounding
    clock: I32  # (classes,)
    weekday: I32  # (7,)
    age_half: I32  # (bands, levels) the other's half, whatever its mechanism
    sex_half: I32  # (sexes, sexes) the other's half


def find_ceilings(cols: Columns, tables: Tables) -> Ceilings:
    """Work out the ceilings of one file's tables.

    A long window's weight is worked out in floating point: it may exceed that of its levels by
    what rounding allows, and that is added.
    """
    place = tables.place  # of two radii the wider one counts, so the other's may be wider
    place = np.maximum.accumulate(place[:, :, ::-1], axis=2)[:, :, ::-1]
    place = np.maximum.accumulate(place[..., ::-1], axis=-1)[..., ::-1]
    gap = np.maximum.accumulate(tables.gap[::-1])[::-1].astype(np.int64)
    return Ceilings(
        np.ascontiguousarray(place),
        gap + _rounding(cols, tables, gap),
        tables.clock.max(axis=1),
        tables.weekday.max(axis=1),
        np.ascontiguousarray(tables.age_half.max(axis=0)),
        np.ascontiguousarray(tables.sex_half.max(axis=0)),
    )


def _rounding(cols: Columns, tables: Tables, gap: Array) -> Array:
    """Micro-bans by which a mean over windows may exceed its highest level, shape (levels,)."""
    if not len(cols.mid):
        return np.ones(len(gap), np.int64)
    farthest = float(np.ptp(cols.mid)) + 4 * float(cols.width.max()) + LATER_S
    last = tables.gap_knots[-1]
    step = max(farthest - last[0], 0.0)
    integral = max(abs(last[1] + last[2] * step + last[3] * step * step / 2), 1.0)
    # Four integrals of a dozen rounded steps each, over the smallest product of two windows of
    # which one is longer than a day; see `weigh_gap` and docs/method/pruning.md.
    error = 64 * np.finfo(np.float64).eps * integral / (60.0 * 86_400.0)
    ratio = np.maximum(10 ** (gap / 1e6), 1e-3)
    return np.ceil(np.log10(1 + error / ratio) * 1e6).astype(np.int64) + 2


class Terms(NamedTuple):
    """The terms of a batch of rows."""

    count: I64  # (rows,)
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


def no_terms(rows: int) -> Terms:
    """Return room for the terms of so many rows."""
    return Terms(
        np.zeros(rows, np.int64), np.zeros((rows, MOST_TERMS, 2), np.int32),
        np.zeros((rows, MOST_TERMS), np.uint64), np.zeros((rows, MOST_TERMS), np.int32),
        np.zeros((rows, MOST_TERMS), np.int64), np.zeros(rows, np.int64),
        np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros(rows, np.int64),
        np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros(rows, np.int64),
        np.zeros(rows, np.int64),
    )  # fmt: skip


@inlined
def add_term(terms: Terms, r: int, within: int, outside: int, flipped: bool, micro: int) -> None:
    """Add a term to row r's, or its weight to every pair where it is small or no room is left."""
    if micro <= 0:
        return
    t = terms.count[r]
    if t == MOST_TERMS or micro < LEAST_TERM:
        terms.base[r] += micro
        return
    terms.sets[r, t, 0], terms.sets[r, t, 1] = within, outside
    terms.flip[r, t] = ~np.uint64(0) if flipped else np.uint64(0)
    terms.micro[r, t] = micro
    terms.count[r] = t + 1


@inlined
def add_class(terms: Terms, r: int, index: Index, within: int, micro: int) -> None:
    """Add what a class of cases gains; or take off what it loses, and give it to all others."""
    if micro >= 0:
        add_term(terms, r, within, index.none, False, micro)
    elif -micro >= LEAST_TERM:
        terms.base[r] += micro
        add_term(terms, r, within, index.none, True, -micro)


@inlined
def add_items(cols: Columns, tables: Tables, index: Index, terms: Terms, r: int, i: int) -> None:
    """Add the terms of values: what is shared, and what only this case holds."""
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
        add_term(terms, r, index.told + kind, index.none, True, lost)
        back = (lost + mine - 1) // max(mine, 1)
        for k in range(begin, end):
            item = cols.items[k]
            if tables.item_type[item] != kind or index.item_set[item] < 0:
                continue
            weight = max(_most_of_item(cols, tables, index, begin, k), 0)
            add_term(
                terms, r, index.item_set[item], index.none, False,
                weight + back * tables.item_against[item],
            )  # fmt: skip


@inlined
def _most_of_item(cols: Columns, tables: Tables, index: Index, begin: int, k: int) -> int:
    """Most that sharing item k can add: given those that whoever holds it holds in any case."""
    item = cols.items[k]
    weight = tables.item[item]
    for other in range(begin, k):
        held = cols.items[other]
        if index.item_set[held] >= 0 and index.implies[index.item_set[item], index.item_set[held]]:
            measured = tables.item_given.shape[0]
            if held < measured and item < measured:
                weight = min(weight, tables.item_given[held, item])
            else:
                weight = min(weight, tables.item_given_rare[item])
    return weight


@inlined
def age_levels(cols: Columns, tables: Tables, i: int, band: int) -> tuple[int, int]:
    """Return the first and last level of case i's age against any in an age band."""
    # Single precision may put an age a hair beyond its band.
    low, high = band * BAND_YEARS - 0.001, (band + 1) * BAND_YEARS + 0.001
    age = np.float64(cols.age[i])
    least = max(low - age, age - high, 0.0)
    # Ages beyond the last band stand in it.
    apart = max(abs(age - low), abs(age - high)) if band < BANDS - 1 else np.inf
    return level_of(least, tables.age_edges), level_of(apart, tables.age_edges)


@inlined
def most_of_age(cols: Columns, tables: Tables, ceilings: Ceilings, i: int, band: int) -> int:
    """Most that case i's age can weigh against one in an age band, whatever its mechanism."""
    first, last = age_levels(cols, tables, i, band)
    most = -NEVER
    for level in range(first, last + 1):
        half = tables.age_half[cols.mechanism[i], cols.age_band[i], level]
        most = max(most, half + ceilings.age_half[band, level])
    return most


@inlined
def add_ages(
    cols: Columns, tables: Tables, ceilings: Ceilings, index: Index, at: tuple[Terms, int, int]
) -> None:
    """Add the terms of age: near bands, middle ones, all others. `at`: terms, r and i."""
    terms, r, i = at
    own = cols.age_band[i]
    if own < 0:
        return
    near, middle, far = -NEVER, -NEVER, -NEVER
    for band in range(BANDS):
        most = most_of_age(cols, tables, ceilings, i, band)
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
def add_rest(
    cols: Columns, tables: Tables, ceilings: Ceilings, index: Index, at: tuple[Terms, int, int]
) -> None:
    """Add the terms of sex and distance from home, and what clock and weekday may add."""
    terms, r, i = at
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
def most_of_people(cols: Columns, tables: Tables, index: Index, i: int) -> int:
    """Return the most that sharing a person may add whose list is too long to walk."""
    most = 0
    start = index.entity_lists.start
    for k in range(cols.entity_start[i], cols.entity_start[i + 1]):
        entity = cols.entities[k]
        if entity + 1 < len(start) and start[entity + 1] - start[entity] > LONG:
            most = max(most, tables.entity[entity])
    return most


@inlined
def find_terms(
    cols: Columns, tables: Tables, ceilings: Ceilings, index: Index, at: tuple[Terms, int, int]
) -> None:
    """Fill the terms of row r, case i, and round them up to steps. `at`: terms, r and i."""
    terms, r, i = at
    terms.count[r], terms.base[r] = 0, 0
    add_items(cols, tables, index, terms, r, i)
    terms.base[r] += most_of_people(cols, tables, index, i)
    terms.items[r], terms.item_base[r] = terms.count[r], terms.base[r]
    add_rest(cols, tables, ceilings, index, at)
    terms.ageless[r], terms.ageless_base[r] = terms.count[r], terms.base[r]
    add_ages(cols, tables, ceilings, index, at)
    total = 0
    for t in range(terms.count[r]):
        total += terms.micro[r, t]
    step = max(total // MOST_SUM, 1)
    most = MOST_SUM + 1
    while most > MOST_SUM:
        most = 0
        for t in range(terms.count[r]):
            most += (terms.micro[r, t] + step - 1) // step
        if most > MOST_SUM:
            step += max(step // 32, 1)
    for t in range(terms.count[r]):
        terms.units[r, t] = (terms.micro[r, t] + step - 1) // step
    terms.step[r], terms.most[r], terms.all[r] = step, most, total


@inlined
def most_of_place(
    cols: Columns, tables: Tables, ceilings: Ceilings, index: Index, at: tuple[int, int, int]
) -> int:
    """Most that the place of case i can weigh against any of a word; `at`: i, word, key's most."""
    i, w, by_key = at
    most = by_key
    area = 0
    if cols.area[i] >= 0:
        area = max(tables.area[cols.area[i]], tables.area_differs, 0)
    if cols.density[i] < 0:
        return max(most, area)
    if index.densities[w] >> DENSITY_CLASSES & 1:
        most = max(most, area)
    apart = distance_to_box(cols, i, index.box[w])
    return max(most, most_of_distance(cols, tables, ceilings, (i, index.densities[w]), apart))


@inlined
def most_of_distance(
    cols: Columns, tables: Tables, ceilings: Ceilings, at: tuple[int, int], metres: float
) -> int:
    """Most that so great a distance can weigh. `at`: i, and a bit for each density of the others.

    Where nobody else has a point it is very low.
    """
    i, densities = at
    level = level_of(metres, tables.place_edges)
    most = -NEVER
    for density in range(DENSITY_CLASSES):
        if densities >> density & 1:
            reach = ceilings.place[cols.density[i], density, cols.precision[i], level]
            most = max(most, reach)
    return most


@inlined
def distance_to_box(cols: Columns, i: int, box: F32) -> float:
    """Return the least distance from case i to a point within a box, metres, never too long."""
    square = 0.0
    for k in range(3):
        x = np.float64(cols.xyz[i, k])
        apart = max(box[k] - x, x - box[k + 3], 0.0)
        square += apart * apart
    return np.sqrt(square) * (1 - 1e-12)


@inlined
def most_of_gap(cols: Columns, edges: F64, gap: I64, span: F64, i: int) -> int:
    """Most that the time of case i can weigh against one whose window lies within `span`."""
    half = cols.width[i] / 2
    apart = max(span[0] - (cols.mid[i] + half), cols.mid[i] - half - span[1], 0.0)
    return gap[level_of(apart, edges)]


@looped
def add_up(
    bits: U64, terms: Terms, at: tuple[int, int, int], words: int, sums: U64
) -> None:
    """Add row r's terms, from one up to another, to the sums of every case of a tile.

    Parameters
    ----------
    bits
        The tile's sets, shape (sets, words).
    at
        r, the first term, and the one behind the last.
    words
        WORDS; as an argument, so that the compiler handles four words at once, not one.
    sums
        Added to, shape (PLANES, words), lowest bit first.
    """
    r, first, last = at
    one, none = np.uint64(1), np.uint64(0)
    for t in range(first, last):
        units = np.uint64(terms.units[r, t])
        flip = terms.flip[r, t]
        within, outside = terms.sets[r, t, 0], terms.sets[r, t, 1]
        m0 = none - (units & one)
        m1 = none - (units >> np.uint64(1) & one)
        m2 = none - (units >> np.uint64(2) & one)
        m3 = none - (units >> np.uint64(3) & one)
        m4 = none - (units >> np.uint64(4) & one)
        m5 = none - (units >> np.uint64(5) & one)
        m6 = none - (units >> np.uint64(6) & one)
        m7 = none - (units >> np.uint64(7) & one)
        for w in range(words):
            x = (bits[within, w] & ~bits[outside, w]) ^ flip
            c, a = sums[0, w], x & m0
            sums[0, w] = c ^ a
            carry = c & a
            c, a = sums[1, w], x & m1
            half = c ^ a
            sums[1, w] = half ^ carry
            carry = (c & a) | (carry & half)
            c, a = sums[2, w], x & m2
            half = c ^ a
            sums[2, w] = half ^ carry
            carry = (c & a) | (carry & half)
            c, a = sums[3, w], x & m3
            half = c ^ a
            sums[3, w] = half ^ carry
            carry = (c & a) | (carry & half)
            c, a = sums[4, w], x & m4
            half = c ^ a
            sums[4, w] = half ^ carry
            carry = (c & a) | (carry & half)
            c, a = sums[5, w], x & m5
            half = c ^ a
            sums[5, w] = half ^ carry
            carry = (c & a) | (carry & half)
            c, a = sums[6, w], x & m6
            half = c ^ a
            sums[6, w] = half ^ carry
            carry = (c & a) | (carry & half)
            sums[7, w] ^= (x & m7) ^ carry


@inlined
def sum_of(sums: U64, w: int, bit: int) -> int:
    """Return the sum of one case of word w."""
    total = 0
    for k in range(PLANES):
        total |= int(sums[k, w] >> np.uint64(bit) & np.uint64(1)) << k
    return total


@looped
def bound_victims(cols: Columns, tables: Tables, index: Index, i: int, most: I32) -> None:
    """Fill the most that the age of case i allows, by mechanism and age band of the other case.

    `most`: shape (mechanisms * (BANDS + 1),), see `Index.victim`.
    """
    most[:] = 0
    own = cols.age_band[i]
    if own < 0:
        return
    levels = tables.age_half.shape[2]
    for band in range(BANDS):
        first, last = age_levels(cols, tables, i, band)
        for mechanism in range(tables.age_half.shape[0]):
            best = -(1 << 30)
            for level in range(first, min(last + 1, levels)):
                half = tables.age_half[cols.mechanism[i], own, level]
                best = max(best, half + tables.age_half[mechanism, band, level])
            most[mechanism * (BANDS + 1) + band + 1] = best


@looped
def bound_cells(
    cols: Columns, tables: Tables, ceilings: Ceilings, index: Index, at: tuple[int, int, I32]
) -> None:
    """Fill the most that the place of case i allows, by cell of the other case.

    `at`: i, what an address with a long list weighs in any case, and what is filled, (cells,).
    """
    i, by_key, most = at
    area = 0
    if cols.area[i] >= 0:
        area = max(tables.area[cols.area[i]], tables.area_differs, 0)
    for c in range(len(most)):
        reach = area
        if cols.density[i] >= 0 and c < len(most) - 1:
            apart = distance_to_box(cols, i, index.cell_box[c])
            here = (i, index.cell_densities[c])
            reach = most_of_distance(cols, tables, ceilings, here, apart)
        most[c] = max(reach, by_key, -(1 << 30))


@looped
def bound_slots(cols: Columns, tables: Tables, ceilings: Ceilings, at: tuple[F64, int, I32]) -> None:
    """Fill the most that the time of case i allows, by slot of the other case.

    `at`: begin and length of the slots in seconds, i, and what is filled, (2 * SLOTS + 1,).
    """
    slots, i, most = at
    half = cols.width[i] / 2
    for k in range(2):
        for s in range(SLOTS):
            low, high = slots[0] + s * slots[1] - 1.0, slots[0] + (s + 1) * slots[1] + 1.0
            if k == 1:
                low, high = low - WIDE_S / 2, high + WIDE_S / 2
            elif s == SLOTS - 1:
                high = np.inf
            apart = max(low - (cols.mid[i] + half), cols.mid[i] - half - high, 0.0)
            most[k * SLOTS + s] = ceilings.gap[level_of(apart, tables.gap_edges)]
    most[2 * SLOTS] = ceilings.gap[0]


@inlined
def most_of_values(bits: U64, terms: Terms, r: int, w: int, bit: int) -> int:
    """Most that the values of one case of a tile (`bits`) can weigh with row r's, not rounded."""
    most = terms.item_base[r]
    for t in range(terms.items[r]):
        x = bits[terms.sets[r, t, 0], w] ^ terms.flip[r, t]
        most += terms.micro[r, t] * int(x >> np.uint64(bit) & np.uint64(1))
    return most


@inlined
def at_least(sums: U64, w: int, units: int) -> int:
    """Return the bits of those cases of word w whose sum is at least `units` (1 .. MOST_SUM)."""
    reached = ~np.uint64(0)
    for k in range(PLANES):
        if units >> k & 1:
            reached &= sums[k, w]
        else:
            reached |= sums[k, w]
    return reached


assert WORD == 64  # a word of cases is a machine word
