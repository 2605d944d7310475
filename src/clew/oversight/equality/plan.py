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
MOST_BESIDE: Final = 4
"""Declared: as many disputed columns, and as many negative controls; each is fitted again."""
HORIZON: Final = 672.0
"""Declared (28 days, in hours): how long a time is followed where the plan does not say."""
_CLASS = "the class given to a death is a result of the enquiry"
_MANNER = "the manner of death is a result of the enquiry"
_POST_MORTEM = "the kind of post-mortem is a result of the enquiry"
_LIFESTYLE = "how someone lived is never evidence"
_COMPLAINT = "whether a family complained follows from the enquiry"
_ALERT = "Clew's own alerts are no fact about the death"
FORBIDDEN: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("class", "class_given", "classification", "category", "death_class", "disposition",
         "conclusion", "verdict"), _CLASS),
    **dict.fromkeys(("manner", "manner_of_death", "manner_said_by"), _MANNER),
    **dict.fromkeys(
        ("post_mortem", "post_mortem_kind", "kind_of_post_mortem", "postmortem", "autopsy",
         "autopsy_kind", "pm_kind", "pm_type"), _POST_MORTEM),
    **dict.fromkeys(
        ("lifestyle", "sex_work", "sex_worker", "drug_history", "drug_user", "homeless",
         "homelessness", "no_fixed_abode", "criminal_record", "previous_convictions"),
        _LIFESTYLE),
    **dict.fromkeys(("complaint", "complaints", "family_complained"), _COMPLAINT),
    **dict.fromkeys(
        ("alert", "alerts", "priority", "tier", "chance_per_case", "clew_alert"), _ALERT),
}  # fmt: skip
"""Columns that may make no two deaths comparable, each with the reason."""
UNEXPECTED: Final = frozenset(
    ("unexpected_not_suspicious", "unexpected_under_investigation", "homicide")
)
"""All classes but `expected`: a plan may keep these together, and no one of them alone."""


@dataclass(frozen=True, slots=True)
class PlannedOutcome:
    """One outcome: what counts as done, and by when.

    `column` holds yes or no (1 or 0) for each death, or nothing where it is not known. With
    `within_hours`, or the form `time_to`, it holds the hours until it was done, or no where it was
    not done. For `time_to` the column `competing` holds the hours until something came first, and
    `followed` the hours until the record was last looked at. `exploratory`: outside the family of
    confirmed outcomes.
    """

    name: str
    column: str
    form: Form = "by_time"
    within_hours: float | None = None
    competing: str = ""
    followed: str = ""
    exploratory: bool = False

    @property
    def horizon(self) -> float:
        """How many hours a time is followed."""
        return self.within_hours or HORIZON

    @property
    def columns(self) -> set[str]:
        """The columns of a file that the outcome needs."""
        return {self.column, self.competing, self.followed} - {""}


@dataclass(frozen=True, slots=True)
class Plan:
    """What an audit compares.

    `group` is the column of the groups; `x` the columns that make deaths comparable; `disputed`
    those of which it is disputed whether they should; `w` those of workload; `unit` the column of
    the unit that enquired; `alpha` the chance of one false finding in the whole family of outcomes.
    `controls` are outcomes that no enquiry can have changed. `looks` is how often the audit is
    planned to be run, and `look_ends` the last day of each look's own period. `by_enquiry`: the
    group was recorded mostly where somebody enquired. `where` keeps the deaths whose columns have
    these values; `bands` cuts numbers into bands by their tops; `when` names the column of the
    report's time, or those of its year and month.
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
    look_ends: tuple[date, ...] = ()
    disputed: tuple[str, ...] = ()
    controls: tuple[PlannedOutcome, ...] = ()
    by_enquiry: bool = False
    signed_by: str = ""

    def period(self, look: int) -> tuple[date | None, date | None]:
        """Return the day after which a look's period begins, and its last day."""
        if not self.look_ends:
            return None, None
        return (self.look_ends[look - 2] if look > 1 else None), self.look_ends[look - 1]


def check_plan(
    plan: Plan,
    columns: Collection[str],
    today: date,
    name: str,
    *,
    look: int = 1,
    traits: Collection[str] = (),
) -> None:
    """Refuse a plan that breaks a rule of the method, or that the file cannot answer.

    `columns` are those of the file, and `traits` those among them that look like sensitive traits;
    `name` is the plan's file, for the message.

    Raises
    ------
    InputRejected
        With the rule and what to change.
    """
    for fault in (
        _fault_of_plan(plan, today),
        _fault_of_looks(plan, look, today),
        _fault_of_columns(plan, traits),
        _fault_of_population(plan),
        _missing(plan, columns),
    ):
        if fault is not None:
            raise InputRejected(name, *fault)


