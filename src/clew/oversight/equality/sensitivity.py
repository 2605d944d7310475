"""How far an answer stands if something else is true: unmeasured causes, chance, small strata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.oversight.equality.overlap import Influence
from clew.oversight.equality.proportions import Difference, Numbers, Strata, e_value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PLACEBOS = 400
"""Declared: with 400 made-up divisions a share of 5 % has a standard error of 1 point."""
SHUFFLES = 1_999
"""Declared: the least p value is then 1 in 2,000."""


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """How strong an unmeasured cause must be, as a risk ratio with the group and with the outcome.

    `ratio`: the adjusted share of the focal group over that of the reference group. `point`
    explains the difference away, `limit` brings its interval to no difference (1: it is there).
    """

    ratio: float
    point: float
    limit: float


def unmeasured_cause(difference: Difference, reference_share: float) -> Unmeasured | None:
    """Return the E-values of a difference of shares; None where no ratio can be formed.

    Source: VanderWeele and Ding, Annals of Internal Medicine 167 (2017) 268-274.
    """
    if not 0 < reference_share < 1 or not np.isfinite(difference.value):
        return None

    def ratio(value: float) -> float:
        return float(np.clip(reference_share + value, 1e-6, 1.0)) / reference_share

    point = ratio(difference.value)
    if difference.low <= 0 <= difference.high:
        return Unmeasured(point, e_value(point), 1.0)
    nearest = difference.low if difference.low > 0 else difference.high
    return Unmeasured(point, e_value(point), e_value(ratio(nearest)))


def shuffled_p(strata: Strata, rng: np.random.Generator, shuffles: int = SHUFFLES) -> float:
    """Return the p value of the pooled difference with groups shuffled within strata.

    Exact in the sense of Fisher: given each stratum's margins, the number done of the focal group
    is hypergeometric. Add-one, two-sided. It holds in strata of any size, and knows of no clusters.
    """
    both = strata.both
    done = (strata.focal_done + strata.reference_done)[both]
    n1, n0 = strata.focal[both], strata.reference[both]
    n = n1 + n0
    if not n.size:
        return 1.0
    expected = done * n1 / n
    seen = abs(float((strata.focal_done[both] - expected).sum()))
    drawn = rng.hypergeometric(
        _whole(done), _whole(n - done), _whole(n1), size=(shuffles, n.size)
    ).sum(axis=1)
    beyond = int((np.abs(drawn - expected.sum()) >= seen - 1e-9).sum())
    return (1 + beyond) / (1 + shuffles)


def _whole(counts: Numbers) -> Ints:
    return np.asarray(counts).astype(np.int64)


def placebo_share(
    influence: Influence, cluster: Ints, rng: np.random.Generator, critical: float
) -> float:
    """Return the share of made-up divisions of the same deaths that would have been found.

    Whole clusters are put in one of two groups by chance, so that no difference is to be found. A
    share far above alpha says that the intervals are too narrow for these deaths. What a death
    differs from what models expect of it is used, so that no model is fitted again.
    """
    rest = influence.rest
    sums = np.bincount(cluster, weights=rest - rest.mean())
    signs = rng.choice((-1.0, 1.0), size=(PLACEBOS, sums.size))
    signs -= signs.mean(axis=1, keepdims=True)
    value = signs @ sums
    se = np.sqrt((signs**2) @ (sums**2))
    return float((np.abs(value) > critical * se).mean())
