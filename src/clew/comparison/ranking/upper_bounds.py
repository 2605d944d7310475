"""The most that levels allow: upper bounds of place, time, age and sex, from their tables.

Whatever is not known of the other case is taken as favourable as the tables allow; so no pair
weighs more than its bound. `docs/method/pruning.md` has the argument, and a test compares every
bound with the true weight.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.comparison.evidence.levels import level_of
from clew.comparison.evidence.place import DENSITY_CLASSES
from clew.comparison.evidence.timing import LEAST_RATIO, SHORT_S
from clew.comparison.evidence.victim import BAND_YEARS, BANDS
from clew.comparison.ranking.index import SLOTS, WIDE_S, Index
from clew.compiling import inlined, looped
from clew.model.columns import F32, I32, I64, Columns, Tables
from clew.model.finding import MICRO
from clew.model.values import DAY, YEAR_DAYS

LATER_S = 10 * YEAR_DAYS * DAY
"""Declared: a case may come so much later than those laid out, seconds."""
NEVER = 1 << 40
ALL_DENSITIES = (1 << DENSITY_CLASSES) - 1


class Ceilings(NamedTuple):
    """The most that levels allow, micro-bans; worked out once per file."""

    place: I32  # (density, density, precision, level) at this level or farther
    gap: I64  # (levels,) at this level or farther, with long windows' rounding
    clock: I32  # (classes,)
    weekday: I32  # (7,)
    age_half: I32  # (bands, levels) the other's half, whatever its mechanism
    sex_half: I32  # (sexes, sexes) the other's half


class Scope(NamedTuple):
    """Whom each case is compared with.

    Candidates are the rows before its own. Its null are the first `null_positions` positions, of
    those the rows before its own or before `null_rows`.
    """

    null_positions: int
    null_rows: int


class BatchLayout(NamedTuple):
    """All that stays the same for a whole file: its cases, laid out, and what bounds them."""

    cols: Columns
    tables: Tables
    ceilings: Ceilings
    tiled: Index
    scope: Scope


def find_ceilings(cols: Columns, tables: Tables) -> Ceilings:
    """Work out the ceilings of one file's tables.

    A long window's weight is worked out in floating point: it may exceed that of its levels by
    what rounding allows, and that is added; see `weigh_gap` and docs/method/pruning.md.
    """
    place = tables.place  # of two radii the wider one counts, so the other's may be wider
    place = np.maximum.accumulate(place[:, :, ::-1], axis=2)[:, :, ::-1]
    place = np.maximum.accumulate(place[..., ::-1], axis=-1)[..., ::-1]
    gap = np.maximum.accumulate(tables.gap[::-1])[::-1].astype(np.int64)
    gap = np.maximum(gap, int(np.log10(LEAST_RATIO) * MICRO))
    rounding = np.ones(len(gap), np.int64)
    if len(cols.mid):
        span = float(cols.mid.max()) - float(cols.mid.min())
        last = tables.gap_knots[-1]
        step = max(span + 4 * float(cols.width.max()) + LATER_S - last[0], 0.0)
        integral = max(abs(last[1] + last[2] * step + last[3] * step * step / 2), 1.0)
        # Four integrals of a dozen rounded steps each, over the smallest product of two windows of
        # which one is longer than a day.
        error = 64 * np.finfo(np.float64).eps * integral / (60.0 * 86_400.0)
        ratio = np.maximum(10 ** (gap / MICRO), LEAST_RATIO)
        rounding = np.ceil(np.log10(1 + error / ratio) * MICRO).astype(np.int64) + 2
    return Ceilings(
        np.ascontiguousarray(place),
        gap + rounding,
        tables.clock.max(axis=1),
        tables.weekday.max(axis=1),
        np.ascontiguousarray(tables.age_half.max(axis=0)),
        np.ascontiguousarray(tables.sex_half.max(axis=0)),
    )


@inlined
def age_levels(cols: Columns, tables: Tables, i: int, band: int) -> tuple[int, int]:
    """Return the first and last level of case i's age against any in an age band."""
    # Single precision may put an age a hair beyond its band.
    low, high = band * BAND_YEARS - 0.001, (band + 1) * BAND_YEARS + 0.001
    if band == BANDS - 1:
        high = np.inf  # ages beyond the last band are in it
    age = np.float64(cols.age[i])
    least = max(low - age, age - high, 0.0)
    apart = max(abs(age - low), abs(age - high))
    return level_of(least, tables.age_edges), level_of(apart, tables.age_edges)


