"""The page of deadlines: one's own first, and for a supervisor the area's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from clew.assurance.machine import Deadline
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
"""Who sees every deadline of the area, whoever owns it."""


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """A deadline as a line of the page. `address` "" where there is no page for it."""

    deadline: Deadline
    due: datetime
    left: str
    address: str
    late: bool
    escalated_to: str
    about: str


@guarded(Permission.TAKE_CONCERN)
def clock(request: HttpRequest) -> HttpResponse:
    """Show the deadlines, the next first."""
    person, now = person_of(request), timezone.now()
    in_order = sorted(all_deadlines(now), key=lambda deadline: (deadline.due, deadline.key))
    own = _seen_by(person, [d for d in in_order if d.owner == person.name])
    areas = {grant.area for grant in person.holdings if grant.role in LEADS}
    others = [d for d in in_order if d.owner != person.name and areas & {d.area, EVERYWHERE}]
    theirs = _seen_by(person, others)
    consulted(request, "clock", "clock", own=len(own), area=len(theirs))
    context = {
        "own": _rows(own, now),
        "area": _rows(theirs[:MOST], now),
        "more": max(len(theirs) - MOST, 0),
        "leads": bool(areas),
    }
    return render(request, "deadlines/clock.html", context)


def _rows(deadlines: list[Deadline], now: datetime) -> list[DeadlineRow]:
    """Return the lines of a list; a record is named where the deadline's own words do not."""
    raised: dict[str, str] = {}
    keys = [f"{deadline.key}#{step}" for deadline in deadlines for step in range(3)]
    for key, to in Escalation.objects.filter(key__in=keys).order_by("id").values_list("key", "to"):
        raised[key.rpartition("#")[0]] = to
    rows = []
    for deadline in deadlines:
        due = datetime.fromtimestamp(deadline.due, UTC)
        kind, _, number = deadline.subject.partition(":")
        address = about = ""
        if kind in ("referral", CONCERN, "warn"):
            address = reverse(kind, args=[int(number)])
        elif kind == "case":
            page = "family" if deadline.kind in (PROMISE, CONTACT) else "record"
            address = reverse(page, args=[number])
            about = "" if number in deadline.what else f"{number}: "
        escalated_to = raised.get(deadline.key, "")
        left = time_left(due, now)
        rows.append(DeadlineRow(deadline, due, left, address, due < now, escalated_to, about))
    return rows


def _seen_by(person: Person, deadlines: Iterable[Deadline]) -> list[Deadline]:
    """Leave out what is about a record that is sealed from this person."""
    referrals = set(visible_referrals(person).values_list("pk", flat=True))
    concerns = set(visible_concerns(person).values_list("pk", flat=True))
    sealed = set(Case.objects.filter(sealed=True).values_list("case_id", flat=True))
    shown = []
    for deadline in deadlines:
        kind, _, number = deadline.subject.partition(":")
        if kind == "referral":
            may_see = int(number) in referrals
        elif kind == CONCERN:
            may_see = int(number) in concerns
        elif kind == "case" and number not in sealed:
            may_see = True
        else:
            abouts = [case.about() for case in cases_of(deadline.subject) if case.sealed]
            may_see = all(rule(person, Permission.SEE_RECORD, about).allowed for about in abouts)
        if may_see:
            shown.append(deadline)
    return shown
