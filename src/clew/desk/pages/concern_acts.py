"""What people do with a concern: own it, find its record, answer, read second, challenge, close."""

from __future__ import annotations

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from clew.assurance.closing import rests_on_nothing_found
from clew.desk.accounts.rules import Permission, rule
from clew.desk.casework import concerns
from clew.desk.casework.concerns import concern_of, may_answer
from clew.desk.casework.models.concerns import AnswerDraft, Concern
from clew.desk.ledger.clock import desk_now
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
from clew.desk.records.models import Case
from clew.desk.records.visible import record_of
from clew.desk.rounds import claims
from clew.desk.web.forms import done, refusals_in
from clew.desk.web.guard import Refused, guarded, person_of
from clew.errors import ActRefused


def _act(request: HttpRequest, concern: Concern, act: str, **said: str) -> None:
    person = person_of(request)
    concerns.act_on(concern.pk, act, {"by": person.name, **said}, desk_now(), person.purpose)


@require_POST
@guarded(Permission.ANSWER_CONCERN)
def own(request: HttpRequest, number: int) -> HttpResponse:
    """Give a concern its owner."""
    concern = concern_of(request, Permission.ANSWER_CONCERN, number)
    form = OwnForm(request.POST)
    if form.is_valid():
        owner = form.cleaned_data["owner"]
        with refusals_in(form):
            if not may_answer(owner.person(second_factor=True), concern):
                raise ActRefused("this person cannot answer concerns here", ("owner",))
            _act(request, concern, "owned", owner=owner.name)
            message = f"{owner.full_name} is now the owner and must answer."
            return done(request, message, "concern", number)
    return concern_page(request, concern, 422, own_form=form)


@require_POST
@guarded(Permission.ANSWER_CONCERN)
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Answer it; an answer that there is no link waits for a second reader."""
    concern = concern_of(request, Permission.ANSWER_CONCERN, number)
    form = ConcernAnswerForm(request.POST)
    if form.is_valid():
        person, data = person_of(request), form.cleaned_data
        with refusals_in(form):
            if rests_on_nothing_found(data["answer"]):
                said = {"by": person.name, **data}
                concerns.draft(number, said, desk_now(), person.purpose)
                message = (
                    "It says that there is no link, so a second person must check"
                    " it before it is given."
                )
            else:
                _act(request, concern, "answered", **data)
                message = "Answer saved. Print the letter for them, or send it."
            return done(request, message, "concern", number)
    return concern_page(request, concern, 422, answer_form=form)


@require_POST
@guarded(Permission.ANSWER_CONCERN)
def second(request: HttpRequest, number: int) -> HttpResponse:
    """Read an answer that there is no link, as a person who did not write it."""
    draft = AnswerDraft.objects.filter(pk=number).first()
    if draft is None:
        reason = "there is no such draft"
        raise Refused.because(reason, Permission.ANSWER_CONCERN, f"draft:{number}", hidden=True)
    concern = concern_of(request, Permission.ANSWER_CONCERN, draft.concern_id)
    form = DraftReadingForm(request.POST)
    if form.is_valid():
        person, agrees = person_of(request), form.cleaned_data["agrees"]
        said = {"by": person.name, "note": form.cleaned_data["note"]}
        with refusals_in(form):
            concerns.read_draft(number, said, desk_now(), agrees=agrees, purpose=person.purpose)
            message = (
                "Saved: this is now the answer." if agrees else "Saved: the answer is not given."
            )
            return done(request, message, "concern", concern.pk)
    return concern_page(request, concern, 422, second_form=form)


@require_POST
@guarded(Permission.TAKE_CONCERN)
def challenge(request: HttpRequest, number: int) -> HttpResponse:
    """Enter what the person says against the answer."""
    concern = concern_of(request, Permission.TAKE_CONCERN, number)
    form = ConcernChallengeForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            _act(request, concern, "challenged", words=form.cleaned_data["words"])
            message = "Saved. It needs an owner and a new answer."
            return done(request, message, "concern", number)
    return concern_page(request, concern, 422, challenge_form=form)


@require_POST
@guarded(Permission.ANSWER_CONCERN)
def close(request: HttpRequest, number: int) -> HttpResponse:
    """Close what was answered."""
    concern = concern_of(request, Permission.ANSWER_CONCERN, number)
    form = Form(request.POST)
    if form.is_valid():
        with refusals_in(form):
            _act(request, concern, "closed")
            message = "Closed. They can still challenge the answer."
            return done(request, message, "concern", number)
    return concern_page(request, concern, 422, close_form=form)


@require_POST
@guarded(Permission.ANSWER_CONCERN)
def withdraw_disclosure(request: HttpRequest, number: int) -> HttpResponse:
    """Withdraw something we told them."""
    concern = concern_of(request, Permission.ANSWER_CONCERN, number)
    form = UntellForm(request.POST)
    if form.is_valid():
        person, data = person_of(request), form.cleaned_data
        with refusals_in(form):
            concerns.withdraw_disclosure(
                number, data["what"], data["reason"], person.name, desk_now(), person.purpose
            )
            message = "Withdrawn. Tell them. It is on their letter with the date and reason."
            return done(request, message, "concern", number)
    return concern_page(request, concern, 422, untell_form=form)


@require_POST
@guarded(Permission.ASSURE)
def tie(request: HttpRequest, number: int) -> HttpResponse:
    """Choose the record it is about."""
    concern = concern_of(request, Permission.TAKE_CONCERN, number)
    form = TieForm(request.POST)
    if form.is_valid():
        person = person_of(request)
        with refusals_in(form):
            case = _record(request, form.cleaned_data["record"], "record")
            record_of(request, Permission.SEE_RECORD, case.case_id)
            concerns.tie(number, case.case_id, person.name, desk_now(), person.purpose)
            return done(request, f"The concern is about {case.case_id}.", "concern", number)
    return concern_page(request, concern, 422, tie_form=form)


@require_POST
@guarded(Permission.ASSURE)
def claim(request: HttpRequest, number: int) -> HttpResponse:
    """Bring the other death that they named before the readers of the queue."""
    concern = concern_of(request, Permission.TAKE_CONCERN, number)
    form = ClaimForm(request.POST)
    if form.is_valid():
        person = person_of(request)
        with refusals_in(form):
            if concern.case is not None:
                record_of(request, Permission.SEE_RECORD, concern.case.case_id)
            other = _record(request, form.cleaned_data["other"], "other")
            claims.claim(number, other.case_id, person.name, desk_now(), person.purpose)
            message = (
                "The two records are compared. The link is in the queue, marked as"
                " coming from a concern."
            )
            return done(request, message, "concern", number)
    return concern_page(request, concern, 422, claim_form=form)


def _record(request: HttpRequest, text: str, field: str) -> Case:
    """Return the record of this number, in any area; a sealed one reads as not there."""
    case = Case.objects.filter(case_id=text.strip()).first()
    if case is None or (
        case.sealed and not rule(person_of(request), Permission.SEE_RECORD, case.about()).allowed
    ):
        raise ActRefused(f"there is no record {text.strip()[:120]}", (field,))
    return case
