"""What other pages ask of concerns: which are open, which somebody may see."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from clew.assurance.concern import CHALLENGED, OWNED, RECEIVED
from clew.desk.accounts.rules import (
    POLICE,
    About,
    Do,
    Person,
    Ruling,
    areas_of,
    rule,
)
from clew.desk.cases.models import Case
from clew.desk.cases.visible import opened_to
from clew.desk.concerns.models import Concern
from clew.desk.links.models import Judgement, Pair
from clew.desk.web.guard import Refused, person_of

WAITING = (RECEIVED, OWNED, CHALLENGED)
ADOPTERS = 2
"""Settled (issue 9): nobody outside is told of a similarity before two people adopt it."""


def open_concerns_of(case: Case) -> list[str]:
    """Return the concerns about a record that wait for an answer, each in words."""
    waiting = case.concerns.filter(state__in=WAITING).order_by("pk")
    return [f"Concern {one.reference}: {one.standing().lower()}" for one in waiting]


def said_of(case: Case) -> list[str]:
    """Return what people outside said of a record, in their own words, oldest first."""
    told = case.concerns.select_related("words").order_by("received_at", "pk")
    return [f"{one.get_who_display()}: {one.words.says}" for one in told]


def visible_concerns(person: Person) -> QuerySet[Concern]:
    """Return the concerns that `person` may see.

    A police role sees those of its areas, and those it took; none about a record that is sealed
    from it. Whoever is only a coroner's officer sees those that he entered, and no other.
    """
    if not rule(person, Do.TAKE_CONCERN).allowed:
        return Concern.objects.none()
    mine = Q(taken_by__name=person.name)
    if not person.roles() & POLICE:
        return Concern.objects.filter(mine)
    open_ = Q(case=None) | Q(case__sealed=False)
    open_ |= Q(case__in=Case.objects.filter(opened_to(person, Do.SEE_RECORD)).values("pk"))
    found = Concern.objects.filter(open_)
    areas = areas_of(person, Do.TAKE_CONCERN, POLICE)
    if areas is None:
        return found
    return found.filter(mine | Q(area__in=areas) | Q(case__area__in=areas))


def concern_of(request: HttpRequest, act: Do, number: int) -> Concern:
    """Return a concern that whoever asks may see, and on which the act is allowed.

    Raises
    ------
    Refused
        As 'not found' if it may not be seen.
    """
    person, subject = person_of(request), f"concern:{number}"
    asked = visible_concerns(person).filter(pk=number)
    one = asked.select_related("words", "case", "owner", "taken_by").first()
    if one is None:
        raise Refused(Ruling(False, "there is no such concern", hidden=True), act, subject)
    if act is not Do.TAKE_CONCERN:
        rulings = [rule(person, act, About(area)) for area in _areas(one)]
        if not any(ruling.allowed for ruling in rulings):
            raise Refused(rulings[0], act, subject)
    return one


def _areas(one: Concern) -> list[str]:
    return [one.area, *([one.case.area] if one.case else [])]


def may_answer(person: Person, one: Concern) -> bool:
    """Tell whether `person` may own and answer a concern."""
    return any(rule(person, Do.ANSWER_CONCERN, About(area)).allowed for area in _areas(one))


def adopted(pair: Pair) -> bool:
    """Tell whether two people adopted a pair: it stands linked, and both last judged it so."""
    if pair.state != Pair.LINKED:
        return False
    # In the order in which they were recorded, so that the last of each person counts.
    last = dict(Judgement.objects.filter(pair=pair).values_list("account", "verdict"))
    return sum(verdict == "linked" for verdict in last.values()) >= ADOPTERS
