"""Effort and workload: open deaths and staff on duty by day, and what was done when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone

from clew.desk.accounts.rules import Permission, Target, rule
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, write
from clew.desk.records.limits import text_fault
from clew.desk.records.models import Case, Workload
from clew.desk.records.origin import Origin
from clew.desk.records.take_in import HandInResult
from clew.desk.review.runs import Round
from clew.desk.rounds.lease import Lease
from clew.model.values import EARLIEST_YEAR, LATEST_YEAR

UNDER_INVESTIGATION = ("unexpected_under_investigation", "homicide")
"""Classes of death (docs/reference/columns.md) that stay open until they are changed."""
FIRST_DAYS = 28
"""Declared: a death without a class counts as open for four weeks; after that, only if classed."""


def count_workload(_lease: Lease, _: Round) -> Callable[[Round], dict[str, Any]]:
    """Count the open deaths of each unit; committed with the step."""

    def commit(locked: Round) -> dict[str, Any]:
        day = timezone.localdate(locked.as_of)
        counted = open_deaths(locked.as_of)
        for unit, deaths in counted.items():
            Workload.objects.update_or_create(
                unit=unit, day=day, defaults={"open_deaths": deaths, "recorded_by": ENGINE}
            )
        write(Act.ALTERATION, f"workload:{day}", ENGINE, units=len(counted))
        return {"day": day.isoformat(), "units": len(counted), "open": sum(counted.values())}

    return commit


def open_deaths(as_of: datetime) -> dict[str, int]:
    """Count open deaths by unit: under investigation, or new and not yet classed.

    Sealed records are not counted: the figure stands on pages and in bundles.
    """
    lately = as_of - timedelta(days=FIRST_DAYS)
    still_open = Q(texts__now__category__in=UNDER_INVESTIGATION) | (
        Q(texts__now__category__isnull=True) & Q(reported_at__gt=lately)
    )
    counted = (
        Case.objects.filter(still_open, kind="death", sealed=False, reported_at__lte=as_of)
        .order_by()
        .values_list("area")
        .annotate(Count("id"))
    )
    return {unit: deaths for unit, deaths in counted if unit}


def enter_staff(
    on_duty: tuple[str, date, int],
    by: str,
    purpose: str = "",
    says: Mapping[str, Any] | None = None,
) -> Workload:
    """Keep who was on duty, (unit, day, staff), with its ledger row.

    `says` is what the row states besides: the file and its digest.
    """
    unit, day, staff = on_duty
    ends = timezone.make_aware(datetime.combine(day, datetime.max.time()))
    with transaction.atomic():
        row, _ = Workload.objects.get_or_create(
            unit=unit,
            day=day,
            defaults={"open_deaths": open_deaths(ends).get(unit, 0), "recorded_by": by},
        )
        row.staff_on_duty, row.recorded_by = staff, by
        row.recorded_at = timezone.now()
        row.save()
        write(
            Act.ALTERATION, f"workload:{day}", by, purpose, unit=unit, staff=staff, **(says or {})
        )
    return row


MOST_STAFF = 10_000
"""Declared: more on duty in one unit than any force has: a slip of the keyboard."""


def take_workload(
    rows: Iterable[tuple[int, str, str, str, str]], origin: Origin, result: HandInResult
) -> None:
    """Import rows of a workload file: (row, fault, unit, day, staff); a day again is corrected.

    As on the page, it takes somebody who may run a round in that unit.
    """
    for number, fault, unit, day_text, staff_text in rows:
        refused = fault or text_fault("unit", unit)
        try:
            staff = int(staff_text) if len(staff_text) <= len(str(MOST_STAFF)) else -1
            day = date.fromisoformat(day_text[:10])
            if not unit or not 0 <= staff <= MOST_STAFF:
                raise ValueError
            if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
                raise ValueError
        except ValueError:
            refused = refused or (
                f"give a unit, a day as 2014-06-19, and staff as a number up to {MOST_STAFF:,}"
            )
        if not refused and origin.person is not None:
            ruling = rule(origin.person, Permission.RUN_ROUND, Target(unit))
            refused = "" if ruling.allowed else ruling.reason
        if refused:
            result.refused.append(f"workload, row {number}: {refused}")
            continue
        says = origin.says("workload", "the workload file")
        enter_staff((unit, day, staff), origin.by, origin.purpose, says)
        result.facts += 1


@dataclass(frozen=True, slots=True)
class FirstDetective:
    """How long a unit's deaths waited for their first detective.

    `hours` of those that had one, in order; `none` counts those that had none by then.
    """

    unit: str
    hours: tuple[float, ...]
    none: int

    @property
    def middle(self) -> float | None:
        """Return the middle waiting time, hours; None if most had none."""
        place = (len(self.hours) + self.none) // 2
        return self.hours[place] if place < len(self.hours) else None


def time_to_first_detective(since: datetime, until: datetime) -> list[FirstDetective]:
    """Return, by unit, how long deaths reported from `since` to before `until` waited.

    A death without a detective counts too: leaving it out would make the slowest unit fast.
    """
    first = Min("efforts__at", filter=Q(efforts__kind="first_detective"))
    deaths = (
        Case.objects.filter(kind="death", reported_at__gte=since, reported_at__lt=until)
        .order_by()
        .annotate(came=first)
        .values_list("area", "reported_at", "came")
    )
    by_unit: dict[str, list[float | None]] = {}
    for area, reported, came in deaths:
        waited = None if came is None else max((came - reported).total_seconds() / 3600, 0.0)
        by_unit.setdefault(area or "no area", []).append(waited)
    return [
        FirstDetective(
            unit, tuple(sorted(w for w in waits if w is not None)), sum(w is None for w in waits)
        )
        for unit, waits in sorted(by_unit.items())
    ]
