"""Which records somebody may see, as a question to the database: the same answer as `rules.rule`.

Every list, count, queue and map asks here. What the rules would refuse is not in the answer, and
nothing tells that it was left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from clew.desk.accounts.rules import PASSES_SEALS, AccessDecision, Permission, Person, areas_of
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case, SealAccess
from clew.desk.web.guard import Refused, check


def visible_to(person: Person, act: Permission) -> QuerySet[Case]:
    """Return the records on which `person` may do `act`: by area, and by the seals."""
    return Case.objects.filter(may(person, act))


def on_paper(person: Person, act: Permission) -> QuerySet[Case]:
    """Return the records that may stand on a printed page or one for a family: none with a seal.

    A sealed one gets there by an act alone: `sealing.give_on_paper`.
    """
    return visible_to(person, act).filter(sealed=False)


def may(person: Person, act: Permission, at: str = "") -> Q:
    """Return the condition itself, for rows that lead to a record.

    Parameters
    ----------
    at
        The way to the record, with its underscores: `first__` for the first of a pair.
    """
    plain = Q(**{f"{at}sealed": False}) & _within(areas_of(person, act), at)
    return plain | opened_to(person, act, at)


def opened_to(person: Person, act: Permission, at: str = "") -> Q:
    """Return the condition of the sealed records whose seal `person` may pass; `at` as in `may`."""
    opened = SealAccess.objects.filter(account__name=person.name, closed_at=None).values("case")
    own = Q(**{f"{at}pk__in": opened})
    own |= Q(**{f"{at}sealed_by": person.name}) | Q(**{f"{at}seal_agreed_by": person.name})
    return Q(**{f"{at}sealed": True}) & _within(areas_of(person, act, PASSES_SEALS), at) & own


def unsealed_to(person: Person, act: Permission, at: str = "") -> Q:
    """Return the condition that no seal keeps a record from `person`; areas are not asked."""
    return Q(**{f"{at}sealed": False}) | opened_to(person, act, at)


def sealed_from(person: Person, act: Permission) -> QuerySet[Case]:
    """Return the records that a seal keeps from `person`."""
    sealed = Case.objects.filter(sealed=True)
    return sealed.exclude(pk__in=sealed.filter(opened_to(person, act)).values("pk"))


AT_ONCE = 500
"""Declared: numbers asked for in one query."""


def open_numbers(person: Person, act: Permission, numbers: Iterable[str]) -> set[str]:
    """Return those of some numbers that may be named to `person`: a record has each, unsealed.

    A sealed record's number and one that no record has are both left out, so that nothing tells
    the one from the other. Areas are not asked: records of other areas are named, not opened.
    """
    listed, found = sorted(set(numbers)), set[str]()
    for k in range(0, len(listed), AT_ONCE):
        part = Case.objects.filter(case_id__in=listed[k : k + AT_ONCE])
        found |= set(part.filter(unsealed_to(person, act)).values_list("case_id", flat=True))
    return found


def _within(areas: frozenset[str] | None, at: str) -> Q:
    return Q() if areas is None else Q(**{f"{at}area__in": sorted(areas)})


def record_of(request: HttpRequest, act: Permission, case_id: str) -> Case:
    """Return a record that whoever asks may see; a sealed one reads as 'not found'.

    Raises
    ------
    Refused
        If there is none, or it may not be seen.
    """
    subject = case_subject(case_id)
    case = Case.objects.filter(case_id=case_id).first()
    if case is None:
        raise Refused(AccessDecision(False, "there is no such record", hidden=True), act, subject)
    check(request, act, case.about(), subject)
    return case
