"""Timing: how long after one another, at what time of day, on which day of the week.

Nobody knows to the minute when most people died, so times are windows. Where a window is longer
than a day the gap weighs as the mean over all moments that the two windows allow; a more exact
time can only narrow the answer. Evidence fades with the gap and is never cut off. Where no window
is recorded, the day before the report is used. Time of day and day of the week weigh only
where the window is short enough to know them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.comparison.evidence.levels import never_rising, shares, to_micro
from clew.compiling import inlined
from clew.model.columns import F64, I32, Array, Columns
from clew.model.finding import MICRO
from clew.model.values import DAY
from clew.model.weight import LevelWeights, WeightTable

CLOCK_LENGTHS_H = (1, 2, 4, 8, 12)  # declared: longer windows say nothing of the time of day
CLOCK_CLASSES = 24 * len(CLOCK_LENGTHS_H)
SHORT_S = float(DAY)  # windows up to a day weigh by the distance of their middles
SHORTEST_S = 60.0  # an exact time is a window of one minute (docs/method/timing.md)
PSEUDO_PAIRS = 200.0  # declared, as for place
LEAST_RATIO = 1e-3  # declared: the mean over long windows speaks no more than 3 bans against


@inlined
def integral(at: float, knots: F64) -> float:
    """Second antiderivative at |at| of the ratio by gap, which is constant within each level."""
    x = abs(at)
    k = knots.shape[0] - 1
    while k > 0 and x < knots[k, 0]:
        k -= 1
    step = x - knots[k, 0]
    return knots[k, 1] + knots[k, 2] * step + knots[k, 3] * step * step / 2


@inlined
def mean_ratio(middles: float, width_a: float, width_b: float, knots: F64) -> float:
    """Mean likelihood ratio over two independent uniform windows.

    Closed form of docs/method/timing.md: with o the offset of the starts and D2 the second
    antiderivative, [D2(o+La) - D2(o) - D2(o+La-Lb) + D2(o-Lb)] / (La Lb). Units: seconds.
    """
    o = middles - (width_a - width_b) / 2
    top = integral(o + width_a, knots) - integral(o, knots)
    low = integral(o + width_a - width_b, knots) - integral(o - width_b, knots)
    return (top - low) / (width_a * width_b)


@inlined
def weigh_gap(cols: Columns, edges: F64, gap: I32, knots: F64, i: int, j: int) -> int:
    """Return the weight of the gap between cases i and j, micro-bans.

    Where all moments that the windows allow are of one level, the mean is that level's weight: so
    it is for most long windows, and for all short ones, which weigh by their middles.
    """
    apart, reach = abs(cols.mid[i] - cols.mid[j]), 0.0
    if cols.width[i] > SHORT_S or cols.width[j] > SHORT_S:
        reach = (cols.width[i] + cols.width[j]) / 2
    # As `level_of`, but from the farthest level on: most pairs of a file of years lie far apart, so
    # that the search nearly always ends at once, and the machine foresees it.
    level = len(edges)
    while level > 0 and apart + reach <= edges[level - 1]:
        level -= 1
    if level == 0 or apart - reach > edges[level - 1]:
        return gap[level]
    # In an order that no numbering of rows can change, so that rounding is the same everywhere.
    a, b = i, j
    if cols.mid[i] > cols.mid[j] or (cols.mid[i] == cols.mid[j] and cols.width[i] > cols.width[j]):
        a, b = j, i
    ratio = mean_ratio(cols.mid[a] - cols.mid[b], cols.width[a], cols.width[b], knots)
    return int(np.rint(np.log10(max(ratio, LEAST_RATIO)) * MICRO))


def knots_of(edges_s: F64, ratios: F64) -> F64:
    """Return start, value, slope and curvature of the second antiderivative, a row a level."""
    starts = np.concatenate([[0.0], edges_s])
    knots = np.zeros((len(ratios), 4))
    knots[:, 0], knots[:, 3] = starts, ratios
    for k in range(1, len(ratios)):
        step = starts[k] - starts[k - 1]
        knots[k, 2] = knots[k - 1, 2] + knots[k - 1, 3] * step
        knots[k, 1] = knots[k - 1, 1] + knots[k - 1, 2] * step + knots[k - 1, 3] * step**2 / 2
    return knots


def clock_class(start_h: float, length_h: float) -> int:
    """Class of a window on the clock face, or -1 where it is too long to say.

    Parameters
    ----------
    start_h
        Local time at which the window starts, hours in [0, 24).
    length_h
        Its length in hours. The class's length is the next longer one of CLOCK_LENGTHS_H.
    """
    for k, longest in enumerate(CLOCK_LENGTHS_H):
        if length_h <= longest:
            return (int(start_h) % 24) * len(CLOCK_LENGTHS_H) + k
    return -1


def hours_of_classes() -> Array:
    """Share of each hour of the day in every clock class, shape (classes, 24); rows sum to 1."""
    shares_of_hours = np.zeros((CLOCK_CLASSES, 24))
    for k in range(CLOCK_CLASSES):
        start, length = k // len(CLOCK_LENGTHS_H), CLOCK_LENGTHS_H[k % len(CLOCK_LENGTHS_H)]
        shares_of_hours[k, (start + np.arange(length)) % 24] = 1 / length
    return shares_of_hours


def hours_apart() -> Array:
    """Hours between two hours on the clock face, 0 to 12, shape (24, 24)."""
    apart = np.abs(np.arange(24)[:, None] - np.arange(24)[None, :])
    return np.minimum(apart, 24 - apart)


def tabulate(cols: Columns, table: WeightTable, rows: Array, others: Array) -> dict[str, Any]:
    """Estimate the weights of the gap, of time of day and of day of the week; see `Tables`.

    u of a gap is the file's own share of unrelated pairs (`rows` with `others`) at each level; m is
    drawn to the levels that the file's span allows, since both cases of any pair lie within it.
    """
    most = table.bounds["most_bans"]
    edges, m = np.asarray(table.levels["gap"].edges) * DAY, np.asarray(table.levels["gap"].m)
    mids, ordered = cols.mid[rows], np.sort(cols.mid[others])
    above = np.searchsorted(ordered, mids[:, None] + edges, side="right")
    below = np.searchsorted(ordered, mids[:, None] - edges, side="left")
    within = (above - below).sum(axis=0)
    counts = np.diff(within, prepend=0, append=len(mids) * len(ordered))
    possible = counts > 0
    u = shares(counts.astype(float), PSEUDO_PAIRS, m)
    bans = np.full(len(m), np.nan)
    bans[possible] = never_rising(np.log10(m[possible] / m[possible].sum() / u[possible]))
    # A level that no pair of the file has gets the weight of the next nearer one, else farther.
    known = np.flatnonzero(possible)
    before = np.searchsorted(known, np.arange(len(bans)), side="right") - 1
    gap = to_micro(bans[known[np.maximum(before, 0)]], most)
    ratios = 10 ** (gap / MICRO)

    hours = hours_of_classes()
    at_hours = np.bincount(cols.clock[cols.clock >= 0], minlength=CLOCK_CLASSES) @ hours
    profile = shares(at_hours, 24.0, np.full(24, 1 / 24))
    level = np.searchsorted(np.asarray(table.levels["clock"].edges), hours_apart())
    ratio = _ratio_by_level(table.levels["clock"], level, np.outer(profile, profile))
    clock = to_micro(np.log10(hours @ ratio @ hours.T), most)

    days = np.bincount(cols.weekday[cols.weekday >= 0], minlength=7)
    profile = shares(days.astype(float), 7.0, np.full(7, 1 / 7))
    level = 1 - np.eye(7, dtype=int)
    ratio = _ratio_by_level(table.levels["weekday"], level, np.outer(profile, profile))
    return {
        "gap_edges": edges, "gap": gap, "gap_ratio": ratios, "gap_knots": knots_of(edges, ratios),
        "clock": clock, "weekday": to_micro(np.log10(ratio), most),
    }  # fmt: skip


def _ratio_by_level(weights: LevelWeights, level: Array, mass: Array) -> Array:
    """Likelihood ratio m / u of each cell, u being the mass of all cells of its level."""
    u = np.bincount(level.ravel(), weights=mass.ravel(), minlength=len(weights.m))
    ratios: Array = 10 ** never_rising(np.log10(np.asarray(weights.m) / u))
    # Most people are found in the morning: sharing the hour then says nothing, never less.
    ratios[0] = max(ratios[0], 1.0)
    return ratios[level]
