"""What may be said of one outcome where the group of some deaths is not recorded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from clew.oversight.equality.answers import MissingGroup
from clew.oversight.equality.deaths import Columns, Deaths
from clew.oversight.equality.missing import (
    IMPUTATIONS,
    Unknown,
    bound_difference,
    pool_imputed,
    tipping_point,
)
from clew.oversight.equality.outcome import Fits, Found, measure
from clew.oversight.equality.overlap import (
    SHRINK,
    difference_where_overlapping,
    divide,
    fit_groups,
    fit_quietly,
    with_interval,
)
from clew.oversight.equality.plan import Plan
from clew.oversight.equality.proportions import Difference, Strata, pool_differences

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
LEAST_MISSING = 0.05
"""Declared: below this share of deaths without a group the bounds say enough."""
LEAST_GAP = 0.05
"""Declared: done this much oftener or less often where the group is missing, it is missing because
of the outcome, or of what goes with it."""


def missing_group(plan: Plan, columns: Columns, fits: Fits, found: Found) -> MissingGroup | None:
    """Return bounds, imputation and tipping point; None where every group is recorded.

    Of a time, they are of the share done by its horizon.
    """
    deaths, unknown = fits.deaths, fits.deaths.unknown
    if unknown is None or found.answer.given_xw is None:
        return None
    measured = measure(found.answer.planned, columns, unknown.rows, unknown.focal)
    there, known = ~np.isnan(measured.done), ~np.isnan(found.measured.done)
    if not there.any():
        return None
    done, undone_or_done = measured.done[there] == 1, found.measured.done[known] == 1
    focal, key = deaths.focal[known], deaths.stratum_w[known]
    lone = unknown.stratum_w[there]
    size = int(max(key.max(), lone.max())) + 1
    strata = _strata(undone_or_done, focal, key, size)
    others = Unknown.from_deaths(done, lone, size)
    gap = _gap(plan, fits, (deaths, known, undone_or_done), (unknown, there, done))
    share = there.sum() / (there.sum() + known.sum())
    by_outcome = plan.by_enquiry or bool(
        share >= LEAST_MISSING and abs(gap.value) >= LEAST_GAP and gap.p < plan.alpha
    )
    shares = pool_differences(strata, plan.alpha)
    wider = _cluster_factor(found, plan, fits)
    bounds = bound_difference(
        strata, others, plan.alpha, wider * shares.se, other_groups=deaths.other_groups > 0
    )
    imputed = None
    if not by_outcome:
        fitted = _Imputation.fit(deaths, known, undone_or_done)
        draws = fitted.draw(unknown, there, done, fits.rng)
        drop = deaths.other_groups / max(deaths.other_groups + deaths.focal.size, 1)
        imputed = pool_imputed(
            [
                _completed(strata, (lone, done, draw, drop), size, fits.rng, plan.alpha, wider)
                for draw in draws
            ],
            plan.alpha,
        )
    return MissingGroup(
        int(there.sum()), gap, bounds, imputed, tipping_point(strata, others, plan.alpha),
        by_outcome,
    )  # fmt: skip


def _strata(done: Bools, focal: Bools, key: Ints, size: int) -> Strata:
    def count(which: Bools) -> Ints:
        return np.bincount(key[which], minlength=size).astype(np.int64)

    return Strata(count(focal & done), count(focal), count(~focal & done), count(~focal))


def _cluster_factor(found: Found, plan: Plan, fits: Fits) -> float:
    """Return how much wider intervals are as deaths of one unit and week go together, 1 or more."""
    assert found.influence is not None
    cluster = np.unique(fits.deaths.cluster[found.known], return_inverse=True)[1]
    together = with_interval(found.influence, cluster.astype(np.int64), plan.alpha).se
    apart = with_interval(found.influence, np.arange(cluster.size), plan.alpha).se
    return max(1.0, together / apart) if apart > 0 else 1.0


def _gap(
    plan: Plan, fits: Fits, known: tuple[Deaths, Bools, Bools], lone: tuple[Deaths, Bools, Bools]
) -> Difference:
    """Return how much oftener it was done where the group is missing, among comparable deaths."""
    parts = [
        (np.hstack([deaths.x, deaths.w])[which], deaths.cluster[which], done)
        for deaths, which, done in (known, lone)
    ]
    design = np.vstack([one[0] for one in parts])
    is_lone = np.concatenate([np.zeros(parts[0][2].size, bool), np.ones(parts[1][2].size, bool)])
    fitted = fit_groups(design, is_lone, divide(is_lone, fits.rng, 2))
    outcome = np.concatenate([one[2] for one in parts]).astype(np.float64)
    cluster = np.unique(np.concatenate([one[1] for one in parts]), return_inverse=True)[1]
    return with_interval(
        difference_where_overlapping(fitted, outcome), cluster.astype(np.int64), plan.alpha
    )


class _Imputation:
    """A model of group given all that is recorded, the outcome included, and its uncertainty."""

    def __init__(self, design: tuple[Floats, Floats], values: Floats, root: Floats) -> None:
        self.mean, self.spread = design
        self.values, self.root = values, root

    @classmethod
    def fit(cls, deaths: Deaths, known: Bools, done: Bools) -> _Imputation:
        raw = np.column_stack([deaths.x[known], deaths.w[known], done])
        mean, spread = raw.mean(axis=0), raw.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        scaled = (raw - mean) / spread
        model = LogisticRegression(C=1 / SHRINK, solver="newton-cholesky", max_iter=50)
        fit_quietly(model, scaled, deaths.focal[known])
        chance = model.predict_proba(scaled)[:, 1]
        whole = np.column_stack([np.ones(scaled.shape[0]), scaled])
        curve = whole.T @ (whole * (chance * (1 - chance))[:, None]) + np.eye(whole.shape[1])
        values = np.concatenate([model.intercept_, model.coef_[0]])
        return cls((mean, spread), values, np.linalg.cholesky(np.linalg.inv(curve)))

    def draw(
        self, unknown: Deaths, there: Bools, done: Bools, rng: np.random.Generator
    ) -> list[Bools]:
        """Return as many completed groups as there are imputations."""
        raw = np.column_stack([unknown.x[there], unknown.w[there], done])
        whole = np.column_stack([np.ones(raw.shape[0]), (raw - self.mean) / self.spread])
        found = []
        for _ in range(IMPUTATIONS):
            values = self.values + self.root @ rng.normal(size=self.values.size)
            chance = 1 / (1 + np.exp(-np.clip(whole @ values, -30, 30)))
            found.append(np.asarray(rng.random(chance.size) < chance))
        return found


def _completed(
    strata: Strata,
    drawn: tuple[Ints, Bools, Bools, float],
    size: int,
    rng: np.random.Generator,
    alpha: float,
    wider: float,
) -> Difference:
    key, done, focal, drop = drawn
    kept = rng.random(done.size) >= drop  # some of them are of other groups
    more = _strata(done[kept], focal[kept], key[kept], size)
    whole = Strata(
        strata.focal_done + more.focal_done,
        strata.focal + more.focal,
        strata.reference_done + more.reference_done,
        strata.reference + more.reference,
    )
    found = pool_differences(whole, alpha)
    return replace(found, se=found.se * wider)
