"""Funnel plot: counts of many units against what was expected, with exact limits.

Method: Spiegelhalter 2005, "Funnel plots for comparing institutional performance", with the
additive form of over-dispersion: units' steady rates vary, and limits are those of the mixture.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import nbinom, norm, poisson

from clew.model.columns import Array
from clew.model.excess import Variation

LEVELS = (0.95, 0.998)
"""The two limits of Spiegelhalter 2005: about two and three standard deviations."""
WINSOR = 0.1
"""The share at each end drawn in before variation is measured (Spiegelhalter 2005, 10 %)."""
_EDGE = float(norm.ppf(1 - WINSOR))
DRAWN_IN = 1 - 2 * WINSOR - 2 * _EDGE * float(norm.pdf(_EDGE)) + 2 * WINSOR * _EDGE**2
"""Variance that a normal score keeps when its ends are drawn in: 0.68."""


def measure_variation(observed: Array, expected: Array) -> Variation:
    """Return how far units' steady rates vary beyond chance: coefficient of variation.

    Method of moments of DerSimonian and Laird 1986 on the ratio observed / expected, whose chance
    variance is 1 / expected, after drawing in the extreme tenth at each end, so that the units
    that are looked for do not hide themselves. Shapes (n,), `expected` > 0; fewer than ten units
    measure nothing.
    """
    kept = expected > 0
    observed, expected = observed[kept], expected[kept]
    if len(observed) < 10:
        return Variation()
    score = (observed - expected) / np.sqrt(expected)
    low, high = np.quantile(score, (WINSOR, 1 - WINSOR))
    square = float((np.clip(score, low, high) ** 2).sum()) / DRAWN_IN
    weight = float(expected.sum() - (expected**2).sum() / expected.sum())
    excess = max(square - (len(score) - 1), 0.0) / weight
    return Variation(between=float(min(np.sqrt(excess), 9.0)))


def limits(expected: Array, level: float, variation: Variation) -> tuple[Array, Array]:
    """Return exact lower and upper limits of the count, shape as `expected`.

    A count below the lower or above the upper one is outside: each has at most (1 - level) / 2.
    """
    tail = (1 - level) / 2
    if variation.between == 0:
        both = [poisson.ppf(edge, expected) for edge in (tail, 1 - tail)]
        return np.asarray(both[0]), np.asarray(both[1])
    size = variation.between**-2
    chance = size / (size + expected)
    both = [nbinom.ppf(edge, size, chance) for edge in (tail, 1 - tail)]
    return np.asarray(both[0]), np.asarray(both[1])


def chance_above(observed: Array, expected: Array, variation: Variation) -> Array:
    """Return the chance of at least the observed count, shape (n,)."""
    if variation.between == 0:
        return np.asarray(poisson.sf(observed - 1, expected))
    size = variation.between**-2
    return np.asarray(nbinom.sf(observed - 1, size, size / (size + expected)))


def holm(chances: Array, tests: int | None = None) -> Array:
    """Return p-values corrected for all that were looked at (Holm 1979), shape (n,).

    `tests` is how many were looked at, where those not given have a p-value of 1.
    """
    count = len(chances) if tests is None else max(tests, len(chances))
    order = np.argsort(chances, kind="stable")
    scaled = chances[order] * (count - np.arange(len(chances)))
    found = np.empty(len(chances))
    found[order] = np.minimum(np.maximum.accumulate(scaled), 1.0) if len(chances) else scaled
    return found
