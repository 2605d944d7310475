"""Cases as a scan sees them: a place, a day and strata, as recorded at any instant.

Strata are parts of a file that are scanned on their own, so that few are not lost among many. What
was recorded by then says who is in a stratum. A record that does not say is neither in the stratum
nor outside it: it is counted as not searched there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from clew.model.case import Case, Kind
from clew.model.case_file import CaseFile
from clew.model.cluster import EVERYTHING, Day
from clew.model.columns import Array
from clew.model.values import Instant, Point

YOUNG_FROM, YOUNG_TO = 15.0, 40.0
"""Adolescents and young adults, 15 to 39 years (National Cancer Institute, AYA)."""
OUTDOORS = frozenset(
    {"street", "open_space", "burial_ground", "water", "railway", "vehicle", "vacant_building"}
)
"""Declared: premises at which nobody lives or works, of `premises.toml`."""
NOT_NATURAL = frozenset(
    {
        *("drug", "alcohol_acute", "firearm", "sharp_force", "blunt_force", "strangulation"),
        *("hanging", "asphyxia_other", "choking", "drowning", "fire_smoke", "carbon_monoxide"),
        *("poison_other", "fall", "vehicle", "railway", "electrocution", "hypothermia"),
        *("hyperthermia", "starvation_neglect"),
    }
)
"""Mechanisms of `mechanisms.toml` that are no illness."""
UNEXPECTED = frozenset({"unexpected_not_suspicious", "unexpected_under_investigation", "homicide"})

NAMED = ("young", "non_natural", "outdoors")
SUBSTANCE = "substance:"
"""`substance:ghb` is the stratum of the records in which that substance was found."""


def belongs(case: Case, stratum: str) -> bool | None:
    """Return whether a case is in the stratum as recorded; None: the record does not say."""
    if stratum == "young":
        return None if case.age_years is None else YOUNG_FROM <= case.age_years < YOUNG_TO
    if stratum == "outdoors":
        return None if case.premises is None else case.premises in OUTDOORS
    if stratum.startswith(SUBSTANCE):
        substances = case.substances
        return None if substances is None else stratum.removeprefix(SUBSTANCE) in substances
    # Not natural: by the manner; where none is recorded yet, by the mechanism, then by the class.
    if case.manner is not None and case.manner != "pending":
        return case.manner != "natural"
    if case.mechanism is not None and case.mechanism != "unascertained":
        return case.mechanism in NOT_NATURAL
    return None if case.category is None else case.category in UNEXPECTED


EPOCH = date(1970, 1, 1)
FOREVER = 1 << 62
PLACED, NOT_A_DEATH, NO_POINT, NOT_EXACT, NO_BASELINE = range(5)
REASONS = (
    "",
    "other kinds of record: deaths alone are counted",
    "no point is recorded, so they lie in no circle",
    "the point is known only within more than the largest radius",
    "the area is missing, or not in the baseline",
)


@dataclass(frozen=True, slots=True)
class ScanRows:
    """One row per version of a record, current from `since` to before `until`.

    `place` numbers `points`, which are sorted by latitude and longitude; -1 where `why` says that
    it cannot be placed. `member` (rows, strata): 1 in the stratum, 0 not, -1 the record does not
    say.
    """

    case_ids: tuple[str, ...]
    cases: tuple[Case, ...]
    owner: Array
    since: Array
    until: Array
    day: Array
    place: Array
    why: Array
    member: Array
    points: Array

    def as_of(self, instant: Instant) -> Array:
        """Return the rows that were current at `instant`, in order of report."""
        return np.flatnonzero((self.since <= instant) & (instant < self.until))


def rows_of(
    case_file: CaseFile,
    strata: Sequence[str],
    radius_m: float,
    further: Array,
    areas: Mapping[str, int] | None = None,
) -> ScanRows:
    """Lay out every version of every record.

    Parameters
    ----------
    radius_m
        A point that is known only within more than this cannot be placed.
    further
        Points that are places whether a case is there or not, degrees, shape (any, 2).
    areas
        Numbers of a baseline's areas, whose middles `further` are; None: places are the points.
    """
    zone = ZoneInfo(case_file.timezone)
    owner, since, until, cases, reasons = [], [], [], [], []
    for number, history in enumerate(case_file.histories):
        ends = FOREVER if history.until is None else history.until
        following = [at for at, _ in history.versions[1:]] + [FOREVER]
        for (at, case), then in zip(history.versions, following, strict=True):
            owner.append(number)
            since.append(at)
            until.append(min(then, ends))
            cases.append(case)
            exact = None if case.point is None else case.point.precision_m
            if case.kind is not Kind.DEATH:
                reasons.append(NOT_A_DEATH)
            elif areas is not None:
                reasons.append(PLACED if case.area in areas else NO_BASELINE)
            elif case.point is None:
                reasons.append(NO_POINT)
            else:
                reasons.append(NOT_EXACT if exact is not None and exact > radius_m else PLACED)
    why = np.array(reasons, np.int8)
    points, place = further, np.full(len(cases), -1, np.int64)
    placed = np.flatnonzero(why == PLACED)
    if areas is not None:
        place[placed] = [areas[cases[i].area or ""] for i in placed.tolist()]
    else:
        found = [cases[i].point or Point(0.0, 0.0) for i in placed.tolist()]
        own = np.array([(p.latitude + 0.0, p.longitude + 0.0) for p in found], np.float64)
        everywhere = np.concatenate([own.reshape(-1, 2), further])
        points, number_of = np.unique(everywhere, axis=0, return_inverse=True)
        place[placed] = number_of.reshape(-1)[: len(own)]
    member = np.ones((len(cases), len(strata)), np.int8)
    for s, stratum in enumerate(strata):
        if stratum != EVERYTHING:
            inside = (belongs(case, stratum) for case in cases)
            member[:, s] = [-1 if is_in is None else is_in for is_in in inside]
    return ScanRows(
        case_ids=tuple(history.case_id for history in case_file.histories),
        cases=tuple(cases),
        owner=np.array(owner, np.int64),
        since=np.array(since, np.int64),
        until=np.array(until, np.int64),
        day=np.array([day_of(case.reported_at, zone) for case in cases], np.int64),
        place=place,
        why=why,
        member=member,
        points=points,
    )


def day_of(instant: Instant, zone: ZoneInfo) -> Day:
    """Return the local day on which an instant falls."""
    return (datetime.fromtimestamp(instant, zone).date() - EPOCH).days


def end_of(day: Day, zone: ZoneInfo) -> Instant:
    """Return the last second of a local day."""
    after = EPOCH + timedelta(days=day + 1)
    return int(datetime(after.year, after.month, after.day, tzinfo=zone).timestamp()) - 1


def date_of(day: Day) -> date:
    """Return the calendar date of a day."""
    return EPOCH + timedelta(days=day)
