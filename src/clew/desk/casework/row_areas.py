"""Which rows of the ledger are about other areas than those whose ledger somebody may read.

A row is of the areas of the records that it is about. A row about no record is of the areas of the
note, proposal or account that it is about, or of the person who acted. What is of no single area,
as the acts of somebody with a role for all, takes a role for all areas to read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Model

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import EVERYWHERE, Permission, Person, areas_of
from clew.desk.casework.models.concerns import Concern
from clew.desk.casework.models.referrals import Referral, WarnDecision
from clew.desk.ledger.models import Entry
from clew.desk.ledger.subjects import records_in
from clew.desk.records.hand_ins import HandIn, Proposal
from clew.desk.records.models import Case
from clew.desk.review.models import Decision, Meeting

Areas = set[str]
BY_NUMBER: Mapping[str, tuple[type[Model], str, tuple[str, ...]]] = {
    "referral": (Referral, "pk", ("cases__area",)),
    "concern": (Concern, "pk", ("area", "case__area")),
    "warn": (WarnDecision, "pk", ("pair__first__area", "pair__second__area")),
    "decision": (Decision, "number", ("area",)),
    "proposal": (Proposal, "pk", ("area", "case__area")),
    "account": (Account, "pk", ("grants__area",)),
    "hand-in": (HandIn, "pk", ()),
}
"""Subjects that end in a number: the table, the column of the number, and where its areas are."""
AT_ONCE = 500
"""Declared: numbers asked for in one query."""


def outside(person: Person, rows: Iterable[Entry]) -> set[int]:
    """Return the numbers of the rows that are about other areas; none for who reads them all."""
    held = areas_of(person, Permission.SEE_LEDGER)
    if held is None:
        return set()
    listed = [row for row in rows if row.actor != person.name]
    of_records = _areas_of_records({one for row in listed for one in records_in(row.subject)})
    of_numbers = _areas_of_numbers({row.subject for row in listed})
    of_meetings = _areas_of_meetings(listed)
    of_actors = _areas_of_actors({row.actor for row in listed})
    found = set()
    for row in listed:
        ids = records_in(row.subject)
        if ids:
            areas = set[str]().union(*(of_records.get(one, set()) for one in ids))
        elif row.subject in of_numbers:
            areas = of_numbers[row.subject]
        elif row.number in of_meetings:
            areas = {of_meetings[row.number]}
        else:
            areas = of_actors.get(row.actor, set())
            if EVERYWHERE in areas:
                areas = set()
        if not areas & held:
            found.add(row.number)
    return found


def _areas_of_records(numbers: Collection[str]) -> dict[str, Areas]:
    listed, found = sorted(numbers), dict[str, Areas]()
    for k in range(0, len(listed), AT_ONCE):
        cases = Case.objects.filter(case_id__in=listed[k : k + AT_ONCE])
        found |= {case_id: {area} for case_id, area in cases.values_list("case_id", "area")}
    return found


def _areas_of_numbers(subjects: Iterable[str]) -> dict[str, Areas]:
    """Return the areas of subjects that end in a number; those without an area are left out."""
    numbers: dict[str, set[int]] = {}
    for subject in subjects:
        kind, _, number = subject.partition(":")
        if kind in BY_NUMBER and number.isascii() and number.isdigit() and len(number) < 10:
            numbers.setdefault(kind, set()).add(int(number))
    found: dict[str, Areas] = {}
    for kind, asked in numbers.items():
        model, key, paths = BY_NUMBER[kind]
        if not paths:
            continue
        rows = model._default_manager.filter(**{f"{key}__in": sorted(asked)})
        for number, *areas in rows.values_list(key, *paths):
            named = {area for area in areas if area is not None}
            found.setdefault(f"{kind}:{number}", set()).update(named)
    return found


def _areas_of_meetings(rows: Iterable[Entry]) -> dict[int, str]:
    meetings: dict[int, int] = {}
    for row in rows:
        if row.subject.startswith("morning:"):
            number = json.loads(row.body).get("meeting")
            if isinstance(number, int):
                meetings[row.number] = number
    areas = dict(Meeting.objects.filter(pk__in=set(meetings.values())).values_list("pk", "area"))
    return {row: areas[number] for row, number in meetings.items() if number in areas}


def _areas_of_actors(names: Collection[str]) -> dict[str, Areas]:
    found: dict[str, Areas] = {}
    rows = Account.objects.filter(name__in=sorted(names), grants__isnull=False)
    for name, area in rows.values_list("name", "grants__area"):
        found.setdefault(name, set()).add(area)
    return found
