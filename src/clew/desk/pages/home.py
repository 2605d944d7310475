"""The first page: what waits for the person signed in, with counts, and their own deaths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from clew.assurance.machine import Deadline
from clew.desk.accounts.rules import POLICE, SECOND_FACTOR, Permission, Person, areas_of
from clew.desk.casework.deadlines import CONCERN, REFERRAL, REVIEW, WARN, time_left
from clew.desk.casework.models.status import ApprovalRequest
from clew.desk.casework.own_deadlines import PersonDeadlines, deadlines_for
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import records_in
from clew.desk.pages.queue import waiting_for
from clew.desk.pages.sign_in import LAST_HERE
from clew.desk.records.hand_ins import HandIn, QuarantinedRecord
from clew.desk.records.naming import names_in
from clew.desk.records.proposals import waiting_for as proposals_for
from clew.desk.records.visible import may, visible_to
from clew.desk.release.models import CoronerQuestion
from clew.desk.review.models import Pair
from clew.desk.web.guard import allowed, consulted, for_everybody, person_of
from clew.desk.web.menu import offers
from clew.disclosure.record_identity import RecordIdentity

MOST_COUNTED = 999
"""Declared: what waits is counted up to here; more are "999 or more"."""
MOST_DEATHS = 8
"""Declared: deaths of one's own that are listed, those with the next deadline first."""
WITHOUT_VISIT = timedelta(hours=24)
"""Declared: how far back "new" reaches for somebody who was not here before."""


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: how much waits, how much of it is overdue, and where it is done."""

    words: str
    count: int
    address: str
    overdue: int = 0

    @property
    def number(self) -> str:
        """Return the count as it is shown."""
        return f"{MOST_COUNTED}+" if self.count > MOST_COUNTED else f"{self.count:,}"


@dataclass(slots=True)
class OwnDeath:
    """One death of the person's own: its deadlines, the next first."""

    name: RecordIdentity
    next: Deadline
    left: str
    overdue: int = 0
    open: int = field(default=0)


@require_safe
@for_everybody
def home(request: HttpRequest) -> HttpResponse:
    """Show what waits; a role that needs a second factor is asked for it first."""
    person, now = person_of(request), desk_now()
    if person.roles() & SECOND_FACTOR and not person.second_factor:
        return redirect("second-factor")
    police = bool(person.roles() & POLICE)
    seen = deadlines_for(person, now) if police else PersonDeadlines()
    since, known = _since(request, now)
    deaths, more = _deaths(seen.own, person, now)
    if deaths:
        consulted(request, "home", "home", shown=[one.name.case_id for one in deaths])
    context = {
        "pages": offers(request), "work": list(_work(request, person, seen, now)),
        "new": list(_new(request, person, since)), "since": since if known else None,
        "deaths": deaths, "more": more, "police": police,
    }  # fmt: skip
    return render(request, "home.html", context)


def _since(request: HttpRequest, now: datetime) -> tuple[datetime, bool]:
    """Return since when things are new, and whether that is the person's last visit."""
    seconds = request.session.get(LAST_HERE)
    if not seconds:
        return now - WITHOUT_VISIT, False
    last = datetime.fromtimestamp(seconds, UTC)
    # The clock of a demonstration stands in the past: its people were here yesterday.
    return (last, True) if last <= now else (now - WITHOUT_VISIT, False)


def _count(rows: QuerySet[Any, Any]) -> int:
    """Return how many rows there are, counted up to MOST_COUNTED and one more."""
    return int(rows[: MOST_COUNTED + 1].count())


def _work(
    request: HttpRequest, person: Person, seen: PersonDeadlines, now: datetime
) -> Iterator[Work]:
    """Yield what waits, the most urgent kinds first; what nothing waits of is left out."""
    for work in _every_kind(request, person, seen, int(now.timestamp())):
        if work.count:
            yield work


def _every_kind(
    request: HttpRequest, person: Person, seen: PersonDeadlines, now: int
) -> Iterator[Work]:
    yield _of("Your deadlines", seen.own, "clock", now)
    team = seen.team
    for kind, words, page in (
        (REFERRAL, "Referrals to answer", "referrals"),
        (WARN, "Decisions whom to warn", "clock"),
        (CONCERN, "Concerns without an owner", "concerns"),
        (REVIEW, "Closed deaths to review", "re-audits"),
    ):
        yield _of(words, [one for one in team if one.kind == kind], page, now)
    kinds = (REFERRAL, WARN, CONCERN, REVIEW)
    yield _of(
        "Other deadlines of your team", [o for o in team if o.kind not in kinds], "clock", now
    )
    if allowed(request, Permission.DECIDE):
        yield from _approvals(person)
    if allowed(request, Permission.JUDGE):
        yield from _pairs(person)
    for act, words, page, rows in _counted(person):
        if allowed(request, act):
            yield Work(words, _count(rows()), reverse(page))
    yield _of("Deadlines in your area", seen.area, "clock", now)


