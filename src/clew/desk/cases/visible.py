"""Which records whoever asks may see: the rules of `accounts/rules.py` as one query."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from clew.desk.accounts.rules import (
    EVERYWHERE,
    MAY,
    PASSES_SEALS,
    SECOND_FACTOR,
    Do,
    Person,
    areas_of,
)
from clew.desk.cases.models import Case, Opening


def visible_to(person: Person, act: Do) -> QuerySet[Case]:
    """Return the records on which the rules allow `act`: by area, and none behind a seal."""
    areas = areas_of(person, act)
    cases = Case.objects.all()
    if areas is not None:
        cases = cases.filter(area__in=areas)
    return cases.filter(Q(sealed=False) | opened_to(person, act))


def opened_to(person: Person, act: Do, prefix: str = "") -> Q:
    """Return which sealed records were opened to this person; `prefix` leads to the record."""
    passing = {
        holding.area
        for holding in person.holdings
        if holding.role in PASSES_SEALS
        and act in MAY[holding.role]
        and (person.second_factor or holding.role not in SECOND_FACTOR)
    }
    if not passing or not person.active:
        return Q(**{f"{prefix}pk__in": []})
    opened = Opening.objects.filter(account__name=person.name, closed_at=None).values("case")
    found = Q(**{f"{prefix}pk__in": opened})
    return found if EVERYWHERE in passing else found & Q(**{f"{prefix}area__in": passing})
