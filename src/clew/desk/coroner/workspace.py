"""What the coroner's officer sees: what was given, as it was given, and notes of one's own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import About, Do, Ruling, areas_of
from clew.desk.coroner.forms import Ask, Note
from clew.desk.coroner.models import CoronerNote, Gift, Question
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.web.guard import Refused, check, consulted, guarded, person_of

SEES = Do.SEE_CORONERS_WORKSPACE


def _gifts(request: HttpRequest) -> QuerySet[Gift]:
    areas = areas_of(person_of(request), SEES)
    found = Gift.objects.defer("content").select_related("case", "given_by")
    return found if areas is None else found.filter(area__in=areas)


def _gift(request: HttpRequest, reference: str) -> Gift:
    gift = _gifts(request).filter(reference=reference).first()
    subject = f"gift:{reference}"
    if gift is None:
        raise Refused(Ruling(False, "there is no such gift", hidden=True), SEES, subject)
    check(request, SEES, About(gift.area), subject)
    return gift


@guarded(SEES)
def workspace(request: HttpRequest) -> HttpResponse:
    """List what was given, the newest first."""
    gifts = _gifts(request)
    consulted(request, "workspace", "coroner's workspace")
    open_questions = Question.objects.filter(gift__in=gifts, answer=None).select_related("gift")
    return render(request, "workspace.html", {"gifts": gifts, "open": open_questions})


@guarded(SEES)
def gift_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one gift: who gave it, its digest, questions and answers, and one's own notes."""
    gift = _gift(request, reference)
    consulted(request, f"gift:{reference}", "gift")
    return _show(request, gift, Ask(), Note())


def _show(
    request: HttpRequest, gift: Gift, ask: Ask, note: Note, status: int = 200
) -> HttpResponse:
    notes = CoronerNote.objects.read_by(person_of(request)).filter(gift=gift)
    return render(
        request,
        "gift.html",
        {
            "gift": gift,
            "intact": Gift.objects.get(pk=gift.pk).intact(),
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
    gift = Gift.objects.get(pk=_gift(request, reference).pk)
    if not gift.intact():
        raise Refused(
            Ruling(False, "the file is not the one that was given: its digest differs"),
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
        return _show(request, gift, Ask(), form, 422)
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
    form = Ask(request.POST)
    if not form.is_valid():
        return _show(request, gift, form, Note(), 422)
    account: Any = request.user
    told = form.cleaned_data
    with transaction.atomic():
        Question.objects.create(gift=gift, account=account, says=told["says"], due=told["due"])
        _write(request, gift, "a question", due=told["due"].isoformat())
    messages.success(request, "Your question is asked.")
    return redirect("workspace-gift", reference)


def _write(request: HttpRequest, gift: Gift, what: str, **body: Any) -> None:
    person = person_of(request)
    subject = f"gift:{gift.reference}"
    write(Act.COLLECTION, subject, person.name, person.purpose, what=what, **body)
