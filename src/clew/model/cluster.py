"""A cluster: a zone and a span of days with more cases than chance would put there.

The word is used for scans only. It says "this count is unusual", and nothing about why.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from clew.model.case import Case
from clew.model.case_file import Coverage
from clew.model.input_account import InputAccount
from clew.model.values import Instant, Point

Day = int
"""A local calendar day, counted from 1970-01-01, which is 0."""

PERMUTATION = "space_time_permutation"
SPACE_TIME_POISSON = "space_time_poisson"
POISSON = "poisson"
MODELS = (PERMUTATION, SPACE_TIME_POISSON, POISSON)

EVERYTHING = "all"
"""The stratum of every case that is scanned."""

BY_MONTE_CARLO, BY_SEQUENTIAL = "monte_carlo", "sequential"


@dataclass(frozen=True, slots=True)
class Zone:
    """A circle: its centre, its radius in metres, and the places in it that were known."""

    centre: Point
    radius_m: float
    places: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Significance:
    """How often chance alone brings a cluster at least this unusual, somewhere in the scan.

    `p_value`: add-one Monte Carlo with >= over the `replications` that were drawn.
    `p_gumbel`: tail of a Gumbel fitted to their best statistics; None where they do not vary.
    `p_sequential`: where drawing stops early (Besag and Clifford 1991); None where it may not.
    `p_corrected`: `p_sequential`, or else `p_value`, times the number of strata, at most 1.
    `recurrence_days`: on average one such cluster in so many days of daily scans; None where the
    scan is not made daily. `recurrence_source`: which p it comes from.
    """

    p_value: float
    p_gumbel: float | None
    p_sequential: float | None
    p_corrected: float
    replications: int
    strata: int
    recurrence_days: float | None = None
    recurrence_source: str = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """An unusual count in one zone and span; both days belong to it.

    `scanned_on` is the last day that the scan knew of. `case_ids` in order of report. `zone_days`:
    the days of all cases of the stratum in the zone that the scan looked at, sorted.
    """

    cluster_id: str
    model: str
    stratum: str
    zone: Zone
    first_day: Day
    last_day: Day
    observed: int
    expected: float
    statistic: float
    significance: Significance
    case_ids: tuple[str, ...]
    scanned_on: Day
    zone_days: tuple[Day, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaredLink:
    """A pair of `links.csv` of an earlier `clew link`, as it is listed there."""

    case_a: str
    case_b: str
    rank: int
    chance: float
    tier: str
    reasons_for: str


@dataclass(frozen=True, slots=True)
class Unsearched:
    """Cases known by then that a scan could not place, with the reason in words."""

    reason: str
    case_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of one stratum on one day: how much was scanned, and what stood out.

    `clusters`: the most likely first, and further ones that share no place with it.
    """

    scanned_on: Day
    first_day: Day
    stratum: str
    cases: int
    places: int
    clusters: tuple[Cluster, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """What is tried: circles up to a radius and share of cases, windows in days.

    `signal_days`: a daily scan signals where the recurrence interval is at least this long.
    """

    max_radius_km: float = 3.0
    max_share: float = 0.5
    min_days: int = 1
    max_days: int = 7
    step_days: int = 1
    min_cases: int = 2
    replications: int = 999
    stop_after: int = 0
    signal_days: float = 365.0

    def signals(self, recurrence_days: float | None) -> bool:
        """Return whether a recurrence interval is long enough, but for rounding, to be a signal."""
        return recurrence_days is not None and recurrence_days * (1 + 1e-9) >= self.signal_days


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that a survey has to say of clusters.

    `cases` are those in some cluster, as known at the last scan that names them, and those that
    the last scan could not search. `account`
    says what was taken of the files.
    """

    file: str
    timezone: str
    version: str
    as_of: Instant | None
    model: str
    prospective: bool
    limits: ScanLimits
    seed: int
    strata: tuple[str, ...]
    scans: tuple[Scan, ...]
    known: int
    unsearched: tuple[Unsearched, ...]
    cases: tuple[Case, ...]
    coverage: tuple[Coverage, ...] = ()
    rejects: int = 0
    warnings: tuple[str, ...] = field(default=())
    account: InputAccount = field(default_factory=InputAccount)
    crime: str = "death"

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """Return all clusters in the order of their scans."""
        return tuple(cluster for scan in self.scans for cluster in scan.clusters)

    def signals(self, cluster: Cluster) -> bool:
        """Return whether a cluster is rare enough to be a signal of a daily scan."""
        return self.limits.signals(cluster.significance.recurrence_days)


@dataclass(frozen=True, slots=True)
class BaselineArea:
    """One area of a baseline from outside the file: its middle, and what is expected there.

    `expected` is above 0, in any unit: people, or deaths of an ordinary year.
    """

    area: str
    middle: Point
    expected: float
