"""What other pages ask of referrals: which are open, which somebody may see, what they lead to."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.http import HttpRequest

from clew.assurance.referral import WAITS
from clew.desk.accounts.rules import NOTHING, Do, Person, Ruling, areas_of, rule
from clew.desk.cases.models import Case
from clew.desk.cases.visible import opened_to
from clew.desk.referrals.models import Referral
from clew.desk.web.guard import Refused, person_of

MOST_NAMED = 20
"""Declared: records of one referral, so that it stays one page."""


def open_referrals_of(case: Case) -> list[str]:
    """Return the referrals of a record that wait for an answer, each in words."""
    waiting = case.referrals.filter(state__in=WAITS).order_by("pk")
    return [f"Referral {one.pk}: {one.standing()}" for one in waiting]


def visible_referrals(person: Person) -> QuerySet[Referral]:
    """Return the referrals with a record in an area of `person`, and none behind a seal."""
    sealed = Case.objects.filter(sealed=True)
    shut = sealed.exclude(pk__in=sealed.filter(opened_to(person, Do.SEE_LINKS)).values("pk"))
    found = Referral.objects.exclude(cases__in=shut)
    areas = areas_of(person, Do.SEE_LINKS)
    if areas is not None:
        found = found.filter(cases__area__in=areas).distinct()
    return found.prefetch_related("cases")


def referral_of(request: HttpRequest, act: Do, number: int) -> Referral:
    """Return a referral on which whoever asks may do `act`: in the area of one of its records.

    Raises
    ------
    Refused
        If there is none, it holds a record that is sealed from the person, or all its records lie
        in other areas.
    """
    subject = f"referral:{number}"
    one = Referral.objects.filter(pk=number).select_related("told", "pair").first()
    if one is None or not visible_referrals(person_of(request)).filter(pk=number).exists():
        raise Refused(Ruling(False, "there is no such referral", hidden=True), act, subject)
    ruling = may_on(person_of(request), act, list(one.cases.all()))
    if not ruling.allowed:
        raise Refused(ruling, act, subject)
    return one


def may_on(person: Person, act: Do, cases: Sequence[Case]) -> Ruling:
    """Return yes where the act is allowed on one of the records, else the first no."""
    rulings = [rule(person, act, case.about()) for case in cases]
    yes = [ruling for ruling in rulings if ruling.allowed]
    return (yes or rulings or [rule(person, act, NOTHING)])[0]
