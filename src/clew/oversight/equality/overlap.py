"""The difference over deaths where the groups overlap, by cross-fitted models.

The estimand weighs each death by e(1 - e), where e is its chance to be of the focal group given
what makes deaths comparable: most where both groups occur, none where only one does. With the
nuisance models cross-fitted, the augmented estimator with those weights is the regression of
residuals on residuals (Robinson, Econometrica 56 (1988) 931-954; Li, Morgan and Zaslavsky, Journal
of the American Statistical Association 113 (2018) 390-400; Chernozhukov and others, Econometrics
Journal 21 (2018) C1-C68): it errs only by the product of both models' errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import LogisticRegression, Ridge

from clew.oversight.equality.proportions import Difference

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
FOLDS = 5
"""As Chernozhukov and others recommend (4 or 5)."""
SHRINK = 1.0
"""The penalty of both models, on columns scaled to unit variance: scikit-learn's default."""
LONE = 0.02
"""Declared: with a chance above 1 - this to be of one's own group, a death has no comparator."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The cross-fitted chances of deaths to be of the focal group; shape (deaths,), 0 to 1."""

    design: Floats
    focal: Bools
    folds: NDArray[np.int64]
    chance: Floats

    @property
    def without_comparator(self) -> float:
        """The share of focal deaths that have no comparator, 0 to 1."""
        own = self.chance[self.focal]
        return float((own > 1 - LONE).mean()) if own.size else 1.0


@dataclass(frozen=True, slots=True)
class Influence:
    """A difference and each death's pull on it: their mean is zero.

    Differences of two steps over the same deaths are differences of pulls, so that intervals need
    no refitting.
    """

    value: float
    pull: Floats


def fit_groups(design: Floats, focal: Bools, rng: np.random.Generator) -> Fitted:
    """Fit each death's chance to be of the focal group by models that have not seen it.

    `design`: shape (deaths, columns), what makes deaths comparable, in numbers.
    """
    n = focal.size
    folds = np.empty(n, np.int64)
    for which in (focal, ~focal):  # each fold has its part of both groups
        members = np.flatnonzero(which)
        folds[rng.permutation(members)] = np.arange(members.size) % FOLDS
    scaled = _scaled(design)
    chance = np.full(n, focal.mean())
    if design.shape[1]:
        for fold in range(FOLDS):
            train, test = folds != fold, folds == fold
            if np.unique(focal[train]).size < 2 or not test.any():
                continue
            model = LogisticRegression(C=1 / SHRINK, solver="lbfgs", max_iter=200)
            model.fit(scaled[train], focal[train])
            chance[test] = model.predict_proba(scaled[test])[:, 1]
    return Fitted(scaled, focal, folds, chance)


def difference_where_overlapping(fitted: Fitted, outcome: Floats) -> Influence:
    """Return the overlap-weighted difference of an outcome, focal less reference.

    `outcome`: shape (deaths,), 0 or 1, or a number such as hours.
    """
    expected = np.full(outcome.size, outcome.mean())
    if fitted.design.shape[1]:
        for fold in range(FOLDS):
            train, test = fitted.folds != fold, fitted.folds == fold
            if test.any():
                model = Ridge(alpha=SHRINK).fit(fitted.design[train], outcome[train])
                expected[test] = model.predict(fitted.design[test])
    group = fitted.focal - fitted.chance
    rest = outcome - expected
    scale = float((group**2).mean())
    if scale <= 0:
        return Influence(np.nan, np.full(outcome.size, np.nan))
    value = float((group * rest).mean() / scale)
    return Influence(value, group * (rest - value * group) / scale)


def with_interval(influence: Influence, cluster: NDArray[np.int64], alpha: float) -> Difference:
    """Return a difference with an interval that allows for deaths of one cluster going together.

    `cluster` numbers each death's unit and week from 0 on. A t reference with one degree less than
    clusters (Cameron and Miller, Journal of Human Resources 50 (2015) 317-372).
    """
    sums = np.bincount(cluster, weights=influence.pull)
    count, n = sums.size, influence.pull.size
    if count < 2 or not np.isfinite(influence.value):
        return Difference(influence.value, np.nan, np.nan, np.nan, n)
    se = float(np.sqrt(count / (count - 1) * (sums**2).sum()) / n)
    half = float(stats.t.isf(alpha / 2, count - 1)) * se
    value = influence.value
    return Difference(value, se, value - half, value + half, n)


def less(one: Influence, other: Influence) -> Influence:
    """Return the first difference less the second, over the same deaths."""
    return Influence(one.value - other.value, one.pull - other.pull)


def _scaled(design: Floats) -> Floats:
    spread = design.std(axis=0)
    keep = spread > 0
    return np.asarray((design[:, keep] - design[:, keep].mean(axis=0)) / spread[keep])
