"""A death's lines of enquiry: what must be done before we leave, what later, and who must sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.assurance.closing import LIFESTYLE, prompts_of
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import AccessDecision, Permission
from clew.desk.casework.acts import DEATH, instant, may_sign
from clew.desk.casework.leads import disagree, recommend, resolve_lead
from clew.desk.casework.lines import LineNow, act_on, class_of, lines_of
from clew.desk.casework.measures import is_gone, runs_out
from clew.desk.casework.models.status import CLASSES, ApprovalRequest, ClassChange, Dissent, Lead
from clew.desk.casework.standards import known, standard_of
from clew.desk.casework.supervision import ask_sign_off, ask_waiver, decline, sign, waiting
from clew.desk.ledger.subjects import case_subject
from clew.desk.pages.casework_forms import (
    ActForm,
    ApprovalForm,
    DissentForm,
    LeadActForm,
    LeadForm,
    LineForm,
)
from clew.desk.records.models import Case
from clew.desk.records.visible import record_of
from clew.desk.review.comparison import name_of
from clew.desk.web.guard import Refused, consulted, guarded, person_of
from clew.errors import ActRefused

# What pages show of a death's assurance, made ready for the templates.


CLASS_WORDS = dict(CLASSES)
READ_WORDS = {
    "read": "source read",
    "practice": "general practice",
    "inferred": "concluded from what went wrong",
}


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of enquiry on a page: when it runs out, when it is gone, what was said."""

    one: LineNow
    time: str
    gone: str
    said: str
    late: bool


def death_of(request: HttpRequest, case_id: str) -> Case:
    """Return a death that whoever asks may look after.

    Raises
    ------
    Refused
        If there is none, it may not be seen, or it is no death.
    """
    case = record_of(request, Permission.ASSURE, case_id)
    if case.kind != DEATH:
        ruling = AccessDecision(False, "only a death has lines of enquiry and a class")
        raise Refused(ruling, Permission.ASSURE, case_subject(case_id))
    return case


def actor(request: HttpRequest) -> Account:
    """Return who acts, with the purpose of the session for the ledger's row."""
    account = request.user
    assert isinstance(account, Account)
    account.clew_purpose = person_of(request).purpose  # type: ignore[attr-defined]
    return account


def row_of(one: LineNow, now: datetime) -> LineRow:
    """Return a line as a page shows it."""
    at = instant(now)
    told = dict(one.kept.said)
    said = told.get("proof") or told.get("reason", "")
    if told.get("approver"):
        said = f"{said} Approved by {told['approver']}."
    elif told.get("by") and said:
        said = f"{said} ({told['by']})"
    gone = is_gone(instant(one.gone) - at) if one.gone is not None and one.open else ""
    return LineRow(one, runs_out(instant(one.due) - at), gone, said, one.overdue or one.lost)


def assurance_of(case: Case, now: datetime | None = None) -> dict[str, Any]:
    """Return what the record's page says: class, changes, dissent, and what must be done."""
    if case.kind != DEATH:
        return {"assured": None}
    at = now or timezone.now()
    lines = lines_of(case, at)
    open_ = [one for one in lines if one.open]
    perishable = [one for one in open_ if one.gone is not None and not one.lost]
    return {
        "assured": {
            "class": CLASS_WORDS[class_of(case)],
            "changes": changes_of(case),
            "dissents": dissents_of(case),
            "lines": len(lines),
            "open": len(open_),
            "overdue": sum(one.overdue for one in open_),
            "lost": sum(one.lost for one in open_),
            "next": row_of(perishable[0], at) if perishable else None,
        }
    }


def changes_of(case: Case) -> list[ClassChange]:
    """Return every change of class, the first one first."""
    return list(ClassChange.objects.filter(case=case).select_related("by"))


def dissents_of(case: Case) -> list[Dissent]:
    """Return every view that differs, the first one first."""
    return list(Dissent.objects.filter(case=case).select_related("by"))


def faults() -> tuple[str, ...]:
    """Return what is wrong with the force's own standards, a sentence each."""
    return known()[1]


def adviser_wanted(*texts: str) -> bool:
    """Tell whether a community adviser should be asked: how somebody lived is spoken of."""
    asked = {f"This names {what}." for _, what in LIFESTYLE}
    told = prompts_of(" ".join(texts))
    return any(prompt.question.startswith(tuple(asked)) for prompt in told)


