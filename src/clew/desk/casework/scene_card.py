"""Keeping a scene card: facts that were seen, on a record that is there or a new one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Role
from clew.desk.casework.line_deadlines import FRESH
from clew.desk.ledger.models import Act, Head
from clew.desk.ledger.write import ENGINE, instant_text, write
from clew.desk.records.card import CardReport, facts_of
from clew.desk.records.models import Case, Fact, SceneCard
from clew.desk.records.take_in import add_facts
from clew.desk.records.who_to_tell import holders, those_who_may
from clew.desk.web.guard import person_of

PRECISION_M = 50
"""Declared: within how many metres a place from a phone, or typed at the scene, lies."""
PLAIN = ("premises", "sex", "age_years")


def keep_card(
    request: HttpRequest, told: Mapping[str, Any], answers: Mapping[str, str], case: Case | None
) -> SceneCard:
    """Make the facts of a card, and the record if there is none; call it within a transaction."""
    assert isinstance(request.user, Account)
    person = person_of(request)
    new = case is None
    if case is None:
        case = _new_record(told)
        write(
            Act.COLLECTION, f"case:{case.case_id}", person.name, person.purpose, file="scene card"
        )
    made = facts_of(answers, _where(told), told["own_words"])
    facts = list(_facts(case, told, made, new=new))
    source = f"scene card by {request.user.full_name}"
    for fact in facts:
        fact.source, fact.entered_by = source[:300], person.name
        fact.known_to = case.area or "who was at the scene"
        fact.known_at = instant_text(told["seen_at"])
        fact.recorded_at = instant_text(timezone.now())
        fact.basis = "seen"
    add_facts(case, facts, person.name, person.purpose)
    if new:
        _give_owner(case)
    return SceneCard.objects.create(
        key=told["card"], case=case, account=request.user, seen_at=told["seen_at"],
        answers=dict(answers),
    )  # fmt: skip


def _give_owner(case: Case) -> None:

    give_owner(case)


def _where(told: Mapping[str, Any]) -> str:
    """Return when and where it was seen, as a sentence."""
    at = timezone.localtime(told["seen_at"])
    place = ""
    if told["latitude"] is not None:
        place = f", at {told['latitude']:.5f}, {told['longitude']:.5f}"
    return f"At {at:%H:%M} on {at.day} {at:%B %Y}{place}."


def _new_record(told: Mapping[str, Any]) -> Case:
    """Make a record under the next number of the year; whoever numbers waits for the ledger."""
    Head.objects.select_for_update().first()
    year = timezone.localtime(told["seen_at"]).year
    start = f"SCENE-{year}-"
    taken = Case.objects.filter(case_id__startswith=start).order_by("-case_id").first()
    number = int(taken.case_id.removeprefix(start)) + 1 if taken else 1
    return Case.objects.create(
        case_id=f"{start}{number:05d}", reported_at=told["seen_at"], area=told["area"].strip(),
        latitude=told["latitude"], longitude=told["longitude"], texts={"report": {}, "now": {}},
    )  # fmt: skip


def _facts(case: Case, told: Mapping[str, Any], made: CardReport, *, new: bool) -> Iterator[Fact]:
    """Yield the facts of a card; on a record that is there, only what it adds."""
    now = case.texts.get("now", {})
    if new and case.area:
        yield Fact(case=case, field="area", value=case.area)
    if told["latitude"] is not None and (new or "latitude" not in now):
        yield Fact(case=case, field="latitude", value=f"{told['latitude']:.6f}")
        yield Fact(case=case, field="longitude", value=f"{told['longitude']:.6f}")
        yield Fact(case=case, field="location_precision_m", value=str(PRECISION_M))
    for name in PLAIN:
        value = told[name]
        if value not in ("", None) and name not in now:
            yield Fact(case=case, field=name, value=f"{value:g}" if name == "age_years" else value)
    for field, elements in made.elements.items():
        for element in elements:
            yield Fact(case=case, field=field, op="add", value=element)
    if made.absent:
        yield Fact(case=case, field="looked_for_and_absent", value="; ".join(made.absent))
    words = "narrative" if new else "scene_card"
    yield Fact(case=case, field=words, value=made.words)


# Every death has a named owner from the first day on; handing it over is an act of its own.


@transaction.atomic
def give_owners(as_of: datetime) -> int:
    """Give each fresh death that nobody owns to a supervisor of its area; return how many.

    One that was reported longer ago than FRESH is history, and is owned when somebody takes it up.
    """
    fresh = Case.objects.filter(
        kind="death", owner=None, reported_at__gt=as_of - FRESH, reported_at__lte=as_of
    )
    return sum(give_owner(case) for case in fresh.order_by("reported_at", "pk"))


def give_owner(case: Case) -> bool:
    """Give a death to the supervisor of its area who owns the fewest; False where there is none.

    Those of the area itself come before those of all areas. Whoever must not see it never owns it.
    """
    able = those_who_may(holders(Role.SUPERVISOR, [case.area]), [case])
    local = [one for one in able if case.area in {held.area for held in one.person().holdings}]
    owner = _fewest(local or able)
    if owner is None:
        return False
    case.owner = owner
    case.save(update_fields=["owner"])
    write(
        Act.ALTERATION, f"case:{case.case_id}", ENGINE, what="owner", before="", after=owner.name,
        reason="the first owner: a supervisor of the area",
    )  # fmt: skip
    notify([owner], f"You own {case.case_id} until you hand it over", f"case:{case.case_id}")
    return True


def _fewest(able: Iterable[Account]) -> Account | None:
    """Return who owns the fewest records; of those that own as many, the first by name."""
    return min(able, key=lambda one: (one.owned.count(), one.name), default=None)
