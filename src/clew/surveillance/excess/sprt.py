"""Units against expected counts that were given: a sequential test with exact boundaries.

Method: Spiegelhalter, Grigg, Kinsman and Treasure 2003, "Risk-adjusted sequential probability
ratio tests: applications to Bristol, Shipman and adult cardiac surgery"; extra-Poisson variation
after Aylin and others 2003, "Following Shipman". The likelihood ratio is that of a gamma mixture:
a unit's steady rate is `expected` times theta, with theta of mean 1 against theta of mean `ratio`.
The boundary is exact for that model by enumeration of every count, not Wald's approximation.
"""

from __future__ import annotations

import calendar
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from scipy.signal import fftconvolve
from scipy.special import roots_genlaguerre
from scipy.stats import nbinom, poisson

from clew.model.columns import Array
from clew.model.excess import Expected, UnitExcess, Variation
from clew.surveillance.excess.funnel import holm, measure_variation
from clew.surveillance.excess.units import Calendar, Sighting, opaque

RATIO = 2.0
"""The doubling that is looked for: the usual setting of the published analyses."""
NODES = 64
"""Points of the Gauss-Laguerre rule over theta; 32 gives the same four figures (tested)."""
HALVINGS = 24
BETWEEN = 0.2
"""Declared: coefficient of variation of ordinary units' steady rates where fewer than ten units are
given to measure it on. General practices' case mix alone moves death rates by about a fifth."""
METHOD = "sprt"


@dataclass(frozen=True, slots=True)
class SprtDesign:
    """What is looked for (`ratio` > 1), and how ordinary units vary."""

    ratio: float = RATIO
    variation: Variation = field(default_factory=Variation)

    def __post_init__(self) -> None:
        if not 1 < self.ratio <= 1000:
            raise ValueError("the ratio looked for must lie in (1, 1000]")


def _line(expected: Array, design: SprtDesign) -> tuple[Array, Array]:
    """Return slope and intercept of the statistic in the cumulative count, shape (periods,)."""
    phi = design.variation.within
    total = np.cumsum(expected) / phi
    if design.variation.between == 0:
        return np.full(len(total), math.log(design.ratio) / phi), -(design.ratio - 1) * total
    shape = design.variation.between**-2
    tilt = np.log((shape + total) / (shape + design.ratio * total))
    return (math.log(design.ratio) + tilt) / phi, shape * tilt


def statistic(observed: Array, expected: Array, design: SprtDesign) -> Array:
    """Return the log likelihood ratio after each period, natural logarithm.

    Shapes (periods,); `expected` > 0. Counts and expectation are divided by the variation within
    a unit, as quasi-likelihood does. Without variation it is the published
    O log(ratio) - (ratio - 1) E.
    """
    slope, start = _line(np.asarray(expected, float), design)
    path: Array = slope * np.cumsum(observed) + start
    return path


def least_counts(height: float, expected: Array, design: SprtDesign) -> Array:
    """Return the least cumulative count that reaches `height`, after each period."""
    slope, start = _line(np.asarray(expected, float), design)
    least: Array = np.maximum(np.ceil((height - start) / slope - 1e-9), 0).astype(np.int64)
    return least


def chance_of_crossing(least: Array, expected: Array, variation: Variation) -> Array:
    """Return the chance that an ordinary unit has crossed by each period, shape (periods,).

    Exact: every count below the boundary is carried from period to period, for each theta. Counts
    of a period are Poisson, or negative binomial with variance `within` times the mean.
    """
    thetas, weights = np.ones(1), np.ones(1)
    if variation.between != 0:
        shape = variation.between**-2
        nodes, raw = roots_genlaguerre(NODES, shape - 1)
        thetas, weights = nodes / shape, raw / raw.sum()
    below, gone = np.ones((len(thetas), 1)), np.ones((len(thetas), len(least)))
    for t, limit in enumerate(least):
        if limit <= 0:
            break
        counts, mean = np.arange(int(limit)), (thetas * float(expected[t]))[:, None]
        if variation.within == 1:
            step = np.asarray(poisson.pmf(counts, mean))
        else:
            size = np.maximum(mean / (variation.within - 1), 1e-300)
            step = np.asarray(nbinom.pmf(counts, size, 1 / variation.within))
        below = np.clip(fftconvolve(below, step, axes=1)[:, : int(limit)], 0, None)
        gone[:, t] = 1 - below.sum(axis=1)
    crossed: Array = np.clip(weights @ np.maximum.accumulate(gone, axis=1), 0, 1)
    return crossed


