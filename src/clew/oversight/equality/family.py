"""All outcomes of a plan together: one test of all, and p values corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

from clew.oversight.equality.answers import LEAST, MOST_LONE, OutcomeAnswer, Verdict
from clew.oversight.equality.deaths import Deaths
from clew.oversight.equality.outcome import Found
from clew.oversight.equality.plan import Plan

SMALL_CELLS = 30
"""Declared: with fewer deaths in one of the four cells the p value is at least that of groups
shuffled within strata, which supposes nothing of large numbers."""


def judge_family(plan: Plan, answers: Sequence[OutcomeAnswer]) -> tuple[OutcomeAnswer, ...]:
    """Return the answers with corrected p values and verdicts."""
    confirmed = [answer for answer in answers if not answer.planned.exploratory]
    explored = [answer for answer in answers if answer.planned.exploratory]
    adjusted: dict[str, float] = {}
    for family, method in ((confirmed, "holm"), (explored, "fdr_bh")):
        if family:
            values = multipletests([_p(one) for one in family], method=method)[1]
            adjusted |= {one.name: float(p) for one, p in zip(family, values, strict=True)}
    return tuple(_judge(replace(one, adjusted_p=adjusted[one.name]), plan.alpha) for one in answers)


def judge_alone(plan: Plan, answer: OutcomeAnswer) -> OutcomeAnswer:
    """Return an answer with its own p value: a control is no part of the family."""
    return _judge(replace(answer, adjusted_p=_p(answer)), plan.alpha)


def _p(answer: OutcomeAnswer) -> float:
    if answer.given_xw is None:
        return 1.0
    cells = [n for done, of in (answer.focal, answer.reference) for n in (done, of - done)]
    exact = 0.0 if answer.sensitivity is None else answer.sensitivity.shuffled_p
    small = min(cells) < SMALL_CELLS and np.isfinite(exact)
    return max(answer.given_xw.modelled.p, exact if small else 0.0)


def _judge(answer: OutcomeAnswer, alpha: float) -> OutcomeAnswer:
    last = answer.given_xw
    if last is None or last.without_comparator > MOST_LONE or last.pooled.used < 2 * LEAST:
        return replace(answer, verdict="cannot be compared")
    if answer.missing is not None and answer.missing.by_outcome:
        return replace(answer, verdict="bounds only")
    # Half of the wider interval: strata keep fewer deaths than models do, and may know less.
    half = max(one.high - one.low for one in (last.modelled, last.pooled)) / 2
    if abs(last.pooled.value - last.modelled.value) > half:
        return replace(answer, verdict="depends on the method")
    verdict: Verdict = "difference" if answer.adjusted_p < alpha else "none shown"
    return replace(answer, verdict=verdict)


def test_all(deaths: Deaths, found: Sequence[Found]) -> float:
    """Return the p value that no outcome of the family differs, whatever goes together.

    Hotelling's test over clusters (Annals of Mathematical Statistics 2 (1931) 360-378): each
    cluster's pull on each outcome.
    """
    seen = [
        one
        for one in found
        if one.influence is not None
        and np.isfinite(one.influence.value)
        and not one.answer.planned.exploratory
    ]
    clusters = int(deaths.cluster.max(initial=-1)) + 1
    if not seen or clusters <= len(seen) + 1:
        return 1.0
    values, sums = [], []
    for one in seen:
        assert one.influence is not None
        pull = np.zeros(one.known.size)
        pull[one.known] = one.influence.pull / one.known.sum()
        values.append(one.influence.value)
        sums.append(np.bincount(deaths.cluster, pull, clusters))
    table = np.asarray(sums)
    spread = table @ table.T * clusters / (clusters - 1)
    score = float(np.asarray(values) @ np.linalg.pinv(spread) @ np.asarray(values))
    rank = int(np.linalg.matrix_rank(spread))
    if not rank:
        return 1.0
    free = clusters - rank
    return float(stats.f.sf(score * free / (rank * (clusters - 1)), rank, free))
