"""What people do with a concern: own it, find its record, answer, read second, challenge, close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import AccessDecision, Permission, rule
from clew.desk.casework import answer_drafts, concerns
from clew.desk.casework.concerns import concern_of, may_answer
from clew.desk.casework.models.concerns import AnswerDraft, Concern
from clew.desk.pages.concern_forms import (
    ClaimForm,
    ConcernAnswerForm,
    ConcernChallengeForm,
    DraftReadingForm,
    OwnForm,
    TieForm,
    UntellForm,
)
from clew.desk.pages.concerns import concern_page
from clew.desk.pages.referral_forms import add_refusal
from clew.desk.records.models import Case
from clew.desk.records.visible import record_of
from clew.desk.rounds import claims
from clew.desk.web.guard import Refused, guarded, person_of
from clew.errors import ActRefused


def _answer(
    request: HttpRequest, one: Concern, form: Form, name: str, act: Callable[[], str]
) -> HttpResponse:
    """Do an act if the form holds; what the rules refuse stands in the form, on the same page."""
    if form.is_valid():
        try:
            said = act()
        except ActRefused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, said)
            return redirect("concern", number=one.pk)
    return concern_page(request, one, {name: form}, 422)


def _act(request: HttpRequest, one: Concern, act: str, **said: str) -> None:
    person = person_of(request)
    concerns.act_on(one.pk, act, {"by": person.name, **said}, timezone.now(), person.purpose)


@require_POST
@guarded(Permission.ANSWER_CONCERN)
def own(request: HttpRequest, number: int) -> HttpResponse:
    """Give a concern its owner."""
    one = concern_of(request, Permission.ANSWER_CONCERN, number)
    form = OwnForm(request.POST)

    def act() -> str:
        owner = form.cleaned_data["owner"]
        if not may_answer(owner.person(second_factor=True), one):
            raise ActRefused("this account may not answer concerns here", ("owner",))
        _act(request, one, "owned", owner=owner.name)
        return f"{owner.full_name} owns it and answers it."

    return _answer(request, one, form, "own_form", act)


@require_POST
@guarded(Permission.ANSWER_CONCERN)
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Answer it; an answer that there is no link waits for a second reader."""
    one = concern_of(request, Permission.ANSWER_CONCERN, number)
    form = ConcernAnswerForm(request.POST)

    def act() -> str:
        person, told = person_of(request), form.cleaned_data
        if answer_drafts.needs_second(told["answer"]):
            said = {"by": person.name, **told}
            answer_drafts.draft(one.pk, said, timezone.now(), person.purpose)
            return "It says that there is no link: somebody else reads it before it is given."
        _act(request, one, "answered", **told)
        return "Answered. Print the page for them, or send it."

    return _answer(request, one, form, "answer_form", act)


@require_POST
@guarded(Permission.ANSWER_CONCERN)
def second(request: HttpRequest, number: int) -> HttpResponse:
    """Read an answer that there is no link, as somebody else than whoever wrote it."""
    written = AnswerDraft.objects.filter(pk=number).first()
    if written is None:
        ruling = AccessDecision(False, "there is no such draft", hidden=True)
        raise Refused(ruling, Permission.ANSWER_CONCERN, f"draft:{number}")
    one = concern_of(request, Permission.ANSWER_CONCERN, written.concern_id)
    form = DraftReadingForm(request.POST)

    def act() -> str:
        person, told = person_of(request), form.cleaned_data
        said = {"by": person.name, "note": told["note"]}
        agrees = told["agrees"]
        answer_drafts.read_draft(
            number, said, timezone.now(), agrees=agrees, purpose=person.purpose
        )
        return "Read: it is the answer now." if agrees else "Read: it is not given."

    return _answer(request, one, form, "second_form", act)


@require_POST
@guarded(Permission.TAKE_CONCERN)
def challenge(request: HttpRequest, number: int) -> HttpResponse:
    """Enter what the person says against the answer."""
    one = concern_of(request, Permission.TAKE_CONCERN, number)
    form = ConcernChallengeForm(request.POST)

    def act() -> str:
        _act(request, one, "challenged", words=form.cleaned_data["words"])
        return "Entered. It needs an owner again, and a new answer."

    return _answer(request, one, form, "challenge_form", act)


@require_POST
@guarded(Permission.ANSWER_CONCERN)
def close(request: HttpRequest, number: int) -> HttpResponse:
    """Close what was answered."""
    one = concern_of(request, Permission.ANSWER_CONCERN, number)
    form = Form(request.POST)

    def act() -> str:
        _act(request, one, "closed")
        return "Closed. They can still challenge the answer."

    return _answer(request, one, form, "close_form", act)


@require_POST
@guarded(Permission.ANSWER_CONCERN)
def withdraw_disclosure(request: HttpRequest, number: int) -> HttpResponse:
    """Withdraw something that was told."""
    one = concern_of(request, Permission.ANSWER_CONCERN, number)
    form = UntellForm(request.POST)

    def act() -> str:
        person, told = person_of(request), form.cleaned_data
        what, reason = told["what"], told["reason"]
        concerns.withdraw_disclosure(
            one.pk, what, reason, person.name, timezone.now(), person.purpose
        )
        return "Withdrawn. Tell them: it stands on their page with date and reason."

    return _answer(request, one, form, "untell_form", act)


@require_POST
@guarded(Permission.ASSURE)
def tie(request: HttpRequest, number: int) -> HttpResponse:
    """Say which record it is about."""
    one = concern_of(request, Permission.TAKE_CONCERN, number)
    form = TieForm(request.POST)

    def act() -> str:
        case = _record(request, form.cleaned_data["record"], "record")
        record_of(request, Permission.SEE_RECORD, case.case_id)
        person = person_of(request)
        concerns.tie(one.pk, case.case_id, person.name, timezone.now(), person.purpose)
        return f"The concern is about {case.case_id}."

    return _answer(request, one, form, "tie_form", act)


@require_POST
@guarded(Permission.ASSURE)
def claim(request: HttpRequest, number: int) -> HttpResponse:
    """Bring the other death that they named before the readers of the queue."""
    one = concern_of(request, Permission.TAKE_CONCERN, number)
    form = ClaimForm(request.POST)

    def act() -> str:
        if one.case is not None:
            record_of(request, Permission.SEE_RECORD, one.case.case_id)
        other = _record(request, form.cleaned_data["other"], "other")
        person: Any = person_of(request)
        claims.claim(one.pk, other.case_id, person.name, timezone.now(), person.purpose)
        return "The two are compared. The pair stands in the queue, and says where it came from."

    return _answer(request, one, form, "claim_form", act)


def _record(request: HttpRequest, text: str, field: str) -> Case:
    """Return the record of this number, whatever its area; a sealed one reads as not there."""
    case = Case.objects.filter(case_id=text.strip()).first()
    hidden = case is not None and case.sealed
    if hidden and case is not None:
        hidden = not rule(person_of(request), Permission.SEE_RECORD, case.about()).allowed
    if case is None or hidden:
        raise ActRefused(f"there is no record {text.strip()[:120]}", (field,))
    return case
