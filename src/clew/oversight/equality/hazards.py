"""The ratio of rates at which something was done, by Cox's model within strata.

Cause-specific: what came first in its place ends the wait. Source: Cox, Journal of the Royal
Statistical Society B 34 (1972) 187-220; ties by Efron, Journal of the American Statistical
Association 72 (1977) 557-565. The partial likelihood is summed over sorted rows, so that many
strata cost no more than one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
STEPS = 30
"""Newton's method needs five or six; where it needs more, a coefficient runs to infinity."""
SMALL = 1e-9


@dataclass(frozen=True, slots=True)
class Hazards:
    """Log rate ratios with their standard errors, shape (covariates,), and the events behind them.

    All are nan where the likelihood has no highest point.
    """

    log_ratio: Floats
    se: Floats
    events: int

    def ratio(self, alpha: float = 0.05) -> tuple[float, float, float]:
        """Return the first covariate's rate ratio with its interval."""
        half = float(stats.norm.isf(alpha / 2)) * self.se[0]
        ends = (self.log_ratio[0], self.log_ratio[0] - half, self.log_ratio[0] + half)
        value, low, high = (float(np.exp(min(one, 700.0))) for one in ends)
        return value, low, high


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows by stratum, longest waits first; where each event's risk set and its ties end."""

    covariates: Floats
    event: Ints
    begins: Ints
    ends: Ints
    tie: Ints
    part: Floats


def fit_hazards(hours: Floats, done: Bools, covariates: Floats, stratum: Ints) -> Hazards:
    """Fit Cox's model; `covariates`: shape (deaths, covariates); `stratum`: from 0 on."""
    count = covariates.shape[1]
    nothing = Hazards(np.full(count, np.nan), np.full(count, np.nan), int(done.sum()))
    if not done.any():
        return nothing
    rows = _sorted(hours, done, covariates - covariates.mean(axis=0), stratum)
    beta = np.zeros(count)
    for _ in range(STEPS):
        slope, curve = _slope_and_curve(rows, beta)
        try:
            step = np.linalg.solve(curve, slope)
        except np.linalg.LinAlgError:
            return nothing
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < SMALL:
            se = np.sqrt(np.diag(np.linalg.inv(curve)))
            return Hazards(beta, se, int(done.sum()))
    return nothing


def _sorted(hours: Floats, done: Bools, covariates: Floats, stratum: Ints) -> _Rows:
    order = np.lexsort((~done, -hours, stratum))
    hours, done, stratum = hours[order], done[order], stratum[order]
    new = np.concatenate([[True], (np.diff(hours) != 0) | (np.diff(stratum) != 0)])
    group = np.cumsum(new) - 1
    last = np.concatenate([np.flatnonzero(new)[1:] - 1, [hours.size - 1]])
    first = np.flatnonzero(np.concatenate([[True], np.diff(stratum) != 0]))
    event = np.flatnonzero(done)
    tie = group[event]
    ties = np.bincount(tie, minlength=group[-1] + 1)
    rank = event - np.flatnonzero(new)[tie]  # events stand first among the rows of one time
    begin = first[np.searchsorted(first, event, side="right") - 1]
    return _Rows(covariates[order], event, begin, last[tie], tie, rank / ties[tie])


def _slope_and_curve(rows: _Rows, beta: Floats) -> tuple[Floats, Floats]:
    x = rows.covariates
    eta = x @ beta
    risk = np.exp(eta - eta.max())
    moments = np.concatenate(
        [np.ones((x.shape[0], 1)), x, (x[:, :, None] * x[:, None, :]).reshape(x.shape[0], -1)],
        axis=1,
    )
    moments *= risk[:, None]
    sums = np.concatenate([np.zeros((1, moments.shape[1])), np.cumsum(moments, axis=0)])
    at_risk = sums[rows.ends + 1] - sums[rows.begins]
    tied = np.zeros((int(rows.tie.max()) + 1, moments.shape[1]))
    np.add.at(tied, rows.tie, moments[rows.event])
    at_risk = at_risk - rows.part[:, None] * tied[rows.tie]
    count = x.shape[1]
    mean = at_risk[:, 1 : count + 1] / at_risk[:, :1]
    square = (at_risk[:, count + 1 :] / at_risk[:, :1]).sum(axis=0).reshape(count, count)
    return x[rows.event].sum(axis=0) - mean.sum(axis=0), square - mean.T @ mean
