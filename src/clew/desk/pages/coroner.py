"""What the coroner's officer sees: what was given, as it was given, and notes of one's own."""

from __future__ import annotations

from datetime import date

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import Permission, Target, areas_of
from clew.desk.ledger.clock import desk_today
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.release.disclose import exportable
from clew.desk.release.models import CoronerAnswer, CoronerDisclosure, CoronerNote, CoronerQuestion
from clew.desk.web.forms import DayField, DeskForm, done, form_page, posted
from clew.desk.web.guard import (
    Refused,
    account_of,
    check,
    consulted,
    guarded,
    person_of,
    write_for,
)

SEES = Permission.SEE_CORONERS_WORKSPACE
MOST_SHOWN = 200
"""Declared: gifts on one page, the newest; questions that wait are above them, all of them."""


class QuestionForm(DeskForm):
    """A question to whoever gave, with the day by which an answer is due."""

    says = forms.CharField(
        label="Your question",
        error_messages={"required": "Enter your question"},
        max_length=4_000,
        widget=forms.Textarea,
        help_text="The person who gave this sees your question and your name. They do"
        " not see your notes.",
    )
    due = DayField(
        label="Answer due",
        error_messages={"required": "Enter the date by which you need an answer"},
        help_text="For example 2014-07-31",
    )

    def clean_due(self) -> date:
        """Refuse a day that is past."""
        due: date = self.cleaned_data["due"]
        if due < desk_today():
            raise forms.ValidationError("The date must be today or later")
        return due


class Note(DeskForm):
    """A private note."""

    note = forms.CharField(
        label="Your note",
        error_messages={"required": "Enter your note"},
        max_length=20_000,
        widget=forms.Textarea,
        help_text="No police role can read it, on any page or in any export.",
    )


class Reply(DeskForm):
    """An answer to the coroner's officer."""

    says = forms.CharField(
        label="Your answer",
        error_messages={"required": "Enter your answer"},
        max_length=10_000,
        widget=forms.Textarea,
        help_text="The coroner's officer receives it exactly as written. You cannot"
        " change it later.",
    )


def _gifts(request: HttpRequest) -> QuerySet[CoronerDisclosure]:
    areas = areas_of(person_of(request), SEES)
    gifts = CoronerDisclosure.objects.defer("content").select_related("case", "given_by")
    return gifts if areas is None else gifts.filter(area__in=areas)


def _gift(request: HttpRequest, reference: str) -> CoronerDisclosure:
    gift = _gifts(request).filter(reference=reference).first()
    subject = f"gift:{reference}"
    if gift is None:
        raise Refused.because("nothing was given under this reference", SEES, subject, hidden=True)
    check(request, SEES, Target(gift.area), subject)
    return gift


@guarded(SEES)
def workspace(request: HttpRequest) -> HttpResponse:
    """List what was given, the newest first."""
    gifts = _gifts(request)
    consulted(request, "workspace", "coroner's workspace")
    open_questions = CoronerQuestion.objects.filter(gift__in=gifts, answer=None).select_related(
        "gift"
    )
    return render(request, "workspace.html", {"gifts": gifts, "open": open_questions})


@guarded(SEES)
def gift_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one gift: who gave it, its digest, questions and answers, and one's own notes."""
    gift = _gift(request, reference)
    consulted(request, f"gift:{reference}", "gift")
    return _show(request, gift)


def _show(
    request: HttpRequest, gift: CoronerDisclosure, status: int = 200, **forms: forms.Form
) -> HttpResponse:
    """Show the page; `forms` is the one that was sent and has errors."""
    notes = CoronerNote.objects.read_by(person_of(request)).filter(gift=gift)
    return render(
        request,
        "gift.html",
        {
            "gift": gift,
            "intact": CoronerDisclosure.objects.get(pk=gift.pk).intact(),
            "questions": gift.questions.select_related("account", "answer__account"),
            "notes": notes.select_related("account"),
            "ask": QuestionForm(),
            "note": Note(),
            **forms,
        },
        status=status,
    )


@guarded(SEES)
def gift_file(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand over the very bytes that were given; bytes that are not those are not handed over."""
    gift = CoronerDisclosure.objects.get(pk=_gift(request, reference).pk)
    if not gift.intact():
        reason = "the file has changed since it was given: its digest is different"
        raise Refused.because(reason, SEES, f"gift:{reference}")
    consulted(request, f"gift:{reference}", "file of a gift", digest=gift.digest)
    answer = HttpResponse(bytes(gift.content), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{gift.reference}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@guarded(SEES)
def add_note(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep a private note; the ledger tells that there is one, never what it says."""
    gift = _gift(request, reference)
    form = Note(request.POST)
    if not form.is_valid():
        return _show(request, gift, 422, note=form)
    with transaction.atomic():
        CoronerNote.objects.add(gift, account_of(request), form.cleaned_data["note"])
        write_for(request, Act.COLLECTION, f"gift:{gift.reference}", what="a note")
    return done(request, "Note saved.", "workspace-gift", reference)


@require_POST
@guarded(SEES)
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask whoever gave; the police side sees the question and when an answer is due."""
    gift = _gift(request, reference)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _show(request, gift, 422, ask=form)
    with transaction.atomic():
        CoronerQuestion.objects.create(gift=gift, account=account_of(request), **form.cleaned_data)
        due = form.cleaned_data["due"].isoformat()
        write_for(request, Act.COLLECTION, f"gift:{gift.reference}", what="a question", due=due)
    return done(request, "Question sent.", "workspace-gift", reference)


# The police side: what was given, what the coroner's officer asks, and the answer.


@guarded(Permission.GIVE_TO_CORONER)
def questions(request: HttpRequest) -> HttpResponse:
    """List the questions that wait, by date, and what was given."""
    cases = exportable(request).order_by().values("pk")
    waiting = CoronerQuestion.objects.filter(answer=None, gift__case__in=cases)
    gifts = CoronerDisclosure.objects.filter(case__in=cases).defer("content")
    consulted(request, "coroner", "coroner's questions")
    return render(
        request,
        "coroner_questions.html",
        {
            "waiting": waiting.select_related("gift__case", "account"),
            "gifts": gifts.select_related("case", "given_by")[:MOST_SHOWN],
            "today": desk_today(),
        },
    )


@guarded(Permission.GIVE_TO_CORONER)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a question; the answer is a disclosure."""
    asked = CoronerQuestion.objects.select_related("gift__case", "account").filter(pk=pk).first()
    if asked is None:
        reason = "there is no such question"
        raise Refused.because(reason, Permission.GIVE_TO_CORONER, f"question:{pk}", hidden=True)
    case, subject = asked.gift.case, case_subject(asked.gift.case.case_id)
    for act in (Permission.SEE_RECORD, Permission.GIVE_TO_CORONER):
        check(request, act, case.about(), subject)
    form = Reply(posted(request))
    done_before = CoronerAnswer.objects.select_related("account").filter(question=asked).first()
    if done_before is not None or not form.is_valid():
        consulted(request, subject, "coroner's question")
        return form_page(request, "coroner_answer.html", form, asked=asked, done=done_before)
    with transaction.atomic():
        CoronerAnswer.objects.create(
            question=asked, account=account_of(request), says=form.cleaned_data["says"]
        )
        write_for(
            request, Act.DISCLOSURE, subject, what="an answer to the coroner",
            export=asked.gift.reference, question=asked.pk, records=[case.case_id],
        )  # fmt: skip
    message = "Answer sent to the coroner's officer."
    return done(request, message, "coroner-questions")
