"""The list of concerns, taking one, its page, and the printed page for the person who raised it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Case as When
from django.db.models import IntegerField, Value
from django.db.models import When as If
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clew.desk.accounts.models import Area
from clew.desk.accounts.rules import POLICE, Permission, Person
from clew.desk.casework.concern_matching import match
from clew.desk.casework.concerns import (
    WAITING,
    NewConcern,
    concern_of,
    may_answer,
    take,
    visible_concerns,
)
from clew.desk.casework.deadlines import time_left
from clew.desk.casework.models.concerns import Concern, ConcernStep
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
from clew.desk.pages.referrals import full_name
from clew.desk.records.naming import identity_of
from clew.desk.records.visible import open_numbers, visible_to
from clew.desk.review.shown import visible_pairs
from clew.desk.web.forms import (
    LONGEST,
    PrefixedForm,
    done,
    form_page,
    posted,
    refusals_in,
    set_choices,
)
from clew.desk.web.guard import allowed, consulted, guarded, person_of
from clew.desk.web.paging import page_of


@guarded(Permission.TAKE_CONCERN)
def concerns(request: HttpRequest) -> HttpResponse:
    """List the concerns, those that wait first, by the day of their answer."""
    waits = When(
        If(state__in=WAITING, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    visible = visible_concerns(person_of(request)).annotate(waits_first=waits)
    page = page_of(request, visible.select_related("owner").order_by("waits_first", "due", "-id"))
    consulted(request, "concerns", "concerns", shown=[row.pk for row in page.rows])
    now = desk_now()
    rows = [(row, time_left(row.due, now) if row.waits() else "") for row in page.rows]
    return render(request, "concerns/list.html", {"page": page, "rows": rows})


class TakeForm(PrefixedForm):
    """A concern as it is received: from whom, and in which words."""

    words = forms.CharField(
        label="What they say, in their own words",
        help_text="Write what they say, not what you think of it. No one can change it later,"
        " including you.",
        max_length=LONGEST,
        strip=False,
        error_messages={"required": "Enter what they say"},
    )
    raised_by = forms.CharField(
        label="Their name", max_length=200, error_messages={"required": "Enter their name"}
    )
    who = forms.ChoiceField(
        label="Who are they?",
        choices=Concern.FROM,
        error_messages={"required": "Choose who they are"},
    )
    reach = forms.CharField(
        label="How to contact them",
        help_text="A telephone number or an address.",
        max_length=300,
        required=False,
    )
    given = forms.CharField(
        label="Names, dates, places and record numbers they gave",
        help_text="This helps to find the record. It is not part of their words.",
        max_length=400,
        required=False,
    )
    area = forms.ChoiceField(label="Which area should answer?", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = [(area.code, area.name) for area in Area.objects.order_by("name")]
        set_choices(self, "area", [("", "Not known yet"), *areas])

    def clean_words(self) -> str:
        """Return them as they were typed; refuse blanks alone."""
        words: str = self.cleaned_data["words"]
        if not words.strip():
            raise forms.ValidationError("Enter what they say")
        return words


@guarded(Permission.TAKE_CONCERN)
def take_concern(request: HttpRequest) -> HttpResponse:
    """Record a concern for somebody outside."""
    person = person_of(request)
    own_area = next((grant.area for grant in person.holdings if grant.area), "")
    form = TakeForm(posted(request), initial={"area": own_area})
    if form.is_valid():
        with refusals_in(form):
            new = NewConcern(**form.cleaned_data)
            made = take(new, person.name, desk_now(), person.purpose)
            message = f"Saved. Give them the reference: {made.reference}"
            return done(request, message, "concern", made.pk)
    consulted(request, "concerns", "take a concern")
    return form_page(request, "concerns/take.html", form)


@guarded(Permission.TAKE_CONCERN)
def concern(request: HttpRequest, number: int) -> HttpResponse:
    """Show a concern: the words, who owns it, what it may be about, and what was answered."""
    return concern_page(request, concern_of(request, Permission.TAKE_CONCERN, number))


def concern_page(
    request: HttpRequest, concern: Concern, status: int = 200, **forms: Any
) -> HttpResponse:
    """Show the page; `forms` is the one that was sent and has errors."""
    consulted(request, f"concern:{concern.pk}", "concern", state=concern.state)
    person = person_of(request)
    police = bool(person.roles() & POLICE) and allowed(request, Permission.ASSURE)
    sees_links = allowed(request, Permission.SEE_LINKS)
    answers = may_answer(person, concern)
    drafts = concern.drafts.select_related("account")
    visible = visible_to(person, Permission.SEE_RECORD)
    context = {
        "one": concern,
        "left": time_left(concern.due, desk_now()) if concern.waits() else "",
        "answers": _answers(concern),
        "steps": _steps(concern, person),
        "untold": concern.withdrawals.select_related("account"),
        "police": police,
        "may_open": bool(concern.case and visible.filter(pk=concern.case.pk).exists()),
        "name": None,
        "matches": [],
        "claims": [],
        "may_see_pairs": sees_links,
        "may_own": answers and concern.state in WAITING,
        "may_answer": answers and concern.state == "owned",
        "may_close": answers and concern.state == "answered",
        "may_challenge": concern.state in ("answered", "closed"),
        "may_untell": answers and concern.steps.filter(act="answered").exists(),
        "drafts": [draft for draft in drafts if draft.read_at is None] if answers else [],
        "own_form": OwnForm(initial={"owner": person.name}),
        "answer_form": ConcernAnswerForm(),
        "second_form": DraftReadingForm(),
        "challenge_form": ConcernChallengeForm(),
        "tie_form": TieForm(),
        "claim_form": ClaimForm(),
        "untell_form": UntellForm(),
        **forms,
    }
    if police:
        others = visible.exclude(concerns=concern.pk)
        day = timezone.localdate(concern.received_at)
        about = concern.case if context["may_open"] else None
        context["name"] = about and identity_of(about, person)
        found = match(concern.words.says, concern.given, others, day, about)
        context["matches"] = [(one, identity_of(one.case, person)) for one in found]
        if sees_links:
            seen = visible_pairs(person, Permission.SEE_LINKS).values("pk")
            claims = concern.claims.filter(pair__in=seen)
            context["claims"] = [
                (one, identity_of(one.pair.first, person), identity_of(one.pair.second, person))
                for one in claims.select_related("pair__first", "pair__second")
            ]
    return render(request, "concerns/concern.html", context, status=status)


def _steps(concern: Concern, person: Person) -> list[tuple[ConcernStep, str, str]]:
    """Return what was done, by whom, and the record that it names if the reader may know of it."""
    steps = list(concern.steps.all())
    named = {step.pk: str(step.said.get("record", "")) for step in steps}
    open_ = open_numbers(person, Permission.SEE_RECORD, named.values())
    return [
        (step, full_name(step.by), named[step.pk] if named[step.pk] in open_ else "")
        for step in steps
    ]


def _answers(concern: Concern) -> list[tuple[ConcernStep, str, str]]:
    """Return the answers given, with the full names of who gave and who read them second."""
    return [
        (step, full_name(step.by), full_name(step.said.get("second_reader", "")))
        for step in concern.answers()
    ]


@guarded(Permission.TAKE_CONCERN)
def letter(request: HttpRequest, number: int) -> HttpResponse:
    """Show the page to print for the person who raised it."""
    concern = concern_of(request, Permission.TAKE_CONCERN, number)
    consulted(request, f"concern:{concern.pk}", "page for the person who raised it")
    context = {"one": concern, "answers": _answers(concern), "untold": concern.withdrawals.all()}
    return render(request, "concerns/letter.html", context)
