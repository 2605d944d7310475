"""The audit itself: each outcome crude, given what makes deaths comparable, and given workload.

Nothing here says why two groups differ. Group is not something that was done to anybody: what is
left over is an unexplained difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests

from clew.model.case_file import Reject
from clew.oversight.equality.deaths import Columns, Deaths, done_of
from clew.oversight.equality.overlap import (
    Fitted,
    difference_where_overlapping,
    fit_groups,
    less,
    with_interval,
)
from clew.oversight.equality.plan import Plan
from clew.oversight.equality.proportions import (
    Difference,
    Strata,
    detectable,
    newcombe,
    pool_differences,
)

Verdict = Literal["difference", "none shown", "depends on the method", "cannot be compared"]
LEAST = 10
"""Declared: with fewer deaths of either group nothing is compared (the floor of suppression)."""
MOST_LONE = 0.5
"""Declared: where more focal deaths than this have no comparator, the groups do not overlap."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an outcome, by both estimators."""

    pooled: Difference
    modelled: Difference
    dropped: tuple[int, int]
    without_comparator: float


@dataclass(frozen=True, slots=True)
class OutcomeAnswer:
    """What was found for one outcome; every difference is focal less reference.

    `by_workload` is step 2 less step 3: what workload accounts for. `adjusted_p` is Holm's p value
    of the last step within the plan's family.
    """

    name: str
    n: int
    focal: tuple[int, int]
    reference: tuple[int, int]
    not_known: int
    crude: Difference | None = None
    given_x: Step | None = None
    given_xw: Step | None = None
    by_workload: Difference | None = None
    least_detectable: float = float("nan")
    adjusted_p: float = 1.0
    verdict: Verdict = "cannot be compared"


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit's answer: its plan, whom it compared, and each outcome."""

    plan: Plan
    focal: int
    reference: int
    other_groups: int
    group_missing: int
    workload_is_proxy: bool
    outcomes: tuple[OutcomeAnswer, ...]


@dataclass(frozen=True, slots=True)
class AuditRun:
    """An audit of a file: its plan's SHA-256, how many rows were read, and those not taken."""

    audit: Audit
    file: str
    plan_digest: str
    rows: int
    rejects: tuple[Reject, ...]
    version: str


def compare_groups(plan: Plan, columns: Columns, deaths: Deaths, rng: np.random.Generator) -> Audit:
    """Return the audit of a plan over a file's deaths; `rng` divides the deaths into folds."""
    answers = [
        _compare_outcome(plan, deaths, done_of(outcome, columns, deaths.rows), outcome.name, rng)
        for outcome in plan.outcomes
    ]
    last = [a.given_xw.modelled.p if a.given_xw is not None else 1.0 for a in answers]
    adjusted = multipletests(last, method="holm")[1]
    return Audit(
        plan,
        int(deaths.focal.sum()),
        int((~deaths.focal).sum()),
        deaths.other_groups,
        deaths.group_missing,
        deaths.workload_is_proxy,
        tuple(
            _judge(replace(answer, adjusted_p=float(p)), plan.alpha)
            for answer, p in zip(answers, adjusted, strict=True)
        ),
    )


def _compare_outcome(
    plan: Plan, deaths: Deaths, done: NDArray[np.float64], name: str, rng: np.random.Generator
) -> OutcomeAnswer:
    known = ~np.isnan(done)
    focal, did = deaths.focal[known], done[known] == 1
    of = int(focal.sum()), int((~focal).sum())
    counts = int((focal & did).sum()), int((~focal & did).sum())
    answer = OutcomeAnswer(
        name, int(known.sum()), (counts[0], of[0]), (counts[1], of[1]), int((~known).sum())
    )
    if min(of) < LEAST:
        return answer
    outcome = did.astype(np.float64)
    cluster = np.unique(deaths.cluster[known], return_inverse=True)[1].astype(np.int64)
    fits = [
        fit_groups(design[known], focal, rng)
        for design in (deaths.x, np.hstack([deaths.x, deaths.w]))
    ]
    found = [difference_where_overlapping(fitted, outcome) for fitted in fits]
    steps = []
    for fitted, influence, key in zip(fits, found, (deaths.stratum, deaths.stratum_w), strict=True):
        strata = Strata.from_deaths(did, focal, key[known])
        steps.append(_step(fitted, strata, with_interval(influence, cluster, plan.alpha), plan))
    return replace(
        answer,
        crude=newcombe(counts, of, plan.alpha),
        given_x=steps[0],
        given_xw=steps[1],
        by_workload=with_interval(less(*found), cluster, plan.alpha),
        least_detectable=detectable(steps[1].modelled.se, plan.alpha),
    )


def _step(fitted: Fitted, strata: Strata, modelled: Difference, plan: Plan) -> Step:
    pooled = pool_differences(strata, plan.alpha)
    return Step(pooled, modelled, strata.dropped, fitted.without_comparator)


def _judge(answer: OutcomeAnswer, alpha: float) -> OutcomeAnswer:
    last = answer.given_xw
    if last is None or last.without_comparator > MOST_LONE or last.pooled.used < 2 * LEAST:
        return replace(answer, verdict="cannot be compared")
    # Half of the wider interval: strata keep fewer deaths than models do, and may know less.
    half = max(one.high - one.low for one in (last.modelled, last.pooled)) / 2
    if abs(last.pooled.value - last.modelled.value) > half:
        return replace(answer, verdict="depends on the method")
    verdict: Verdict = "difference" if answer.adjusted_p < alpha else "none shown"
    return replace(answer, verdict=verdict)
