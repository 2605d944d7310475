"""The difference over deaths where the groups overlap, by cross-fitted models.

The estimand weighs each death by e(1 - e), where e is its chance to be of the focal group given
what makes deaths comparable: most where both groups occur, none where only one does. With the
nuisance models cross-fitted, the augmented estimator with those weights is the regression of
residuals on residuals (Robinson, Econometrica 56 (1988) 931-954; Li, Morgan and Zaslavsky, Journal
of the American Statistical Association 113 (2018) 390-400; Chernozhukov and others, Econometrics
Journal 21 (2018) C1-C68): it errs only by the product of both models' errors.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from clew.oversight.equality.proportions import Difference

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
FOLDS = 5
"""As Chernozhukov and others recommend (4 or 5)."""
SHRINK = 1.0
"""The penalty of both models, on columns scaled to unit variance: scikit-learn's default. Columns
are not centred: the intercept, which bears no penalty, does that, and zeros stay zeros."""
LONE = 0.02
"""Declared: with a chance above 1 - this to be of one's own group, a death has no comparator."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The cross-fitted chances of deaths to be of the focal group; shape (deaths,), 0 to 1.

    `design`: sparse, shape (deaths, columns), each column of unit variance.
    """

    design: csr_matrix
    focal: Bools
    folds: Ints
    chance: Floats

    @property
    def lone(self) -> Bools:
        """Which focal deaths have no comparator."""
        return np.asarray(self.focal & (self.chance > 1 - LONE))

    @property
    def without_comparator(self) -> float:
        """The share of focal deaths that have no comparator, 0 to 1."""
        return float(self.lone.sum() / self.focal.sum()) if self.focal.any() else 1.0


@dataclass(frozen=True, slots=True)
class Influence:
    """A difference and each death's pull on it: their mean is zero.

    Differences of two steps over the same deaths are differences of pulls, so that intervals need
    no refitting. `rest`: what each death's outcome differs from what models expect of it.
    """

    value: float
    pull: Floats
    rest: Floats


def divide(focal: Bools, rng: np.random.Generator, folds: int = FOLDS) -> Ints:
    """Return the fold of each death, from 0 on; each fold has its part of both groups."""
    part = np.zeros(focal.size, np.int64)
    for which in (focal, ~focal):
        members = np.flatnonzero(which)
        part[rng.permutation(members)] = np.arange(members.size) % folds
    return part


def fit_groups(design: Floats, focal: Bools, part: Ints) -> Fitted:
    """Fit each death's chance to be of the focal group by models that have not seen it.

    `design`: shape (deaths, columns), what makes deaths comparable, in numbers. `part`: the fold of
    each death.
    """
    scaled = _scaled(design)
    chance = np.full(focal.size, focal.mean())
    if scaled.shape[1]:
        model = _group_model()
        for train, test in _parts(part):
            if np.unique(focal[train]).size < 2 or not test.any():
                continue
            fit_quietly(model, scaled[train], focal[train])
            chance[test] = model.predict_proba(scaled[test])[:, 1]
    return Fitted(scaled, focal, part, chance)


def fit_quietly(model: Any, design: Floats | csr_matrix, focal: Bools) -> None:
    """Fit a model of group; one that is still moving after all its steps is used as it is.

    Where the groups hardly overlap a coefficient runs far out. The share without a comparator says
    so; a warning on the terminal would not.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(design, focal)


def _group_model() -> LogisticRegression:
    """Return a model that begins each fit where the last ended: folds hardly differ."""
    return LogisticRegression(C=1 / SHRINK, solver="newton-cholesky", max_iter=50, warm_start=True)


def _parts(part: Ints) -> list[tuple[Bools, Bools]]:
    return [(part != fold, part == fold) for fold in range(int(part.max(initial=0)) + 1)]


def expect(fitted: Fitted, outcome: Floats, seen: Bools | None = None) -> Floats:
    """Return what each death's outcome is expected to be, by models that have not seen it.

    `seen`: which deaths the models may learn from; None: all.
    """
    may = np.ones(outcome.size, bool) if seen is None else seen
    expected = np.full(outcome.size, outcome[may].mean() if may.any() else np.nan)
    if fitted.design.shape[1]:
        for train, test in _parts(fitted.folds):
            learn = train & may
            if test.any() and learn.any():
                level, slope = _ridge(fitted.design[learn], outcome[learn])
                expected[test] = level + fitted.design[test] @ slope
    return expected


