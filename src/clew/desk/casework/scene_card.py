"""Keeping a scene card: facts seen at a scene, on an existing record or a new one with an owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Role
from clew.desk.casework.deadlines import FRESH
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import ENGINE, instant_text, write
from clew.desk.records.card import facts_of
from clew.desk.records.facts import add_facts, set_columns
from clew.desk.records.hand_ins import CardNumbers
from clew.desk.records.models import Case, Fact, SceneCard
from clew.desk.records.who_to_tell import holders, those_who_may
from clew.desk.web.guard import person_of

PRECISION_M = 50
"""Declared: within how many metres a place from a phone, or typed at the scene, is right."""
PLAIN = ("premises", "sex", "age_years")
OWNERS_AT_ONCE = 10
"""Declared: deaths that one transaction gives owners: two notices and ledger rows each."""


def keep_card(
    request: HttpRequest,
    form_data: Mapping[str, Any],
    answers: Mapping[str, str],
    case: Case | None,
) -> SceneCard:
    """Save a card on a record, or as a new record; call it within a transaction.

    A new record is the card: it is reported when the desk gets the card, and all of it is known
    then, so the engine compares it once and whole. On an existing record, what the card adds
    becomes facts, all recorded at one time.
    """
    assert isinstance(request.user, Account)
    person, now = person_of(request), desk_now().replace(microsecond=0)
    seen_at, new = timezone.localtime(form_data["seen_at"]), case is None
    if case is None:
        case = Case.objects.create(case_id=_next_number(seen_at.year), reported_at=now)
    card = SceneCard.objects.create(
        key=form_data["card"], case=case, account=request.user, seen_at=form_data["seen_at"],
        sent_at=now, answers=dict(answers),
    )  # fmt: skip
    seen = f"At {seen_at:%H:%M} on {seen_at.day} {seen_at:%B %Y}"
    if form_data["latitude"] is not None:
        seen += f", at {form_data['latitude']:.5f}, {form_data['longitude']:.5f}"
    report = facts_of(answers, f"{seen}.", form_data["own_words"])
    known = case.texts.get("now", {})
    facts = [
        Fact(field=name, value=value)
        for name, value in _single_values(form_data).items()
        if name not in known
    ]
    if new:
        facts.append(Fact(field="area", value=form_data["area"]))
        facts += [
            Fact(field=field, value="; ".join(elements))
            for field, elements in report.elements.items()
        ]
    else:
        facts += [
            Fact(field=field, op="add", value=element)
            for field, elements in report.elements.items()
            for element in elements
        ]
    if report.absent:
        facts.append(Fact(field="looked_for_and_absent", value="; ".join(report.absent)))
    facts.append(Fact(field="narrative" if new else "scene_card", value=report.words))
    for fact in facts:
        fact.case, fact.card, fact.basis, fact.entered_by = case, card, "seen", person.name
        fact.from_report = new
        fact.source = f"scene card by {request.user.full_name}"[:300]
        fact.known_to = form_data["area"] if new else case.area or "those at the scene"
        fact.known_at, fact.recorded_at = instant_text(form_data["seen_at"]), instant_text(now)
    if not new:
        add_facts(case, facts, person.name, person.purpose)
        return card
    Fact.objects.bulk_create(facts)
    cells = {fact.field: fact.value for fact in facts}
    case.texts = {"report": cells, "now": cells, "to_the_minute": True}
    set_columns(case)
    case.save()
    write(
        Act.COLLECTION, case_subject(case.case_id), person.name, person.purpose,
        file="scene card", card=str(card.key),
    )  # fmt: skip
    give_owner(case)
    return card


def _next_number(year: int) -> str:
    """Return the next number of a year, from a counter; one that a file took is passed over."""
    CardNumbers.objects.get_or_create(year=year)
    counter = CardNumbers.objects.select_for_update().get(year=year)
    start = f"SCENE-{year}-"
    held = set(Case.objects.filter(case_id__startswith=start).values_list("case_id", flat=True))
    counter.last += 1
    while (number := f"{start}{counter.last:05d}") in held:
        counter.last += 1
    counter.save(update_fields=["last"])
    return number


def _single_values(form_data: Mapping[str, Any]) -> dict[str, str]:
    """Return the place and the other single values of a card, by field."""
    values = {}
    if form_data["latitude"] is not None:
        values = {
            "latitude": f"{form_data['latitude']:.6f}",
            "longitude": f"{form_data['longitude']:.6f}",
            "location_precision_m": str(PRECISION_M),
        }
    for name in PLAIN:
        value = form_data[name]
        if value not in ("", None):
            values[name] = f"{value:g}" if name == "age_years" else value
    return values


def give_owners(
    as_of: datetime, batch: Callable[[], AbstractContextManager[None]] = transaction.atomic
) -> int:
    """Assign each fresh death without an owner to a supervisor of its area; return how many.

    One that was reported longer ago than FRESH is history, and gets an owner when it is taken up.
    `batch` opens the transaction of a few deaths.
    """
    fresh = Case.objects.filter(
        kind="death", owner=None, reported_at__gt=as_of - FRESH, reported_at__lte=as_of
    )
    numbers = list(fresh.order_by("reported_at", "pk").values_list("pk", flat=True))
    given = 0
    for k in range(0, len(numbers), OWNERS_AT_ONCE):
        part = Case.objects.filter(pk__in=numbers[k : k + OWNERS_AT_ONCE], owner=None)
        with batch():
            ordered = part.order_by("reported_at", "pk").select_for_update()
            given += sum(give_owner(case) for case in ordered)
    return given


def give_owner(case: Case) -> bool:
    """Assign a death to the supervisor of its area with the fewest records; False if none.

    Those of the area itself come before those of all areas, then the first by name. An account
    that must not see the record never owns it.
    """
    able = those_who_may(holders(Role.SUPERVISOR, [case.area]), [case])
    local = [a for a in able if case.area in {held.area for held in a.person().holdings}]
    owner = min(local or able, key=lambda a: (a.owned.count(), a.name), default=None)
    if owner is None:
        return False
    case.owner = owner
    case.save(update_fields=["owner"])
    write(
        Act.ALTERATION, case_subject(case.case_id), ENGINE, what="owner", before="",
        after=owner.name, reason="the first owner: a supervisor of the area",
    )  # fmt: skip
    notify(
        [owner],
        f"You are the owner of {case.case_id} until you assign it to someone else",
        case_subject(case.case_id),
    )
    return True
