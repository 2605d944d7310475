"""Withdrawing a scene card: further facts take back what it added, and nothing is deleted."""

from __future__ import annotations

from django.http import HttpRequest

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import EVERYWHERE, Permission, Person, Role, rule
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.card import LISTS
from clew.desk.records.facts import add_facts, after, items_of
from clew.desk.records.models import Case, Fact, SceneCard
from clew.desk.web.guard import person_of
from clew.errors import ActRefused

STAYS = frozenset({"area"})
"""Fields that stay when a card is withdrawn: without its area nobody could open the record."""
WITHDRAWN = "withdrawn"
"""The basis of a fact that takes another back."""


def may_withdraw(person: Person, card: SceneCard) -> bool:
    """Tell whether a person may withdraw a card: the sender, or a supervisor of the area."""
    if card.withdrawn_at or not rule(person, Permission.REPORT, card.case.about()).allowed:
        return False
    areas = {held.area for held in person.holdings if held.role is Role.SUPERVISOR}
    return card.account.name == person.name or bool(areas & {EVERYWHERE, card.case.area})


def withdraw_card(request: HttpRequest, number: int, reason: str) -> SceneCard:
    """Withdraw a card, once; call it within a transaction.

    Raises
    ------
    ActRefused
        If it was withdrawn before, or was saved before facts named their card.
    """
    assert isinstance(request.user, Account)
    person, now = person_of(request), desk_now()
    locked = SceneCard.objects.select_for_update(of=("self",)).select_related("case")
    card = locked.get(pk=number)
    if card.withdrawn_at:
        raise ActRefused("this card has already been withdrawn")
    if not card.facts.exists():
        raise ActRefused("Clew did not record what this card added. Correct the record instead")
    case = Case.objects.select_for_update().get(pk=card.case_id)
    facts = facts_that_take_back(case, card)
    for fact in facts:
        fact.case, fact.card, fact.basis, fact.entered_by = case, card, WITHDRAWN, person.name
        fact.source = f"scene card withdrawn by {request.user.full_name}: {reason}"[:300]
        fact.known_to = case.area or "those at the scene"
        fact.known_at = fact.recorded_at = instant_text(now)
    card.withdrawn_at, card.withdrawn_by, card.withdrawal_reason = now, request.user, reason
    card.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    write(
        Act.ALTERATION, case_subject(case.case_id), person.name, person.purpose,
        what="scene card withdrawn", card=str(card.key), reason=reason,
    )  # fmt: skip
    add_facts(case, facts, person.name, person.purpose)
    return card


def facts_that_take_back(case: Case, card: SceneCard) -> list[Fact]:
    """Return facts that leave the record as it would be if the card had never been sent.

    What another source states too stays, and so does what a later fact replaced.
    """
    without = _values_without(case, card)
    now = case.texts.get("now", {})
    facts = []
    for fact in card.facts.filter(erased_at=None).exclude(field__in=STAYS).order_by("id"):
        present, rest = now.get(fact.field, ""), without.get(fact.field, "")
        if fact.field in LISTS:
            facts += [
                Fact(field=fact.field, op="withdraw", value=item)
                for item in items_of(fact.value)
                if item in items_of(present) and item not in items_of(rest)
            ]
        elif present == fact.value and rest != present:
            facts.append(Fact(field=fact.field, value=rest))
    return facts


def _values_without(case: Case, card: SceneCard) -> dict[str, str]:
    """Return the record's values without this card and without those withdrawn before."""
    gone = [card.pk, *case.cards.exclude(withdrawn_at=None).values_list("pk", flat=True)]
    ruled = set(case.texts.get("ruled", ()))
    values: dict[str, str] = {}
    for fact in case.facts.filter(erased_at=None).exclude(card__in=gone).order_by("id"):
        if not (fact.from_report and fact.field in ruled):
            values[fact.field] = after(values.get(fact.field, ""), fact.op, fact.value)
    return values
