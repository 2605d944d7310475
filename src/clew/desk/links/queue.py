"""The queue: pairs that wait for a person, those within the budget first, by death."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clew.desk.accounts.rules import Do, Person, areas_of
from clew.desk.cases.models import Case
from clew.desk.links.comparison import how_often, name_of
from clew.desk.links.models import Pair
from clew.desk.links.returning import CANDIDATES, SENIOR_READER
from clew.desk.links.shown import show_list
from clew.desk.links.visible import in_areas, visible_pairs
from clew.desk.web.guard import guarded, person_of
from clew.desk.web.paging import page_of
from clew.disclosure.chance_words import ChanceWords

NEEDED = (
    "first__case_id", "first__told", "first__kind", "first__reported_at", "second__case_id",
    "second__told", "second__kind", "link__chance", "link__tier", "link__rank", "link__case_id",
    "link__other_id", "link__run__deaths_a_year", "state", "level", "times", "because",
    "priority", "within_budget", "since",
)  # fmt: skip
"""Columns that the page reads: a link's findings are long, and the queue tells none of them."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One pair of a death, in words."""

    pair: Pair
    other: str
    chance: ChanceWords


@dataclass(slots=True)
class Death:
    """One death and its candidates on this page; `more` were left to its own page."""

    case: Case
    name: str
    waiting: list[Waiting] = field(default_factory=list)
    more: int = 0


@guarded(Do.SEE_LINKS)
def queue(request: HttpRequest) -> HttpResponse:
    """Show what waits; a pair that came back is listed for those who may read it, and no others."""
    person = person_of(request)
    area = request.GET.get("area", "").strip()[:60]
    pairs = waiting_for(person)
    if area:
        pairs = pairs.filter(in_areas([area]))
    page = page_of(request, pairs)
    show_list(request, page.rows, "queue", "queue")
    areas = areas_of(person, Do.SEE_LINKS)
    context = {
        "page": page,
        "deaths": by_death(page.rows),
        "area": area,
        "areas": None if areas is None else sorted(areas),
        "senior": areas_of(person, Do.READ_SECOND) != frozenset(),
    }
    return render(request, "links/queue.html", context)


def waiting_for(person: Person) -> QuerySet[Pair]:
    """Return the pairs that wait for a person's judgement or second reading, in order."""
    # Both states are named whoever asks, since the index of what waits is made for the two.
    pairs = visible_pairs(person, Do.SEE_LINKS).filter(
        state__in=[Pair.OPEN, Pair.SECOND], link__rank__lte=CANDIDATES
    )
    if areas_of(person, Do.READ_SECOND) == frozenset():
        pairs = pairs.filter(level__lt=SENIOR_READER, state=Pair.OPEN)
    pairs = pairs.select_related("first", "second", "link__run").only(*NEEDED)
    return pairs.order_by("-within_budget", "-priority", "pk")


def by_death(pairs: Sequence[Pair]) -> list[Death]:
    """Gather the pairs of a page by the death that was compared, in the order of its best."""
    deaths: dict[int, Death] = {}
    for pair in pairs:
        case, other = pair.first, pair.second
        if pair.link.case_id == pair.second_id:
            case, other = other, case
        death = deaths.setdefault(case.pk, Death(case, name_of(case)))
        if len(death.waiting) < CANDIDATES:
            death.waiting.append(Waiting(pair, name_of(other), how_often(pair.link)))
        else:
            death.more += 1
    return list(deaths.values())