def _ridge(design: csr_matrix, outcome: Floats) -> tuple[float, Floats]:
    """Return the level and the slopes of a ridge regression (Hoerl and Kennard, 1970)."""
    mean, middle = np.asarray(design.mean(axis=0)).ravel(), float(outcome.mean())
    curve = (design.T @ design).toarray() - design.shape[0] * np.outer(mean, mean)
    curve[np.diag_indices_from(curve)] += SHRINK
    slope = np.linalg.solve(curve, design.T @ (outcome - middle))
    return middle - float(mean @ slope), np.asarray(slope)


def difference_where_overlapping(fitted: Fitted, outcome: Floats) -> Influence:
    """Return the overlap-weighted difference of an outcome, focal less reference.

    `outcome`: shape (deaths,), 0 or 1, or a number such as hours.
    """
    group = fitted.focal - fitted.chance
    rest = outcome - expect(fitted, outcome)
    scale = float((group**2).mean())
    if scale <= 0:
        nothing = np.full(outcome.size, np.nan)
        return Influence(np.nan, nothing, nothing)
    value = float((group * rest).mean() / scale)
    left = rest - value * group
    return Influence(value, group * left / scale, left)


def difference_of_focal(fitted: Fitted, outcome: Floats) -> Influence:
    """Return the difference standardised to the focal group: over its deaths with a comparator.

    Reference deaths weigh by e / (1 - e), and their models are used for both (augmented weighting;
    Robins, Rotnitzky and Zhao, Journal of the American Statistical Association 89 (1994) 846-866).
    """
    inside = ~fitted.lone
    focal = fitted.focal & inside
    share = focal.mean()
    if share <= 0 or not (~fitted.focal).any():
        nothing = np.full(outcome.size, np.nan)
        return Influence(np.nan, nothing, nothing)
    rest = outcome - expect(fitted, outcome, ~fitted.focal)
    odds = fitted.chance / np.maximum(1 - fitted.chance, LONE)
    weight = np.where(fitted.focal, 0.0, odds)
    weight *= focal.sum() / max(weight.sum(), 1e-12)
    value = float((rest[focal].sum() - (weight * rest).sum()) / focal.sum())
    mean = float((weight * rest).sum() / focal.sum())
    pull = (focal * (rest - mean - value) - weight * (rest - mean)) / share
    return Influence(value, pull, rest)


def reference_mean(fitted: Fitted, outcome: Floats) -> float:
    """Return the reference group's mean outcome among deaths where the groups overlap."""
    weight = np.where(fitted.focal, 0.0, fitted.chance)
    return float((weight * outcome).sum() / weight.sum()) if weight.sum() > 0 else float("nan")


def with_interval(influence: Influence, cluster: Ints, alpha: float) -> Difference:
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
    return Difference(value, se, value - half, value + half, n, count - 1)


def less(one: Influence, other: Influence) -> Influence:
    """Return the first difference less the second, over the same deaths."""
    return Influence(one.value - other.value, one.pull - other.pull, one.rest - other.rest)


def interaction(
    fitted: Fitted, influence: Influence, along: Floats, cluster: Ints, alpha: float
) -> Difference | None:
    """Return how much the difference grows with one standard deviation of a number.

    Residuals on residuals again, with the number beside them (Nie and Wager, Biometrika 108 (2021)
    299-319). None where the number is the same for all.
    """
    if not along.std() > 0 or not np.isfinite(influence.value):
        return None
    score = (along - along.mean()) / along.std()
    group = fitted.focal - fitted.chance
    design = np.column_stack([group, group * score])
    rest = influence.rest + influence.value * group
    curve = design.T @ design
    try:
        inverse = np.linalg.inv(curve)
    except np.linalg.LinAlgError:
        return None
    values = inverse @ (design.T @ rest)
    pulls = (design * (rest - design @ values)[:, None]) @ inverse.T * rest.size
    found = Influence(float(values[1]), pulls[:, 1], influence.rest)
    return with_interval(found, cluster, alpha)


def _scaled(design: Floats) -> csr_matrix:
    spread = design.std(axis=0)
    keep = spread > 0
    return csr_matrix(design[:, keep] / spread[keep])