def _fault_of_plan(plan: Plan, today: date) -> tuple[str, str] | None:
    count = len(plan.outcomes)
    names = [one.name for one in (*plan.outcomes, *plan.controls)]
    timed = [
        one for one in plan.outcomes if one.form == "by_time" and (one.competing or one.followed)
    ]
    rules = (
        (plan.dated > today, f"the plan is dated {plan.dated}, after today",
         "Date it on the day it was agreed"),
        (not count, "the plan names no outcome", "Add an [[outcome]] with its name and column"),
        (count > MOST_OUTCOMES, f"the plan names {count} outcomes, more than {MOST_OUTCOMES}",
         "Keep those that matter most"),
        (len(set(names)) < len(names),
         "two outcomes have the same name", "Give each outcome its own name and one form"),
        (all(one.exploratory for one in plan.outcomes),
         "every outcome is exploratory", "Leave exploratory out for those to be confirmed"),
        (bool(timed), f"{timed[0].name if timed else ''} has competing or followed, and is by_time",
         'Use form = "time_to" for it'),
        (len(plan.disputed) > MOST_BESIDE, f"more than {MOST_BESIDE} columns are disputed",
         "Keep those that matter most"),
        (len(plan.controls) > MOST_BESIDE, f"more than {MOST_BESIDE} controls are named",
         "Keep those that matter most"),
        (plan.focal == plan.reference, "the focal and the reference group are the same",
         "Name two groups"),
        (not 0 < plan.alpha <= 0.2, "alpha must be above 0 and at most 0.2",
         "Use 0.05 unless agreed otherwise"),
        (any(one.within_hours is not None and one.within_hours <= 0
             for one in (*plan.outcomes, *plan.controls)),
         "within_hours must be above 0", "Give a number of hours, like 72"),
    )  # fmt: skip
    return next(((what, remedy) for broken, what, remedy in rules if broken), None)


def _fault_of_looks(plan: Plan, look: int, today: date) -> tuple[str, str] | None:
    ends, several = plan.look_ends, plan.looks > 1
    in_order = len(ends) == plan.looks and list(ends) == sorted(set(ends))
    there = in_order and 1 <= look <= plan.looks
    rules = (
        (not 1 <= plan.looks <= 20, f"looks is {plan.looks}", "Give a whole number from 1 to 20"),
        (several and not in_order,
         f"the plan has {plan.looks} looks and does not say when each period ends",
         "Add look_ends: one day for each look, in rising order"),
        (not several and bool(ends), "the plan has look_ends and one look",
         "Add looks, or leave look_ends out"),
        (several and len(plan.when) > 1, "looks need the day of each report",
         'Give when = ["reported_at"]'),
        (not 1 <= look <= plan.looks, f"the plan has no look {look}",
         f"Use a look from 1 to {plan.looks}"),
        (several and there and ends[look - 1] >= today,
         f"look {look} covers deaths up to a day that is not over",
         "Wait until its period has ended: to look earlier is to look once more"),
        (several and there and ends[look - 1] < plan.dated,
         f"look {look} ended before the plan was dated",
         "Plan looks for periods that end after the plan's date"),
    )  # fmt: skip
    return next(((what, remedy) for broken, what, remedy in rules if broken), None)


def _fault_of_columns(plan: Plan, traits: Collection[str]) -> tuple[str, str] | None:
    alike = (*plan.x, *plan.w, *plan.disputed)
    for column in alike:
        if reason := FORBIDDEN.get(plain_name(column)):
            return f"{column} may not make deaths comparable: {reason}", "Remove it"
        if column.startswith("group_") or column == plan.group or column in traits:
            return (
                f"{column} is a sensitive trait and may not make deaths comparable",
                "Remove it; it may be the group that is compared",
            )
    for outcome in (*plan.outcomes, *plan.controls):
        if both := sorted(outcome.columns.intersection(alike)):
            return (
                f"{both[0]} is an outcome and also makes deaths comparable",
                "Keep it as the one or the other",
            )
        if plan.group in outcome.columns:
            return f"{plan.group} is the group and also an outcome", "Name another column"
    if both := sorted(set(plan.disputed).intersection((*plan.x, *plan.w))):
        return f"{both[0]} is disputed and also in x or w", "Keep it in one list"
    return None


def _fault_of_population(plan: Plan) -> tuple[str, str] | None:
    for column, wanted in plan.where.items():
        reason = FORBIDDEN.get(plain_name(column))
        kept_whole = plain_name(column) == "category" and set(wanted) >= UNEXPECTED
        if reason and not kept_whole:
            return (
                f"{column} may not choose which deaths are compared: {reason}",
                "Compare all deaths that were reported as unexpected",
            )
        if column.startswith("group_") and column != plan.group:
            return f"{column} is a sensitive trait and may not choose the deaths", "Remove it"
    return None


def _missing(plan: Plan, columns: Collection[str]) -> tuple[str, str] | None:
    wanted = {plan.group, *plan.x, *plan.w, *plan.where, *plan.disputed}
    for outcome in (*plan.outcomes, *plan.controls):
        wanted |= outcome.columns
    wanted |= {plan.unit} if plan.unit else set()
    wanted |= set(plan.when) if plan.looks > 1 else set()
    absent = sorted(wanted.difference(columns))
    if not absent:
        return None
    there = ", ".join(sorted(columns)[:30])
    return f"the file has no column {', '.join(absent)}", f"Use its columns: {there}"


def plain_name(column: str) -> str:
    """Return a column's name in small letters with underscores, as rules name it."""
    return "_".join(column.strip().casefold().replace("-", " ").split())
