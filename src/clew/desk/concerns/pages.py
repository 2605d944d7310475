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

from clew.desk.accounts.rules import POLICE, Do
from clew.desk.cases.visible import visible_to
from clew.desk.concerns.doors import Taken, take
from clew.desk.concerns.forms import (
    AnswerForm,
    ChallengeForm,
    ClaimForm,
    OwnForm,
    SecondForm,
    TakeForm,
    TieForm,
    UntellForm,
)
from clew.desk.concerns.matching import Match, match
from clew.desk.concerns.models import Claim, Concern, Step
from clew.desk.concerns.standing import (
    WAITING,
    concern_of,
    may_answer,
    visible_concerns,
)
from clew.desk.deadlines.words import time_left
from clew.desk.links.visible import unsealed_pairs
from clew.desk.referrals.forms import add_refusal
from clew.desk.referrals.pages import full_name
from clew.desk.web.guard import allowed, consulted, guarded, person_of
from clew.desk.web.paging import page_of
from clew.errors import ActRefused


@guarded(Do.TAKE_CONCERN)
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


@guarded(Do.TAKE_CONCERN)
def take_concern(request: HttpRequest) -> HttpResponse:
    """Take a concern for somebody outside."""
    form = TakeForm(request.POST or None, initial={"area": _own_area(request)})
    if request.method == "POST" and form.is_valid():
        person = person_of(request)
        try:
            made = take(Taken(**form.cleaned_data), person.name, timezone.now(), person.purpose)
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


@guarded(Do.TAKE_CONCERN)
def concern(request: HttpRequest, number: int) -> HttpResponse:
    """Show a concern: the words, who owns it, what it may be about, and what was answered."""
    return concern_page(request, concern_of(request, Do.TAKE_CONCERN, number), {})


def concern_page(
    request: HttpRequest, one: Concern, forms: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with the page; `forms` holds the one that was sent and had an error."""
    consulted(request, f"concern:{one.pk}", "concern", state=one.state)
    person = person_of(request)
    police = bool(person.roles() & POLICE) and allowed(request, Do.ASSURE)
    answers = may_answer(person, one)
    waiting = [d for d in one.drafts.select_related("account") if d.read_at is None]
    seen = visible_to(person, Do.SEE_RECORD)
    context = {
        "one": one,
        "left": time_left(one.due, timezone.now()) if one.waits() else "",
        "answers": _answers(one),
        "steps": [(step, full_name(step.by)) for step in one.steps.all()],
        "untold": one.untold.select_related("account"),
        "police": police,
        "may_open": bool(one.case and seen.filter(pk=one.case.pk).exists()),
        "matches": _matches(request, one) if police else [],
        "claims": _claims(request, one) if police else [],
        "may_see_pairs": allowed(request, Do.SEE_LINKS),
        "may_own": answers and one.state in WAITING,
        "may_answer": answers and one.state == "owned",
        "may_close": answers and one.state == "answered",
        "may_challenge": one.state in ("answered", "closed"),
        "may_untell": answers and one.steps.filter(act="answered").exists(),
        "drafts": waiting if answers else [],
        "own_form": OwnForm(initial={"owner": person.name}),
        "answer_form": AnswerForm(),
        "second_form": SecondForm(),
        "challenge_form": ChallengeForm(),
        "tie_form": TieForm(),
        "claim_form": ClaimForm(),
        "untell_form": UntellForm(),
        **forms,
    }
    return render(request, "concerns/concern.html", context, status=status)


def _answers(one: Concern) -> list[tuple[Step, str, str]]:
    """Return the answers given, with the full names of who gave and who read them second."""
    return [
        (step, full_name(step.by), full_name(step.said.get("second_reader", "")))
        for step in one.answers()
    ]


def _matches(request: HttpRequest, one: Concern) -> list[Match]:
    """Return the records of which the words may speak, once nobody has said which it is."""
    seen = visible_to(person_of(request), Do.SEE_RECORD).exclude(concerns=one.pk)
    return match(one.words.says, one.given, seen, timezone.localdate(one.received_at))


def _claims(request: HttpRequest, one: Concern) -> list[Claim]:
    """Return the other deaths that they named, without those that are sealed from the reader."""
    seen = unsealed_pairs(person_of(request), Do.SEE_RECORD).values("pk")
    asked = one.claims.filter(pair__in=seen).select_related("pair__first", "pair__second")
    return list(asked)


@guarded(Do.TAKE_CONCERN)
def letter(request: HttpRequest, number: int) -> HttpResponse:
    """Show the page to print for the person who raised it."""
    one = concern_of(request, Do.TAKE_CONCERN, number)
    consulted(request, f"concern:{one.pk}", "page for the person who raised it")
    told = {"one": one, "answers": _answers(one), "untold": one.untold.all()}
    return render(request, "concerns/letter.html", told)
