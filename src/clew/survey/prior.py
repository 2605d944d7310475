"""What is ordinary for a kind of unit: how often another case follows the first, unit by unit."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from clew.model.columns import Array
from clew.survey.cusum import Prior

KEEPS = (1.0, 0.98, 0.95, 0.9, 0.8, 0.65, 0.5)
"""Declared grid of the monthly share kept; the one that foretells the past best is taken."""
PSEUDO = 0.5
"""Declared: half a case over all exposure, so that a rate is never nothing."""
LEAST_UNITS = 3
"""Declared: with fewer units of a kind there is no telling what is ordinary."""
_SHAPES, _RATES = (-6.0, 8.0), (-8.0, 16.0)


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

    bounds = (_SHAPES, _RATES)
    starts = [np.log([shape, shape / mean]) for shape in (0.1, 2.0)]
    tried = [minimize(cost, start, method="L-BFGS-B", bounds=bounds) for start in starts]
    best = min(tried, key=lambda found: float(found.fun))
    shape, rate = np.exp(best.x)
    return float(shape), float(rate)


def foretells(prior: Prior, counts: Array, exposure: Array, times: Array) -> float:
    """Return how well a prior foretells (n, periods) counts: log likelihood, `times` each row."""
    shape, rate = np.full(len(counts), prior.shape), np.full(len(counts), prior.rate)
    total = np.zeros(len(counts))
    for t in range(counts.shape[1]):
        count, now = counts[:, t], exposure[:, t]
        seen = now > 0
        here = np.where(seen, now, 1.0)
        each = gammaln(shape + count) - gammaln(shape) + shape * np.log(rate / (rate + here))
        each += count * np.log(here / (rate + here))
        total += np.where(seen, each, 0.0)
        shape = prior.shape + prior.keep * (shape - prior.shape + count)
        rate = prior.rate + prior.keep * (rate - prior.rate + now)
    return float((total * times).sum())


def fit_prior(counts: Array, exposure: Array, times: Array, most: float | None = None) -> Prior:
    """Return the prior of a kind of unit from the past: shapes (n, periods), and (n,) `times`.

    `most`: the exposure that the kind may count as, see `Prior.weakened`; None leaves it whole.
    What is kept of a unit's past is chosen for the prior as it will be used.
    """
    watched = exposure.sum(axis=1) > 0
    counts, exposure, times = counts[watched], exposure[watched], times[watched]
    shape, rate = fit_gamma(counts.sum(axis=1), exposure.sum(axis=1), times)
    whole = Prior(shape, rate)
    used = whole if most is None else whole.weakened(most)
    tried = [Prior(used.shape, used.rate, keep) for keep in KEEPS]
    scores = [foretells(prior, counts, exposure, times) for prior in tried]
    return tried[int(np.argmax(scores))]
