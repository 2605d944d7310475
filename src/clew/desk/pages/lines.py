"""A death's lines of enquiry: what must be done before we leave, what later, and who must sign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clew.assurance.classes import INVESTIGATED
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission, Person
from clew.desk.casework.acts import DEATH, instant, may_sign
from clew.desk.casework.leads import disagree, open_leads, recommend, resolve_lead
from clew.desk.casework.lines import LineNow, act_on, class_of, lines_of
from clew.desk.casework.measures import is_gone, runs_out
from clew.desk.casework.models.status import CLASSES, ApprovalRequest, ClassChange, Dissent, Lead
from clew.desk.casework.standards import known, standard_of
from clew.desk.casework.supervision import ask_sign_off, ask_waiver, decline, sign, waiting
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of
from clew.desk.records.visible import record_of
from clew.desk.web.forms import PrefixedForm, done, refusals_in, set_choices
from clew.desk.web.guard import Refused, account_of, consulted, guarded, person_of

MOST = 4_000
"""Declared: characters of one text."""
CLASS_WORDS = dict(CLASSES)

# What pages show of a death's lines and class.


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of enquiry on a page: when it runs out, when it is gone, what was said."""

    now: LineNow
    time: str
    gone: str
    said: str


def death_of(request: HttpRequest, case_id: str) -> Case:
    """Return a death that the person signed in may look after.

    Raises
    ------
    Refused
        If there is none, it may not be seen, or it is no death.
    """
    case = record_of(request, Permission.ASSURE, case_id)
    if case.kind != DEATH:
        reason = "only a death has lines of enquiry and a class"
        raise Refused.because(reason, Permission.ASSURE, case_subject(case_id))
    return case


def about_death(case: Case, person: Person) -> dict[str, Any]:
    """Return what every page about a death shows: its name, class, and the views that differ."""
    category = class_of(case)
    return {
        "case": case, "name": identity_of(case, person), "class_words": CLASS_WORDS[category],
        "open": category == INVESTIGATED, "dissents": dissents_of(case),
    }  # fmt: skip


def changes_of(case: Case) -> list[ClassChange]:
    """Return every change of class, the first one first."""
    return list(ClassChange.objects.filter(case=case).select_related("by"))


def dissents_of(case: Case) -> list[Dissent]:
    """Return every view that differs, the first one first."""
    return list(Dissent.objects.filter(case=case).select_related("by"))


def row_of(line: LineNow, now: datetime) -> LineRow:
    """Return a line as a page shows it."""
    at, record = instant(now), dict(line.kept.said)
    said = record.get("proof") or record.get("reason", "")
    if record.get("approver"):
        said = f"{said} Approved by {record['approver']}."
    elif record.get("by") and said:
        said = f"{said} ({record['by']})"
    gone = is_gone(instant(line.gone) - at) if line.gone is not None and line.open else ""
    return LineRow(line, runs_out(instant(line.due) - at), gone, said)


def assurance_of(case: Case) -> dict[str, Any]:
    """Return what the record's page says: class, changes, dissent, and what must be done."""
    if case.kind != DEATH:
        return {"assured": None}
    now = desk_now()
    lines = lines_of(case, now)
    still_open = [line for line in lines if line.open]
    perishable = [line for line in still_open if line.gone is not None and not line.lost]
    return {
        "assured": {
            "class": CLASS_WORDS[class_of(case)],
            "changes": changes_of(case),
            "dissents": dissents_of(case),
            "lines": len(lines),
            "open": len(still_open),
            "overdue": sum(line.overdue for line in still_open),
            "lost": sum(line.lost for line in still_open),
            "next": row_of(perishable[0], now) if perishable else None,
        }
    }


# What people type on the page, each form with its act.


class StepForm(PrefixedForm):
    """One of the page's forms. Errors keep what was typed."""

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case

    def do(self, by: Account) -> str:
        """Do what the form says; return what to say. Raises `ActRefused` as the act does."""
        raise NotImplementedError


