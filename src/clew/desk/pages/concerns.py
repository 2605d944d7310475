"""The list of concerns, taking one, its page, and the printed page for the person who raised it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Case as When
from django.db.models import IntegerField, Value
from django.db.models import When as If
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import POLICE, AccessDecision, Permission
from clew.desk.casework import family as doors
from clew.desk.casework.concern_matching import ConcernMatch, match
from clew.desk.casework.concerns import (
    WAITING,
    NewConcern,
    concern_of,
    may_answer,
    take,
    visible_concerns,
)
from clew.desk.casework.deadlines import time_left
from clew.desk.casework.models.concerns import Claim, Concern, ConcernStep, Promise
from clew.desk.ledger.subjects import case_subject
from clew.desk.pages.concern_forms import (
    ClaimForm,
    ConcernAnswerForm,
    ConcernChallengeForm,
    ContactForm,
    DraftReadingForm,
    KeptForm,
    OwnForm,
    PromiseForm,
    TakeForm,
    TieForm,
    UntellForm,
)
from clew.desk.pages.record_forms import now_text
from clew.desk.pages.referral_forms import add_refusal
from clew.desk.pages.referrals import full_name
from clew.desk.records.models import Case
from clew.desk.records.visible import record_of, visible_to
from clew.desk.review.comparison import name_of
from clew.desk.review.shown import unsealed_pairs
from clew.desk.web.guard import Refused, allowed, consulted, guarded, person_of
from clew.desk.web.paging import page_of
from clew.errors import ActRefused


@guarded(Permission.TAKE_CONCERN)
def concerns(request: HttpRequest) -> HttpResponse:
    """List the concerns, those that wait first, by the day of their answer."""
    waits = When(
        If(state__in=WAITING, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    found = visible_concerns(person_of(request)).annotate(waits_first=waits)
    asked = found.select_related("owner").order_by("waits_first", "due", "-id")
    page = page_of(request, asked)
    consulted(request, "concerns", "concerns", shown=[one.pk for one in page.rows])
    now = timezone.now()
    rows = [(one, time_left(one.due, now) if one.waits() else "") for one in page.rows]
    return render(request, "concerns/list.html", {"page": page, "rows": rows})


@guarded(Permission.TAKE_CONCERN)
def take_concern(request: HttpRequest) -> HttpResponse:
    """Take a concern for somebody outside."""
    form = TakeForm(request.POST or None, initial={"area": _own_area(request)})
    if request.method == "POST" and form.is_valid():
        person = person_of(request)
        try:
            made = take(
                NewConcern(**form.cleaned_data), person.name, timezone.now(), person.purpose
            )
        except ActRefused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"Taken. Give them the reference: {made.reference}")
            return redirect("concern", number=made.pk)
    consulted(request, "concerns", "take a concern")
    status = 422 if request.method == "POST" else 200
    return render(request, "concerns/take.html", {"form": form}, status=status)


def _own_area(request: HttpRequest) -> str:
    held = [h.area for h in person_of(request).holdings if h.area]
    return held[0] if held else ""


@guarded(Permission.TAKE_CONCERN)
def concern(request: HttpRequest, number: int) -> HttpResponse:
    """Show a concern: the words, who owns it, what it may be about, and what was answered."""
    return concern_page(request, concern_of(request, Permission.TAKE_CONCERN, number), {})


def concern_page(
    request: HttpRequest, one: Concern, forms: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with the page; `forms` holds the one that was sent and had an error."""
    consulted(request, f"concern:{one.pk}", "concern", state=one.state)
    person = person_of(request)
    police = bool(person.roles() & POLICE) and allowed(request, Permission.ASSURE)
    answers = may_answer(person, one)
    waiting = [d for d in one.drafts.select_related("account") if d.read_at is None]
    seen = visible_to(person, Permission.SEE_RECORD)
    context = {
        "one": one,
        "left": time_left(one.due, timezone.now()) if one.waits() else "",
        "answers": _answers(one),
        "steps": [(step, full_name(step.by)) for step in one.steps.all()],
        "untold": one.withdrawals.select_related("account"),
        "police": police,
        "may_open": bool(one.case and seen.filter(pk=one.case.pk).exists()),
        "matches": _matches(request, one) if police else [],
        "claims": _claims(request, one) if police else [],
        "may_see_pairs": allowed(request, Permission.SEE_LINKS),
        "may_own": answers and one.state in WAITING,
        "may_answer": answers and one.state == "owned",
        "may_close": answers and one.state == "answered",
        "may_challenge": one.state in ("answered", "closed"),
        "may_untell": answers and one.steps.filter(act="answered").exists(),
        "drafts": waiting if answers else [],
        "own_form": OwnForm(initial={"owner": person.name}),
        "answer_form": ConcernAnswerForm(),
        "second_form": DraftReadingForm(),
        "challenge_form": ConcernChallengeForm(),
        "tie_form": TieForm(),
        "claim_form": ClaimForm(),
        "untell_form": UntellForm(),
        **forms,
    }
    return render(request, "concerns/concern.html", context, status=status)


