"""The audit itself: each outcome crude, given what makes deaths comparable, and given workload.

Nothing here says why two groups differ. Group is not something that was done to anybody: what is
left over is an unexplained difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from clew.oversight.equality.answers import (
    Audit,
    KeptLook,
    Load,
    LookAnswer,
    OutcomeAnswer,
)
from clew.oversight.equality.deaths import Columns, Deaths
from clew.oversight.equality.family import judge_alone, judge_family, test_all
from clew.oversight.equality.looks import Look, boundaries, combine, found_by_looks
from clew.oversight.equality.outcome import Fits, Found, compare_outcome
from clew.oversight.equality.plan import Plan
from clew.oversight.equality.tables import count_audit
from clew.oversight.equality.unrecorded import missing_group
from clew.oversight.suppression import protect

Progress = Callable[[int, int], None]


def compare_groups(
    plan: Plan,
    columns: Columns,
    deaths: Deaths,
    rng: np.random.Generator,
    before: Sequence[KeptLook] = (),
    progress: Progress | None = None,
) -> Audit:
    """Return the audit of a plan over a file's deaths.

    `rng` divides the deaths into folds, imputes groups and shuffles them. `before`: the earlier
    looks, in order. `progress`: called with how many outcomes are done, and of how many.
    """
    fits = Fits(deaths, rng)
    planned = (*plan.outcomes, *plan.controls)
    found: list[Found] = []
    for place, outcome in enumerate(planned):
        if progress is not None:
            progress(place, len(planned) + 1)
        one = compare_outcome(plan, outcome, columns, fits)
        missing = missing_group(plan, columns, fits, one)
        found.append(replace(one, answer=replace(one.answer, missing=missing)))
    if progress is not None:
        progress(len(planned), len(planned) + 1)
    family = found[: len(plan.outcomes)]
    outcomes = judge_family(plan, [one.answer for one in family])
    controls = tuple(judge_alone(plan, one.answer) for one in found[len(plan.outcomes) :])
    audit = Audit(
        plan,
        int(deaths.focal.sum()),
        int((~deaths.focal).sum()),
        deaths.other_groups,
        deaths.group_missing,
        deaths.workload_is_proxy,
        outcomes,
        controls,
        _loads(plan, deaths),
        test_all(deaths, family),
        protect(count_audit(deaths, (*outcomes, *controls), columns.rows)),
        len(before) + 1,
    )
    if progress is not None:
        progress(len(planned) + 1, len(planned) + 1)
    return _over_looks(audit, before) if plan.looks > 1 else audit


def _loads(plan: Plan, deaths: Deaths) -> tuple[Load, ...]:
    width = deaths.w.shape[1] // len(plan.w) if plan.w else 0
    found = []
    for place, name in enumerate(plan.w):
        values = deaths.w[:, place * width]
        known = deaths.w[:, place * width + width - 1] == 0
        means = [
            float(values[known & group].mean()) if (known & group).any() else float("nan")
            for group in (deaths.focal, ~deaths.focal)
        ]
        found.append(Load(name, means[0], means[1]))
    return tuple(found)


def kept_look(audit: Audit, digest: str) -> KeptLook:
    """Return what the next look needs of this one."""
    found = {}
    for answer in audit.outcomes:
        last = answer.given_xw
        usable = last is not None and answer.verdict not in ("cannot be compared", "bounds only")
        nothing = (float("nan"), float("nan"))
        found[answer.name] = (
            (last.modelled.value, last.modelled.se) if usable and last is not None else nothing
        )
    return KeptLook(digest, audit.look, found)


def _over_looks(audit: Audit, before: Sequence[KeptLook]) -> Audit:
    """Return the audit with its verdicts over all looks so far, at the alpha that may be spent."""
    every = [*before, kept_look(audit, "")]
    confirmed = [one for one in audit.outcomes if not one.planned.exploratory]
    looks = []
    for answer in confirmed:
        pairs = [kept.found.get(answer.name, (np.nan, np.nan)) for kept in every]
        looks.append([Look(*pair) for pair in pairs if np.isfinite(pair[1]) and pair[1] > 0])
    enough = [one if len(one) == len(every) else [] for one in looks]
    found = found_by_looks(audit.plan.alpha, audit.plan.looks, enough)
    said, verdicts = [], {}
    for answer, own, is_found in zip(confirmed, enough, found, strict=True):
        if not own:
            continue
        whole = combine(own)
        information = [1 / one.se**2 for one in own]
        bound = boundaries(audit.plan.alpha / len(confirmed), audit.plan.looks, information)[-1]
        score = whole.value / whole.se
        said.append(LookAnswer(answer.name, score, bound, whole.value, is_found))
        if answer.verdict in ("difference", "none shown"):
            verdicts[answer.name] = is_found
    return replace(
        audit,
        looks=tuple(said),
        outcomes=tuple(_with_verdict(one, verdicts) for one in audit.outcomes),
    )


def _with_verdict(answer: OutcomeAnswer, verdicts: dict[str, bool]) -> OutcomeAnswer:
    if answer.name not in verdicts:
        return answer
    return replace(answer, verdict="difference" if verdicts[answer.name] else "none shown")
