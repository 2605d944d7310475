"""What the coroner's officer sees: what was given, as it was given, and notes of one's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import AccessDecision, Permission, Target, areas_of
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import write
from clew.desk.release.disclose import exportable
from clew.desk.release.models import CoronerAnswer, CoronerDisclosure, CoronerNote, CoronerQuestion
from clew.desk.web.guard import Refused, check, consulted, guarded, person_of

# What is asked before something is given, and what passes between both sides.


class Give(forms.Form):
    """An explicit act: who gets it, why, and a tick that nobody sets by accident."""

    given_to = forms.CharField(
        label="Which coroner gets it?",
        error_messages={"required": "Say which coroner gets it"},
        help_text="The area, and the name where you know it.",
        max_length=200,
    )
    purpose = forms.CharField(
        label="What for?",
        error_messages={"required": "Say what it is for"},
        help_text="For instance: the inquest, or the review.",
        max_length=200,
    )
    note = forms.CharField(
        label="A word to the coroner's officer",
        required=False,
        max_length=4_000,
        widget=forms.Textarea,
        help_text="It stands beside what is given, and it stays.",
    )
    sure = forms.BooleanField(
        label="I give this to the coroner. It cannot be taken back.",
        error_messages={"required": "Tick the box if you give it"},
    )
    because = forms.CharField(
        label="Why must it be given though it is sealed, or about somebody living?",
        error_messages={"required": "Say why it must be given"},
        max_length=300,
        required=False,
    )

    def __init__(self, *args: Any, kept: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kept:
            self.fields["because"].required = True
        else:
            del self.fields["because"]


class QuestionForm(forms.Form):
    """A question to whoever gave, with the day by which an answer is due."""

    says = forms.CharField(
        label="Your question",
        error_messages={"required": "Write your question"},
        max_length=4_000,
        widget=forms.Textarea,
        help_text="Whoever gave this sees it, and your name. Your notes are not seen.",
    )
    due = forms.DateField(
        label="Answer due",
        error_messages={"required": "Give the day by which an answer is due"},
        help_text="For instance 2014-07-31",
    )

    def clean_due(self) -> date:
        """Refuse a day that is past."""
        due: date = self.cleaned_data["due"]
        if due < timezone.localdate():
            raise forms.ValidationError("Give a day that is not past")
        return due


class Note(forms.Form):
    """A private note."""

    note = forms.CharField(
        label="A note of your own",
        error_messages={"required": "Write the note"},
        max_length=20_000,
        widget=forms.Textarea,
        help_text="No police role reads it, on any page or in any export.",
    )


class Reply(forms.Form):
    """An answer to the coroner's officer."""

    says = forms.CharField(
        label="Your answer",
        error_messages={"required": "Write your answer"},
        max_length=10_000,
        widget=forms.Textarea,
        help_text="It goes to the coroner's officer as it stands, and it stays.",
    )


SEES = Permission.SEE_CORONERS_WORKSPACE


def _gifts(request: HttpRequest) -> QuerySet[CoronerDisclosure]:
    areas = areas_of(person_of(request), SEES)
    found = CoronerDisclosure.objects.defer("content").select_related("case", "given_by")
    return found if areas is None else found.filter(area__in=areas)


def _gift(request: HttpRequest, reference: str) -> CoronerDisclosure:
    gift = _gifts(request).filter(reference=reference).first()
    subject = f"gift:{reference}"
    if gift is None:
        raise Refused(AccessDecision(False, "there is no such gift", hidden=True), SEES, subject)
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
    return _show(request, gift, QuestionForm(), Note())


def _show(
    request: HttpRequest, gift: CoronerDisclosure, ask: QuestionForm, note: Note, status: int = 200
) -> HttpResponse:
    notes = CoronerNote.objects.read_by(person_of(request)).filter(gift=gift)
    return render(
        request,
        "gift.html",
        {
            "gift": gift,
            "intact": CoronerDisclosure.objects.get(pk=gift.pk).intact(),
            "questions": gift.questions.select_related("account", "answer__account"),
            "notes": notes.select_related("account"),
            "ask": ask,
            "note": note,
        },
        status=status,
    )


@guarded(SEES)
def gift_file(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand over the very bytes that were given; bytes that are not those are not handed over."""
    gift = CoronerDisclosure.objects.get(pk=_gift(request, reference).pk)
    if not gift.intact():
        raise Refused(
            AccessDecision(False, "the file is not the one that was given: its digest differs"),
            SEES,
            f"gift:{reference}",
        )
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
        return _show(request, gift, QuestionForm(), form, 422)
    account: Any = request.user
    with transaction.atomic():
        CoronerNote.objects.add(gift, account, form.cleaned_data["note"])
        _write(request, gift, "a note")
    messages.success(request, "Your note is kept.")
    return redirect("workspace-gift", reference)


@require_POST
@guarded(SEES)
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask whoever gave; the police side sees the question and when an answer is due."""
    gift = _gift(request, reference)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _show(request, gift, form, Note(), 422)
    account: Any = request.user
    told = form.cleaned_data
    with transaction.atomic():
        CoronerQuestion.objects.create(
            gift=gift, account=account, says=told["says"], due=told["due"]
        )
        _write(request, gift, "a question", due=told["due"].isoformat())
    messages.success(request, "Your question is asked.")
    return redirect("workspace-gift", reference)


def _write(request: HttpRequest, gift: CoronerDisclosure, what: str, **body: Any) -> None:
    person = person_of(request)
    subject = f"gift:{gift.reference}"
    write(Act.COLLECTION, subject, person.name, person.purpose, what=what, **body)


# The police side: what was given, what the coroner's officer asks, and the answer.


MOST_SHOWN = 200
"""Declared: gifts on one page, the newest; questions that wait stand above them, all of them."""


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
            "today": timezone.localdate(),
        },
    )


@guarded(Permission.GIVE_TO_CORONER)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a question; the answer is a disclosure."""
    asked = CoronerQuestion.objects.select_related("gift__case", "account").filter(pk=pk).first()
    if asked is None:
        ruling = AccessDecision(False, "there is no such question", hidden=True)
        raise Refused(ruling, Permission.GIVE_TO_CORONER, f"question:{pk}")
    case = asked.gift.case
    for act in (Permission.SEE_RECORD, Permission.GIVE_TO_CORONER):
        check(request, act, case.about(), case_subject(case.case_id))
    form = Reply(request.POST or None)
    done = CoronerAnswer.objects.select_related("account").filter(question=asked).first()
    told = {"asked": asked, "form": form, "done": done}
    if request.method != "POST" or done is not None or not form.is_valid():
        consulted(request, case_subject(case.case_id), "coroner's question")
        status = 422 if request.method == "POST" else 200
        return render(request, "coroner_answer.html", told, status=status)
    account: Any = request.user
    with transaction.atomic():
        CoronerAnswer.objects.create(
            question=asked, account=account, says=form.cleaned_data["says"]
        )
        write(
            Act.DISCLOSURE,
            case_subject(case.case_id),
            person_of(request).name,
            person_of(request).purpose,
            what="an answer to the coroner",
            export=asked.gift.reference,
            question=asked.pk,
            records=[case.case_id],
        )
    messages.success(request, "Your answer went to the coroner's officer.")
    return redirect("coroner-questions")
