"""Peers of the published comparison, re-made in Python: crimelinkage's three methods.

Sources: crimelinkage 0.0.4 (GPL-3) and its vignette, read for what it does, not copied: evidence of
pairs (expected differences of uniform windows, here in closed form), stepwise logistic regression
by AIC, naive Bayes with quantile bins shrunk to given degrees of freedom, boosted trees of gbm.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]
Score = Callable[[Array], Array]


def expected_apart(starts: Array, a: Array, b: Array, period: float = 0.0) -> Array:
    """Expected distance of two uniform windows, lengths a and b; on a circle where `period`."""

    def second(u: Array) -> Array:
        if not period:
            return np.abs(u) ** 3 / 6
        k = np.round(u / period)
        r = u - k * period
        return k**2 * period**3 / 8 + k * period**2 * r / 4 + np.abs(r) ** 3 / 6

    top = second(starts + a) - second(starts) - second(starts + a - b) + second(starts - b)
    return top / (a * b)


def fit_logistic(x: Array, y: Array, w: Array, ridge: float = 0.0) -> tuple[Array, float]:
    """Return intercept and slopes of a weighted logistic fit, and its log likelihood."""
    z = np.column_stack([np.ones(len(x)), x])
    at, penalty = np.zeros(z.shape[1]), np.eye(z.shape[1]) * ridge
    penalty[0, 0] = 0
    for _ in range(50):
        mean = 1 / (1 + np.exp(-z @ at))
        slope = z.T @ (w * (y - mean)) - penalty @ at
        bend = (z * (w * mean * (1 - mean))[:, None]).T @ z + penalty + 1e-10 * np.eye(len(at))
        step = np.linalg.solve(bend, slope)
        at = at + step
        if np.abs(step).max() < 1e-8:
            break
    score = z @ at
    return at, float((w * (y * score - np.logaddexp(0, score))).sum())


def stepwise(x: Array, y: Array, w: Array) -> Score:
    """Fit all columns, then drop or take back one at a time while AIC falls, as R's step does."""

    def aic(columns: list[int]) -> float:
        return -2 * fit_logistic(x[:, columns], y, w)[1] + 2 * (len(columns) + 1)

    now = list(range(x.shape[1]))
    best = aic(now)
    while True:
        tried = [[k for k in now if k != out] for out in now]
        tried += [sorted([*now, more]) for more in range(x.shape[1]) if more not in now]
        costs = [aic(columns) for columns in tried]
        k = int(np.argmin(costs))
        if costs[k] >= best - 1e-9:
            break
        best, now = costs[k], tried[k]
    at, _ = fit_logistic(x[:, now], y, w)
    return lambda new: at[0] + new[:, now] @ at[1:]


def naive_bayes(x: Array, y: Array, w: Array, categorical: set[int], bins: int = 15) -> Score:
    """Histograms of each column, shrunk to ten degrees of freedom; outside the bins: nothing."""
    fits = [_histogram(x[:, k], y, w, 0 if k in categorical else bins) for k in range(x.shape[1])]

    def score(new: Array) -> Array:
        total = np.zeros(len(new))
        for k, (ends, weights) in enumerate(fits):
            at = np.clip(np.searchsorted(ends, new[:, k]) - 1, 0, len(weights) - 1)
            inside = (new[:, k] >= ends[0]) & (new[:, k] <= ends[-1])
            total += np.where(inside, weights[at], 0.0)
        return total

    return score


def _histogram(
    x: Array, y: Array, w: Array, bins: int, freedom: float = 10.0
) -> tuple[Array, Array]:
    if bins:
        ends = np.unique(np.quantile(x, np.linspace(0, 1, bins + 1)))
    else:
        values = np.unique(x)
        ends = np.concatenate([[values[0] - 0.5], values + 0.5])
    at = np.clip(np.searchsorted(ends, x) - 1, 0, len(ends) - 2)
    n = len(ends) - 1
    freedom = min(freedom, n - 1e-8)
    logs = []
    for of in (y == 1, y == 0):
        counts = np.bincount(at[of], w[of], n)
        counts = counts + counts.sum() / n * (n - freedom) / (freedom - 1)
        logs.append(np.log(counts / counts.sum()))
    return ends, logs[0] - logs[1]


def boosted(x: Array, y: Array, w: Array, seed: int) -> Score:
    """Gbm's defaults as the vignette sets them: 500 trees of three splits, shrinkage .01."""
    from sklearn.ensemble import GradientBoostingClassifier  # noqa: PLC0415 - dev extra

    trees = GradientBoostingClassifier(
        n_estimators=500, learning_rate=0.01, max_leaf_nodes=4, max_depth=None,
        subsample=0.5, min_samples_leaf=10, random_state=seed,
    )  # fmt: skip
    return trees.fit(x, y, sample_weight=w).decision_function


def auc(score: Array, y: Array) -> float:
    """Area under the ROC curve; ties count half."""
    linked = int(y.sum())
    ranks = rankdata(score)[y == 1].sum()
    return float((ranks - linked * (linked + 1) / 2) / linked / (len(y) - linked))


def average_precision(score: Array, y: Array) -> float:
    """Mean precision over the linked pairs, ties taken together."""
    order = np.argsort(-score, kind="stable")
    s, truth = score[order], y[order]
    last = np.append(s[1:] != s[:-1], True)
    found, taken = np.cumsum(truth)[last], (np.arange(len(y)) + 1)[last]
    return float((np.diff(found, prepend=0) / y.sum() * (found / taken)).sum())


def recall_at(score: Array, y: Array, rate: float, weight: Array | None = None) -> float:
    """Share of linked pairs above the score that `rate` of unlinked pairs exceed."""
    unlinked = np.sort(score[y == 0])[::-1]
    above = score[y == 1] > unlinked[int(rate * len(unlinked))]
    return float(np.average(above, weights=weight))
