"""The list of referrals, sending one, and its one printable page."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Case as When
from django.db.models import IntegerField, Value
from django.db.models import When as If
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from clew.assurance.referral import REFUSED, SENT, WAITS
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission, Role
from clew.desk.casework.deadlines import time_left
from clew.desk.casework.models.referrals import Referral, WarnDecision, Warned
from clew.desk.casework.referral_snapshot import ask_on_duty, pairs_among
from clew.desk.casework.referrals import (
    MOST_NAMED,
    act_on,
    may_on,
    reasons_of,
    refer,
    referral_of,
    visible_referrals,
)
from clew.desk.casework.warnings import decide_warning
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import ENGINE
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of
from clew.desk.records.who_to_tell import holders
from clew.desk.review.models import Pair
from clew.desk.review.shown import pair_of
from clew.desk.web.forms import LONGEST, PrefixedForm, done, form_page, posted, refusals_in
from clew.desk.web.guard import Refused, account_of, allowed, consulted, guarded, person_of
from clew.desk.web.paging import page_of


@guarded(Permission.SEE_LINKS)
def referrals(request: HttpRequest) -> HttpResponse:
    """List the referrals, those that wait first, by the time of their answer."""
    waits = When(If(state__in=WAITS, then=Value(0)), default=Value(1), output_field=IntegerField())
    visible = visible_referrals(person_of(request)).annotate(waits_first=waits)
    page = page_of(request, visible.order_by("waits_first", "due", "-id"))
    consulted(request, "referrals", "referrals", shown=[row.pk for row in page.rows])
    now = desk_now()
    rows = [
        (
            row,
            time_left(row.due, now) if row.waits() else "",
            [identity_of(case, person_of(request)) for case in row.cases.all()],
        )
        for row in page.rows
    ]
    context = {"page": page, "rows": rows, "may_refer": allowed(request, Permission.REFER)}
    return render(request, "referrals/list.html", context)


class ReferForm(PrefixedForm):
    """Which records, and the message to the team."""

    records = forms.CharField(
        label="Records",
        help_text="Record numbers, separated by commas. The facts of each record, and"
        " the comparison"
        " of each pair, are sent too.",
        max_length=2_000,
        error_messages={"required": "Enter at least one record number"},
    )
    told = forms.CharField(
        label="What are you asking for, and why?",
        help_text="The team gets exactly these words, and they are kept. Write what you would be"
        " ready to read out at an inquest.",
        max_length=LONGEST,
        error_messages={"required": "Enter what you are asking for, and why"},
    )

    def clean_records(self) -> list[str]:
        """Return the numbers, each once."""
        parts = re.split(r"[,;\n]+", self.cleaned_data["records"])
        numbers = list(dict.fromkeys(part.strip() for part in parts if part.strip()))
        if not 0 < len(numbers) <= MOST_NAMED:
            raise forms.ValidationError(f"Enter between 1 and {MOST_NAMED} record numbers")
        return numbers


@guarded(Permission.REFER)
def send(request: HttpRequest) -> HttpResponse:
    """Ask the specialist team to take some records; they get exactly what is written here."""
    person = person_of(request)
    # What the field holds at first: the records of a pair, or one that was named.
    at_first, number = request.GET.get("record", "")[:120], request.GET.get("pair", "")
    if number.isascii() and number.isdigit() and len(number) < 10:
        pair = Pair.objects.select_related("first", "second").filter(pk=number).first()
        cases = [pair.first, pair.second] if pair else []
        if (
            pair
            and may_on(person, Permission.REFER, cases).allowed
            and all(not c.sealed or allowed(request, Permission.REFER, c.about()) for c in cases)
        ):
            at_first = ", ".join(case.case_id for case in cases)
    form = ReferForm(posted(request), initial={"records": at_first})
    if form.is_valid():
        ids = form.cleaned_data["records"]
        visible = {
            case.case_id: case
            for case in Case.objects.filter(case_id__in=ids)
            if not case.sealed or allowed(request, Permission.REFER, case.about())
        }
        missing = [case_id for case_id in ids if case_id not in visible]
        if missing:  # a sealed one reads as not there
            form.add_error("records", f"No record found with the number {', '.join(missing)[:200]}")
        else:
            ruling = may_on(person, Permission.REFER, [visible[case_id] for case_id in ids])
            if not ruling.allowed:
                raise Refused(ruling, Permission.REFER, case_subject(ids[0]))
            message = form.cleaned_data["told"]
            with refusals_in(form):
                made = refer(ids, message, person.name, desk_now(), person.purpose)
                return done(
                    request,
                    "The referral is sent. The team must answer by the deadline.",
                    "referral",
                    made.pk,
                )
    consulted(request, "referrals", "refer")
    return form_page(request, "referrals/send.html", form)


class ReferralAnswerForm(PrefixedForm):
    """Yes or no, by whom and of which rank, and why."""

    act = forms.ChoiceField(
        label="Your answer",
        choices=[("accepted", "Accept: the team takes the case"), ("refused", "Refuse")],
        error_messages={"required": "Choose accept or refuse"},
    )
    rank = forms.CharField(
        label="Your rank", max_length=60, error_messages={"required": "Enter your rank"}
    )
    reason = forms.CharField(
        label="Why",
        help_text="A reason you would repeat at an inquest. It cannot be changed later.",
        max_length=LONGEST,
        error_messages={"required": "Enter the reason"},
    )


class ReferralChallengeForm(PrefixedForm):
    """Why the refusal is wrong, and which senior answers."""

    senior = forms.ModelChoiceField(
        label="Which senior officer should answer?",
        queryset=Account.objects.none(),
        to_field_name="name",
        empty_label="Choose",
        help_text="Someone who can answer referrals here, but did not refuse this one.",
        error_messages={
            "required": "Choose a senior officer",
            "invalid_choice": "Choose a senior officer from the list",
        },
    )
    reason = forms.CharField(
        label="Why is the refusal wrong?",
        max_length=LONGEST,
        error_messages={"required": "Enter the reason"},
    )

    def __init__(self, *args: Any, seniors: list[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [account.pk for account in seniors]
        asked = Account.objects.filter(pk__in=names).order_by("full_name")
        self.fields["senior"].queryset = asked  # type: ignore[attr-defined]


class WithdrawForm(PrefixedForm):
    """Why the request is taken back."""

    reason = forms.CharField(
        label="Why is it being withdrawn?",
        help_text="You approve a request that someone else made. A new link or fact reopens it"
        " automatically.",
        max_length=LONGEST,
        error_messages={"required": "Enter the reason"},
    )


@guarded(Permission.SEE_LINKS)
def referral(request: HttpRequest, number: int) -> HttpResponse:
    """Show a referral: what was asked and sent, every answer, and what may be done now."""
    return _page(request, referral_of(request, Permission.SEE_LINKS, number))


def _page(
    request: HttpRequest, referral: Referral, status: int = 200, **forms: Any
) -> HttpResponse:
    """Show the page; `forms` is the one that was sent and has errors."""
    cases = sorted(referral.cases.all(), key=lambda case: (case.reported_at, case.case_id))
    consulted(request, f"referral:{referral.pk}", "referral", state=referral.state)
    person, waits = person_of(request), referral.waits()
    steps, ids = list(referral.steps.all()), {case.case_id for case in cases}
    may_refer = may_on(person, Permission.REFER, cases).allowed
    may_decide = may_refer and may_on(person, Permission.DECIDE, cases).allowed
    context = {
        "one": referral,
        "sent": referral.snapshot,
        "cases": cases,
        "names": {case.case_id: identity_of(case, person) for case in cases},
        "asked_by": full_name(referral.asked_by),
        "left": time_left(referral.due, desk_now()) if waits else "",
        "steps": [
            (step, full_name(step.by), because)
            for step, because in zip(steps, reasons_of(person, steps, ids), strict=True)
        ],
        "senior": full_name(referral.senior),
        "on_duty": ask_on_duty(cases),
        "pairs": pairs_among(cases),
        "may_answer": waits and may_on(person, Permission.ANSWER_REFERRAL, cases).allowed,
        "may_challenge": referral.state == REFUSED and may_refer,
        "may_withdraw": referral.state in (SENT, "challenged") and may_decide,
        "answer_form": ReferralAnswerForm(initial={"rank": account_of(request).rank}),
        "challenge_form": ReferralChallengeForm(seniors=_seniors_of(referral)),
        "withdraw_form": WithdrawForm(),
        **forms,
    }
    return render(request, "referrals/referral.html", context, status=status)


def _seniors_of(referral: Referral) -> list[Account]:
    """Return who may answer a challenge: the team's members, but for the one who refused."""
    areas = [case.area for case in referral.cases.all()]
    return [a for a in holders(Role.MURDER_TEAM, areas) if a.name != referral.refused_by]


