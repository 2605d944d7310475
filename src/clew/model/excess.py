"""Excess: counts around a place, an institution, a role or a substance, against what was expected.

A unit is an opaque key. Units are never ranked: they are listed in the order of the alphabet,
and nothing here has a name.
"""

from __future__ import annotations

from dataclasses import dataclass, field

UNIT_KINDS = (
    "agency", "area", "caller", "certifier", "dwelling", "finder", "institution", "organisation",
    "place", "premises", "venue",
)  # fmt: skip
"""What is watched, in the order of the alphabet. Roles are of persons by code."""
SUBJECT_KINDS = ("mechanism", "substance")
"""What temporal alerts watch, week by week."""
EXCESS_COLUMNS = (
    "unit_kind", "unit", "period", "observed", "expected", "statistic", "signal_date", "p_value",
    "p_corrected", "watched", "method",
)  # fmt: skip
"""Columns of excess.csv: those of the contract, then three that say how to read them."""


@dataclass(frozen=True, slots=True)
class Variation:
    """Extra-Poisson variation. `between`: coefficient of variation of units' steady rates, >= 0.

    `within`: variance of one unit's count over its mean, >= 1; deaths of a unit come in clumps.
    """

    between: float = 0.0
    within: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.between < 10 and 1 <= self.within < 100):
            raise ValueError("between must lie in [0, 10), within in [1, 100)")


@dataclass(frozen=True, slots=True)
class Expected:
    """One row of a baseline: how many cases were expected around a unit in a period.

    `period` is a year `1984` or a month `1984-03`; `expected` is above 0.
    """

    kind: str
    unit: str
    period: str
    expected: float


@dataclass(frozen=True, slots=True)
class TimeProfile:
    """One unit's times of day, or days of the week, against all others of its kind.

    `first` and `length` say which arc of the circle differs most; `observed` and `expected` count
    there. `p_value` is add-one Monte Carlo, over all arcs.
    """

    unit_counts: tuple[int, ...]
    other_counts: tuple[int, ...]
    first: int
    length: int
    observed: int
    expected: float
    p_value: float


@dataclass(frozen=True, slots=True)
class UnitExcess:
    """One unit's sequential test, at its highest so far.

    `period` is the stretch in which it is highest, `2020-05/2020-09`; `observed` and
    `expected` count that stretch. `boundary` is what `statistic` had to reach at the end.
    `signal_date` is the last day of the first period in which it did, None where it never did.
    `p_value` is how often such a unit, nothing being amiss, would have stood this high at some
    time of its watch; `p_corrected` after looking at all `watched` units of the kind (Holm).
    `steps` are (period, statistic, boundary) for the chart; empty unless it signalled.
    """

    kind: str
    unit: str
    period: str
    observed: int
    expected: float
    statistic: float
    boundary: float
    signal_date: str | None
    p_value: float
    p_corrected: float
    watched: int
    method: str
    case_ids: tuple[str, ...] = ()
    steps: tuple[tuple[str, float, float], ...] = ()
    hours: TimeProfile | None = None
    weekdays: TimeProfile | None = None


@dataclass(frozen=True, slots=True)
class KindWatched:
    """How one kind of unit was watched: how many, and with what idea of the ordinary.

    `mean_rate` is further cases per unit and ordinary month, after the first one; `shape` of the
    gamma distribution of rates; `keep` the share of a unit's past that counts a month later.
    `note` says why nothing was watched, else "".
    """

    kind: str
    units: int
    records: int
    mean_rate: float = 0.0
    shape: float = 0.0
    keep: float = 1.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """Observed against expected of one unit over the watch; `outside` the corrected upper limit."""

    kind: str
    unit: str
    observed: int
    expected: float
    outside: bool


@dataclass(frozen=True, slots=True)
class Funnel:
    """Units of one kind, and limits as (expected, lower 95, upper 95, lower 99.8, upper 99.8)."""

    kind: str
    points: tuple[FunnelPoint, ...]
    limits: tuple[tuple[float, float, float, float, float], ...]
    variation: Variation


@dataclass(frozen=True, slots=True)
class TemporalAlert:
    """Weeks in which one substance or mechanism stood above its threshold.

    Weeks are named by their Monday. `observed` counts what was known by the end of the week it
    alerted, `complete` the share of that week's cases expected to be known by then, `expected` and
    `threshold` are already thinned by it. `score` is (observed - expected) over (threshold -
    expected): 1 is the threshold. `method` is `history` (own past) or `newcomer` (past newcomers).
    """

    kind: str
    subject: str
    first_week: str
    last_week: str
    signal_date: str
    observed: int
    expected: float
    threshold: float
    score: float
    p_value: float
    complete: float
    method: str
    watched: int = 0


@dataclass(frozen=True, slots=True)
class ExcessAnswer:
    """Everything that the back-stop of counts has to say."""

    begins: str
    ends: str
    false_signals_a_year: float
    ratio: float
    kinds: tuple[KindWatched, ...] = ()
    units: tuple[UnitExcess, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    alerts: tuple[TemporalAlert, ...] = ()
    subjects_watched: int = 0
    typical_delay_days: float = 0.0
    time_basis: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def signals(self) -> tuple[UnitExcess, ...]:
        """Return the units that signalled, in the order of the alphabet."""
        return tuple(unit for unit in self.units if unit.signal_date is not None)
