"""The queue: the pairs that wait for a person as a table, to sort, filter, assign, work through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.casework.undo_judgement import UNDO_FOR, undoable
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.records.naming import COLUMNS, identities_of, identity_of
from clew.desk.records.visible import opened_to, record_of
from clew.desk.review.assigning import assign, who_may_judge_any
from clew.desk.review.candidates import is_shown_to
from clew.desk.review.comparison import findings_of, how_often
from clew.desk.review.models import Candidate, Judgement, Link, Pair
from clew.desk.review.pair_state import CANDIDATES, SENIOR_READER
from clew.desk.review.reasons import reasons_for
from clew.desk.review.shown import in_areas, may_open, show_list, visible_pairs
from clew.desk.web.forms import DeskForm, done, refusals_in, set_choices
from clew.desk.web.guard import account_of, allowed, consulted, guarded, person_of
from clew.desk.web.paging import page_of
from clew.disclosure.chance_words import ChanceWords, say_chance
from clew.disclosure.comparison import strongest
from clew.disclosure.figures.map import length_words
from clew.disclosure.record_identity import RecordIdentity
from clew.disclosure.words import count_of, time_between
from clew.model.distance import distance_m
from clew.model.finding import Tier
from clew.model.values import Point

NEEDED = (
    "pk", "state", "level", "because", "matches", "within_budget", "added", "priority",
    "link_id", "first_id", "second_id",
    "first__case_id", "first__reported_at", "second__case_id", "second__reported_at",
    "link__case_id", "link__chance", "link__tier", "link__run__deaths_a_year",
)  # fmt: skip
"""Columns that the page reads, as plain rows: many readers ask for it at once."""
FURTHER = ("link__findings", "assignment__to__full_name", "assignment__to__name")
"""Columns that only a page of the table reads; findings are long."""
MOST_LIKE = 20
"""Declared: so many records more like one are listed, the rarest first."""
MOST_FOR, MOST_AGAINST = 3, 1
"""Declared (issue 24): reasons that a row of the table shows."""
LOOKED_AHEAD = 500
"""Declared: pairs among which the next one is looked for; beyond, the first is next."""
ASKED = "clew_queue"
"""The session's key for how the queue was last asked for: "save and next" goes on in it."""
SAVED_AT = "clew_saved_at"
"""The session's key for when a judgement was last saved: for a minute pages offer to undo it."""
SORTS = {
    "": ("-within_budget", "-priority", "pk"),
    "new": ("-since", "pk"),
    "old": ("since", "pk"),
    "rare": ("link__chance", "pk"),
}
"""How the table can be sorted."""
SORT_WORDS = (
    ("", "Alerts first, then the most urgent"), ("rare", "Rarest match first"),
    ("new", "Newest in the queue first"), ("old", "Longest in the queue first"),
)  # fmt: skip
SHOWS = (
    ("", "All that wait"), ("alerts", "Alerts"), ("below", "Not alerts"),
    ("second", "Waiting for a second reader"), ("back", "Back for a senior reader"),
    ("mine", "Assigned to me"), ("nobody", "Assigned to no one"),
)  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair as a row of the table: `own` was compared, `other` is its candidate."""

    pair: Any
    own: RecordIdentity
    other: RecordIdentity
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]
    gap: str
    apart: str
    chance: ChanceWords
    shared_entity: bool
    because: str
    assigned: str


class QueueForm(DeskForm):
    """How the queue is shown."""

    state = forms.ChoiceField(label="Show", choices=SHOWS, required=False)
    sort = forms.ChoiceField(label="Order", choices=SORT_WORDS, required=False)
    area = forms.CharField(label="Only this area", max_length=60, required=False)


class AssignForm(DeskForm):
    """Which pairs, and to whom."""

    pair = forms.TypedMultipleChoiceField(
        label="Links", coerce=int, error_messages={"required": "Select the links to assign"}
    )
    to = forms.TypedChoiceField(
        label="Who should judge them?", coerce=int,
        error_messages={"required": "Choose who to assign them to"},
    )  # fmt: skip

    def __init__(self, accounts: Sequence[Account], pairs: Sequence[str], *args: Any) -> None:
        super().__init__(*args)
        self.numbers = [one for one in pairs if one.isascii() and one.isdigit() and len(one) < 16]
        set_choices(self, "pair", [(one, one) for one in self.numbers])
        set_choices(self, "to", [("", "Choose"), *((one.pk, one.full_name) for one in accounts)])


@guarded(Permission.SEE_LINKS)
def queue_page(request: HttpRequest) -> HttpResponse:
    """Show what waits; a pair that came back is listed only for those who may read it."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, fault: str = "") -> HttpResponse:
    person, form = person_of(request), QueueForm(request.GET)
    asked = _asked(form)
    query = request.GET.urlencode()
    if request.method == "GET" and request.session.get(ASKED, "") != query:
        request.session[ASKED] = query
    page = page_of(request, asked_for(person, asked).values_list(*NEEDED, *FURTHER, named=True))
    show_list(request, page.rows, "queue", "queue")
    areas = areas_of(person, Permission.SEE_LINKS)
    context = {
        "page": page,
        "rows": rows_of(page.rows, person, reasons_for(person, page.rows)),
        "form": form,
        "may_assign": allowed(request, Permission.JUDGE),
        "fault": fault,
        "several_areas": areas is None or len(areas) > 1,
        "senior": areas_of(person, Permission.READ_SECOND) != frozenset(),
        "undoable": undoable_now(request),
        "asked": any(asked.values()),
    }
    return render(request, "review/queue.html", context, status=status)


