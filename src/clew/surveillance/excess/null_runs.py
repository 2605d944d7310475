"""How high an ordinary unit's chart climbs: boundaries by simulation, rare heights weighted.

Ordinary charts are drawn from the predictive model itself, so that what is learned on the way is
part of it. Heights that few of them reach are counted on other charts, drawn with a raised rate
from a moment chosen at random on, and weighted back by the likelihood ratio: unbiased, with a
stated error (importance sampling; Siegmund 1976, "Importance sampling in the Monte Carlo study of
sequential tests").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from clew.model.columns import Array
from clew.surveillance.excess.cusum import Charts, Looking, Prior, learn, log_ratio

REPLICATES = 4_000
ENOUGH = 200
"""Plain charts that must have reached a height for their share to be taken as it is (error 7 %)."""
FEW = 50
"""Weighted charts that must have reached a height for their mean to be taken."""
TILTS = 5
BUSY = 4.0
"""Declared: the highest raised rate makes so many cases in a period."""
HALVINGS = 24
GRID = 0.1
"""Declared: heights are counted in steps. Months differ in how busy they are, so that two charts
with as many cases differ by a hair; without steps that hair decides (it made one case in a
thousand of one in a million)."""


@dataclass(frozen=True, slots=True)
class NullRuns:
    """Drawn charts. `plain` (r, periods): running maxima of ordinary charts.

    `raised` (r, periods): heights of charts with a raised rate; `weight`: what a first crossing
    there counts, 0 unless its run began when the rate was raised. Each crossing has one start, so
    that nothing is counted twice.
    """

    plain: Array
    raised: Array
    weight: Array

    @property
    def periods(self) -> int:
        """Return the number of periods drawn."""
        return int(self.plain.shape[1])

    def chance(self, height: float, periods: int) -> tuple[float, float]:
        """Return the chance to reach `height` within so many periods, and its standard error."""
        periods = min(max(periods, 1), self.periods)
        height = GRID * float(np.floor(height / GRID + 1e-9))
        if height <= 0:
            return 1.0, 0.0
        reached = int((self.plain[:, periods - 1] >= height).sum())
        drawn = len(self.plain)
        hit = self.raised[:, :periods] >= height
        rows, at = np.arange(len(hit)), hit.argmax(axis=1)
        each = np.where(hit[rows, at], self.weight[rows, at], 0.0)
        if reached >= ENOUGH or (each > 0).sum() < FEW:
            # Add-one: never nothing, and never less than what was drawn can show.
            share = (1 + reached) / (1 + drawn)
            surely = periods * float(np.exp(-height))
            return min(share, surely), float(np.sqrt(share * (1 - share) / drawn))
        return min(float(each.mean()), 1.0), float(each.std() / np.sqrt(len(each)))

    def boundary(self, alpha: float) -> float:
        """Return the least height reached with chance at most `alpha` over all periods."""
        # Surely high enough: one run begins in a period, and each is a likelihood ratio, so that
        # it ever reaches h with chance at most exp(-h) (Ville 1939).
        low, high = 0.0, math.log(self.periods / alpha)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            if self.chance(middle, self.periods)[0] > alpha:
                low = middle
            else:
                high = middle
        return GRID * float(np.ceil(high / GRID - 1e-6))


def draw_null(
    prior: Prior,
    exposure: Array,
    look: Looking,
    rng: np.random.Generator,
    replicates: int = REPLICATES,
) -> NullRuns:
    """Draw so many charts of ordinary units, `exposure` of shape (periods,), all > 0."""
    n, periods = replicates, len(exposure)
    charts = Charts(prior, n, look.look_back)
    highest = np.empty((n, periods))
    for t in range(periods):
        counts = rng.negative_binomial(charts.shape, charts.rate / (charts.rate + exposure[t]))
        charts.step(counts, np.full(n, exposure[t]), look.ratio, t >= look.settle)
        highest[:, t], _ = charts.highest()
    plain = np.maximum.accumulate(highest, axis=1)
    # Charts with a raised rate from `starts` on. The raised rate is one of several at random, and
    # the weight is that of their mixture, so that none makes a crossing count for much.
    starts, chosen = rng.integers(0, periods, n), rng.integers(0, TILTS, n)
    busy = max(BUSY / (prior.mean * float(exposure.mean())), 2 * look.ratio)
    tilts = np.geomspace(look.ratio, busy, TILTS)
    charts = Charts(prior, n, look.look_back)
    rates, logs = np.full((n, TILTS), prior.rate), np.zeros((n, TILTS))
    heights, weights = np.empty((n, periods)), np.zeros((n, periods))
    rows = np.arange(n)
    for t in range(periods):
        on = starts <= t
        now = np.full(n, exposure[t])
        rates = np.where((starts == t)[:, None], charts.rate[:, None], rates)
        own = np.where(on, rates[rows, chosen], charts.rate)
        more = np.where(on, tilts[chosen], 1.0) * now
        counts = rng.negative_binomial(charts.shape, own / (own + more))
        logs += np.where(on[:, None], log_ratio(charts, rates, counts, now, tilts), 0.0)
        rates = learn(rates, prior.rate, tilts * exposure[t], prior.keep)
        charts.step(counts, now, look.ratio, t >= look.settle)
        heights[:, t], begun = charts.highest()
        peak = logs.max(axis=1)
        back = np.exp(-peak) / np.exp(logs - peak[:, None]).mean(axis=1)
        weights[:, t] = np.where(begun == starts, periods * back, 0.0)
    return NullRuns(plain, heights, weights)