def exact_boundary(alpha: float, expected: Array, design: SprtDesign) -> float:
    """Return the least height that an ordinary unit reaches with chance at most `alpha`.

    Over all periods of `expected` together. `alpha` in (0, 1). At most log(1 / alpha) without
    variation within units, since the statistic is a likelihood ratio.
    """
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie in (0, 1)")
    low, high = 0.0, 2.0
    while _ever(high, expected, design) > alpha:
        low, high = high, high * 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _ever(middle, expected, design) > alpha:
            low = middle
        else:
            high = middle
    return high


def _ever(height: float, expected: Array, design: SprtDesign) -> float:
    least = least_counts(height, expected, design)
    return float(chance_of_crossing(least, expected, design.variation)[-1])


def p_value(observed: Array, expected: Array, design: SprtDesign) -> float:
    """Return the chance that an ordinary unit is as high at some period of the same watch."""
    highest = float(statistic(observed, expected, design).max())
    return _ever(highest, expected, design)


def watch_expected(
    rows: Sequence[Expected],
    sightings: Sequence[Sighting],
    clock: Calendar,
    false_signals: float,
    ratio: float,
) -> tuple[UnitExcess, ...]:
    """Test each unit of a baseline over the periods that the baseline gives.

    Years and months of one unit must not be mixed: where both are given, months are taken. Every
    unit's boundary is exact for its own expected counts; the error is shared by all units. How far
    units vary is measured where ten or more are given; else it is what is declared.
    """
    given: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        given[row.kind, opaque(row.kind, row.unit)][row.period] = row.expected
    expected: dict[tuple[str, str], tuple[list[str], Array]] = {}
    for unit, of_period in given.items():
        periods = sorted(period for period in of_period if len(period) > 4) or sorted(of_period)
        expected[unit] = periods, np.array([of_period[period] for period in periods])
    counted: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in sightings:
        day = clock.day(one.at)
        for period in (day[:4], day[:7]):
            counted[one.kind, one.unit][period].append(one.case_id)
    variation = Variation(BETWEEN)
    if len(expected) >= 10:
        seen = [sum(len(counted[unit][p]) for p in ps) for unit, (ps, _) in expected.items()]
        foretold = [each.sum() for _, each in expected.values()]
        variation = measure_variation(np.array(seen, float), np.array(foretold))
    design = SprtDesign(ratio, variation)
    spans = (len(periods) / (12 if len(periods[0]) > 4 else 1) for periods, _ in expected.values())
    years = max(spans, default=1.0)
    alpha = min(max(false_signals * years / max(len(expected), 1), 1e-12), 0.5)
    found = []
    for (kind, name), (periods, each) in sorted(expected.items()):
        cases = counted[kind, name]
        observed = np.array([len(cases[period]) for period in periods])
        path = statistic(observed, each, design)
        height = exact_boundary(alpha, each, design)
        crossed = np.flatnonzero(path >= height)
        top = int(path.argmax())
        signal_date = None
        if len(crossed):
            period = periods[int(crossed[0])]
            year, month = int(period[:4]), int(period[5:7] or 12)
            signal_date = date(year, month, calendar.monthrange(year, month)[1]).isoformat()
        steps = tuple((p, float(h), height) for p, h in zip(periods, path, strict=True))
        found.append(
            UnitExcess(
                kind=kind,
                unit=name,
                period=f"{periods[0]}/{periods[top]}",
                observed=int(observed.cumsum()[top]),
                expected=float(each.cumsum()[top]),
                statistic=float(path[top]),
                boundary=height,
                signal_date=signal_date,
                p_value=p_value(observed, each, design),
                p_corrected=1.0,
                watched=len(expected),
                method=METHOD,
                case_ids=tuple(case for period in periods[: top + 1] for case in cases[period]),
                steps=() if signal_date is None else steps,
            )
        )
    chances = holm(np.array([one.p_value for one in found]))
    return tuple(replace(one, p_corrected=float(p)) for one, p in zip(found, chances, strict=True))
