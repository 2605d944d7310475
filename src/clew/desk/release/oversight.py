"""The overseer's figures: whole months, no record id, sealed records are not counted.

But for one table: how many deaths are sealed, by whom, and which reviews are overdue. It is exact,
for one death that two people hid is what it is there to show; it names no record.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.db.models import Q
from django.utils import timezone

from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.ledger.clock import desk_now
from clew.desk.records.models import Case
from clew.desk.records.sealing import people_of, review_due, sealed_deaths
from clew.desk.records.suppression import LEAST, fold, one, suppress
from clew.desk.records.suppression import SuppressedTable as Table
from clew.desk.review.models import Judgement, Pair, Shown

MONTHS = 12
"""Declared: whole months that the figures cover."""
CLASSES = {
    "expected": "Expected",
    "unexpected_not_suspicious": "Unexpected, not suspicious",
    "unexpected_under_investigation": "Unexpected, under investigation",
    "homicide": "Homicide",
}
NOT_SAID = "Not recorded"
OTHERS = "Other areas"


@dataclass(frozen=True, slots=True)
class SealCount:
    """How many deaths the same people sealed, and of how many the review is overdue. Exact."""

    people: str
    deaths: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page shows; None: suppressed. `wait_hours` is the median."""

    first: date
    last: date
    by_area: Table
    by_class: Table
    by_month: Table
    shown: int | None
    verdicts: Table
    not_taken: int | None
    wait_hours: int | None
    seals: tuple[SealCount, ...]


def figures_for(person: Person, now: datetime | None = None) -> Figures:
    """Return the figures of the areas that somebody oversees, for the last whole months."""
    until = timezone.localtime(now or desk_now()).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    count = until.year * 12 + until.month - 1
    months = [
        timezone.make_aware(datetime(k // 12, k % 12 + 1, 1)) for k in range(count - MONTHS, count)
    ]
    since = months[0]
    areas = areas_of(person, Permission.SEE_AGGREGATES)
    within = Q() if areas is None else Q(area__in=sorted(areas))
    deaths = list(
        Case.objects.filter(
            within, kind="death", sealed=False, reported_at__gte=since, reported_at__lt=until
        ).values_list("area", "texts__now__category", "reported_at")
    )
    judged = list(
        Judgement.objects.filter(
            _counted("pair__", areas), recorded_at__gte=since, recorded_at__lt=until
        ).values_list("verdict", "recorded_at", "link__at")
    )
    shown = Shown.objects.filter(_counted("pair__", areas), at__gte=since, at__lt=until)
    not_taken = Pair.objects.filter(
        _counted("", areas), since__gte=since, since__lt=until, state=Pair.NOT_TAKEN
    )
    by_area = Counter(sorted(area or NOT_SAID for area, _, _ in deaths))
    by_class = Counter(CLASSES.get(kind or "", NOT_SAID) for _, kind, _ in deaths)
    by_month = Counter(f"{timezone.localtime(at):%Y-%m}" for _, _, at in deaths)
    verdicts = Counter(verdict for verdict, _, _ in judged)
    waits = [(recorded - at).total_seconds() for _, recorded, at in judged]
    return Figures(
        first=since.date(),
        last=until.date(),
        by_area=fold(suppress(by_area), OTHERS),
        by_class=suppress({words: by_class[words] for words in (*CLASSES.values(), NOT_SAID)}),
        by_month=suppress({f"{month:%B %Y}": by_month[f"{month:%Y-%m}"] for month in months}),
        shown=one(shown.count()),
        verdicts=suppress({words: verdicts[verdict] for verdict, words in Judgement.VERDICTS}),
        not_taken=one(not_taken.count()),
        wait_hours=None if len(waits) < LEAST else round(median(waits) / 3600),
        seals=tuple(seals_in(within, now or desk_now())),
    )


def seals_in(within: Q, now: datetime) -> list[SealCount]:
    """Return who sealed how many deaths in some areas, with the overdue reviews, by name."""
    deaths, overdue = Counter[str](), Counter[str]()
    for case in sealed_deaths().filter(within):
        people = people_of(case)
        deaths[people] += 1
        overdue[people] += review_due(case) <= now
    return [SealCount(people, deaths[people], overdue[people]) for people in sorted(deaths)]


def _counted(pair: str, areas: frozenset[str] | None) -> Q:
    """Select pairs without a sealed record; an area's are those whose records are both its own."""
    selected = Q(**{f"{pair}first__sealed": False, f"{pair}second__sealed": False})
    if areas is not None:
        own = sorted(areas)
        selected &= Q(**{f"{pair}first__area__in": own, f"{pair}second__area__in": own})
    return selected
