"""What an audit found, in sentences that a reader who knows no statistics can check."""

from __future__ import annotations

from typing import Any, Final

from clew.oversight.equality.compare import LEAST, Audit, AuditRun, OutcomeAnswer
from clew.oversight.equality.proportions import Difference

CAUTIONS: Final = (
    "An unexplained difference is not a motive, and says nothing about any officer or any one"
    " death.",
    "Prejudice and a lack of resources do not exclude one another: staffing itself may be unequal.",
    "A wide interval is not evidence that there is no difference.",
)
"""What a reader must know beside any figure of an audit (compare.md, what may be said)."""
PROXY: Final = (
    "No workload was recorded. It is counted from the file itself, from the deaths that reached"
    " the unit, and knows nothing of staff or of other work."
)
HELD_BACK: Final = f"Held back: fewer than {LEAST} deaths with or without it in one of the groups"


def is_protected(answer: OutcomeAnswer) -> bool:
    """Whether a figure may not leave: an arm has fewer than the floor with or without it."""
    cells = [n for done, of in (answer.focal, answer.reference) for n in (done, of - done)]
    return min(cells) < LEAST


def points(value: float) -> str:
    """Return a difference of shares in whole points, as `13 points`."""
    whole = round(abs(value) * 100)
    return "1 point" if whole == 1 else f"{whole} points"


def level(audit: Audit) -> str:
    """Return the level of an audit's intervals: `95%` at the alpha .05."""
    return f"{100 * (1 - audit.plan.alpha):g}%"


def say_interval(difference: Difference) -> str:
    """Return an interval in points: from the least to the most often."""

    def signed(value: float) -> str:
        whole = round(value * 100)
        return "0" if whole == 0 else f"{abs(whole)} {'less' if whole < 0 else 'more'}"

    low, high = signed(difference.low), signed(difference.high)
    return "less than half a point either way" if low == high == "0" else f"from {low} to {high}"


def say_outcome(audit: Audit, answer: OutcomeAnswer) -> list[str]:
    """Return the three sentences of an outcome: the difference, workload, what is not excluded."""
    plan = audit.plan
    if answer.verdict == "cannot be compared" or answer.given_xw is None or answer.crude is None:
        return [
            f"{answer.name}: the groups {plan.focal} and {plan.reference} cannot be compared."
            " Too few of their deaths are alike in what the plan names."
        ]
    if is_protected(answer):
        return [f"{answer.name}: {HELD_BACK}."]
    last, by_load = answer.given_xw.modelled, answer.by_workload
    if answer.verdict == "depends on the method":
        pooled = answer.given_xw.pooled
        return [
            f"{answer.name}: the answer depends on the method."
            f" One gives {_way(last)}, the other {_way(pooled)}."
        ]
    said = [
        f"{answer.name}: {_way(last)} for the group {plan.focal} than for comparable deaths of the"
        f" group {plan.reference} ({level(audit)} interval: {say_interval(last)})."
    ]
    if by_load is not None and plan.w:
        share = "none" if round(by_load.value * 100) == 0 else points(by_load.value)
        said.append(
            f"Workload accounts for {share} of the difference"
            f" ({level(audit)} interval: {say_interval(by_load)})."
        )
    least = points(answer.least_detectable)
    if answer.verdict == "none shown":
        said.append(
            "This is within what chance gives. A difference smaller than"
            f" {least} would probably not have been seen."
        )
    else:
        said.append("This is more than chance would give. What explains it, the file cannot say.")
    return said


def _way(difference: Difference) -> str:
    if round(difference.value * 100) == 0:
        return "no more and no less often"
    return f"{points(difference.value)} {'less' if difference.value < 0 else 'more'} often"


def audit_json(run: AuditRun) -> dict[str, Any]:
    """Return the audit as JSON, without what may not leave."""
    audit = run.audit
    return {
        "file": run.file,
        "rows": run.rows,
        "refused": len(run.rejects),
        "plan_sha256": run.plan_digest,
        "dated": audit.plan.dated.isoformat(),
        "focal": audit.plan.focal,
        "reference": audit.plan.reference,
        "missing_group": floored(audit.group_missing),
        "workload_is_proxy": audit.workload_is_proxy,
        "cautions": list(CAUTIONS),
        "outcomes": [_outcome_json(audit, answer) for answer in audit.outcomes],
    }


def floored(count: int) -> int | str:
    """Return a count, or that it is below the floor; zero is said."""
    return count if count == 0 or count >= LEAST else f"fewer than {LEAST}"


def _outcome_json(audit: Audit, answer: OutcomeAnswer) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": answer.name,
        "verdict": answer.verdict,
        "said": say_outcome(audit, answer),
    }
    if is_protected(answer) or answer.given_x is None or answer.given_xw is None:
        return said | {"held_back": True}
    assert answer.crude is not None
    last = answer.given_xw.modelled
    return said | {
        "n": answer.n,
        "crude": round(answer.crude.value, 2),
        "given_x": round(answer.given_x.modelled.value, 2),
        "given_xw": round(last.value, 2),
        "given_xw_pooled": round(answer.given_xw.pooled.value, 2),
        "low": round(last.low, 2),
        "high": round(last.high, 2),
        "by_workload": None if answer.by_workload is None else round(answer.by_workload.value, 2),
        "method": "overlap-weighted, cross-fitted; beside it Mantel-Haenszel",
        "adjusted_p": round(answer.adjusted_p, 4),
        "least_detectable": round(answer.least_detectable, 2),
        "not_known": floored(answer.not_known),
        "without_comparator": round(answer.given_xw.without_comparator, 2),
        "dropped": [floored(count) for count in answer.given_xw.dropped],
    }