def _of(words: str, deadlines: Sequence[Deadline], page: str, now: int) -> Work:
    overdue = sum(one.due < now for one in deadlines)
    return Work(words, len(deadlines), reverse(page), overdue)


def _approvals(person: Person) -> Iterator[Work]:
    """Yield what waits for a supervisor's signature; it leads to the oldest."""
    asked = ApprovalRequest.objects.filter(may(person, Permission.DECIDE, "case__"), decision=None)
    asked = asked.exclude(by__name=person.name).order_by("at", "pk")
    oldest = asked.select_related("case").first()
    if oldest is not None:
        page = reverse("assured", args=[oldest.case.case_id])
        yield Work("Waivers and sign-offs to decide, the oldest first", _count(asked), page)


def _pairs(person: Person) -> Iterator[Work]:
    waiting, queue = waiting_for(person), reverse("queue")
    senior = areas_of(person, Permission.READ_SECOND) != frozenset()
    if senior:
        second = waiting.filter(state=Pair.SECOND)
        yield Work("Links waiting for a second reader", _count(second), f"{queue}?state=second")
    alerts = waiting.filter(state=Pair.OPEN, within_budget=True)
    yield Work("Alerts to judge", _count(alerts), f"{queue}?state=alerts")
    below = waiting.filter(state=Pair.OPEN, within_budget=False)
    yield Work("Other possible links", _count(below), queue)


def _counted(
    person: Person,
) -> tuple[tuple[Permission, str, str, Callable[[], QuerySet[Any, Any]]], ...]:
    """Return what is counted by one query each: the act it needs, its words, its page, its rows."""
    return (
        (Permission.SEAL, "Proposed changes to decide", "proposals",
         lambda: proposals_for(person)),
        (Permission.GIVE_TO_CORONER, "Questions of the coroner", "coroner-questions", lambda: (
            CoronerQuestion.objects.filter(
                may(person, Permission.GIVE_TO_CORONER, "gift__case__"), answer=None
            )
        )),
        (Permission.SEE_CORONERS_WORKSPACE, "Your questions without an answer", "workspace", lambda:
            CoronerQuestion.objects.filter(account__name=person.name, answer=None)),
        (Permission.MEND_INTAKE, "Files set aside", "quarantine",
         lambda: HandIn.objects.filter(state=HandIn.QUARANTINED)),
        (Permission.MEND_INTAKE, "Records set aside", "quarantine",
         lambda: QuarantinedRecord.objects.filter(withdrawn=False)),
    )  # fmt: skip


def _new(request: HttpRequest, person: Person, since: datetime) -> Iterator[Work]:
    """Yield what is new since a moment: records, and possible links."""
    if allowed(request, Permission.SEARCH):
        cases = visible_to(person, Permission.SEARCH).filter(entered_at__gt=since).order_by()
        yield Work("New records", _count(cases), reverse("cases"))
    if allowed(request, Permission.SEE_LINKS):
        pairs = waiting_for(person).filter(since__gt=since)
        yield Work("New possible links", _count(pairs), f"{reverse('queue')}?sort=new")


def _deaths(own: Sequence[Deadline], person: Person, now: datetime) -> tuple[list[OwnDeath], int]:
    """Return the person's own deaths with something to do, and how many more there are."""
    by_record: dict[str, list[Deadline]] = {}
    for one in own:
        for number in records_in(one.subject):
            by_record.setdefault(number, []).append(one)
    listed = list(by_record)[:MOST_DEATHS]
    names = names_in([by_record[number][0].subject for number in listed], person)
    found = []
    for number in listed:
        if number in names:
            due = by_record[number]
            left = time_left(datetime.fromtimestamp(due[0].due, UTC), now)
            overdue = sum(one.due < now.timestamp() for one in due)
            found.append(OwnDeath(names[number], due[0], left, overdue, len(due)))
    return found, max(len(by_record) - MOST_DEATHS, 0)
