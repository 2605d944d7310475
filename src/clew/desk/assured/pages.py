"""A death's lines of enquiry: what must be done before we leave, what later, and who must sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Do
from clew.desk.assured import doors
from clew.desk.assured.forms import (
    ActForm,
    AnswerForm,
    DissentForm,
    LeadActForm,
    LeadForm,
    LineForm,
)
from clew.desk.assured.models import Asked, Lead
from clew.desk.assured.shown import CLASS_WORDS, actor, death_of, dissents_of, faults, row_of
from clew.desk.cases.models import Case
from clew.desk.links.comparison import name_of
from clew.desk.web.guard import consulted, guarded
from clew.errors import ActRefused

Told = dict[str, Any]


@guarded(Do.ASSURE)
def assured(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show the lines of a death; a post does one act on a line, a lead, or what was asked."""
    case = death_of(request, case_id)
    if request.method != "POST":
        consulted(request, f"case:{case.case_id}", "lines of enquiry")
        return _page(request, case, {})
    step = request.POST.get("step", "line")
    if step in ("sign", "decline"):
        return _answer(request, case, step)
    make, do = STEPS.get(step, STEPS["line"])
    form = make(case, request.POST)
    if form.is_valid():
        try:
            said = do(case, form.cleaned_data, actor(request))
        except ActRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, said)
            return redirect("assured", case.case_id)
    return _page(request, case, {f"{step if step in STEPS else 'line'}_form": form}, 422)


def _page(request: HttpRequest, case: Case, forms: Told, status: int = 200) -> HttpResponse:
    now = timezone.now()
    lines = doors.lines_of(case, now)
    rows = [row_of(one, now) for one in lines]
    asks = doors.waiting(case)
    account = actor(request)
    told = {
        "case": case,
        "name": name_of(case),
        "class_words": CLASS_WORDS[doors.class_of(case)],
        "standard": doors.standard_of(case),
        "faults": faults(),
        "scene": [row for row in rows if row.one.open and row.one.line.place == "scene"],
        "later": [row for row in rows if row.one.open and row.one.line.place != "scene"],
        "ended": [row for row in rows if not row.one.open],
        "asks": [(asked, AnswerForm(asked.pk), _about(case, asked, lines)) for asked in asks],
        "may_sign": doors.may_sign(account, case),
        "me": account.pk,
        "leads": Lead.objects.filter(case=case).prefetch_related("acts__by"),
        "dissents": dissents_of(case),
        "line_form": LineForm(lines, initial={"line": request.GET.get("line", "")}),
        "lead_form": LeadForm(),
        "lead_act_form": LeadActForm(case),
        "dissent_form": DissentForm(),
        "answer_form": None,
        **forms,
    }
    return render(request, "assured/lines.html", told, status=status)


def _about(case: Case, asked: Asked, lines: list[Any]) -> str:
    """Return what a request is about, in words."""
    if asked.kind == Asked.WAIVER:
        return next((one.line.title for one in lines if one.line.id == asked.about), asked.about)
    if asked.kind == Asked.LEAD:
        return str(Lead.objects.filter(case=case, pk=int(asked.about)).first() or asked.about)
    return "The class of this death"


def _answer(request: HttpRequest, case: Case, step: str) -> HttpResponse:
    """Sign or decline what was asked; a refusal is said at the head of the page."""
    number = request.POST.get("asked", "")
    pk = int(number) if number.isdecimal() and len(number) < 19 else 0
    asked = Asked.objects.filter(case=case, pk=pk).first()
    form = AnswerForm(pk, request.POST)
    if asked is None or not form.is_valid():
        return _page(request, case, {"answer_form": form}, 422)
    account, now = actor(request), timezone.now()
    try:
        if step == "sign":
            doors.sign(asked, account, now)
        else:
            doors.decline(asked, form.cleaned_data["words"], account, now)
    except ActRefused as refused:
        form.refuse(refused)
        return _page(request, case, {"answer_form": form}, 422)
    messages.success(request, "Signed." if step == "sign" else "Declined. Whoever asked is told.")
    return redirect("assured", case.case_id)


def _line(case: Case, told: Told, by: Account) -> str:
    now = timezone.now()
    if told["act"] == "waiver":
        doors.ask_waiver(case, told["line"], told["words"], by, now)
        return "Asked. The line stays open until a supervisor signs."
    field = "proof" if told["act"] == "done" else "reason"
    doors.act_on(case, told["line"], told["act"], {field: told["words"]}, by, now)
    return "It is written down."


def _lead(case: Case, told: Told, by: Account) -> str:
    doors.recommend(case, told, by, timezone.now())
    return "It is kept, and stays open until it is resolved or a supervisor signs it off."


def _lead_act(case: Case, told: Told, by: Account) -> str:
    lead = Lead.objects.get(pk=int(told["lead"]), case=case)
    if told["act"] == "sign_off":
        doors.ask_sign_off(lead, told["words"], by, timezone.now())
        return "Asked. It stays open until a supervisor signs."
    doors.resolve_lead(lead, "resolved", {"proof": told["words"]}, by, timezone.now())
    return "It is written down."


def _dissent(case: Case, told: Told, by: Account) -> str:
    doors.disagree(case, (told["role"], told["who"]), told["words"], by, timezone.now())
    return "It stands beside the class from now on."


def _line_form(case: Case, data: Any) -> ActForm:
    return LineForm(doors.lines_of(case, timezone.now()), data)


STEPS: dict[str, tuple[Callable[[Case, Any], ActForm], Callable[[Case, Told, Account], str]]] = {
    "line": (_line_form, _line),
    "lead": (lambda _, data: LeadForm(data), _lead),
    "lead_act": (LeadActForm, _lead_act),
    "dissent": (lambda _, data: DissentForm(data), _dissent),
}
"""What a post may do: how its form is made, and its act."""
