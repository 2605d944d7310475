"""Measures for supervisors and overseers: by unit, with denominators. No officer has a figure.

A unit is the record's area. Sealed records are not counted. Pages show figures below ten as "fewer
than 10" and others to the nearest five, so that no figure reveals one record, nor two figures of
different days one that was sealed between them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from clew.assurance.classes import DOWNGRADES, INVESTIGATED
from clew.assurance.lines import DONE, WAIVED, must_escalate
from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.casework.acts import DEATH
from clew.desk.casework.deadlines import span
from clew.desk.casework.lines import OPENED_AGAIN, lines_of_many
from clew.desk.casework.models.status import ClassChange, Dissent, LineState
from clew.desk.records.models import Case
from clew.desk.records.suppression import LEAST, rounded

DAYS = 365
"""Declared: deaths reported in so many days before today are measured."""
NO_UNIT = "no area recorded"
SAME_WORDS = 3
"""Declared: a waiver's text that is on so many waivers is shown to the supervisor as such."""


@dataclass(slots=True)
class UnitMeasures:
    """One unit's lines that were due by now or acted on."""

    unit: str
    lines: int = 0
    on_time: int = 0
    waived: int = 0
    waived_for_money_or_time: int = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit's figures: lines of enquiry, deaths, changes of class. Shares need a denominator."""

    lines: UnitMeasures
    deaths: int
    downgrades: int
    opened_again: int
    with_dissent: int


def measures_for(person: Person, now: datetime) -> list[Unit]:
    """Return the figures of the units that somebody may see, by name: none is ranked."""
    cases = _measured(areas_of(person, Permission.SEE_MEASURES), now)
    deaths = Counter(area or NO_UNIT for area in cases.values_list("area", flat=True))
    lines = {unit: UnitMeasures(unit) for unit in deaths}
    ids = list(cases.values_list("pk", flat=True))
    for case, statuses in lines_of_many(ids, now, INVESTIGATED):
        counted = lines[case.area or NO_UNIT]
        for line in statuses:
            if line.open and line.due > now:
                continue
            since = line.kept.since
            counted.lines += 1
            if line.kept.state == DONE:
                counted.on_time += since is None or since <= line.due.timestamp()
            elif line.kept.state == WAIVED:
                counted.waived += 1
                reason = dict(line.kept.said).get("reason", "")
                counted.waived_for_money_or_time += must_escalate(reason)
    changes: dict[str, Counter[str]] = defaultdict(Counter)
    changed = ClassChange.objects.filter(case__in=cases.values("pk"))
    for act, area in changed.values_list("act", "case__area"):
        changes[area or NO_UNIT][act] += 1
    differs = Dissent.objects.filter(case__in=cases.values("pk")).order_by()
    dissent = Counter(
        area or NO_UNIT for area, _ in differs.values_list("case__area", "case").distinct()
    )
    return [
        Unit(
            lines[unit],
            deaths[unit],
            sum(changes[unit][act] for act in DOWNGRADES),
            changes[unit][OPENED_AGAIN],
            dissent[unit],
        )
        for unit in sorted(deaths)
    ]


def shown_figure(number: int) -> str:
    """Return a figure as pages show it: none reveals one record more or less."""
    return f"fewer than {LEAST}" if number < LEAST else f"{rounded(number):,}"


def _measured(areas: frozenset[str] | None, now: datetime) -> QuerySet[Case]:
    within = Q() if areas is None else Q(area__in=sorted(areas))
    since = now - timedelta(days=DAYS)
    return Case.objects.filter(
        within, kind=DEATH, sealed=False, casework__isnull=False,
        reported_at__gt=since, reported_at__lte=now,
    ).order_by("pk")  # fmt: skip


def reasons_for(person: Person, now: datetime) -> tuple[list[str], dict[str, int]]:
    """Return the reasons of waivers, newest first, and how many waivers share each same text.

    They are a record's own words, read only by people who may look after records of the area.
    Case and blanks play no part. Identical texts mean that a box was ticked, not a question asked.
    """
    cases = _measured(areas_of(person, Permission.ASSURE), now).values("pk")
    rows = LineState.objects.filter(case__in=cases, state=WAIVED).order_by("-since", "-pk")
    reasons = [str(said.get("reason", "")) for said in rows.values_list("said", flat=True)]
    texts = Counter(" ".join(reason.lower().split()) for reason in reasons)
    same = {text: n for text, n in sorted(texts.items()) if text and n >= SAME_WORDS}
    return reasons[:50], same


def runs_out(seconds: int) -> str:
    """Return how long there is, or since when there is none."""
    return f"{span(seconds)} left" if seconds > 0 else f"{span(-seconds)} overdue"


def is_gone(seconds: int) -> str:
    """Return when what perishes is gone."""
    return f"lost in {span(seconds)}" if seconds > 0 else f"usually lost {span(-seconds)} ago"