Told = dict[str, Any]


@guarded(Permission.ASSURE)
def assured(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show the lines of a death; a post does one act on a line, a lead, or what was asked."""
    case = death_of(request, case_id)
    if request.method != "POST":
        consulted(request, case_subject(case.case_id), "lines of enquiry")
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
    lines = lines_of(case, now)
    rows = [row_of(one, now) for one in lines]
    asks = waiting(case)
    account = actor(request)
    told = {
        "case": case,
        "name": name_of(case),
        "class_words": CLASS_WORDS[class_of(case)],
        "standard": standard_of(case),
        "faults": faults(),
        "scene": [row for row in rows if row.one.open and row.one.line.place == "scene"],
        "later": [row for row in rows if row.one.open and row.one.line.place != "scene"],
        "ended": [row for row in rows if not row.one.open],
        "asks": [(asked, ApprovalForm(asked.pk), _about(case, asked, lines)) for asked in asks],
        "may_sign": may_sign(account, case),
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
    return render(request, "casework/lines.html", told, status=status)


def _about(case: Case, asked: ApprovalRequest, lines: list[Any]) -> str:
    """Return what a request is about, in words."""
    if asked.kind == ApprovalRequest.WAIVER:
        return next((one.line.title for one in lines if one.line.id == asked.about), asked.about)
    if asked.kind == ApprovalRequest.LEAD:
        return str(Lead.objects.filter(case=case, pk=int(asked.about)).first() or asked.about)
    return "The class of this death"


def _answer(request: HttpRequest, case: Case, step: str) -> HttpResponse:
    """Sign or decline what was asked; a refusal is said at the head of the page."""
    number = request.POST.get("asked", "")
    pk = int(number) if number.isdecimal() and len(number) < 19 else 0
    asked = ApprovalRequest.objects.filter(case=case, pk=pk).first()
    form = ApprovalForm(pk, request.POST)
    if asked is None or not form.is_valid():
        return _page(request, case, {"answer_form": form}, 422)
    account, now = actor(request), timezone.now()
    try:
        if step == "sign":
            sign(asked, account, now)
        else:
            decline(asked, form.cleaned_data["words"], account, now)
    except ActRefused as refused:
        form.refuse(refused)
        return _page(request, case, {"answer_form": form}, 422)
    messages.success(request, "Signed." if step == "sign" else "Declined. Whoever asked is told.")
    return redirect("assured", case.case_id)


def _line(case: Case, told: Told, by: Account) -> str:
    now = timezone.now()
    if told["act"] == "waiver":
        ask_waiver(case, told["line"], told["words"], by, now)
        return "Asked. The line stays open until a supervisor signs."
    field = "proof" if told["act"] == "done" else "reason"
    act_on(case, told["line"], told["act"], {field: told["words"]}, by, now)
    return "It is written down."


def _lead(case: Case, told: Told, by: Account) -> str:
    recommend(case, told, by, timezone.now())
    return "It is kept, and stays open until it is resolved or a supervisor signs it off."


def _lead_act(case: Case, told: Told, by: Account) -> str:
    lead = Lead.objects.get(pk=int(told["lead"]), case=case)
    if told["act"] == "sign_off":
        ask_sign_off(lead, told["words"], by, timezone.now())
        return "Asked. It stays open until a supervisor signs."
    resolve_lead(lead, "resolved", {"proof": told["words"]}, by, timezone.now())
    return "It is written down."


def _dissent(case: Case, told: Told, by: Account) -> str:
    disagree(case, (told["role"], told["who"]), told["words"], by, timezone.now())
    return "It stands beside the class from now on."


def _line_form(case: Case, data: Any) -> ActForm:
    return LineForm(lines_of(case, timezone.now()), data)


STEPS: dict[str, tuple[Callable[[Case, Any], ActForm], Callable[[Case, Told, Account], str]]] = {
    "line": (_line_form, _line),
    "lead": (lambda _, data: LeadForm(data), _lead),
    "lead_act": (LeadActForm, _lead_act),
    "dissent": (lambda _, data: DissentForm(data), _dissent),
}
"""What a post may do: how its form is made, and its act."""
