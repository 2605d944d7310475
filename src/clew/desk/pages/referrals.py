"""The list of referrals, sending one, and its one printable page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Case as When
from django.db.models import IntegerField, Value
from django.db.models import When as If
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clew.assurance.referral import REFUSED, SENT, WAITS
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import AccessDecision, Permission, Role
from clew.desk.casework.deadlines import time_left
from clew.desk.casework.models.referrals import Referral, WarnDecision
from clew.desk.casework.referral_snapshot import ask_on_duty, pairs_among
from clew.desk.casework.referrals import act_on, may_on, refer, referral_of, visible_referrals
from clew.desk.casework.warnings import decide_warning
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import ENGINE
from clew.desk.pages.referral_forms import (
    ReferForm,
    ReferralAnswerForm,
    ReferralChallengeForm,
    WarnForm,
    WithdrawForm,
    add_refusal,
)
from clew.desk.records.models import Case
from clew.desk.records.who_to_tell import holders
from clew.desk.review.comparison import name_of
from clew.desk.review.models import Pair
from clew.desk.review.shown import pair_of
from clew.desk.web.guard import Refused, allowed, consulted, guarded, person_of
from clew.desk.web.paging import page_of
from clew.errors import ActRefused


@guarded(Permission.SEE_LINKS)
def referrals(request: HttpRequest) -> HttpResponse:
    """List the referrals, those that wait first, by the time of their answer."""
    waits = When(If(state__in=WAITS, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = visible_referrals(person_of(request)).annotate(waits_first=waits)
    page = page_of(request, found.order_by("waits_first", "due", "-id"))
    consulted(request, "referrals", "referrals", shown=[one.pk for one in page.rows])
    now = timezone.now()
    rows = [(one, time_left(one.due, now) if one.waits() else "") for one in page.rows]
    told = {"page": page, "rows": rows, "may_refer": allowed(request, Permission.REFER)}
    return render(request, "referrals/list.html", told)


@guarded(Permission.REFER)
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
        if pair and may_on(person, Permission.REFER, [pair.first, pair.second]).allowed:
            cases = [pair.first, pair.second]
            if not any(
                c.sealed and not allowed(request, Permission.REFER, c.about()) for c in cases
            ):
                return ", ".join(case.case_id for case in cases)
    return request.GET.get("record", "")[:120]


def _cases(request: HttpRequest, form: ReferForm) -> list[Case] | None:
    """Return the records named, or None with what is wrong; a sealed one reads as not there."""
    ids = form.cleaned_data["records"]
    found = {case.case_id: case for case in Case.objects.filter(case_id__in=ids)}
    seen = {
        name: case
        for name, case in found.items()
        if not case.sealed or allowed(request, Permission.REFER, case.about())
    }
    lacking = [case_id for case_id in ids if case_id not in seen]
    if lacking:
        form.add_error("records", f"There is no record {', '.join(lacking)[:200]}")
        return None
    cases = [seen[case_id] for case_id in ids]
    ruling = may_on(person_of(request), Permission.REFER, cases)
    if not ruling.allowed:
        raise Refused(ruling, Permission.REFER, case_subject(ids[0]))
    return cases


@guarded(Permission.SEE_LINKS)
def referral(request: HttpRequest, number: int) -> HttpResponse:
    """Show a referral: what was asked and told, every answer, and what may be done now."""
    return referral_page(request, referral_of(request, Permission.SEE_LINKS, number), {})


def referral_page(
    request: HttpRequest, one: Referral, forms: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with the page; `forms` holds the one that was sent and had an error."""
    cases = sorted(one.cases.all(), key=lambda case: (case.reported_at, case.case_id))
    consulted(request, f"referral:{one.pk}", "referral", state=one.state)
    person = person_of(request)
    may_refer = may_on(person, Permission.REFER, cases).allowed
    may_decide = may_refer and may_on(person, Permission.DECIDE, cases).allowed
    rank = getattr(request.user, "rank", "")
    context = {
        "one": one,
        "sent": one.snapshot,
        "cases": cases,
        "asked_by": full_name(one.asked_by),
        "left": time_left(one.due, timezone.now()) if one.waits() else "",
        "steps": [(step, full_name(step.by)) for step in one.steps.all()],
        "senior": full_name(one.senior),
        "on_duty": ask_on_duty(cases),
        "pairs": pairs_among(cases),
        "may_answer": one.waits() and may_on(person, Permission.ANSWER_REFERRAL, cases).allowed,
        "may_challenge": one.state == REFUSED and may_refer,
        "may_withdraw": one.state in (SENT, "challenged") and may_decide,
        "answer_form": ReferralAnswerForm(initial={"rank": rank}),
        "challenge_form": ReferralChallengeForm(seniors=seniors_of(one)),
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


def not_now(one: Referral, act: Permission) -> Refused:
    """Return the refusal of an act for which a referral is not in the right state."""
    reason = f"the referral is not open to this now: {one.standing().lower()}"
    return Refused(AccessDecision(False, reason), act, f"referral:{one.pk}")


# What people do with a referral: answer, challenge, withdraw, and decide whom to warn.


@require_POST
@guarded(Permission.ANSWER_REFERRAL)
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Accept or refuse, with reason and rank."""
    one = referral_of(request, Permission.ANSWER_REFERRAL, number)
    form = ReferralAnswerForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        said = {"rank": told["rank"], "reason": told["reason"]}
        if _done(request, one, told["act"], said, form):
            messages.success(request, f"Recorded: {told['act']}. Whoever asked is told.")
            return redirect("referral", number=number)
    return referral_page(request, one, {"answer_form": form}, 422)


@require_POST
@guarded(Permission.REFER)
def challenge(request: HttpRequest, number: int) -> HttpResponse:
    """Challenge a refusal before a named senior."""
    one = referral_of(request, Permission.REFER, number)
    form = ReferralChallengeForm(request.POST, seniors=seniors_of(one))
    if form.is_valid():
        senior = form.cleaned_data["senior"]
        said = {"senior": senior.name, "reason": form.cleaned_data["reason"]}
        if _done(request, one, "challenged", said, form):
            messages.success(request, f"The refusal is challenged. {senior.full_name} answers it.")
            return redirect("referral", number=number)
    return referral_page(request, one, {"challenge_form": form}, 422)


@require_POST
@guarded(Permission.REFER)
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Approve that somebody else's request is withdrawn."""
    one = referral_of(request, Permission.REFER, number)
    ruling = may_on(person_of(request), Permission.DECIDE, list(one.cases.all()))
    if not ruling.allowed:
        ruling = AccessDecision(False, "a supervisor approves that a referral is withdrawn")
        raise Refused(ruling, Permission.DECIDE, f"referral:{number}")
    form = WithdrawForm(request.POST)
    if form.is_valid():
        said = {
            "by": one.asked_by or ENGINE, "approver": person_of(request).name,
            "reason": form.cleaned_data["reason"],
        }  # fmt: skip
        if _done(request, one, "withdrawn", said, form):
            messages.success(request, "Withdrawn. Something new brings it up again by itself.")
            return redirect("referral", number=number)
    return referral_page(request, one, {"withdraw_form": form}, 422)


def _done(request: HttpRequest, one: Referral, act: str, said: dict[str, str], form: Form) -> bool:
    """Do the act as whoever asks; what the rules refuse stands in the form."""
    person = person_of(request)
    try:
        act_on(one.pk, act, {"by": person.name, **said}, timezone.now(), person.purpose)
    except ActRefused as refused:
        add_refusal(form, refused)
        return False
    return True


@guarded(Permission.DECIDE)
def warn(request: HttpRequest, number: int) -> HttpResponse:
    """Decide whom to warn of a possible series that was adopted, with a reason."""
    owed = WarnDecision.objects.select_related("pair", "owner").filter(pk=number).first()
    if owed is None:
        ruling = AccessDecision(False, "no such decision is owed", hidden=True)
        raise Refused(ruling, Permission.DECIDE, f"warn:{number}")
    pair = pair_of(request, Permission.DECIDE, owed.pair_id)
    form = WarnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person, told = person_of(request), form.cleaned_data
        now = timezone.now()
        try:
            decide_warning(number, told["whom"], told["reason"], person.name, now, person.purpose)
        except ActRefused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "The decision is kept with your name.")
            return redirect("warn", number=number)
    consulted(request, f"warn:{number}", "whom to warn")
    taken = list(owed.taken.select_related("account"))
    context = {
        "owed": owed,
        "pair": pair,
        "names": [name_of(pair.first), name_of(pair.second)],
        "taken": taken,
        "left": "" if taken else time_left(owed.due, timezone.now()),
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "referrals/warn.html", context, status=status)
