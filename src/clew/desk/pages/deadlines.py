"""The clock's page: one's own list first, and for a supervisor the area's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from clew.assurance.machine import Deadline, own_list
from clew.desk.accounts.rules import EVERYWHERE, Permission, Person, Role, rule
from clew.desk.casework.concerns import visible_concerns
from clew.desk.casework.deadlines import CONCERN, CONTACT, PROMISE, all_deadlines, time_left
from clew.desk.casework.escalate import cases_of
from clew.desk.casework.models.status import Escalation
from clew.desk.casework.referrals import visible_referrals
from clew.desk.records.models import Case
from clew.desk.web.guard import consulted, guarded, person_of

MOST = 300
"""Declared: lines of the area's list, the next ones; the rest are counted."""
LEADS = (Role.SUPERVISOR, Role.MURDER_TEAM)
"""Who sees what is owed in the area, whoever owns it."""


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """A deadline as a line of the page. `address` "" where there is no page for it."""

    deadline: Deadline
    due: datetime
    left: str
    address: str
    late: bool
    went_up: str
    about: str


@guarded(Permission.TAKE_CONCERN)
def clock(request: HttpRequest) -> HttpResponse:
    """Show what is owed, the next first."""
    person, now = person_of(request), timezone.now()
    owed = all_deadlines(now)
    own = seen_by(person, own_list(owed, person.name))
    leads = [h for h in person.holdings if h.role in LEADS]
    areas = {holding.area for holding in leads}
    theirs = [d for d in owed if d.owner != person.name and areas & {d.area, EVERYWHERE}]
    theirs = seen_by(person, sorted(theirs, key=lambda d: (d.due, d.key)))
    consulted(request, "clock", "clock", own=len(own), area=len(theirs))
    context = {
        "own": rows_of(own, now),
        "area": rows_of(theirs[:MOST], now),
        "more": max(len(theirs) - MOST, 0),
        "leads": bool(leads),
    }
    return render(request, "deadlines/clock.html", context)


def rows_of(deadlines: Iterable[Deadline], now: datetime) -> list[DeadlineRow]:
    """Return the lines of a list."""
    listed = list(deadlines)
    raised: dict[str, str] = {}
    keys = [f"{d.key}#{step}" for d in listed for step in range(3)]
    for key, to in Escalation.objects.filter(key__in=keys).order_by("id").values_list("key", "to"):
        raised[key.rpartition("#")[0]] = to
    found = []
    for deadline in listed:
        due = datetime.fromtimestamp(deadline.due, UTC)
        left, late = time_left(due, now), due < now
        went_up = raised.get(deadline.key, "")
        about = _about(deadline)
        found.append(DeadlineRow(deadline, due, left, address_of(deadline), late, went_up, about))
    return found


def seen_by(person: Person, deadlines: Iterable[Deadline]) -> list[Deadline]:
    """Leave out what is about a record that is sealed from this person."""
    listed = list(deadlines)
    referrals = set(visible_referrals(person).values_list("pk", flat=True))
    concerns = set(visible_concerns(person).values_list("pk", flat=True))
    sealed = set(Case.objects.filter(sealed=True).values_list("case_id", flat=True))
    found = []
    for deadline in listed:
        kind, _, told = deadline.subject.partition(":")
        if kind == "referral":
            seen = int(told) in referrals
        elif kind == CONCERN:
            seen = int(told) in concerns
        elif kind == "case" and told not in sealed:
            seen = True
        else:
            abouts = [case.about() for case in cases_of(deadline.subject) if case.sealed]
            seen = all(rule(person, Permission.SEE_RECORD, about).allowed for about in abouts)
        if seen:
            found.append(deadline)
    return found


def _about(deadline: Deadline) -> str:
    """Return the record that a line or a lead is of, where its own words do not name it."""
    kind, _, told = deadline.subject.partition(":")
    return f"{told}: " if kind == "case" and told not in deadline.what else ""


def address_of(deadline: Deadline) -> str:
    """Return the page on which it is done."""
    kind, _, told = deadline.subject.partition(":")
    if kind in ("referral", CONCERN, "warn"):
        return reverse(kind, args=[int(told)])
    if kind == "case":
        return reverse("family" if deadline.kind in (PROMISE, CONTACT) else "record", args=[told])
    return ""