@inlined
def most_of_area(cols: Columns, tables: Tables, i: int) -> int:
    """Most that the area of case i can weigh, where a point is missing."""
    if cols.area[i] < 0:
        return 0
    return max(tables.area[cols.area[i]], tables.area_differs, 0)


@inlined
def most_of_place(laid: BatchLayout, i: int, word: int, by_key: int) -> int:
    """Most that the place of case i can weigh against any of a word; `by_key`: its address's."""
    index, most = laid.tiled, by_key
    area = most_of_area(laid.cols, laid.tables, i)
    if laid.cols.density[i] < 0:
        return max(most, area)
    if index.densities[word] >> DENSITY_CLASSES & 1:
        most = max(most, area)
    return max(most, most_of_distance(laid, i, index.box[word], index.densities[word]))


@inlined
def most_of_distance(laid: BatchLayout, i: int, box: F32, densities: int) -> int:
    """Most that the distance of case i to a point within a box can weigh.

    `box` as in `Index`; `densities` has a bit for each density class of the points in it. Where
    there is none the answer is very low.
    """
    cols, ceilings = laid.cols, laid.ceilings
    square = 0.0
    for k in range(3):
        x = np.float64(cols.xyz[i, k])
        apart = max(box[k] - x, x - box[k + 3], 0.0)
        square += apart * apart
    metres = np.sqrt(square) * (1 - 1e-12)  # never too long
    level = level_of(metres, laid.tables.place_edges)
    most = -NEVER
    left, density = densities & ALL_DENSITIES, 0
    while left:  # most boxes hold one or two of them
        if left & 1:
            reach = ceilings.place[cols.density[i], density, cols.precision[i], level]
            most = max(most, reach)
        left >>= 1
        density += 1
    return most


@inlined
def most_of_gap(laid: BatchLayout, i: int, first: float, last: float) -> int:
    """Most that the time of case i can weigh against a window within `first` to `last`, seconds."""
    cols, half = laid.cols, laid.cols.width[i] / 2
    apart = max(first - (cols.mid[i] + half), cols.mid[i] - half - last, 0.0)
    return laid.ceilings.gap[level_of(apart, laid.tables.gap_edges)]


@looped
def bound_victims(cols: Columns, tables: Tables, i: int, most: I32) -> None:
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
def bound_cells(laid: BatchLayout, i: int, by_key: int, most: I32) -> None:
    """Fill `most` (cells,), the most that the place of case i allows, by cell of the other case.

    `by_key`: what an address with a long list weighs in any case.
    """
    area = most_of_area(laid.cols, laid.tables, i)
    for c in range(len(most)):
        reach = area
        if laid.cols.density[i] >= 0 and c < len(most) - 1:
            box, densities = laid.tiled.cell_box[c], laid.tiled.cell_densities[c]
            reach = most_of_distance(laid, i, box, densities)
        most[c] = max(reach, by_key, -(1 << 30))


@looped
def bound_slots(laid: BatchLayout, i: int, most: I32) -> None:
    """Fill `most` (2 * SLOTS + 1,): the most that case i's time allows, by the other's slot."""
    slots = laid.tiled.slots
    for k in range(2):
        # Two short windows weigh by their middles; else any moment of either may be meant.
        reach = 0.0
        if k == 1:
            reach = WIDE_S / 2
        elif laid.cols.width[i] > SHORT_S:
            reach = SHORT_S / 2
        for s in range(SLOTS):
            low = slots[0] + s * slots[1] - 1.0 - reach
            high = slots[0] + (s + 1) * slots[1] + 1.0 + reach
            most[k * SLOTS + s] = most_of_gap(laid, i, low, high)
    most[2 * SLOTS] = laid.ceilings.gap[0]
