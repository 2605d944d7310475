"""Watching many units: a rate that has risen since some moment of the recent past.

A CUSUM chart: the highest log likelihood ratio over every moment at which a run may have begun,
looking back so many periods (Lai 1995, "Sequential changepoint detection in quality control and
dynamical systems"; for counts of deaths Grigg, Farewell and Spiegelhalter 2003). A unit's rate is
gamma distributed among units of its kind, and what the unit has shown so far narrows that, so that
a busy unit is expected to be busy. Both propositions learn from the same past; one says that since
the run began the rate is `ratio` times as high. The predictive counts are negative binomial:
extra-Poisson by construction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from clew.model.columns import Array

LOOK_BACK = 24
"""Declared: months back to which a run may have begun; a rise two years old is the ordinary."""
KEEPS = (1.0, 0.98, 0.95, 0.9, 0.8, 0.65, 0.5)
"""Declared grid of the monthly share kept; the one that foretells the past best is taken."""
PSEUDO = 0.5
"""Declared: half a case over all exposure, so that a rate is never nothing."""


@dataclass(frozen=True, slots=True)
class Prior:
    """Rates of ordinary units per unit of exposure: gamma of `shape` and `rate`, both > 0.

    `keep` in (0, 1]: the share of what a unit has shown that still counts a period later; the rest
    falls back to the prior, since staff, lists and buildings change.
    """

    shape: float
    rate: float
    keep: float = 1.0

    @property
    def mean(self) -> float:
        """Return the mean rate per unit of exposure."""
        return self.shape / self.rate

    def weakened(self, most: float) -> Prior:
        """Return a prior of the same mean that counts as at most so much exposure.

        Where a unit's own past can show its rate, the shape of what is ordinary for its kind should
        not: the busiest unit of a kind often lies beyond the tail of a fitted gamma distribution.
        """
        share = min(1.0, most / self.rate)
        return Prior(self.shape * share, self.rate * share, self.keep)


class Charts:
    """The state of n charts after some periods.

    `shape` and `rate` (n,): what is known of each unit if nothing is wrong. `raised` (n, slots):
    what takes the place of `rate` if the rate rose when the run of that slot began; `height`
    (n, slots) its log likelihood ratio. A slot serves one start, and again `slots` periods later.
    """

    def __init__(self, prior: Prior, charts: int, look_back: int = LOOK_BACK) -> None:
        self.prior, self.now = prior, -1
        self.shape, self.rate = np.full(charts, prior.shape), np.full(charts, prior.rate)
        self.raised = np.full((charts, look_back), prior.rate)
        self.height = np.full((charts, look_back), -np.inf)

    def step(self, counts: Array, exposure: Array, ratio: float, settled: Array | bool) -> None:
        """Take one period; `counts` and `exposure` have shape (n,).

        A run may begin with it where the chart is `settled`.
        """
        self.now += 1
        slot = self.now % self.raised.shape[1]
        self.raised[:, slot] = self.rate
        self.height[:, slot] = np.where(settled, 0.0, -np.inf)
        more = ratio * exposure
        self.height += log_ratio(self, self.raised, counts, exposure, ratio)
        self.raised = learn(self.raised, self.prior.rate, more[:, None], self.prior.keep)
        self.shape = learn(self.shape, self.prior.shape, counts, self.prior.keep)
        self.rate = learn(self.rate, self.prior.rate, exposure, self.prior.keep)

    def highest(self) -> tuple[Array, Array]:
        """Return the statistic (n,), at least 0, and the period in which its run began (n,)."""
        slot = self.height.argmax(axis=1)
        top = self.height[np.arange(len(slot)), slot]
        begun: Array = self.now - (self.now - slot) % self.height.shape[1]
        return np.maximum(top, 0.0), begun


def log_ratio(
    charts: Charts, raised: Array, counts: Array, exposure: Array, ratio: float | Array
) -> Array:
    """Return log of raised over ordinary predictive probability of one period, as `raised`.

    Both are negative binomial with the charts' `shape`; exposure 0 changes nothing. `raised` is
    (n, k), or (n,) with one ratio each.
    """
    shape, rate = charts.shape, charts.rate
    if raised.ndim == 2:
        shape, rate, counts, exposure = (part[:, None] for part in (shape, rate, counts, exposure))
    # Written so that log(exposure) cancels: an exposure of nothing has a ratio of one.
    shift = np.log((rate + exposure) / (raised + ratio * exposure))
    found: Array = counts * (np.log(ratio) + shift) + shape * (shift + np.log(raised / rate))
    return found


def learn(known: Array, base: float, more: Array, keep: float) -> Array:
    """Return what is known plus what came, drawn towards the prior by `keep`."""
    updated: Array = base + keep * (known - base + more)
    return updated


@dataclass(frozen=True, slots=True)
class Walk:
    """Charts of n units over all periods. Shapes (n, periods) unless said.

    `begins` is the first period of the run that is highest then; `observed` what came since,
    `expected` what the prior and the unit's own past before that run foretold for it.
    `foretold` (n,) sums one-period forecasts over the whole watch.
    """

    height: Array
    begins: Array
    observed: Array
    expected: Array
    foretold: Array


@dataclass(frozen=True, slots=True)
class Looking:
    """What charts look for: a rise to `ratio` times, begun at most `look_back` periods ago.

    `settle`: periods for which a unit is watched before a run may begin. Where units differ much,
    one that is busy from its first day is a busy unit, not a rise.
    """

    ratio: float
    look_back: int = LOOK_BACK
    settle: int = 0


def walk(counts: Array, exposure: Array, prior: Prior, look: Looking) -> Walk:
    """Walk the charts of units with one prior through time.

    `counts` and `exposure` have shape (n, periods); exposure 0 means not watched yet.
    """
    seen_for = (exposure > 0).cumsum(axis=1)
    units, periods = counts.shape
    charts, rows = Charts(prior, units, look.look_back), np.arange(units)
    height = np.zeros((units, periods))
    begins = np.zeros((units, periods), dtype=np.int64)
    rates = np.zeros((units, periods))
    for t in range(periods):
        rates[:, t] = charts.shape / charts.rate
        charts.step(counts[:, t], exposure[:, t], look.ratio, seen_for[:, t] > look.settle)
        height[:, t], begins[:, t] = charts.highest()
    seen = np.concatenate([np.zeros((units, 1)), counts.cumsum(axis=1)], axis=1)
    through = np.concatenate([np.zeros((units, 1)), exposure.cumsum(axis=1)], axis=1)
    row = rows[:, None]
    return Walk(
        height=height,
        begins=begins,
        observed=seen[:, 1:] - seen[row, begins],
        expected=rates[row, begins] * (through[:, 1:] - through[row, begins]),
        foretold=(rates * exposure).sum(axis=1),
    )


def fit_gamma(counts: Array, exposure: Array, times: Array) -> tuple[float, float]:
    """Return shape and rate of the gamma distribution of rates, by greatest likelihood.

    Shapes (n,): cases after the first, exposure after the first (> 0), and how many units are
    alike in both. Real excess is in the past too, and widens it: the test grows more careful.
    """
    counts = np.append(counts.astype(float), PSEUDO)
    exposure = np.append(exposure, np.average(exposure, weights=times))
    times = np.append(times.astype(float), 1.0)
    mean = float((times * counts).sum() / (times * exposure).sum())

    def cost(logs: Array) -> float:
        shape, rate = np.exp(logs)
        each = gammaln(shape + counts) - gammaln(shape) + shape * np.log(rate / (rate + exposure))
        each -= counts * np.log(rate + exposure)
        return -float((times * each).sum())

    bounds = ((-6.0, 8.0), (-8.0, 16.0))  # of the logarithms of shape and rate
    starts = [np.log([shape, shape / mean]) for shape in (0.1, 2.0)]
    tried = [minimize(cost, start, method="L-BFGS-B", bounds=bounds) for start in starts]
    shape, rate = np.exp(min(tried, key=lambda result: float(result.fun)).x)
    return float(shape), float(rate)


def fit_prior(counts: Array, exposure: Array, times: Array, most: float | None = None) -> Prior:
    """Return the prior of a kind of unit from the past: shapes (n, periods), and (n,) `times`.

    `most`: the exposure that the kind may count as, see `Prior.weakened`; None leaves it whole.
    What is kept of a unit's past is chosen for the prior as it will be used: the share that
    foretells the counts best, by log likelihood.
    """
    watched = exposure.sum(axis=1) > 0
    counts, exposure, times = counts[watched], exposure[watched], times[watched]
    shape, rate = fit_gamma(counts.sum(axis=1), exposure.sum(axis=1), times)
    whole = Prior(shape, rate)
    used = whole if most is None else whole.weakened(most)
    scores = []
    for keep in KEEPS:
        shapes, rates = np.full(len(counts), used.shape), np.full(len(counts), used.rate)
        total = np.zeros(len(counts))
        for t in range(counts.shape[1]):
            count, now = counts[:, t], exposure[:, t]
            seen = now > 0
            here = np.where(seen, now, 1.0)
            each = gammaln(shapes + count) - gammaln(shapes)
            each = each + shapes * np.log(rates / (rates + here))
            each += count * np.log(here / (rates + here))
            total += np.where(seen, each, 0.0)
            shapes = learn(shapes, used.shape, count, keep)
            rates = learn(rates, used.rate, now, keep)
        scores.append(float((total * times).sum()))
    return Prior(used.shape, used.rate, KEEPS[int(np.argmax(scores))])
