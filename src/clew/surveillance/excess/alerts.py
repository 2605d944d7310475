"""Temporal alerts: a week's count above what the time of year, and the trend, allow.

Method: Noufaily and others 2013, "An improved algorithm for outbreak detection in multiple
surveillance systems", after Farrington and others 1996: a quasi-Poisson regression on past weeks
with a trend and a seasonal factor, past outbreaks given less weight, the last half year left out,
and a negative binomial threshold. Recent weeks are known in part; expectation and threshold are
thinned by the share known, so that a missing report is never taken for a quiet week.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import nbinom, poisson

from clew.model.columns import Array

YEAR_WEEKS = 52.18
SEASONS = 10
"""A seven-week window around this time of year, and nine other seasons (Noufaily 2013)."""
LEFT_OUT = 26
"""Weeks before this one that teach nothing, so that an outbreak does not hide itself (the same)."""
MOST_YEARS, LEAST_WEEKS = 5, 52
"""Years of the past that teach (the same); declared: at least so many weeks."""
TOLD_FROM = 3 * 52
"""Weeks of past from which a trend (Farrington 1996: three years) and a season are told. From two
years a quiet series was forecast at a third of its rate."""
OUTLYING = 2.58
"""Anscombe residuals beyond this are given less weight (Noufaily 2013)."""
LEAST_KNOWN, OF_WEEKS = 5, 4
"""No alert below five cases in four weeks (Farrington 1996)."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected cases of a week when all are known; `spread` is variance over mean, >= 1."""

    expected: float
    spread: float
    trend: bool
    weeks: int

    def tail(self, observed: int, complete: float) -> float:
        """Return the chance of at least `observed` known cases, if nothing is amiss."""
        mean, spread = self._thinned(complete)
        if spread <= 1 + 1e-9:
            return float(poisson.sf(observed - 1, mean))
        return float(nbinom.sf(observed - 1, mean / (spread - 1), 1 / spread))

    def threshold(self, alpha: float, complete: float) -> float:
        """Return the count that is exceeded with chance at most `alpha`."""
        mean, spread = self._thinned(complete)
        if spread <= 1 + 1e-9:
            return float(poisson.isf(alpha, mean))
        return float(nbinom.isf(alpha, mean / (spread - 1), 1 / spread))

    def _thinned(self, complete: float) -> tuple[float, float]:
        """Return mean and spread of what is known, each case being known with chance `complete`."""
        return max(self.expected * complete, 1e-9), 1 + (self.spread - 1) * complete


def season_of(weeks: Array, now: int) -> Array:
    """Return the season, 0 for three weeks to either side of this time of year, 1 .. 9 beyond."""
    phase = ((weeks - now) % YEAR_WEEKS + 3.5) % YEAR_WEEKS
    later = 1 + np.floor((phase - 7) / (YEAR_WEEKS - 7) * (SEASONS - 1))
    found: Array = np.where(phase < 7, 0, np.clip(later, 1, SEASONS - 1)).astype(np.int64)
    return found


def forecast(counts: Array, now: int) -> Forecast | None:
    """Forecast week `now` from counts of weeks 0 .. now - 1, shape (>= now,); None: too short.

    Only weeks before `now - LEFT_OUT` are used.
    """
    last = now - LEFT_OUT
    first = max(0, now - LEFT_OUT - round(MOST_YEARS * YEAR_WEEKS))
    if last - first < LEAST_WEEKS:
        return None
    weeks, past = np.arange(first, last), counts[first:last].astype(float)
    if past.sum() == 0:
        return Forecast(0.5 / (last - first), 1.0, trend=False, weeks=last - first)
    seasons = season_of(weeks, now) if last - first >= TOLD_FROM else np.zeros(len(weeks), int)
    fitted = _fit(weeks, past, seasons, now, trend=last - first >= TOLD_FROM)
    if fitted is None or fitted.expected > past.max():
        # A trend that runs beyond all that was ever seen is not believed (Farrington 1996).
        fitted = _fit(weeks, past, seasons, now, trend=False) or fitted
    return fitted


def _design(weeks: Array, seasons: Array, now: int, *, trend: bool) -> Array:
    """Return the regression's columns; the last row is week `now`."""
    columns = [np.ones(len(weeks) + 1)]
    if trend:
        columns.append(np.append(weeks - now, 0) / YEAR_WEEKS)
    told = np.append(seasons, 0)
    columns += [(told == s).astype(float) for s in range(1, SEASONS) if (seasons == s).any()]
    return np.column_stack(columns)


def _fit(weeks: Array, past: Array, seasons: Array, now: int, *, trend: bool) -> Forecast | None:
    design = _design(weeks, seasons, now, trend=trend)
    weight = np.ones(len(past))
    for _ in range(2):
        found = _regress(design[:-1], past, weight)
        if found is None:
            return None
        mean, leverage, free = found.mu, found.get_hat_matrix_diag(), found.df_resid
        phi = max(float((weight * (past - mean) ** 2 / mean).sum() / free), 1.0)
        weight = _weights(past, mean, phi, leverage)
    found = _regress(design[:-1], past, weight)
    if found is None:
        return None
    phi = max(float((weight * (past - found.mu) ** 2 / found.mu).sum() / found.df_resid), 1.0)
    row = design[-1]
    expected = float(np.exp(row @ found.params))
    unsure = float(row @ found.cov_params() @ row) * phi * expected
    if not np.isfinite(expected + unsure) or expected > 1e6:
        return None
    return Forecast(max(expected, 0.5 / len(past)), phi + min(unsure, 10.0), trend, len(past))


def _regress(design: Array, past: Array, weight: Array) -> Any:
    """Fit a Poisson regression with weights; None where it does not converge."""
    # Loaded here: statsmodels takes a second to start, and most commands never need it.
    from statsmodels.genmod.families import Poisson  # noqa: PLC0415
    from statsmodels.genmod.generalized_linear_model import GLM  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = GLM(past, design, family=Poisson(), var_weights=weight).fit(maxiter=50)
        except (ValueError, np.linalg.LinAlgError):
            return None
    return found if found.converged and np.isfinite(found.params).all() else None


def _weights(past: Array, mean: Array, phi: float, leverage: Array) -> Array:
    """Return weights that fall where a past week stands out, by its Anscombe residual."""
    residual = (
        1.5
        * (past ** (2 / 3) - mean ** (2 / 3))
        / (mean ** (1 / 6) * np.sqrt(phi * np.maximum(1 - leverage, 1e-6)))
    )
    falls = np.where(residual > OUTLYING, np.maximum(residual, OUTLYING) ** -2.0, 1.0)
    found: Array = falls * len(past) / falls.sum()
    return found
