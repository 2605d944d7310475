"""The plan of an audit: what is compared, declared before any result is seen.

Its rules are those of docs/method/equality.md: at most eight outcomes, no variable that is itself
an outcome of the enquiry or a sensitive trait, and one form for each outcome.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from clew.errors import InputRejected

Form = Literal["by_time", "time_to"]
MOST_OUTCOMES: Final = 8
"""Declared: as many as a reader can weigh, and few enough for one family of tests."""
FORBIDDEN: Final[dict[str, str]] = {
    "class": "the class given to a death is a result of the enquiry",
    "classification": "the class given to a death is a result of the enquiry",
    "manner": "the manner of death is a result of the enquiry",
    "manner_of_death": "the manner of death is a result of the enquiry",
    "post_mortem": "the kind of post-mortem is a result of the enquiry",
    "post_mortem_kind": "the kind of post-mortem is a result of the enquiry",
    "lifestyle": "how someone lived is never evidence",
    "complaint": "whether a family complained follows from the enquiry",
    "family_complained": "whether a family complained follows from the enquiry",
    "alert": "Clew's own alerts are no fact about the death",
    "priority": "Clew's own alerts are no fact about the death",
    "tier": "Clew's own alerts are no fact about the death",
}
"""Columns that may make no two deaths comparable, each with the reason."""


@dataclass(frozen=True, slots=True)
class PlannedOutcome:
    """One outcome: what counts as done, and by when.

    `column` holds yes or no (1 or 0) for each death, or nothing where it is not known. With
    `within_hours` it holds the hours until it was done, or no where it was not done.
    """

    name: str
    column: str
    form: Form = "by_time"
    within_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an audit compares.

    `group` is the column of the groups; `x` the columns that make deaths comparable; `w` those of
    workload; `unit` the column of the unit that enquired; `alpha` the chance of one false finding
    in the whole family of outcomes; `looks` how often the audit is planned to be run. `where` keeps
    the deaths whose columns have these values; `bands` cuts numbers into bands by their tops;
    `when` names the column of the report's time, or those of its year and month.
    """

    dated: date
    group: str
    focal: str
    reference: str
    outcomes: tuple[PlannedOutcome, ...]
    unit: str = ""
    x: tuple[str, ...] = ()
    w: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bands: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    when: tuple[str, ...] = ("reported_at",)
    alpha: float = 0.05
    looks: int = 1


def check_plan(plan: Plan, columns: Collection[str], today: date, name: str) -> None:
    """Refuse a plan that breaks a rule of the method, or that the file cannot answer.

    `columns` are those of the file; `name` is the plan's file, for the message.

    Raises
    ------
    InputRejected
        With the rule and what to change.
    """
    for fault in (_fault_of_plan(plan, today), _fault_of_columns(plan), _missing(plan, columns)):
        if fault is not None:
            raise InputRejected(name, *fault)


def _fault_of_plan(plan: Plan, today: date) -> tuple[str, str] | None:
    count = len(plan.outcomes)
    rules = (
        (plan.dated > today, f"the plan is dated {plan.dated}, after today",
         "Date it on the day it was agreed"),
        (not count, "the plan names no outcome", "Add an [[outcome]] with its name and column"),
        (count > MOST_OUTCOMES, f"the plan names {count} outcomes, more than {MOST_OUTCOMES}",
         "Keep those that matter most"),
        (len({outcome.name for outcome in plan.outcomes}) < count,
         "two outcomes have the same name", "Give each outcome its own name and one form"),
        (plan.focal == plan.reference, "the focal and the reference group are the same",
         "Name two groups"),
        (not 0 < plan.alpha <= 0.2, "alpha must be above 0 and at most 0.2",
         "Use 0.05 unless agreed otherwise"),
        # Neither is built: to accept it in silence would say more than was done.
        (plan.looks != 1, "alpha cannot be spent over several looks yet", "Leave looks out"),
        (any(outcome.form == "time_to" for outcome in plan.outcomes),
         "times until something was done cannot be compared yet",
         "Use by_time with within_hours"),
    )  # fmt: skip
    return next(((what, remedy) for broken, what, remedy in rules if broken), None)


def _fault_of_columns(plan: Plan) -> tuple[str, str] | None:
    alike = (*plan.x, *plan.w)
    for column in alike:
        if reason := FORBIDDEN.get(column.strip().casefold().replace(" ", "_")):
            return f"{column} may not make deaths comparable: {reason}", "Remove it"
        if column.startswith("group_") or column == plan.group:
            return (
                f"{column} is a sensitive trait and may not make deaths comparable",
                "Remove it; it may be the group that is compared",
            )
    for outcome in plan.outcomes:
        if outcome.column in alike:
            return (
                f"{outcome.column} is an outcome and also makes deaths comparable",
                "Keep it as the one or the other",
            )
    return None


def _missing(plan: Plan, columns: Collection[str]) -> tuple[str, str] | None:
    wanted = {plan.group, *plan.x, *plan.w, *plan.where}
    wanted |= {outcome.column for outcome in plan.outcomes}
    wanted |= {plan.unit} if plan.unit else set()
    absent = sorted(wanted.difference(columns))
    if not absent:
        return None
    there = ", ".join(sorted(columns)[:30])
    return f"the file has no column {', '.join(absent)}", f"Use its columns: {there}"
