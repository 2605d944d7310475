"""Which units a case counts for, and since when that was known."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from clew.model.case import Case, Kind
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.values import Instant

ROLES = frozenset({"caller", "certifier", "finder"})
"""Roles whose counts are watched, of persons by code. An accused, an officer, a paramedic and a
pathologist are never counted (docs/risks.md)."""
TYPES = frozenset({"organisation", "venue"})
"""Types whose counts are watched whatever the role."""
INSTITUTIONS = frozenset({"care_home", "hospital", "institution"})
DWELLINGS = frozenset({"home", "apartment"})
PLACES = frozenset({"dwelling", "institution", "place"})

Deaths = list[tuple[CaseHistory, Case]]
"""Deaths as they were known at some time, each with its history."""


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

    A key has a digit and no space. Areas, agencies and kinds of premises are no persons and
    keep their words.
    """
    if kind in {"agency", "area", "premises"} or re.fullmatch(
        r"(?=.*\d)[A-Za-z0-9._:/+-]{1,64}", unit
    ):
        return unit
    return f"key-{hashlib.sha256(f'{kind} {unit}'.encode()).hexdigest()[:12]}"


def units_of(case: Case) -> set[tuple[str, str]]:
    """Return the units (kind, opaque key) that a case counts for."""
    found: set[tuple[str, str]] = set()
    if case.place_key:
        other = "dwelling" if case.premises in DWELLINGS else "place"
        found.add(("institution" if case.premises in INSTITUTIONS else other, case.place_key))
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


def deaths_of(case_file: CaseFile, until: Instant | None) -> Deaths:
    """Return the deaths that are current at `until`, each with its history."""
    found = []
    for history in case_file.histories:
        if history.is_merged(until):
            continue
        case = history.versions[-1][1] if until is None else history.as_of(until)
        if case is not None and case.kind is Kind.DEATH:
            found.append((history, case))
    return found


def sightings_of(deaths: Deaths) -> list[Sighting]:
    """Return every unit of every death, since when the record named it.

    A place keeps the kind that its first record gave it, so that one address is one unit.
    """
    found = []
    for history, case in deaths:
        units = units_of(case)
        known = dict.fromkeys(units, history.versions[0][0])
        if len(history.versions) > 1:
            for since, version in reversed(history.versions):
                known |= dict.fromkeys(units & units_of(version), since)
        for kind, unit in units:
            stratum = (case.premises or "") if kind in PLACES else ""
            at = max(known[kind, unit], case.reported_at)
            found.append(Sighting(kind, unit, case.case_id, at, stratum))
    found.sort(key=lambda one: (one.at, one.case_id, one.kind, one.unit))
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
