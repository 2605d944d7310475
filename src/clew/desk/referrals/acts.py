"""What people do with a referral: answer, challenge, withdraw, and decide whom to warn."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import Do, Ruling
from clew.desk.deadlines.words import time_left
from clew.desk.ledger.write import ENGINE
from clew.desk.links.comparison import name_of
from clew.desk.links.visible import pair_of
from clew.desk.referrals.doors import act_on
from clew.desk.referrals.forms import (
    AnswerForm,
    ChallengeForm,
    WarnForm,
    WithdrawForm,
    add_refusal,
)
from clew.desk.referrals.models import Referral, WarnDecision
from clew.desk.referrals.pages import referral_page, seniors_of
from clew.desk.referrals.standing import may_on, referral_of
from clew.desk.referrals.warn import decide_warning
from clew.desk.web.guard import Refused, consulted, guarded, person_of
from clew.errors import ActRefused


@require_POST
@guarded(Do.ANSWER_REFERRAL)
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Accept or refuse, with reason and rank."""
    one = referral_of(request, Do.ANSWER_REFERRAL, number)
    form = AnswerForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        said = {"rank": told["rank"], "reason": told["reason"]}
        if _done(request, one, told["act"], said, form):
            messages.success(request, f"Recorded: {told['act']}. Whoever asked is told.")
            return redirect("referral", number=number)
    return referral_page(request, one, {"answer_form": form}, 422)


@require_POST
@guarded(Do.REFER)
def challenge(request: HttpRequest, number: int) -> HttpResponse:
    """Challenge a refusal before a named senior."""
    one = referral_of(request, Do.REFER, number)
    form = ChallengeForm(request.POST, seniors=seniors_of(one))
    if form.is_valid():
        senior = form.cleaned_data["senior"]
        said = {"senior": senior.name, "reason": form.cleaned_data["reason"]}
        if _done(request, one, "challenged", said, form):
            messages.success(request, f"The refusal is challenged. {senior.full_name} answers it.")
            return redirect("referral", number=number)
    return referral_page(request, one, {"challenge_form": form}, 422)


@require_POST
@guarded(Do.REFER)
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Approve that somebody else's request is withdrawn."""
    one = referral_of(request, Do.REFER, number)
    ruling = may_on(person_of(request), Do.DECIDE, list(one.cases.all()))
    if not ruling.allowed:
        ruling = Ruling(False, "a supervisor approves that a referral is withdrawn")
        raise Refused(ruling, Do.DECIDE, f"referral:{number}")
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


@guarded(Do.DECIDE)
def warn(request: HttpRequest, number: int) -> HttpResponse:
    """Decide whom to warn of a possible series that was adopted, with a reason."""
    owed = WarnDecision.objects.select_related("pair", "owner").filter(pk=number).first()
    if owed is None:
        ruling = Ruling(False, "no such decision is owed", hidden=True)
        raise Refused(ruling, Do.DECIDE, f"warn:{number}")
    pair = pair_of(request, Do.DECIDE, owed.pair_id)
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