def undoable_now(request: HttpRequest) -> Judgement | None:
    """Return the judgement that can be undone now; asked for only soon after one was saved."""
    saved, now = request.session.get(SAVED_AT, 0), desk_now()
    if now.timestamp() - saved > UNDO_FOR.total_seconds():
        return None
    return undoable(account_of(request), now)


def _asked(form: QueueForm) -> dict[str, str]:
    """Return how the queue is asked for; what no choice of the form is counts as not asked."""
    form.is_valid()
    return {name: form.cleaned_data.get(name, "").strip() for name in ("state", "sort", "area")}


def asked_for(person: Person, asked: Mapping[str, str]) -> QuerySet[Pair, Any]:
    """Return the pairs that wait for a person, filtered and sorted as asked."""
    pairs = waiting_for(person)
    if area := asked.get("area"):
        pairs = pairs.filter(in_areas([area]))
    wanted = {
        "alerts": Q(within_budget=True, state=Pair.OPEN),
        "below": Q(within_budget=False, state=Pair.OPEN),
        "second": Q(state=Pair.SECOND),
        "back": Q(state=Pair.OPEN, level__gte=SENIOR_READER),
        "mine": Q(assignment__to__name=person.name),
        "nobody": Q(assignment=None),
    }.get(asked.get("state", ""), Q())
    return pairs.filter(wanted).order_by(*SORTS[asked.get("sort", "")])


def next_of(request: HttpRequest, number: int) -> int | None:
    """Return the pair that comes after one in the queue, as it was last asked for; None for none.

    Call it before the pair is judged, while it still has its place.
    """
    given = QueryDict(request.session.get(ASKED, ""))
    asked = _asked(QueueForm(given))
    numbers = list(asked_for(person_of(request), asked).values_list("pk", flat=True)[:LOOKED_AHEAD])
    after = numbers[numbers.index(number) + 1 :] if number in numbers else []
    left = [one for one in numbers if one != number]
    return after[0] if after else left[0] if left else None


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


def rows_of(pairs: Sequence[Any], person: Person, reasons: Mapping[int, str]) -> list[PairRow]:
    """Return the pairs of a page as rows of the table, in their order.

    `person` reads them; `reasons`: why each pair is here, in words for the reader.
    """
    numbers = {pk for row in pairs for pk in (row.first_id, row.second_id)}
    cases = Case.objects.filter(pk__in=numbers).order_by().only(*COLUMNS, "latitude", "longitude")
    held = {case.pk: case for case in cases}
    rows = []
    for row in pairs:
        own, other = held[row.first_id], held[row.second_id]
        if row.link__case_id == row.second_id:
            own, other = other, own
        findings = findings_of(row.link__findings)
        seconds = abs(int((own.reported_at - other.reported_at).total_seconds()))
        rows.append(
            PairRow(
                row, identity_of(own, person), identity_of(other, person),
                tuple(one.says for one in strongest(findings, 1)[:MOST_FOR]),
                tuple(one.says for one in strongest(findings, -1)[:MOST_AGAINST]),
                time_between(seconds), _apart(own, other),
                say_chance(row.link__chance, row.link__run__deaths_a_year),
                row.link__tier == Tier.SHARED_ENTITY.value, reasons.get(row.pk, ""),
                row.assignment__to__full_name or "",
            )
        )  # fmt: skip
    return rows


def _apart(one: Case, other: Case) -> str:
    """Return how far two records lie apart, "" where one has no place on Earth."""
    points = []
    for case in (one, other):
        if case.latitude is None or case.longitude is None:
            return ""
        if abs(case.latitude) > 90 or abs(case.longitude) > 180:
            return ""
        points.append(Point(case.latitude, case.longitude))
    return length_words(distance_m(points[0], points[1]))


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


@require_POST
@guarded(Permission.JUDGE)
def assign_pairs(request: HttpRequest) -> HttpResponse:
    """Ask to whom the selected pairs are assigned, and assign them."""
    numbers = request.POST.getlist("pair")
    if not numbers:
        return _page(request, 422, "Select the links to assign")
    accounts = who_may_judge_any()
    given = (request.POST,) if "to" in request.POST else ()
    form = AssignForm(accounts, numbers, *given)
    if form.is_valid():
        to = next(one for one in accounts if one.pk == form.cleaned_data["to"])
        with refusals_in(form):
            with transaction.atomic():
                count = assign(
                    form.cleaned_data["pair"], to, account_of(request), person_of(request)
                )
            links = count_of(count, "possible link", "possible links")
            return _back(request, f"{links} assigned to {to.full_name}.")
    status = 422 if form.errors else 200
    context = {"form": form, "numbers": form.numbers, "count": len(form.numbers)}
    return render(request, "review/assign.html", context, status=status)


def _back(request: HttpRequest, message: str) -> HttpResponse:
    """Go back to the queue as it was asked for."""
    answer = done(request, message, "queue")
    query = request.session.get(ASKED, "")
    return redirect(f"{answer['Location']}?{query}") if query else answer


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
