"""Funnel plot: counts of many units against what was expected, with exact limits.

Method: Spiegelhalter 2005, "Funnel plots for comparing institutional performance", with the
additive form of over-dispersion: units' steady rates vary, and limits are those of the mixture.
"""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy
from scipy.stats import nbinom, norm, poisson

from clew.model.columns import Array
from clew.model.excess import TimeProfile, Variation

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


# Times of day and days of the week of one unit, against all others: an arc that is too full.
#
# The circle has no beginning, so every arc is tried: 1 to 12 hours, or 1 to 3 days. Labels of unit
# and others are permuted over the pooled counts, which is exact up to the number of draws.


DRAWS = 1_999


def arcs_of(bins: int) -> tuple[Array, Array, Array]:
    """Return every arc up to half the circle: first bin, length, and membership (arcs, bins)."""
    first, length = (
        part.ravel() for part in np.meshgrid(np.arange(bins), np.arange(1, bins // 2 + 1))
    )
    member = ((np.arange(bins) - first[:, None]) % bins) < length[:, None]
    return first, length, member


def _score(inside: Array, expected: Array, total: int) -> Array:
    """Return the log likelihood ratio of too many inside an arc; 0 where there are not."""
    outside, left = total - inside, total - expected
    ratio = xlogy(inside, inside / expected) + xlogy(
        outside, np.where(outside > 0, outside, 1) / left
    )
    found: Array = np.where(inside > expected, ratio, 0.0)
    return found


def compare_circle(
    unit: Array, others: Array, rng: np.random.Generator, draws: int = DRAWS
) -> TimeProfile | None:
    """Compare a unit's counts round a circle with others'; None where there is nothing to compare.

    Shapes (bins,), whole numbers: 24 hours or 7 days. The statistic is the highest log likelihood
    ratio of any arc against the pooled shares; its p-value is add-one over `draws` permutations.
    """
    unit, others = np.asarray(unit, np.int64), np.asarray(others, np.int64)
    total, pooled = int(unit.sum()), unit + others
    if total == 0 or others.sum() == 0:
        return None
    first, length, member = arcs_of(len(unit))
    inside_all = member @ pooled
    usable = (inside_all > 0) & (inside_all < pooled.sum())
    if not usable.any():
        return None
    member, first, length = member[usable].astype(np.int64), first[usable], length[usable]
    expected = total * (member @ pooled) / pooled.sum()
    seen = _score(member @ unit, expected, total)
    drawn = rng.multivariate_hypergeometric(pooled, total, draws, method="marginals")
    reached = _score(drawn @ member.T, expected, total).max(axis=1)
    best = int(np.argmax(seen))
    return TimeProfile(
        unit_counts=tuple(int(n) for n in unit),
        other_counts=tuple(int(n) for n in others),
        first=int(first[best]),
        length=int(length[best]),
        observed=int(member[best] @ unit),
        expected=float(expected[best]),
        p_value=float((1 + (reached >= seen[best] - 1e-9).sum()) / (1 + draws)),
    )
