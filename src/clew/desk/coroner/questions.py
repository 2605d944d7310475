"""The police side: what was given, what the coroner's officer asks, and the answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.desk.accounts.rules import Do, Ruling
from clew.desk.cases.disclose import exportable
from clew.desk.coroner.forms import Reply
from clew.desk.coroner.models import Answer, Gift, Question
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.web.guard import Refused, check, consulted, guarded, person_of

MOST_SHOWN = 200
"""Declared: gifts on one page, the newest; questions that wait stand above them, all of them."""


@guarded(Do.GIVE_TO_CORONER)
def questions(request: HttpRequest) -> HttpResponse:
    """List the questions that wait, by date, and what was given."""
    cases = exportable(request).order_by().values("pk")
    waiting = Question.objects.filter(answer=None, gift__case__in=cases)
    gifts = Gift.objects.filter(case__in=cases).defer("content")
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


@guarded(Do.GIVE_TO_CORONER)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a question; the answer is a disclosure."""
    asked = Question.objects.select_related("gift__case", "account").filter(pk=pk).first()
    if asked is None:
        ruling = Ruling(False, "there is no such question", hidden=True)
        raise Refused(ruling, Do.GIVE_TO_CORONER, f"question:{pk}")
    case = asked.gift.case
    for act in (Do.SEE_RECORD, Do.GIVE_TO_CORONER):
        check(request, act, case.about(), f"case:{case.case_id}")
    form = Reply(request.POST or None)
    done = Answer.objects.select_related("account").filter(question=asked).first()
    told = {"asked": asked, "form": form, "done": done}
    if request.method != "POST" or done is not None or not form.is_valid():
        consulted(request, f"case:{case.case_id}", "coroner's question")
        status = 422 if request.method == "POST" else 200
        return render(request, "coroner_answer.html", told, status=status)
    account: Any = request.user
    with transaction.atomic():
        Answer.objects.create(question=asked, account=account, says=form.cleaned_data["says"])
        write(
            Act.DISCLOSURE,
            f"case:{case.case_id}",
            person_of(request).name,
            person_of(request).purpose,
            what="an answer to the coroner",
            export=asked.gift.reference,
            question=asked.pk,
            records=[case.case_id],
        )
    messages.success(request, "Your answer went to the coroner's officer.")
    return redirect("coroner-questions")