def full_name(name: str) -> str:
    """Return the name and rank of an account, or the name itself where there is none."""
    account = Account.objects.filter(name=name).first() if name else None
    return f"{account.rank} {account.full_name}".strip() if account else name


# What people do with a referral: answer, challenge, withdraw, and decide whom to warn.


def _act(request: HttpRequest, referral: Referral, act: str, **said: str) -> None:
    person = person_of(request)
    act_on(referral.pk, act, {"by": person.name, **said}, desk_now(), person.purpose)


@require_POST
@guarded(Permission.ANSWER_REFERRAL)
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Accept or refuse, with reason and rank."""
    referral = referral_of(request, Permission.ANSWER_REFERRAL, number)
    form = ReferralAnswerForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_in(form):
            _act(request, referral, data["act"], rank=data["rank"], reason=data["reason"])
            message = f"Saved: {data['act']}. The person who asked gets a notice."
            return done(request, message, "referral", number)
    return _page(request, referral, 422, answer_form=form)


@require_POST
@guarded(Permission.REFER)
def challenge(request: HttpRequest, number: int) -> HttpResponse:
    """Challenge a refusal before a named senior."""
    referral = referral_of(request, Permission.REFER, number)
    form = ReferralChallengeForm(request.POST, seniors=_seniors_of(referral))
    if form.is_valid():
        senior, reason = form.cleaned_data["senior"], form.cleaned_data["reason"]
        with refusals_in(form):
            _act(request, referral, "challenged", senior=senior.name, reason=reason)
            message = f"Challenge sent. {senior.full_name} must answer it."
            return done(request, message, "referral", number)
    return _page(request, referral, 422, challenge_form=form)


@require_POST
@guarded(Permission.REFER)
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Approve that somebody else's request is withdrawn."""
    referral = referral_of(request, Permission.REFER, number)
    if not may_on(person_of(request), Permission.DECIDE, list(referral.cases.all())).allowed:
        reason = "only a supervisor can approve the withdrawal of a referral"
        raise Refused.because(reason, Permission.DECIDE, f"referral:{number}")
    form = WithdrawForm(request.POST)
    if form.is_valid():
        said = {
            "by": referral.asked_by or ENGINE, "approver": person_of(request).name,
            "reason": form.cleaned_data["reason"],
        }  # fmt: skip
        with refusals_in(form):
            _act(request, referral, "withdrawn", **said)
            message = "Withdrawn. New facts or links reopen it automatically."
            return done(request, message, "referral", number)
    return _page(request, referral, 422, withdraw_form=form)