def _answers(one: Concern) -> list[tuple[ConcernStep, str, str]]:
    """Return the answers given, with the full names of who gave and who read them second."""
    return [
        (step, full_name(step.by), full_name(step.said.get("second_reader", "")))
        for step in one.answers()
    ]


def _matches(request: HttpRequest, one: Concern) -> list[ConcernMatch]:
    """Return the records of which the words may speak, once nobody has said which it is."""
    seen = visible_to(person_of(request), Permission.SEE_RECORD).exclude(concerns=one.pk)
    return match(one.words.says, one.given, seen, timezone.localdate(one.received_at))


def _claims(request: HttpRequest, one: Concern) -> list[Claim]:
    """Return the other deaths that they named, without those that are sealed from the reader."""
    seen = unsealed_pairs(person_of(request), Permission.SEE_RECORD).values("pk")
    asked = one.claims.filter(pair__in=seen).select_related("pair__first", "pair__second")
    return list(asked)


@guarded(Permission.TAKE_CONCERN)
def letter(request: HttpRequest, number: int) -> HttpResponse:
    """Show the page to print for the person who raised it."""
    one = concern_of(request, Permission.TAKE_CONCERN, number)
    consulted(request, f"concern:{one.pk}", "page for the person who raised it")
    told = {"one": one, "answers": _answers(one), "untold": one.withdrawals.all()}
    return render(request, "concerns/letter.html", told)


# A record's page of its family: contact with next of kin, promises, and the concerns about it.


@guarded(Permission.ASSURE)
def family(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show who of the next of kin was told what and when, what was promised, what they asked."""
    return _page(request, record_of(request, Permission.ASSURE, case_id), {})


def _page(
    request: HttpRequest, case: Case, forms: dict[str, Any], status: int = 200
) -> HttpResponse:
    consulted(request, case_subject(case.case_id), "family")
    now = timezone.now()
    promises = list(case.promises.select_related("by"))
    contacts = list(case.contacts.select_related("by"))
    again = contacts[0].again_at if contacts else None
    context = {
        "case": case,
        "name": name_of(case),
        "promises": [(one, "" if one.kept_at else time_left(one.due, now)) for one in promises],
        "contacts": contacts,
        "again": again,
        "again_left": time_left(again, now) if again else "",
        "concerns": visible_concerns(person_of(request)).filter(case=case),
        "contact_form": ContactForm(initial={"at": now_text()}),
        "promise_form": PromiseForm(),
        "kept_form": KeptForm(),
        **forms,
    }
    return render(request, "concerns/family.html", context, status=status)


@require_POST
@guarded(Permission.ASSURE)
def add_contact(request: HttpRequest, case_id: str) -> HttpResponse:
    """Write down that next of kin were spoken to."""
    case = record_of(request, Permission.ASSURE, case_id)
    form = ContactForm(request.POST)
    if form.is_valid():
        person = person_of(request)
        try:
            doors.contact(case_id, form.cleaned_data, person.name, timezone.now(), person.purpose)
        except ActRefused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "It is written down.")
            return redirect("family", case_id=case_id)
    return _page(request, case, {"contact_form": form}, 422)


@require_POST
@guarded(Permission.ASSURE)
def add_promise(request: HttpRequest, case_id: str) -> HttpResponse:
    """Write down a promise to a family."""
    case = record_of(request, Permission.ASSURE, case_id)
    form = PromiseForm(request.POST)
    if form.is_valid():
        person = person_of(request)
        try:
            doors.promise(case_id, form.cleaned_data, person.name, timezone.now(), person.purpose)
        except ActRefused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "The promise is written down. Its clock runs.")
            return redirect("family", case_id=case_id)
    return _page(request, case, {"promise_form": form}, 422)


@require_POST
@guarded(Permission.ASSURE)
def promise_kept(request: HttpRequest, number: int) -> HttpResponse:
    """Say that a promise was kept, and how."""
    one = Promise.objects.select_related("case").filter(pk=number).first()
    if one is None:
        ruling = AccessDecision(False, "there is no such promise", hidden=True)
        raise Refused(ruling, Permission.ASSURE, f"promise:{number}")
    case = record_of(request, Permission.ASSURE, one.case.case_id)
    form = KeptForm(request.POST)
    if form.is_valid():
        person, how = person_of(request), form.cleaned_data["how"]
        try:
            doors.keep_promise(number, how, person.name, timezone.now(), person.purpose)
        except ActRefused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "Kept, and written down.")
            return redirect("family", case_id=case.case_id)
    return _page(request, case, {"kept_form": form}, 422)
