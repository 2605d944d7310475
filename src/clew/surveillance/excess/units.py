"""Which units a case counts for, and since when that was known."""

from __future__ import annotations

import calendar
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from clew.model.case import Case, Kind
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.columns import Array
from clew.model.excess import Expected, UnitExcess, Variation
from clew.model.values import DAY, HOUR, Instant
from clew.surveillance.excess.funnel import holm, measure_variation
from clew.surveillance.excess.sprt import SprtDesign, exact_boundary, p_value, statistic

ROLES = frozenset({"caller", "certifier", "finder"})
"""Roles whose counts are watched, of persons by code. An accused, an officer, a paramedic and a
pathologist are never counted (docs/risks.md)."""
TYPES = frozenset({"organisation", "venue"})
"""Types whose counts are watched whatever the role."""
INSTITUTIONS = frozenset({"care_home", "hospital", "institution"})
DWELLINGS = frozenset({"home", "apartment"})
PLACES = frozenset({"dwelling", "institution", "place"})
TIMED = 2 * HOUR
"""Declared: a window no longer than this tells the hour."""
_KEYED = re.compile(r"(?=.*\d)[A-Za-z0-9._:/+-]{1,64}")


@dataclass(frozen=True, slots=True)
class Sighting:
    """One case that counts for one unit, from `at` on, when that was recorded.

    `stratum`: units of a kind that are expected to be alike, such as hotels; "" where all are.
    """

    kind: str
    unit: str
    case_id: str
    at: Instant
    stratum: str = ""


def opaque(kind: str, unit: str) -> str:
    """Return the unit as it may be printed: its own key, or a made one where it could be a name.

    A key holds a digit and no space. Areas, agencies and kinds of premises are no persons and
    keep their words.
    """
    if kind in {"agency", "area", "premises"} or _KEYED.fullmatch(unit):
        return unit
    return f"key-{hashlib.sha256(f'{kind} {unit}'.encode()).hexdigest()[:12]}"


def units_of(case: Case) -> set[tuple[str, str]]:
    """Return the units (kind, opaque key) that a case counts for."""
    found: set[tuple[str, str]] = set()
    if case.place_key:
        found.add((_kind_of_place(case.premises), case.place_key))
    if case.premises and case.area:
        found.add(("premises", f"{case.area} {case.premises}"))
    if case.area:
        found.add(("area", case.area))
    if case.agency:
        found.add(("agency", case.agency))
    for entity in case.entities or ():
        if entity.type == "person" and entity.role in ROLES:
            found.add((entity.role, entity.code))
        elif entity.type in TYPES:
            found.add((entity.type, entity.code))
    return {(kind, opaque(kind, unit)) for kind, unit in found}


def _kind_of_place(premises: str | None) -> str:
    if premises in INSTITUTIONS:
        return "institution"
    return "dwelling" if premises in DWELLINGS else "place"


def deaths_of(case_file: CaseFile, until: Instant | None) -> list[tuple[CaseHistory, Case]]:
    """Return the deaths that stand at `until`, each with its history."""
    found = []
    for history in case_file.histories:
        if history.is_merged(until):
            continue
        case = history.versions[-1][1] if until is None else history.as_of(until)
        if case is not None and case.kind is Kind.DEATH:
            found.append((history, case))
    return found


def sightings_of(deaths: list[tuple[CaseHistory, Case]]) -> list[Sighting]:
    """Return every unit of every death, since when the record named it.

    A place keeps the kind that its first record gave it, so that one address is one unit.
    """
    found = sorted(_sightings(deaths), key=lambda one: (one.at, one.case_id, one.kind, one.unit))
    first: dict[str, Sighting] = {}
    for one in found:
        if one.kind in PLACES:
            first.setdefault(one.unit, one)
    return [
        replace(one, kind=first[one.unit].kind, stratum=first[one.unit].stratum)
        if one.kind in PLACES
        else one
        for one in found
    ]


