"""The class of a death: an expected one in a minute, any other with its reasons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.assurance.classes import INVESTIGATED
from clew.desk.accounts.rules import Do
from clew.desk.assured import doors
from clew.desk.assured.asking import NO_MORE
from clew.desk.assured.forms import ClassForm, ExpectedForm
from clew.desk.assured.shown import CLASS_WORDS, actor, changes_of, death_of, dissents_of
from clew.desk.cases.models import Case
from clew.desk.links.comparison import name_of
from clew.desk.web.guard import consulted, guarded
from clew.errors import ActRefused


@guarded(Do.ASSURE)
def class_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show every change of class, and make one; a closing and an expected death have own pages."""
    case = death_of(request, case_id)
    category = doors.class_of(case)
    account = actor(request)
    bound = request.POST if request.method == "POST" else None
    form = ClassForm(category, bound, initial={"rank": account.rank})
    if form.is_bound and form.is_valid():
        told = dict(form.cleaned_data)
        try:
            if told["act"] == NO_MORE:
                doors.ask_no_more(case, told, account, timezone.now())
                said = "Asked. A supervisor who is somebody else signs it on the page of lines."
            else:
                _change(case, told.pop("act"), told, request)
                said = "The class is changed. The one before stands beside it."
        except ActRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, said)
            return redirect("class", case.case_id)
    return _show(request, case, "assured/class.html", form)


@guarded(Do.ASSURE)
def expected(request: HttpRequest, case_id: str) -> HttpResponse:
    """Call a death expected: a doctor who knew the person, and of what. It takes a minute."""
    case = death_of(request, case_id)
    bound = request.POST if request.method == "POST" else None
    form = ExpectedForm(bound, initial={"rank": actor(request).rank})
    if form.is_bound and form.is_valid():
        try:
            _change(case, "called expected", dict(form.cleaned_data), request)
        except ActRefused as refused:
            form.refuse(refused)
        else:
            messages.success(
                request, "It is called expected, and compared with all others as before."
            )
            return redirect("record", case.case_id)
    return _show(request, case, "assured/expected.html", form)


def _change(case: Case, act: str, told: dict[str, Any], request: HttpRequest) -> None:
    decided = told.pop("decided_at")
    doors.change_class_of(case, act, told, actor(request), timezone.now(), decided)


def _show(request: HttpRequest, case: Case, page: str, form: Any) -> HttpResponse:
    if not form.is_bound:
        consulted(request, f"case:{case.case_id}", "class")
    category = doors.class_of(case)
    told = {
        "case": case, "name": name_of(case), "form": form, "changes": changes_of(case),
        "dissents": dissents_of(case), "class_words": CLASS_WORDS[category],
        "open": category == INVESTIGATED,
    }  # fmt: skip
    return render(request, page, told, status=422 if form.errors else 200)
