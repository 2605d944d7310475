"""How far an audit's figures can be trusted, in sentences: missing groups, other causes, looks."""

from __future__ import annotations

import math

from clew.disclosure.audit_words import (
    DAY,
    amount,
    is_protected,
    last_step,
    level,
    say_interval,
    say_range,
    way,
)
from clew.oversight.equality.answers import Audit, OutcomeAnswer


def say_missing(answer: OutcomeAnswer) -> list[str]:
    """Return what may be said of an outcome where the group of some deaths is not recorded."""
    missing = answer.missing
    if missing is None or is_protected(answer):
        return []
    low, high = missing.bounds.low, missing.bounds.high
    of = " (of the share done in time)" if answer.in_hours else ""
    said = [f"Whatever the missing groups are{of}: {say_range(low, high)} often."]
    if missing.imputed is not None:
        said.append(
            "If a group is missing only by what is recorded, the outcome included:"
            f" {way(missing.imputed.value, in_hours=False)} (interval: "
            f"{say_interval(missing.imputed)})."
        )
    said.append(_say_tipping(missing.tipping))
    return said


def _say_tipping(tipping: float) -> str:
    if tipping == 1.0:
        return "The interval by strata holds no difference already."
    if math.isnan(tipping):  # nothing up to the largest odds ratio tried
        return "No plausible dependence of missing groups on the outcome would take it away."
    return (
        f"The difference would be gone if missing groups depended on the outcome by an odds ratio"
        f" of {tipping:.1f}."
    )


def say_times(audit: Audit, answer: OutcomeAnswer) -> list[str]:
    """Return what else is said of times: by three days, and at what rate it was done."""
    times = answer.times
    if times is None or is_protected(answer) or answer.verdict == "bounds only":
        return []
    said = []
    if times.horizon > 3 * DAY:
        said.append(
            f"Within the first 3 days: {way(times.early.value, in_hours=True)}"
            f" ({say_interval(times.early, in_hours=True)})."
        )
    value, low, high = times.ratio
    if not math.isnan(value):
        said.append(
            f"At any one hour it was done for the group {audit.plan.focal} at {value:.2f} times the"
            f" rate of comparable deaths ({level(audit)} interval: {low:.2f} to {high:.2f})."
        )
    if max(times.other) >= 0.005:
        said.append(
            f"Something else came first for {times.other[0]:.0%} of the group {audit.plan.focal}"
            f" and {times.other[1]:.0%} of the group {audit.plan.reference}; it counts as not done."
        )
    return said


def say_sensitivity(audit: Audit, answer: OutcomeAnswer) -> list[str]:
    """Return how far an outcome's answer stands if something else is true."""
    seen, hours = answer.sensitivity, answer.in_hours
    if seen is None or is_protected(answer) or answer.verdict == "bounds only":
        return []
    said = [
        f"With {column} among what makes deaths comparable: {way(one.value, in_hours=hours)}"
        f" ({say_interval(one, in_hours=hours)})."
        for column, one in seen.disputed.items()
    ]
    if answer.of_focal is not None:
        said.append(
            f"Over the deaths of the group {audit.plan.focal} alone:"
            f" {way(answer.of_focal.value, in_hours=hours)}"
            f" ({say_interval(answer.of_focal, in_hours=hours)})."
        )
    if seen.load_interaction is not None:
        more = seen.load_interaction
        grows = "" if more.low <= 0 <= more.high else " This is more than chance would give."
        said.append(
            "Where the unit is busier by one standard deviation, the difference moves by"
            f" {amount(more.value, in_hours=hours)}"
            f" ({say_interval(more, in_hours=hours)}).{grows}"
        )
    if seen.unmeasured is not None and answer.verdict == "difference":
        said.append(
            "Something nobody recorded would have to be tied to the group and to the enquiry by a"
            f" risk ratio of {seen.unmeasured.point:.1f} each to explain it away"
            f" ({seen.unmeasured.limit:.1f} to bring its interval to no difference)."
        )
    said.append(
        f"Of 400 made-up divisions of the same deaths, {seen.placebos:.0%} would have been called a"
        f" difference; {audit.plan.alpha:.0%} is expected."
    )
    return said


def say_control(answer: OutcomeAnswer) -> str:
    """Return what an outcome that no enquiry can have changed says of the comparison."""
    if is_protected(answer) or answer.given_xw is None or answer.verdict == "cannot be compared":
        return f"{answer.name}: cannot be compared."
    found = way(last_step(answer).value, in_hours=answer.in_hours)
    if answer.verdict == "difference":
        return (
            f"{answer.name} (no enquiry can have changed it): {found}. The groups differ in"
            " something that the plan does not make comparable, so doubt the other figures."
        )
    return f"{answer.name} (no enquiry can have changed it): {found}, within what chance gives."


def say_looks(audit: Audit) -> list[str]:
    """Return what the planned looks say together, and how much of alpha this one may spend."""
    if not audit.looks:
        return []
    said = [
        f"This is look {audit.look} of {audit.plan.looks} planned looks. Each covers deaths of its"
        " own period. A verdict is over all looks so far."
    ]
    said += [
        f"{one.outcome}: {abs(one.score):.1f} standard errors from no difference; the limit at this"
        f" look is {one.boundary:.1f}."
        for one in audit.looks
    ]
    return said
