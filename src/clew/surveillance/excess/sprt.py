"""Sequential probability ratio test of a unit's count, with exact boundaries.

Method: Spiegelhalter, Grigg, Kinsman and Treasure 2003, "Risk-adjusted sequential probability
ratio tests: applications to Bristol, Shipman and adult cardiac surgery"; extra-Poisson variation
after Aylin and others 2003, "Following Shipman". The likelihood ratio is that of a gamma mixture:
a unit's steady rate is `expected` times theta, with theta of mean 1 against theta of mean `ratio`.
The boundary is exact for that model by enumeration of every count, not Wald's approximation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.signal import fftconvolve
from scipy.special import roots_genlaguerre
from scipy.stats import nbinom, poisson

from clew.model.columns import Array
from clew.model.excess import Variation

RATIO = 2.0
"""The doubling that is looked for: the usual setting of the published analyses."""
NODES = 64
"""Points of the Gauss-Laguerre rule over theta; 32 gives the same four figures (tested)."""
HALVINGS = 24


@dataclass(frozen=True, slots=True)
class SprtDesign:
    """What is looked for (`ratio` > 1), and how ordinary units vary."""

    ratio: float = RATIO
    variation: Variation = field(default_factory=Variation)

    def __post_init__(self) -> None:
        if not 1 < self.ratio <= 1000:
            raise ValueError("the ratio looked for must lie in (1, 1000]")


def wald_boundary(alpha: float, beta: float) -> float:
    """Return Wald's approximate upper boundary, log((1 - beta) / alpha)."""
    return math.log((1 - beta) / alpha)


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


def _thetas(variation: Variation) -> tuple[Array, Array]:
    """Return points and weights over which a unit's steady rate is averaged."""
    if variation.between == 0:
        return np.ones(1), np.ones(1)
    shape = variation.between**-2
    points, weights = roots_genlaguerre(NODES, shape - 1)
    return points / shape, weights / weights.sum()


def chance_of_crossing(least: Array, expected: Array, variation: Variation) -> Array:
    """Return the chance that an ordinary unit has crossed by each period, shape (periods,).

    Exact: every count below the boundary is carried from period to period, for each theta. Counts
    of a period are Poisson, or negative binomial with variance `within` times the mean.
    """
    points, weights = _thetas(variation)
    below, gone = np.ones((len(points), 1)), np.ones((len(points), len(least)))
    for t, limit in enumerate(least):
        if limit <= 0:
            break
        mean = (points * float(expected[t]))[:, None]
        step = _pmf(np.arange(int(limit)), mean, variation.within)
        below = np.clip(fftconvolve(below, step, axes=1)[:, : int(limit)], 0, None)
        gone[:, t] = 1 - below.sum(axis=1)
    crossed: Array = np.clip(weights @ np.maximum.accumulate(gone, axis=1), 0, 1)
    return crossed


def _pmf(counts: Array, mean: Array, within: float) -> Array:
    """Return the chances of a period's counts, shape (thetas, counts)."""
    if within == 1:
        return np.asarray(poisson.pmf(counts, mean))
    size = np.maximum(mean / (within - 1), 1e-300)
    return np.asarray(nbinom.pmf(counts, size, 1 / within))


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
    """Return the chance that an ordinary unit stands as high at some period of the same watch."""
    highest = float(statistic(observed, expected, design).max())
    return _ever(highest, expected, design)
