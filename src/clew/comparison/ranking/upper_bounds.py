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
from clew.model.columns import F32, F64, I32, I64, Array, Columns, Tables
from clew.model.finding import MICRO
from clew.model.values import DAY, YEAR_DAYS

LATER_S = 10 * YEAR_DAYS * DAY
"""Declared: a case may come so much later than those laid out, seconds."""
NEVER = 1 << 40
ALL_DENSITIES = (1 << DENSITY_CLASSES) - 1


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
    gap = np.maximum(gap, int(np.log10(LEAST_RATIO) * MICRO))
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
    farthest = float(cols.mid.max()) - float(cols.mid.min()) + 4 * float(cols.width.max()) + LATER_S
    last = tables.gap_knots[-1]
    step = max(farthest - last[0], 0.0)
    integral = max(abs(last[1] + last[2] * step + last[3] * step * step / 2), 1.0)
    # Four integrals of a dozen rounded steps each, over the smallest product of two windows of
    # which one is longer than a day; see `weigh_gap` and docs/method/pruning.md.
    error = 64 * np.finfo(np.float64).eps * integral / (60.0 * 86_400.0)
    ratio = np.maximum(10 ** (gap / MICRO), LEAST_RATIO)
    return np.ceil(np.log10(1 + error / ratio) * MICRO).astype(np.int64) + 2


@inlined
def age_levels(cols: Columns, tables: Tables, i: int, band: int) -> tuple[int, int]:
    """Return the first and last level of case i's age against any in an age band."""
    # Single precision may put an age a hair beyond its band.
    low, high = band * BAND_YEARS - 0.001, (band + 1) * BAND_YEARS + 0.001
    if band == BANDS - 1:
        high = np.inf  # ages beyond the last band stand in it
    age = np.float64(cols.age[i])
    least = max(low - age, age - high, 0.0)
    apart = max(abs(age - low), abs(age - high))
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
def most_of_area(cols: Columns, tables: Tables, i: int) -> int:
    """Most that the area of case i can weigh, where a point is missing."""
    if cols.area[i] < 0:
        return 0
    return max(tables.area[cols.area[i]], tables.area_differs, 0)


@inlined
def most_of_place(
    cols: Columns, tables: Tables, ceilings: Ceilings, index: Index, at: tuple[int, int, int]
) -> int:
    """Most that the place of case i can weigh against any of a word; `at`: i, word, key's most."""
    i, w, by_key = at
    most = by_key
    area = most_of_area(cols, tables, i)
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
    left, density = densities & ALL_DENSITIES, 0
    while left:  # most boxes hold one or two of them
        if left & 1:
            reach = ceilings.place[cols.density[i], density, cols.precision[i], level]
            most = max(most, reach)
        left >>= 1
        density += 1
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
def most_of_gap(
    cols: Columns, edges: F64, gap: I64, span: F64 | tuple[float, float], i: int
) -> int:
    """Most that the time of case i can weigh against one whose window lies within `span`."""
    half = cols.width[i] / 2
    apart = max(span[0] - (cols.mid[i] + half), cols.mid[i] - half - span[1], 0.0)
    return gap[level_of(apart, edges)]


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
def bound_cells(
    cols: Columns, tables: Tables, ceilings: Ceilings, index: Index, at: tuple[int, int, I32]
) -> None:
    """Fill the most that the place of case i allows, by cell of the other case.

    `at`: i, what an address with a long list weighs in any case, and what is filled, (cells,).
    """
    i, by_key, most = at
    area = most_of_area(cols, tables, i)
    for c in range(len(most)):
        reach = area
        if cols.density[i] >= 0 and c < len(most) - 1:
            apart = distance_to_box(cols, i, index.cell_box[c])
            here = (i, index.cell_densities[c])
            reach = most_of_distance(cols, tables, ceilings, here, apart)
        most[c] = max(reach, by_key, -(1 << 30))


@looped
def bound_slots(
    cols: Columns, tables: Tables, ceilings: Ceilings, at: tuple[F64, int, I32]
) -> None:
    """Fill the most that the time of case i allows, by slot of the other case.

    `at`: begin and length of the slots in seconds, i, and what is filled, (2 * SLOTS + 1,).
    """
    slots, i, most = at
    for k in range(2):
        # Two short windows weigh by their middles; else any moment of either may be meant.
        reach = 0.0
        if k == 1:
            reach = WIDE_S / 2
        elif cols.width[i] > SHORT_S:
            reach = SHORT_S / 2
        for s in range(SLOTS):
            low = slots[0] + s * slots[1] - 1.0 - reach
            high = slots[0] + (s + 1) * slots[1] + 1.0 + reach
            span = (low, high)
            most[k * SLOTS + s] = most_of_gap(cols, tables.gap_edges, ceilings.gap, span, i)
    most[2 * SLOTS] = ceilings.gap[0]
