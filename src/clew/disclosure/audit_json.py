"""An audit as JSON and as protected tables, without what may not leave."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from clew.disclosure.audit_trust import say_control, say_looks
from clew.disclosure.audit_words import (
    CAUTIONS,
    crude_leaves,
    deaths_of,
    first_screen,
    floored,
    is_protected,
    say_outcome,
)
from clew.oversight.equality.answers import Audit, AuditRun, OutcomeAnswer, Times
from clew.oversight.equality.proportions import Difference
from clew.oversight.equality.tables import BOTH, DONE, FOCAL, REFERENCE, UNDONE, UNKNOWN

METHOD = "overlap-weighted, cross-fitted; beside it strata (Mantel-Haenszel)"
COUNTS_HEADER = ("group", "of", "name", "value", "count")
DIFFERENCES_HEADER = ("outcome", "role", "step", "difference", "low", "high", "unit", "verdict")
HIDDEN = "held back"


def audit_json(run: AuditRun, earlier_plans: Sequence[str] = ()) -> dict[str, Any]:
    """Return the audit as JSON.

    `earlier_plans`: fingerprints of other plans whose results are known to have been seen.
    """
    audit = run.audit
    plan = audit.plan
    return {
        "file": run.file,
        "rows": run.rows,
        "refused": len(run.rejects),
        "plan_sha256": run.plan_digest,
        "dated": plan.dated.isoformat(),
        "run_on": run.run_on.isoformat(),
        "signed_by": plan.signed_by or None,
        "earlier_plans": list(earlier_plans),
        "group": plan.group,
        "focal": plan.focal,
        "reference": plan.reference,
        "alpha": plan.alpha,
        "deaths": audit.tables.shown.get(("file", BOTH), HIDDEN),
        "missing_group": floored(audit.group_missing),
        "workload_is_proxy": audit.workload_is_proxy,
        "workload": [
            {
                "column": one.column,
                "focal": _rounded(one.focal),
                "reference": _rounded(one.reference),
            }
            for one in audit.loads
        ]
        if _arms_leave(audit)
        else [],
        "global_p": _number(audit.global_p, 4),
        "summary": first_screen(audit),
        "cautions": list(CAUTIONS),
        "look": audit.look,
        "looks": plan.looks,
        "said_of_looks": say_looks(audit),
        "outcomes": [_outcome(audit, answer) for answer in audit.outcomes],
        "controls": [
            _outcome(audit, answer) | {"said": [say_control(answer)]} for answer in audit.controls
        ],
        "counts_kept": _number(audit.tables.kept, 3),
    }


def _arms_leave(audit: Audit) -> bool:
    return all(("file", group) in audit.tables.shown for group in (FOCAL, REFERENCE))


def _outcome(audit: Audit, answer: OutcomeAnswer) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": answer.name,
        "form": answer.planned.form,
        "unit": "hours" if answer.in_hours else "share",
        "exploratory": answer.planned.exploratory,
        "verdict": answer.verdict,
        "said": say_outcome(audit, answer),
        "counts": _counts(audit, answer),
    }
    if is_protected(answer) or answer.given_x is None or answer.given_xw is None:
        return said | {"held_back": True}
    said |= {"n": deaths_of(audit, answer), "missing": _missing(answer)}
    if answer.verdict in ("bounds only", "cannot be compared"):
        why = (
            "only bounds" if answer.verdict == "bounds only" else "none: the groups do not overlap"
        )
        nothing = dict.fromkeys(("crude", "given_x", "given_xw", "low", "high"))
        lone = _number(answer.given_xw.without_comparator, 2)
        return said | nothing | {"method": why, "without_comparator": lone}
    return said | _figures(audit, answer)


def _figures(audit: Audit, answer: OutcomeAnswer) -> dict[str, Any]:
    assert answer.crude is not None
    assert answer.given_x is not None
    assert answer.given_xw is not None
    hours, last = answer.in_hours, answer.given_xw.modelled
    seen = answer.sensitivity

    def figure(value: float) -> float | None:
        return _number(value, 0 if hours else 2)

    def whole(one: Difference | None) -> dict[str, float | None] | None:
        if one is None:
            return None
        return {"value": figure(one.value), "low": figure(one.low), "high": figure(one.high)}

    return {
        "crude": figure(answer.crude.value) if crude_leaves(audit, answer) else None,
        "given_x": figure(answer.given_x.modelled.value),
        "given_x_interval": whole(answer.given_x.modelled),
        "given_xw": figure(last.value),
        "given_xw_pooled": figure(answer.given_xw.pooled.value),
        "pooled_interval": whole(answer.given_xw.pooled),
        "low": figure(last.low),
        "high": figure(last.high),
        "by_workload": None if answer.by_workload is None else figure(answer.by_workload.value),
        "by_workload_interval": whole(answer.by_workload),
        "of_focal": whole(answer.of_focal),
        "method": METHOD,
        "p": _number(last.p, 4),
        "adjusted_p": _number(answer.adjusted_p, 4),
        "least_detectable": figure(answer.least_detectable),
        "not_known": floored(sum(answer.not_known)),
        "without_comparator": _number(answer.given_xw.without_comparator, 2),
        "dropped": [floored(count) for count in answer.given_xw.dropped],
        "times": None if answer.times is None else _times(answer.times),
        "sensitivity": None
        if seen is None
        else {
            "disputed": {column: whole(one) for column, one in seen.disputed.items()},
            "e_value": None if seen.unmeasured is None else _number(seen.unmeasured.point, 1),
            "e_value_limit": None if seen.unmeasured is None else _number(seen.unmeasured.limit, 1),
            "shuffled_p": _number(seen.shuffled_p, 4),
            "placebos_found": _number(seen.placebos, 2),
            "load_interaction": whole(seen.load_interaction),
        },
    }


def _times(times: Times) -> dict[str, Any]:
    return {
        "horizon_hours": times.horizon,
        "hours": list(times.hours),
        "focal_done": [_number(one, 2) for one in times.done[0]],
        "reference_done": [_number(one, 2) for one in times.done[1]],
        "came_first": [_number(one, 2) for one in times.other],
        "rate_ratio": [_number(one, 2) for one in times.ratio],
        "by_72_hours": {
            "value": _number(times.early.value, 0),
            "low": _number(times.early.low, 0),
            "high": _number(times.early.high, 0),
        },
    }


def _missing(answer: OutcomeAnswer) -> dict[str, Any] | None:
    missing = answer.missing
    if missing is None:
        return None
    imputed = missing.imputed
    return {
        "deaths": floored(missing.deaths),
        "low": _number(missing.bounds.low, 2),
        "high": _number(missing.bounds.high, 2),
        "by_outcome": missing.by_outcome,
        "gap": _number(missing.gap.value, 2),
        "imputed": None
        if imputed is None
        else {
            "value": _number(imputed.value, 2),
            "low": _number(imputed.low, 2),
            "high": _number(imputed.high, 2),
        },
        "tipping_odds_ratio": _number(missing.tipping, 1),
    }


def _counts(audit: Audit, answer: OutcomeAnswer) -> dict[str, dict[str, int | None]]:
    return {
        group: {
            state: audit.tables.shown.get((group, "outcome", answer.name, state))
            for state in (DONE, UNDONE, UNKNOWN)
        }
        for group in (FOCAL, REFERENCE)
    }


def _number(value: float, digits: int) -> float | None:
    return round(value, digits) + 0.0 if math.isfinite(value) else None


def _rounded(value: float) -> float | None:
    """Return a mean of workload to three significant figures."""
    return float(f"{value:.3g}") if math.isfinite(value) else None


def count_rows(audit: Audit) -> Iterator[tuple[str, ...]]:
    """Yield the protected counts, one row each; a count that is held back says so."""
    names = {FOCAL: audit.plan.focal, REFERENCE: audit.plan.reference, BOTH: "both groups"}
    for key in sorted([*audit.tables.shown, *audit.tables.hidden], key=str):
        assert isinstance(key, tuple)
        shown = audit.tables.shown.get(key)
        count = HIDDEN if shown is None else str(shown)
        group, of, name, value = (key[1], "file", "", "") if len(key) == 2 else key
        yield (str(names.get(group, group)), of, name, value, count)


def difference_rows(audit: Audit) -> Iterator[tuple[str, ...]]:
    """Yield each outcome's steps: the difference with its interval, or that it is held back."""
    roles = [("outcome", one) for one in audit.outcomes]
    for role, answer in [*roles, *(("control", one) for one in audit.controls)]:
        found = _outcome(audit, answer)
        unit = found["unit"]
        missing = found.get("missing")
        if missing is not None:
            yield (answer.name, role, "bounds, group missing", "", str(missing["low"]),
                   str(missing["high"]), "share", answer.verdict)  # fmt: skip
        if found.get("given_xw") is None:
            why = HIDDEN if found.get("held_back") else answer.verdict
            yield (answer.name, role, "all", why, "", "", unit, answer.verdict)
            continue
        steps = [
            ("as it is", {"value": found["crude"], "low": None, "high": None}),
            ("comparable", found["given_x_interval"]),
            ("comparable, equally busy",
             {"value": found["given_xw"], "low": found["low"], "high": found["high"]}),
            ("the same by strata", found["pooled_interval"]),
            ("explained by workload", found["by_workload_interval"]),
            ("over the focal group", found["of_focal"]),
        ]  # fmt: skip
        for step, one in steps:
            if one is None:
                continue
            figures: Iterator[str] = (
                "" if one[k] is None else str(one[k]) for k in ("value", "low", "high")
            )
            yield (answer.name, role, step, *figures, unit, answer.verdict)
