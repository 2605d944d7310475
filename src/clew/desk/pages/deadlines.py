"""The page of deadlines: a person's own, their team's, and for those who lead it the area's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clew.assurance.machine import Deadline
from clew.desk.accounts.rules import Permission, Person
from clew.desk.casework.deadlines import CONTACT, PROMISE, REVIEW, SEAL, time_left
from clew.desk.casework.models.status import Escalation
from clew.desk.casework.own_deadlines import LEADS, deadlines_for
from clew.desk.ledger.clock import desk_now
from clew.desk.pages.addresses import address_of
from clew.desk.records.naming import names_in
from clew.desk.web.guard import consulted, guarded, person_of

MOST = 300
"""Declared: lines of the area's list, the next ones; the rest are counted."""
PAGE_OF = {PROMISE: "family", CONTACT: "family", REVIEW: "re-audit", SEAL: "seal"}
"""The page on which a deadline about a record is met; else the record's own."""


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
    person, now = person_of(request), desk_now()
    seen = deadlines_for(person, now)
    consulted(request, "clock", "clock", own=len(seen.own) + len(seen.team), area=len(seen.area))
    context = {
        "own": _rows(seen.own, now, person),
        "team": _rows(seen.team, now, person),
        "taken": _rows(seen.taken, now, person),
        "area": _rows(seen.area[:MOST], now, person),
        "more": max(len(seen.area) - MOST, 0),
        "leads": bool(person.roles().intersection(LEADS)),
    }
    return render(request, "deadlines/clock.html", context)


def _rows(deadlines: list[Deadline], now: datetime, person: Person) -> list[DeadlineRow]:
    """Return the lines of a list; a record that the reader may open is named in words."""
    names = names_in([deadline.subject for deadline in deadlines], person)
    raised: dict[str, str] = {}
    keys = [f"{deadline.key}#{step}" for deadline in deadlines for step in range(3)]
    for key, to in Escalation.objects.filter(key__in=keys).order_by("id").values_list("key", "to"):
        raised[key.rpartition("#")[0]] = to
    rows = []
    for deadline in deadlines:
        due = datetime.fromtimestamp(deadline.due, UTC)
        kind, _, number = deadline.subject.partition(":")
        address = address_of(deadline.subject, PAGE_OF.get(deadline.kind, "record"))
        about = f"{number}: " if kind == "case" and number not in deadline.what else ""
        if number in names:
            about = f"{names[number]}: "
        escalated_to = raised.get(deadline.key, "")
        left = time_left(due, now)
        rows.append(DeadlineRow(deadline, due, left, address, due < now, escalated_to, about))
    return rows