def _sightings(deaths: list[tuple[CaseHistory, Case]]) -> Iterator[Sighting]:
    for history, case in deaths:
        units = units_of(case)
        known = dict.fromkeys(units, history.versions[0][0])
        if len(history.versions) > 1:
            for since, version in reversed(history.versions):
                known |= dict.fromkeys(units & units_of(version), since)
        for kind, unit in units:
            stratum = (case.premises or "") if kind in PLACES else ""
            at = max(known[kind, unit], case.reported_at)
            yield Sighting(kind, unit, case.case_id, at, stratum)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Months of a zone, counted from `origin`, in months of the Christian era."""

    zone: ZoneInfo
    origin: int

    @staticmethod
    def since(first: Instant, timezone: str) -> Calendar:
        """Return the calendar that counts from the month of `first`."""
        zone = ZoneInfo(timezone)
        at = datetime.fromtimestamp(first, zone)
        return Calendar(zone, at.year * 12 + at.month - 1)

    def month(self, instant: Instant) -> tuple[int, float]:
        """Return the month's number, and which share of it is left."""
        at = datetime.fromtimestamp(instant, self.zone)
        number = at.year * 12 + at.month - 1
        days = (self._start(number + 1) - self._start(number)).days
        gone = (at.day - 1 + at.hour / 24) / days
        return number - self.origin, 1 - gone

    def _start(self, month: int) -> datetime:
        return datetime(month // 12, month % 12 + 1, 1, tzinfo=self.zone)

    def name(self, month: int) -> str:
        """Return '2020-05'."""
        return f"{self._start(month + self.origin):%Y-%m}"

    def end(self, month: int) -> Instant:
        """Return the last second of a month."""
        return int(self._start(month + self.origin + 1).timestamp()) - 1

    def day(self, instant: Instant) -> str:
        """Return '2020-05-31'."""
        return datetime.fromtimestamp(instant, self.zone).date().isoformat()


def times_of(deaths: list[tuple[CaseHistory, Case]], timezone: str) -> tuple[Array, Array, str]:
    """Return hour (0 .. 23) and weekday (0 Monday) of each death, -1 where not told, and the basis.

    The window in which it happened where that is short enough; where fewer than half the deaths
    have one, the time of the report, if it was given to the minute.
    """
    zone = ZoneInfo(timezone)
    exact = [c.window is not None and c.window.seconds <= TIMED for _, c in deaths]
    by_window = sum(exact) * 2 >= len(deaths)
    hours, days = np.full(len(deaths), -1), np.full(len(deaths), -1)
    for k, (_, case) in enumerate(deaths):
        if not by_window:
            at = datetime.fromtimestamp(case.reported_at, zone)
            hours[k] = at.hour if case.report_known_to_the_minute else -1
            days[k] = at.weekday()
        elif case.window is not None and case.window.seconds <= DAY:
            at = datetime.fromtimestamp((case.window.earliest + case.window.latest) // 2, zone)
            hours[k] = at.hour if exact[k] else -1
            days[k] = at.weekday()
    return hours, days, "when it happened" if by_window else "when it was reported"


# Units against expected counts that were given: the sequential probability ratio test.


BETWEEN = 0.2
"""Declared: coefficient of variation of ordinary units' steady rates where fewer than ten units are
given to measure it on. General practices' case mix alone moves death rates by about a fifth."""
METHOD = "sprt"


def watch_expected(
    rows: Sequence[Expected],
    sightings: Sequence[Sighting],
    clock: Calendar,
    false_signals: float,
    ratio: float,
) -> tuple[UnitExcess, ...]:
    """Test each unit of a baseline over the periods that the baseline gives.

    Years and months of one unit must not be mixed: where both are given, months are taken. Every
    unit's boundary is exact for its own expected counts; the error is shared by all units.
    """
    expected = _by_unit(rows)
    counted: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in sightings:
        day = clock.day(one.at)
        for period in (day[:4], day[:7]):
            counted[one.kind, one.unit][period].append(one.case_id)
    observed = {
        unit: np.array([len(counted[unit][p]) for p in periods])
        for unit, (periods, _) in expected.items()
    }
    variation = _variation(expected, observed)
    design = SprtDesign(ratio, variation)
    years = max(_years(periods) for periods, _ in expected.values()) if expected else 1.0
    alpha = min(max(false_signals * years / max(len(expected), 1), 1e-12), 0.5)
    found = []
    for (kind, unit), (periods, each) in sorted(expected.items()):
        told = _test(observed[kind, unit], each, design, alpha)
        found.append(_say((kind, unit), periods, told, counted[kind, unit], len(expected)))
    chances = holm(np.array([one.p_value for one in found]))
    return tuple(replace(o, p_corrected=float(p)) for o, p in zip(found, chances, strict=True))


def _by_unit(rows: Sequence[Expected]) -> dict[tuple[str, str], tuple[list[str], Array]]:
    given: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        given[row.kind, opaque(row.kind, row.unit)][row.period] = row.expected
    found = {}
    for unit, told in given.items():
        months = sorted(period for period in told if len(period) > 4)
        periods = months or sorted(told)
        found[unit] = (periods, np.array([told[period] for period in periods]))
    return found


def _years(periods: list[str]) -> float:
    return len(periods) / (12 if len(periods[0]) > 4 else 1)


def _variation(
    expected: dict[tuple[str, str], tuple[list[str], Array]],
    observed: dict[tuple[str, str], Array],
) -> Variation:
    """Measure how far units vary where ten or more are given; else what is declared."""
    if len(expected) < 10:
        return Variation(BETWEEN)
    seen = np.array([observed[unit].sum() for unit in expected], float)
    told = np.array([each.sum() for _, each in expected.values()])
    return measure_variation(seen, told)


def _test(
    observed: Array, expected: Array, design: SprtDesign, alpha: float
) -> tuple[Array, Array, Array, float, float]:
    path = statistic(observed, expected, design)
    height = exact_boundary(alpha, expected, design)
    return path, observed.cumsum(), expected.cumsum(), height, p_value(observed, expected, design)


def _say(
    unit: tuple[str, str],
    periods: list[str],
    told: tuple[Array, Array, Array, float, float],
    cases: dict[str, list[str]],
    watched: int,
) -> UnitExcess:
    path, seen, foretold, height, chance = told
    crossed = np.flatnonzero(path >= height)
    top = int(path.argmax())
    signal = int(crossed[0]) if len(crossed) else None
    steps = tuple((p, float(h), height) for p, h in zip(periods, path, strict=True))
    return UnitExcess(
        kind=unit[0],
        unit=unit[1],
        period=f"{periods[0]}/{periods[top]}",
        observed=int(seen[top]),
        expected=float(foretold[top]),
        statistic=float(path[top]),
        boundary=height,
        signal_date=None if signal is None else _last_day(periods[signal]),
        p_value=chance,
        p_corrected=1.0,
        watched=watched,
        method=METHOD,
        case_ids=tuple(case for period in periods[: top + 1] for case in cases[period]),
        steps=() if signal is None else steps,
    )


def _last_day(period: str) -> str:
    year, month = int(period[:4]), int(period[5:7] or 12)
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()
