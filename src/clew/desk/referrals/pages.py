"""The list of referrals, sending one, and its one printable page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Case as When
from django.db.models import IntegerField, Value
from django.db.models import When as If
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.assurance.referral import REFUSED, SENT, WAITS
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Do, Role, Ruling
from clew.desk.cases.models import Case
from clew.desk.deadlines.people import holders
from clew.desk.deadlines.words import time_left
from clew.desk.links.models import Pair
from clew.desk.referrals.doors import refer
from clew.desk.referrals.forms import (
    AnswerForm,
    ChallengeForm,
    ReferForm,
    WithdrawForm,
    add_refusal,
)
from clew.desk.referrals.models import Referral
from clew.desk.referrals.standing import may_on, referral_of, visible_referrals
from clew.desk.referrals.stood import ask_on_duty, pairs_among
from clew.desk.web.guard import Refused, allowed, consulted, guarded, person_of
from clew.desk.web.paging import page_of
from clew.errors import ActRefused


@guarded(Do.SEE_LINKS)
def referrals(request: HttpRequest) -> HttpResponse:
    """List the referrals, those that wait first, by the time of their answer."""
    waits = When(If(state__in=WAITS, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = visible_referrals(person_of(request)).annotate(waits_first=waits)
    page = page_of(request, found.order_by("waits_first", "due", "-id"))
    consulted(request, "referrals", "referrals", shown=[one.pk for one in page.rows])
    now = timezone.now()
    rows = [(one, time_left(one.due, now) if one.waits() else "") for one in page.rows]
    told = {"page": page, "rows": rows, "may_refer": allowed(request, Do.REFER)}
    return render(request, "referrals/list.html", told)


@guarded(Do.REFER)
def send(request: HttpRequest) -> HttpResponse:
    """Ask the specialist team to take some records; they get exactly what is written here."""
    form = ReferForm(request.POST or None, initial={"records": _asked_records(request)})
    if request.method == "POST" and form.is_valid():
        cases = _cases(request, form)
        if cases is not None:
            try:
                person = person_of(request)
                ids = [case.case_id for case in cases]
                told = form.cleaned_data["told"]
                made = refer(ids, told, person.name, timezone.now(), person.purpose)
            except ActRefused as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, "The referral is sent. Its clock runs.")
                return redirect("referral", number=made.pk)
    consulted(request, "referrals", "refer")
    status = 422 if request.method == "POST" else 200
    return render(request, "referrals/send.html", {"form": form}, status=status)


def _asked_records(request: HttpRequest) -> str:
    """Return what stands in the field at first: the records of a pair, or one that was named."""
    number = request.GET.get("pair", "")
    if number.isascii() and number.isdigit() and len(number) < 10:
        pair = Pair.objects.select_related("first", "second").filter(pk=number).first()
        person = person_of(request)
        if pair and may_on(person, Do.REFER, [pair.first, pair.second]).allowed:
            cases = [pair.first, pair.second]
            if not any(c.sealed and not allowed(request, Do.REFER, c.about()) for c in cases):
                return ", ".join(case.case_id for case in cases)
    return request.GET.get("record", "")[:120]


def _cases(request: HttpRequest, form: ReferForm) -> list[Case] | None:
    """Return the records named, or None with what is wrong; a sealed one reads as not there."""
    ids = form.cleaned_data["records"]
    found = {case.case_id: case for case in Case.objects.filter(case_id__in=ids)}
    seen = {
        name: case
        for name, case in found.items()
        if not case.sealed or allowed(request, Do.REFER, case.about())
    }
    lacking = [case_id for case_id in ids if case_id not in seen]
    if lacking:
        form.add_error("records", f"There is no record {', '.join(lacking)[:200]}")
        return None
    cases = [seen[case_id] for case_id in ids]
    ruling = may_on(person_of(request), Do.REFER, cases)
    if not ruling.allowed:
        raise Refused(ruling, Do.REFER, f"case:{ids[0]}")
    return cases


@guarded(Do.SEE_LINKS)
def referral(request: HttpRequest, number: int) -> HttpResponse:
    """Show a referral: what was asked and told, every answer, and what may be done now."""
    return referral_page(request, referral_of(request, Do.SEE_LINKS, number), {})


def referral_page(
    request: HttpRequest, one: Referral, forms: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with the page; `forms` holds the one that was sent and had an error."""
    cases = sorted(one.cases.all(), key=lambda case: (case.reported_at, case.case_id))
    consulted(request, f"referral:{one.pk}", "referral", state=one.state)
    person = person_of(request)
    may_refer = may_on(person, Do.REFER, cases).allowed
    may_decide = may_refer and may_on(person, Do.DECIDE, cases).allowed
    rank = getattr(request.user, "rank", "")
    context = {
        "one": one,
        "sent": one.told,
        "cases": cases,
        "asked_by": full_name(one.asked_by),
        "left": time_left(one.due, timezone.now()) if one.waits() else "",
        "steps": [(step, full_name(step.by)) for step in one.steps.all()],
        "senior": full_name(one.senior),
        "on_duty": ask_on_duty(cases),
        "pairs": pairs_among(cases),
        "may_answer": one.waits() and may_on(person, Do.ANSWER_REFERRAL, cases).allowed,
        "may_challenge": one.state == REFUSED and may_refer,
        "may_withdraw": one.state in (SENT, "challenged") and may_decide,
        "answer_form": AnswerForm(initial={"rank": rank}),
        "challenge_form": ChallengeForm(seniors=seniors_of(one)),
        "withdraw_form": WithdrawForm(),
        **forms,
    }
    return render(request, "referrals/referral.html", context, status=status)


def seniors_of(one: Referral) -> list[Account]:
    """Return who may answer a challenge: the team's members, but for whoever refused."""
    areas = [case.area for case in one.cases.all()]
    return [a for a in holders(Role.MURDER_TEAM, areas) if a.name != one.refused_by]


def full_name(name: str) -> str:
    """Return the name and rank of an account, or the name itself where there is none."""
    account = Account.objects.filter(name=name).first() if name else None
    if account is None:
        return name
    return f"{account.rank} {account.full_name}".strip()


def not_now(one: Referral, act: Do) -> Refused:
    """Return the refusal of an act for which a referral is not in the right state."""
    reason = f"the referral is not open to this now: {one.standing().lower()}"
    return Refused(Ruling(False, reason), act, f"referral:{one.pk}")
