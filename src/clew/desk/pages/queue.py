"""The queue: pairs that wait for a person, those within the budget first; and more like this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.records.naming import identities_of, identity_of
from clew.desk.records.visible import opened_to, record_of
from clew.desk.review.candidates import is_shown_to
from clew.desk.review.comparison import how_often
from clew.desk.review.models import Candidate, Link, Pair
from clew.desk.review.pair_state import CANDIDATES, SENIOR_READER
from clew.desk.review.reasons import reasons_for
from clew.desk.review.shown import in_areas, may_open, show_list, visible_pairs
from clew.desk.web.guard import consulted, guarded, person_of
from clew.desk.web.paging import page_of
from clew.disclosure.chance_words import ChanceWords, say_chance
from clew.disclosure.record_identity import RecordIdentity
from clew.model.finding import Tier

NEEDED = (
    "pk", "state", "level", "because", "matches", "within_budget", "added", "priority",
    "link_id", "first_id", "second_id",
    "first__case_id", "first__reported_at", "second__case_id", "second__reported_at",
    "link__case_id", "link__chance", "link__tier", "link__run__deaths_a_year",
)  # fmt: skip
"""Columns that the page reads, as plain rows: many readers ask for it at once."""
MOST_LIKE = 20
"""Declared: so many records more like one are listed, the rarest first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One pair of a death, in words; `pair` is its row, `because` why it is here."""

    pair: Any
    other: RecordIdentity
    chance: ChanceWords
    shared_entity: bool
    because: str


@dataclass(slots=True)
class Death:
    """One death and its candidates on this page; `more` were left to its own page."""

    case_id: str
    reported_at: datetime
    name: RecordIdentity
    waiting: list[Waiting] = field(default_factory=list)
    more: int = 0


@guarded(Permission.SEE_LINKS)
def queue_page(request: HttpRequest) -> HttpResponse:
    """Show what waits; a pair that came back is listed only for those who may read it."""
    person = person_of(request)
    area = request.GET.get("area", "").strip()[:60]
    pairs = waiting_for(person)
    if area:
        pairs = pairs.filter(in_areas([area]))
    page = page_of(request, pairs)
    show_list(request, page.rows, "queue", "queue")
    areas = areas_of(person, Permission.SEE_LINKS)
    context = {
        "page": page,
        "deaths": by_death(page.rows, person, reasons_for(person, page.rows)),
        "area": area,
        "areas": None if areas is None else sorted(areas),
        "senior": areas_of(person, Permission.READ_SECOND) != frozenset(),
    }
    return render(request, "review/queue.html", context)


def waiting_for(person: Person) -> QuerySet[Pair, Any]:
    """Return rows of the pairs that wait for a person's judgement or second reading, in order."""
    return _query(person).all()


@lru_cache(1_024)
def _query(person: Person) -> QuerySet[Pair, Any]:
    """Return the query, never run itself: building it costs more than running it."""
    # Both states are named for every reader, since the index of what waits is made for the two.
    pairs = visible_pairs(person, Permission.SEE_LINKS).filter(
        is_shown_to(person), state__in=[Pair.OPEN, Pair.SECOND], listed=True
    )
    if areas_of(person, Permission.READ_SECOND) == frozenset():
        pairs = pairs.filter(level__lt=SENIOR_READER, state=Pair.OPEN)
    ordered = pairs.order_by("-within_budget", "-priority", "pk")
    return ordered.values_list(*NEEDED, named=True)


def by_death(
    pairs: Sequence[Any], person: Person, reasons: Mapping[int, str] | None = None
) -> list[Death]:
    """Gather the pairs of a page by the death that was compared, in the order of its best.

    `person` reads them; `reasons`: why each pair is here, in words for the reader.
    """
    deaths: dict[int, Death] = {}
    names = identities_of({pk for row in pairs for pk in (row.first_id, row.second_id)}, person)
    for row in pairs:
        own, other, at = row.first_id, row.second_id, row.first__reported_at
        if row.link__case_id == row.second_id:
            own, other, at = other, own, row.second__reported_at
        name = names[own]
        death = deaths.get(own) or deaths.setdefault(own, Death(name.case_id, at, name))
        if len(death.waiting) < CANDIDATES:
            chance = say_chance(row.link__chance, row.link__run__deaths_a_year)
            shared = row.link__tier == Tier.SHARED_ENTITY.value
            because = (reasons or {}).get(row.pk, "")
            death.waiting.append(Waiting(row, names[other], chance, shared, because))
        else:
            death.more += 1
    return list(deaths.values())


@guarded(Permission.SEE_LINKS)
def like(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show the records most like this one, by any stored comparison; it is logged as a search."""
    case = record_of(request, Permission.SEE_LINKS, case_id)
    person = person_of(request)
    unsealed = (Q(case__sealed=False) | opened_to(person, Permission.SEE_LINKS, "case__")) & (
        Q(other__sealed=False) | opened_to(person, Permission.SEE_LINKS, "other__")
    )
    links = Link.objects.filter(Q(case=case) | Q(other=case)).filter(unsealed)
    links = links.select_related("case", "other", "run").defer("findings")
    rows: list[tuple[Case, RecordIdentity, ChanceWords, bool]] = []
    seen: set[int] = set()
    # Its present candidates in the engine's order, then what any other comparison found.
    now = Candidate.objects.filter(case=case).order_by("place").values_list("link_id", flat=True)
    present = links.in_bulk(list(now))
    first = [present[number] for number in now if number in present][:CANDIDATES]
    for link in (*first, *links.order_by("-priority", "-id")[: MOST_LIKE * 10]):
        other = link.other if link.case_id == case.pk else link.case
        if other.pk not in seen and len(rows) < MOST_LIKE:
            seen.add(other.pk)
            rows.append(
                (other, identity_of(other, person), how_often(link), may_open(request, other))
            )
    shown = [other.case_id for other, *_ in rows]
    consulted(request, case_subject(case.case_id), "more like this", search="like", shown=shown)
    coverage = list(SourceCoverage.objects.all())
    context = {"case": case, "name": identity_of(case, person), "rows": rows, "coverage": coverage}
    return render(request, "review/like.html", context)
