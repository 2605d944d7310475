"""What pages show of a death's assurance, made ready for the templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from clew.assurance.prompts import LIFESTYLE, prompts_of
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Do, Ruling
from clew.desk.assured.acts import DEATH, instant
from clew.desk.assured.lines import LineNow, class_of, lines_of
from clew.desk.assured.models import CLASSES, ClassChange, Dissent
from clew.desk.assured.standards import known
from clew.desk.assured.words import is_gone, runs_out
from clew.desk.cases.models import Case
from clew.desk.web.guard import Refused, person_of, record_of

CLASS_WORDS = dict(CLASSES)
READ_WORDS = {
    "read": "source read",
    "practice": "general practice",
    "inferred": "concluded from what went wrong",
}


@dataclass(frozen=True, slots=True)
class Row:
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
    case = record_of(request, Do.ASSURE, case_id)
    if case.kind != DEATH:
        ruling = Ruling(False, "only a death has lines of enquiry and a class")
        raise Refused(ruling, Do.ASSURE, f"case:{case_id}")
    return case


def actor(request: HttpRequest) -> Account:
    """Return who acts, with the purpose of the session for the ledger's row."""
    account = request.user
    assert isinstance(account, Account)
    account.clew_purpose = person_of(request).purpose  # type: ignore[attr-defined]
    return account


def row_of(one: LineNow, now: datetime) -> Row:
    """Return a line as a page shows it."""
    at = instant(now)
    told = dict(one.kept.said)
    said = told.get("proof") or told.get("reason", "")
    if told.get("approver"):
        said = f"{said} Approved by {told['approver']}."
    elif told.get("by") and said:
        said = f"{said} ({told['by']})"
    gone = is_gone(instant(one.gone) - at) if one.gone is not None and one.open else ""
    return Row(one, runs_out(instant(one.due) - at), gone, said, one.overdue or one.lost)


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
