"""What an audit found: nouns that carry each figure with its interval and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from clew.model.case_file import Reject
from clew.oversight.equality.missing import Bounds
from clew.oversight.equality.plan import Plan, PlannedOutcome
from clew.oversight.equality.proportions import Difference
from clew.oversight.equality.sensitivity import Unmeasured
from clew.oversight.suppression import Release

Verdict = Literal[
    "difference", "none shown", "depends on the method", "cannot be compared", "bounds only"
]
LEAST: Final = 10
"""Declared: with fewer deaths of either group nothing is compared (the floor of suppression)."""
MOST_LONE: Final = 0.5
"""Declared: where more focal deaths than this have no comparator, the groups do not overlap."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an outcome, by both estimators."""

    pooled: Difference
    modelled: Difference
    dropped: tuple[int, int]
    without_comparator: float


@dataclass(frozen=True, slots=True)
class MissingGroup:
    """What may be said where the group of some deaths is not recorded.

    `deaths`: how many of them the outcome is known for. `gap`: how much oftener it was done where
    the group is not recorded than where it is, among comparable deaths. `imputed` supposes that a
    missing group depends only on what is recorded; `bounds` suppose nothing. `tipping`: see
    `tipping_point`. `by_outcome`: the group is missing because of the outcome, so that only bounds
    may be said.
    """

    deaths: int
    gap: Difference
    bounds: Bounds
    imputed: Difference | None
    tipping: float
    by_outcome: bool


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How far an answer stands if something else is true.

    `disputed`: the last step with each disputed column among what makes deaths comparable.
    `unmeasured`: E-values. `shuffled_p`: by groups shuffled within strata. `placebos`: the share of
    made-up divisions that would have been found. `load_interaction`: how much the difference grows
    with one standard deviation of the first column of workload.
    """

    disputed: Mapping[str, Difference]
    unmeasured: Unmeasured | None
    shuffled_p: float
    placebos: float
    load_interaction: Difference | None


@dataclass(frozen=True, slots=True)
class Times:
    """What is said of times besides the difference of mean hours.

    `done`: shares done by each of `hours`, of the focal and of the reference group among deaths
    where they overlap. `other`: the shares for which something came first, by the horizon. `ratio`:
    the focal group's rate over the reference group's, with its interval, within strata.
    `early`: the difference of mean hours by 72 hours.
    """

    horizon: float
    hours: tuple[float, ...]
    done: tuple[tuple[float, ...], tuple[float, ...]]
    other: tuple[float, float]
    ratio: tuple[float, float, float]
    early: Difference


@dataclass(frozen=True, slots=True)
class OutcomeAnswer:
    """What was found for one outcome; every difference is focal less reference.

    Shares for an outcome done by its time, hours for a time to it: there more hours is later. `n`,
    `focal` and `reference` (done, all) count the deaths it is known for. `by_workload` is step 2
    less step 3: what workload accounts for. `of_focal` is the last step over the focal group's
    deaths that have a comparator. `adjusted_p` is Holm's p value of the last step within the plan's
    family (Benjamini and Hochberg's for what is exploratory).
    """

    planned: PlannedOutcome
    n: int
    focal: tuple[int, int]
    reference: tuple[int, int]
    not_known: tuple[int, int]
    crude: Difference | None = None
    given_x: Step | None = None
    given_xw: Step | None = None
    of_focal: Difference | None = None
    by_workload: Difference | None = None
    reference_mean: float = float("nan")
    least_detectable: float = float("nan")
    adjusted_p: float = 1.0
    verdict: Verdict = "cannot be compared"
    missing: MissingGroup | None = None
    sensitivity: Sensitivity | None = None
    times: Times | None = None

    @property
    def name(self) -> str:
        """The outcome's name in the plan."""
        return self.planned.name

    @property
    def in_hours(self) -> bool:
        """Whether differences are hours; else they are shares."""
        return self.planned.form == "time_to"


@dataclass(frozen=True, slots=True)
class Load:
    """One column of workload: its mean for each group among the deaths compared."""

    column: str
    focal: float
    reference: float


@dataclass(frozen=True, slots=True)
class LookAnswer:
    """One outcome over this look and those before it: how far from zero, and the boundary."""

    outcome: str
    score: float
    boundary: float
    value: float
    found: bool


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit's answer: its plan, whom it compared, and each outcome.

    `global_p`: whether any outcome of the family differs, in one test of them all. `controls`: the
    outcomes that no enquiry can have changed. `tables`: the counts that may leave.
    """

    plan: Plan
    focal: int
    reference: int
    other_groups: int
    group_missing: int
    workload_is_proxy: bool
    outcomes: tuple[OutcomeAnswer, ...]
    controls: tuple[OutcomeAnswer, ...]
    loads: tuple[Load, ...]
    global_p: float
    tables: Release
    look: int = 1
    looks: tuple[LookAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditRun:
    """An audit of a file: its plan's SHA-256, how many rows were read, and those not taken."""

    audit: Audit
    file: str
    plan_digest: str
    rows: int
    rejects: tuple[Reject, ...]
    version: str
    run_on: date
    kept_looks: tuple[KeptLook, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptLook:
    """What the next look needs of one look: kept, never published.

    `found`: for each outcome its difference and standard error, unrounded; nan where it was not
    compared. `plan_digest` ties it to its plan.
    """

    plan_digest: str
    look: int
    found: Mapping[str, tuple[float, float]]
