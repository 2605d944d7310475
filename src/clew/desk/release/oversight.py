"""The overseer's figures: whole months, no record id, sealed records not counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.db.models import Q
from django.utils import timezone

from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.records.models import Case
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
class Figures:
    """What the page shows; None stands for what is held back. `wait_hours`: the median."""

    first: date
    last: date
    by_area: Table
    by_class: Table
    by_month: Table
    shown: int | None
    verdicts: Table
    not_taken: int | None
    wait_hours: int | None


def figures_for(person: Person, now: datetime | None = None) -> Figures:
    """Return the figures of the areas that somebody oversees, for the last whole months."""
    until = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = [_back(until, k) for k in range(MONTHS, 0, -1)]
    areas = areas_of(person, Permission.SEE_AGGREGATES)
    within = Q() if areas is None else Q(area__in=sorted(areas))
    deaths = list(
        Case.objects.filter(
            within, kind="death", sealed=False, reported_at__gte=months[0], reported_at__lt=until
        ).values_list("area", "texts__now__category", "reported_at")
    )
    open_pair = _open("", areas)
    judged = list(
        Judgement.objects.filter(
            _open("pair__", areas), _between("recorded_at", months[0], until)
        ).values_list("verdict", "recorded_at", "link__at")
    )
    return Figures(
        first=months[0].date(),
        last=until.date(),
        by_area=fold(suppress(Counter(sorted(area or NOT_SAID for area, _, _ in deaths))), OTHERS),
        by_class=suppress(_by_class(kind for _, kind, _ in deaths)),
        by_month=suppress(_by_month(months, [at for _, _, at in deaths])),
        shown=one(
            Shown.objects.filter(_open("pair__", areas), _between("at", months[0], until)).count()
        ),
        verdicts=suppress(
            {
                words: sum(v == verdict for v, _, _ in judged)
                for verdict, words in Judgement.VERDICTS
            }
        ),
        not_taken=one(
            Pair.objects.filter(
                open_pair, _between("since", months[0], until), state=Pair.NOT_TAKEN
            ).count()
        ),
        wait_hours=_median_hours([(said - at).total_seconds() for _, said, at in judged]),
    )


def _between(name: str, since: datetime, until: datetime) -> Q:
    return Q(**{f"{name}__gte": since, f"{name}__lt": until})


def _open(at: str, areas: frozenset[str] | None) -> Q:
    """No pair with a sealed record counts; an area's are those whose records are both its own."""
    found = Q(**{f"{at}first__sealed": False, f"{at}second__sealed": False})
    if areas is not None:
        own = sorted(areas)
        found &= Q(**{f"{at}first__area__in": own, f"{at}second__area__in": own})
    return found


def _back(start: datetime, months: int) -> datetime:
    total = start.year * 12 + start.month - 1 - months
    return timezone.make_aware(datetime(total // 12, total % 12 + 1, 1))


def _by_class(told: Iterable[str | None]) -> dict[str, int]:
    counted = Counter(CLASSES.get(kind or "", NOT_SAID) for kind in told)
    return {words: counted[words] for words in (*CLASSES.values(), NOT_SAID)}


def _by_month(months: list[datetime], ats: list[datetime]) -> dict[str, int]:
    counted = Counter(f"{timezone.localtime(at):%Y-%m}" for at in ats)
    return {f"{month:%B %Y}": counted[f"{month:%Y-%m}"] for month in months}


def _median_hours(seconds: list[float]) -> int | None:
    return None if len(seconds) < LEAST else round(median(seconds) / 3600)
