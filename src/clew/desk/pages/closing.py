"""The closing page: every ground at a glance, the questions that words raise, and the signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.assurance.classes import INVESTIGATED
from clew.assurance.closing import Ground
from clew.desk.accounts.rules import Permission
from clew.desk.casework.acts import may_sign
from clew.desk.casework.closing import (
    ClosingRequest,
    ask_to_close,
    closing_that_waits,
    grounds_of,
    last_similar,
    sign_closing,
)
from clew.desk.casework.lines import class_of
from clew.desk.casework.models.status import Closing
from clew.desk.ledger.subjects import case_subject
from clew.desk.pages.casework_forms import CloseForm
from clew.desk.pages.lines import CLASS_WORDS, actor, adviser_wanted, death_of, dissents_of
from clew.desk.records.models import Case
from clew.desk.review.comparison import name_of
from clew.desk.web.guard import consulted, guarded
from clew.errors import ActRefused

GROUNDS = (
    ("evidence", "Evidence that no third party was involved"),
    ("prompt", "Questions that the words raise are answered"),
    ("would_change", "What would change the decision"),
    ("line", "Every line of enquiry is done or waived"),
    ("link", "Every link that came up is judged"),
    ("concern", "Every concern is answered"),
    ("lead", "Every recommendation and lead is resolved or signed off"),
    ("referral", "No referral waits for an answer"),
    ("supervisor", "A supervisor who is somebody else has read and signed"),
)
"""Each ground, in the order of the page."""


@dataclass(frozen=True, slots=True)
class GroundRow:
    """One ground on the page: whether it stands, and what lacks."""

    name: str
    words: str
    lacks: tuple[str, ...]


def grounds_shown(missing: tuple[Ground, ...]) -> list[GroundRow]:
    """Return every ground, those that stand too."""
    return [
        GroundRow(name, words, tuple(one.says for one in missing if one.name == name))
        for name, words in GROUNDS
    ]


@guarded(Permission.ASSURE)
def closing(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show what lacks for a closing; ask for it; or sign what was asked."""
    case = death_of(request, case_id)
    if request.method != "POST":
        consulted(request, case_subject(case.case_id), "closing")
        return _page(request, case, _form_of(case))
    form = CloseForm(request.POST)
    signs = request.POST.get("step") == "sign"
    if not signs and not form.is_valid():
        return _page(request, case, form, 422)
    try:
        made = _sign(request, case) if signs else _asked(request, case, form)
    except ActRefused as refused:
        form.is_valid()
        form.refuse(refused)
        return _page(request, case, form, 422)
    if made.closed:
        messages.success(
            request, "Closed: no third party found, on the grounds that are kept here."
        )
        return redirect("record", case.case_id)
    if made.waits():
        messages.success(request, "Asked. It is closed when a supervisor has read and signed it.")
        return redirect("closing", case.case_id)
    return _page(request, case, _form_of(case) if signs else form, 422)


def _sign(request: HttpRequest, case: Case) -> Closing:
    asked = closing_that_waits(case)
    if asked is None or str(asked.pk) != request.POST.get("closing"):
        raise ActRefused("this request does not wait for a signature any more")
    return sign_closing(asked, actor(request), timezone.now())


def _asked(request: HttpRequest, case: Case, form: CloseForm) -> Closing:
    return ask_to_close(case, _ask(form), actor(request), timezone.now())


def _ask(form: CloseForm) -> ClosingRequest:
    told = form.cleaned_data
    return ClosingRequest(told["evidence"], told["would_change"], told["rank"], form.answers())


def _form_of(case: Case) -> CloseForm:
    """Return the form, with what was said last."""
    last = Closing.objects.filter(case=case, closed=False).last()
    if last is None:
        return CloseForm()
    return CloseForm(
        initial={"evidence": last.evidence, "would_change": last.would_change, "rank": last.rank}
    )


def _page(request: HttpRequest, case: Case, form: CloseForm, status: int = 200) -> HttpResponse:
    account, now = actor(request), timezone.now()
    waits = closing_that_waits(case)
    if form.is_bound and form.is_valid():
        ask = _ask(form)
    else:
        told = form.initial
        ask = ClosingRequest(told.get("evidence", ""), told.get("would_change", ""))
    if waits is not None and not form.errors:
        answers = tuple((words, answer) for words, answer in waits.answers)
        ask = ClosingRequest(waits.evidence, waits.would_change, waits.rank, answers)
    asker = waits.by if waits else account
    missing = grounds_of(case, ask, asker, None, now)
    shown = grounds_shown(missing)
    category = class_of(case)
    page: dict[str, Any] = {
        "case": case,
        "name": name_of(case),
        "form": form,
        "grounds": shown,
        "lacking": sum(bool(one.lacks) for one in shown),
        "tried": request.method == "POST",
        "waits": waits,
        "may_sign": may_sign(account, case) and waits is not None and waits.by != account,
        "class_words": CLASS_WORDS[category],
        "open": category == INVESTIGATED,
        "dissents": dissents_of(case),
        "similar": last_similar(case),
        "adviser": adviser_wanted(ask.evidence),
        "tries": Closing.objects.filter(case=case).select_related("by", "signer"),
    }
    return render(request, "casework/closing.html", page, status=status)