class LineForm(StepForm):
    """One act on a line of enquiry."""

    ID = "line"
    FIELD_OF: ClassVar = {"proof": "words", "reason": "words"}
    line = forms.ChoiceField(
        label="Line of enquiry",
        choices=[],
        error_messages={"required": "Choose the line of enquiry"},
    )
    act = forms.ChoiceField(
        label="What happened?",
        choices=[
            ("done", "It is done: proof below"),
            ("waiver", "Not needed (a supervisor must agree)"),
            ("reopened", "It must be done again: reason below"),
        ],
        initial="done",
        error_messages={"required": "Choose one"},
    )
    words = forms.CharField(
        label="Proof or reason",
        help_text="Proof is something another person can check: an exhibit, a log, or a"
        " name and time.",
        max_length=MOST,
        error_messages={"required": "Enter the proof or the reason"},
    )

    def __init__(
        self, case: Case, *args: Any, lines: list[LineNow] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(case, *args, **kwargs)
        lines = lines_of(case, desk_now()) if lines is None else lines
        set_choices(
            self, "line", [("", "Choose"), *((row.line.id, row.line.title) for row in lines)]
        )

    def do(self, by: Account) -> str:
        """Do the act, or ask a supervisor for a waiver."""
        data, now = self.cleaned_data, desk_now()
        if data["act"] == "waiver":
            ask_waiver(self.case, data["line"], data["words"], by, now)
            return "Request sent. The line stays open until a supervisor signs."
        field = "proof" if data["act"] == "done" else "reason"
        act_on(self.case, data["line"], data["act"], {field: data["words"]}, by, now)
        return "Saved."


class LeadForm(StepForm):
    """A recommendation or a named lead."""

    ID = "lead"
    kind = forms.ChoiceField(
        label="Type",
        choices=Lead.KINDS,
        error_messages={"required": "Choose recommendation or lead"},
    )
    role = forms.ChoiceField(
        label="From", choices=Lead.FROM, error_messages={"required": "Choose who it is from"}
    )
    who = forms.CharField(label="Name, if known", max_length=200, required=False)
    words = forms.CharField(
        label="What must be done or found",
        help_text="For example: test the sheet, find out who uses this nickname, find"
        " out who lives there.",
        max_length=MOST,
        error_messages={"required": "Enter what must be done or found"},
    )

    def do(self, by: Account) -> str:
        """Keep it."""
        recommend(self.case, self.cleaned_data, by, desk_now())
        return "Saved. It stays open until it is resolved or a supervisor signs it off."


class LeadActForm(StepForm):
    """One act on a lead."""

    ID = "lead_act"
    FIELD_OF: ClassVar = {"proof": "words", "reason": "words"}
    lead = forms.ChoiceField(
        label="Recommendation or lead",
        choices=[],
        error_messages={"required": "Choose a recommendation or lead"},
    )
    act = forms.ChoiceField(
        label="What happened?",
        choices=[
            ("resolved", "It is resolved: proof below"),
            ("sign_off", "Cannot be done (a supervisor must agree)"),
        ],
        error_messages={"required": "Choose one"},
    )
    words = forms.CharField(
        label="Proof or reason",
        max_length=MOST,
        error_messages={"required": "Enter the proof or the reason"},
    )

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(case, *args, **kwargs)
        leads = [(str(lead.pk), str(lead)) for lead in open_leads(case)]
        set_choices(self, "lead", [("", "Choose"), *leads])

    def do(self, by: Account) -> str:
        """Resolve it, or ask a supervisor to sign it off."""
        data, now = self.cleaned_data, desk_now()
        lead = Lead.objects.get(pk=int(data["lead"]), case=self.case)
        if data["act"] == "sign_off":
            ask_sign_off(lead, data["words"], by, now)
            return "Request sent. It stays open until a supervisor signs."
        resolve_lead(lead, "resolved", {"proof": data["words"]}, by, now)
        return "Saved."


class DissentForm(StepForm):
    """A view that differs from the class."""

    ID = "dissent"
    role = forms.ChoiceField(
        label="Whose view is it?",
        choices=Dissent.ROLES,
        error_messages={"required": "Choose whose view it is"},
    )
    who = forms.CharField(
        label="Name or number",
        max_length=200,
        error_messages={"required": "Enter the name or number"},
    )
    words = forms.CharField(
        label="In their words",
        help_text="It is always shown with the class. No one can change or remove it.",
        max_length=MOST,
        error_messages={"required": "Enter what they say"},
    )

    def do(self, by: Account) -> str:
        """Keep it beside the class."""
        data = self.cleaned_data
        disagree(self.case, (data["role"], data["who"]), data["words"], by, desk_now())
        return "Saved. It is now shown with the class."


STEPS: dict[str, type[StepForm]] = {
    "line": LineForm, "lead": LeadForm, "lead_act": LeadActForm, "dissent": DissentForm,
}  # fmt: skip
"""The forms of the page, by the step that a post names."""


class ApprovalForm(PrefixedForm):
    """A supervisor's answer to a request."""

    words = forms.CharField(label="Reason, if you decline", max_length=MOST, required=False)

    def __init__(self, number: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"answer_{number}_%s", **kwargs)


@guarded(Permission.ASSURE)
def assured(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show the lines of a death; a post does one act on a line, a lead, or a request."""
    case = death_of(request, case_id)
    if request.method != "POST":
        consulted(request, case_subject(case.case_id), "lines of enquiry")
        return _page(request, case)
    step = request.POST.get("step", "line")
    if step in ("sign", "decline"):
        number = request.POST.get("asked", "")
        pk = int(number) if number.isdecimal() and len(number) < 19 else 0
        asked = ApprovalRequest.objects.filter(case=case, pk=pk).first()
        answer = ApprovalForm(pk, request.POST)
        if asked is not None and answer.is_valid():
            account, now = account_of(request), desk_now()
            with refusals_in(answer):
                if step == "sign":
                    sign(asked, account, now)
                    message = "Signed."
                else:
                    decline(asked, answer.cleaned_data["words"], account, now)
                    message = "Declined. The person who asked gets a notice."
                return done(request, message, "assured", case.case_id)
        # A refusal is shown above the page.
        return _page(request, case, 422, answer_form=answer)
    step = step if step in STEPS else "line"
    form = STEPS[step](case, request.POST)
    if form.is_valid():
        with refusals_in(form):
            return done(request, form.do(account_of(request)), "assured", case.case_id)
    return _page(request, case, 422, **{f"{step}_form": form})


def _page(request: HttpRequest, case: Case, status: int = 200, **forms: Any) -> HttpResponse:
    """Show the page; `forms` are those that were sent and have errors."""
    now, account = desk_now(), account_of(request)
    lines = lines_of(case, now)
    rows = [row_of(line, now) for line in lines]
    requests = waiting(case)
    context = {
        **about_death(case, person_of(request)),
        "standard": standard_of(case),
        "faults": known()[1],
        "scene": [row for row in rows if row.now.open and row.now.line.place == "scene"],
        "later": [row for row in rows if row.now.open and row.now.line.place != "scene"],
        "ended": [row for row in rows if not row.now.open],
        "asks": [(asked, ApprovalForm(asked.pk), _about(asked, lines)) for asked in requests],
        "may_sign": may_sign(account, case),
        "me": account.pk,
        "leads": Lead.objects.filter(case=case).prefetch_related("acts__by"),
        "line_form": LineForm(case, lines=lines, initial={"line": request.GET.get("line", "")}),
        "lead_form": LeadForm(case),
        "lead_act_form": LeadActForm(case),
        "dissent_form": DissentForm(case),
        "answer_form": None,
        **forms,
    }
    return render(request, "casework/lines.html", context, status=status)


def _about(asked: ApprovalRequest, lines: list[LineNow]) -> str:
    """Return what a request is about, in words."""
    if asked.kind == ApprovalRequest.WAIVER:
        titles = {row.line.id: row.line.title for row in lines}
        return titles.get(asked.about, asked.about)
    if asked.kind == ApprovalRequest.LEAD:
        lead = Lead.objects.filter(case=asked.case_id, pk=int(asked.about)).first()
        return str(lead or asked.about)
    return "The class of this death"
