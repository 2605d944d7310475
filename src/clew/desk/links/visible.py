"""Which pairs whoever asks may see: one of the two lies in an own area, and no seal is passed."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from clew.desk.accounts.rules import About, Do, Person, Ruling, areas_of, rule
from clew.desk.cases.models import Case
from clew.desk.cases.visible import opened_to
from clew.desk.links.models import Pair
from clew.desk.web.guard import Refused, person_of


def unsealed_pairs(person: Person, act: Do) -> QuerySet[Pair]:
    """Return the pairs of which neither record is sealed from `person`; areas are not asked."""
    first = Q(first__sealed=False) | opened_to(person, act, "first__")
    second = Q(second__sealed=False) | opened_to(person, act, "second__")
    return Pair.objects.filter(first, second)


def visible_pairs(person: Person, act: Do) -> QuerySet[Pair]:
    """Return the pairs of which either record lies in an area of `person`, none behind a seal."""
    areas = areas_of(person, act)
    pairs = unsealed_pairs(person, act)
    return pairs if areas is None else pairs.filter(in_areas(areas))


def in_areas(areas: Collection[str]) -> Q:
    """Return the condition that either record of a pair lies in one of some areas."""
    return Q(area__in=areas) | Q(other_area__in=areas)


def pair_of(request: HttpRequest, act: Do, number: int) -> Pair:
    """Return a pair that whoever asks may see.

    Two deaths that may belong together often lie in two areas: whoever works in either sees the
    comparison. The whole of the other record is another matter, and asked for by itself.

    Raises
    ------
    Refused
        If there is none, neither record lies in an own area, or one is sealed.
    """
    subject = f"pair:{number}"
    pair = Pair.objects.select_related("first", "second", "link__run").filter(pk=number).first()
    if pair is None:
        raise Refused(Ruling(False, "there is no such pair", hidden=True), act, subject)
    cases = (pair.first, pair.second)
    person = person_of(request)
    for case in cases:
        if case.sealed:
            _must(rule(person, act, case.about()), act, subject)
    rulings = [rule(person, act, About(case.area)) for case in cases]
    if not any(ruling.allowed for ruling in rulings):
        raise Refused(rulings[0], act, subject)
    return pair


def _must(ruling: Ruling, act: Do, subject: str) -> None:
    """Refuse as 'not found', whatever the reason: that a record is sealed is not told."""
    if not ruling.allowed:
        raise Refused(Ruling(False, ruling.reason, hidden=True), act, subject)


def may_open(request: HttpRequest, case: Case) -> bool:
    """Tell whether whoever asks may open the record itself."""
    return rule(person_of(request), Do.SEE_RECORD, case.about()).allowed
