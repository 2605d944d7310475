"""Measures for supervisors and overseers: by unit, with denominators. No officer has a figure.

A unit is the record's area. Sealed records are not counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from clew.assurance.classes import DOWNGRADES, INVESTIGATED
from clew.assurance.lines import WAIVED, LineFate, UnitMeasures, measure_lines, same_texts
from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.casework.acts import DEATH
from clew.desk.casework.deadlines import span
from clew.desk.casework.lines import LineNow, lines_from
from clew.desk.casework.models.status import CaseworkStatus, ClassChange, Dissent, LineState
from clew.desk.casework.standards import read
from clew.desk.records.models import Case

DAYS = 365
"""Declared: deaths reported in so many days before today are measured."""
AT_ONCE = 500
NO_UNIT = "no area recorded"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit's figures: deaths under assurance, lines that were due, changes of class."""

    lines: UnitMeasures
    deaths: int
    downgrades: int
    opened_again: int
    with_dissent: int


def measures_for(person: Person, now: datetime) -> list[Unit]:
    """Return the figures of the units that somebody may see, by name: none is ranked."""
    areas = areas_of(person, Permission.SEE_MEASURES)
    cases = _measured(areas, now)
    deaths = Counter(area or NO_UNIT for area in cases.values_list("area", flat=True))
    by_lines = {one.unit: one for one in measure_lines(list(_fates(cases, now)))}
    changed = ClassChange.objects.filter(case__in=cases.values("pk"))
    down = _by_area(changed.filter(act__in=DOWNGRADES))
    again = _by_area(changed.filter(act="opened again"))
    differs = Dissent.objects.filter(case__in=cases.values("pk"))
    deaths_with = differs.order_by().values_list("case__area", "case").distinct()
    dissent = Counter(area or NO_UNIT for area, _ in deaths_with)
    return [
        Unit(
            by_lines.get(unit, UnitMeasures(unit, 0, 0, 0, 0)),
            deaths[unit], down[unit], again[unit], dissent[unit],
        )
        for unit in sorted(deaths)
    ]  # fmt: skip


def _measured(areas: frozenset[str] | None, now: datetime) -> QuerySet[Case]:
    within = Q() if areas is None else Q(area__in=sorted(areas))
    since = now - timedelta(days=DAYS)
    return Case.objects.filter(
        within, kind=DEATH, sealed=False, assured__isnull=False,
        reported_at__gt=since, reported_at__lte=now,
    ).order_by("pk")  # fmt: skip


def _by_area(rows: QuerySet[ClassChange]) -> Counter[str]:
    return Counter(area or NO_UNIT for area in rows.values_list("case__area", flat=True))


def _fates(cases: QuerySet[Case], now: datetime) -> Iterator[LineFate]:
    """Yield how each line ended that was due by now, or that was acted on."""
    ids = list(cases.values_list("pk", flat=True))
    for k in range(0, len(ids), AT_ONCE):
        part = ids[k : k + AT_ONCE]
        held = {
            one.case_id: one
            for one in CaseworkStatus.objects.filter(case__in=part).select_related("standard")
        }
        rows: dict[int, dict[str, LineState]] = defaultdict(dict)
        for row in LineState.objects.filter(case__in=part):
            rows[row.case_id][row.line_id] = row
        for case in Case.objects.filter(pk__in=part):
            one = held[case.pk]
            standard = read(one.standard.text, one.standard.name)
            for line in lines_from(case, standard, INVESTIGATED, rows[case.pk], now):
                if (fate := _fate(case, line, now)) is not None:
                    yield fate


def _fate(case: Case, one: LineNow, now: datetime) -> LineFate | None:
    since = one.kept.since
    if one.open and one.due > now:
        return None
    late = one.overdue or (not one.open and since is not None and since > one.due.timestamp())
    reason = dict(one.kept.said).get("reason", "") if one.kept.state == WAIVED else ""
    return LineFate(case.area or NO_UNIT, one.kept.state, late, reason)


def reasons_for(person: Person, now: datetime) -> tuple[list[str], dict[str, int]]:
    """Return the reasons of waivers, newest first, and those that stand word for word on several.

    They are a record's own words: only whoever may look after records of the area reads them.
    """
    areas = areas_of(person, Permission.ASSURE)
    cases = _measured(areas, now).values("pk")
    rows = LineState.objects.filter(case__in=cases, state=WAIVED).order_by("-since", "-pk")
    told = [str(said.get("reason", "")) for said in rows.values_list("said", flat=True)]
    return told[:50], same_texts(told)


# Words for times that run out. Pure.


def runs_out(seconds: int) -> str:
    """Return how long there is, or since when there is none."""
    return f"{span(seconds)} left" if seconds > 0 else f"{span(-seconds)} over its time"


def is_gone(seconds: int) -> str:
    """Return when what perishes is gone."""
    return f"gone in {span(seconds)}" if seconds > 0 else f"usually gone {span(-seconds)} ago"
