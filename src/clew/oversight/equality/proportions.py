"""Differences of two proportions: crude, and pooled over strata of comparable deaths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Numbers = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of proportions, focal less reference, with its interval.

    `used` counts the deaths it rests on; `se` is its standard error, and `df` the degrees of
    freedom behind it (infinite: the normal approximation).
    """

    value: float
    se: float
    low: float
    high: float
    used: int
    df: float = float("inf")

    @property
    def p(self) -> float:
        """The two-sided p value; 1 where nothing can be said."""
        if not self.se > 0:
            return 1.0
        return float(2 * stats.t.sf(abs(self.value) / self.se, self.df))


def newcombe(done: tuple[int, int], of: tuple[int, int], alpha: float = 0.05) -> Difference:
    """Return the crude difference (first less second) with Newcombe's hybrid score interval.

    Source: Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10.
    """
    z = float(stats.norm.isf(alpha / 2))
    p, low, high = [], [], []
    for d, n in zip(done, of, strict=True):
        share = d / n
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        p.append(share)
        low.append(middle - half)
        high.append(middle + half)
    value = p[0] - p[1]
    below = np.sqrt((p[0] - low[0]) ** 2 + (high[1] - p[1]) ** 2)
    above = np.sqrt((high[0] - p[0]) ** 2 + (p[1] - low[1]) ** 2)
    se = np.sqrt(sum(s * (1 - s) / n for s, n in zip(p, of, strict=True)))
    return Difference(value, float(se), float(value - below), float(value + above), sum(of))


@dataclass(frozen=True, slots=True)
class Strata:
    """Counts of each stratum: the focal group's done and all, the reference group's done and all.

    Arrays of shape (strata,); expected counts may be fractions.
    """

    focal_done: Numbers
    focal: Numbers
    reference_done: Numbers
    reference: Numbers

    @classmethod
    def from_deaths(cls, done: NDArray[np.bool_], focal: NDArray[np.bool_], key: Ints) -> Strata:
        """Count the deaths of each stratum; `key` numbers a death's stratum from 0 on."""
        size = int(key.max()) + 1 if key.size else 0

        def count(which: NDArray[np.bool_]) -> Ints:
            return np.bincount(key[which], minlength=size).astype(np.int64)

        return cls(count(focal & done), count(focal), count(~focal & done), count(~focal))

    @property
    def both(self) -> NDArray[np.bool_]:
        """Where both groups have a death: elsewhere nothing can be compared."""
        return (self.focal > 0) & (self.reference > 0)

    @property
    def dropped(self) -> tuple[int, int]:
        """How many deaths of the focal and of the reference group no stratum can compare."""
        lone = ~self.both
        return int(self.focal[lone].sum()), int(self.reference[lone].sum())


def pool_differences(strata: Strata, alpha: float = 0.05) -> Difference:
    """Return the Mantel-Haenszel difference with Sato's variance.

    Sources: Greenland and Robins, Biometrics 41 (1985) 55-68, for the difference; Sato, Greenland
    and Robins, Biometrics 45 (1989) 1323-1324, for the variance. It holds for few large strata,
    where it is that of 1985, and for many small ones, where that of 1985 is too small: a stratum
    with one death of a group has no variance there. Without a stratum of both groups all is missing
    (nan) and `used` is 0.
    """
    n1, n0 = strata.focal[strata.both].astype(float), strata.reference[strata.both].astype(float)
    a, c = strata.focal_done[strata.both], strata.reference_done[strata.both]
    n = n1 + n0
    if not n.size:
        return Difference(np.nan, np.nan, np.nan, np.nan, 0)
    weight = n1 * n0 / n
    value = float(((a * n0 - c * n1) / n).sum() / weight.sum())
    tilt = (n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / n**2
    spread = (a * (n0 - c) + c * (n1 - a)) / (2 * n)
    se = float(np.sqrt(max(value * tilt.sum() + spread.sum(), 0.0)) / weight.sum())
    z = float(stats.norm.isf(alpha / 2))
    return Difference(value, se, value - z * se, value + z * se, int(n.sum()))


@dataclass(frozen=True, slots=True)
class OddsRatio:
    """An odds ratio with its interval and the test that it is 1 (chi squared, one degree)."""

    value: float
    low: float
    high: float
    chi_squared: float


def pool_odds(strata: Strata, alpha: float = 0.05) -> OddsRatio:
    """Return the Mantel-Haenszel odds ratio, with the interval of Robins, Breslow and Greenland.

    Source: Robins, Breslow and Greenland, Biometrics 42 (1986) 311-323; the test is Mantel and
    Haenszel's with the correction for continuity (as R's mantelhaen.test).
    """
    a, c = strata.focal_done.astype(float), strata.reference_done.astype(float)
    b, d = strata.focal - a, strata.reference - c
    n = a + b + c + d
    keep = n > 1
    a, b, c, d, n = a[keep], b[keep], c[keep], d[keep], n[keep]
    r, s = a * d / n, b * c / n
    if not (r.sum() > 0 and s.sum() > 0):
        return OddsRatio(np.nan, np.nan, np.nan, np.nan)
    p, q = (a + d) / n, (b + c) / n
    value = float(r.sum() / s.sum())
    spread = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    z = float(stats.norm.isf(alpha / 2)) * np.sqrt(spread)
    expected = (a + b) * (a + c) / n
    variance = (a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))
    gap = max(abs((a - expected).sum()) - 0.5, 0.0)
    return OddsRatio(
        value,
        float(value * np.exp(-z)),
        float(value * np.exp(z)),
        float(gap**2 / variance.sum()),
    )


def detectable(se: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest difference found with this power at this standard error."""
    return float((stats.norm.isf(alpha / 2) + stats.norm.isf(1 - power)) * se)


def e_value(ratio: float) -> float:
    """Return how strong an unmeasured cause must be to explain a risk ratio away.

    Source: VanderWeele and Ding, Annals of Internal Medicine 167 (2017) 268-274. Ratios below 1
    are turned round first.
    """
    rr = 1 / ratio if ratio < 1 else ratio
    return float(rr + np.sqrt(rr * (rr - 1)))