class WarnForm(PrefixedForm):
    """Whom to warn, and why them or nobody."""

    whom = forms.MultipleChoiceField(
        label="Who will you warn?",
        choices=Warned.WHOM,
        error_messages={"required": "Choose who to warn, or no one"},
    )
    reason = forms.CharField(
        label="Why, and what will you tell them?",
        help_text="Do not name a record, or say that a link is established. Your name is"
        " recorded with it.",
        max_length=LONGEST,
        error_messages={"required": "Enter the reason"},
    )


@guarded(Permission.DECIDE)
def warn(request: HttpRequest, number: int) -> HttpResponse:
    """Decide who to warn of a possible series that was adopted, with a reason."""
    decision = WarnDecision.objects.select_related("pair", "owner").filter(pk=number).first()
    if decision is None:
        reason = "there is no such decision to make"
        raise Refused.because(reason, Permission.DECIDE, f"warn:{number}", hidden=True)
    pair = pair_of(request, Permission.DECIDE, decision.pair_id)
    form = WarnForm(posted(request))
    if form.is_valid():
        person, data, now = person_of(request), form.cleaned_data, desk_now()
        with refusals_in(form):
            decide_warning(number, data["whom"], data["reason"], person.name, now, person.purpose)
            return done(request, "Decision saved with your name.", "warn", number)
    consulted(request, f"warn:{number}", "whom to warn")
    taken = list(decision.taken.select_related("account"))
    return form_page(
        request, "referrals/warn.html", form, owed=decision, pair=pair, taken=taken,
        names=[identity_of(case, person_of(request)) for case in (pair.first, pair.second)],
        left="" if taken else time_left(decision.due, desk_now()),
    )  # fmt: skip
