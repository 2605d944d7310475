"""Times of day and days of the week of one unit, against all others: an arc that is too full.

The circle has no beginning, so every arc is tried: 1 to 12 hours, or 1 to 3 days. Labels of unit
and others are permuted over the pooled counts, which is exact up to the number of draws.
"""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from clew.model.columns import Array
from clew.model.excess import Profile

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
) -> Profile | None:
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
    return Profile(
        unit_counts=tuple(int(n) for n in unit),
        other_counts=tuple(int(n) for n in others),
        first=int(first[best]),
        length=int(length[best]),
        observed=int(member[best] @ unit),
        expected=float(expected[best]),
        p_value=float((1 + (reached >= seen[best] - 1e-9).sum()) / (1 + draws)),
    )
