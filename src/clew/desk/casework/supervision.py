"""What needs a supervisor's own hand: asked by one person, signed or declined by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clew.assurance.lines import LINE, OPEN, must_escalate
from clew.assurance.machine import advance
from clew.desk.accounts.models import Account
from clew.desk.casework.acts import begin, may_sign, tell_supervisors, write_ledger_row
from clew.desk.casework.leads import LEAD, resolve_lead
from clew.desk.casework.lines import act_on, change_class_of, line_named
from clew.desk.casework.models.status import ApprovalDecision, ApprovalRequest, Lead, LineState
from clew.desk.records.models import Case
from clew.errors import ActRefused

NO_MORE = "called homicide no more"
SOMEBODY = "somebody else"
"""Stands for the supervisor who has not signed yet, when the table is asked whether it may be."""


@transaction.atomic
def ask_waiver(
    case: Case, line_id: str, reason: str, by: Account, now: datetime
) -> ApprovalRequest:
    """Ask that a line need not be done; a supervisor who is somebody else signs or declines.

    Raises
    ------
    ActRefused
        If the line is not open, no reason is given, or it has been asked already.
    """
    begin(case, now)
    line = line_named(case, line_id)
    row = LineState.objects.filter(case=case, line_id=line_id).first()
    told = {"reason": reason, "by": by.name, "approver": SOMEBODY}
    advance(LINE, row.state if row else OPEN, "waived", told)
    asked = _ask(case, ApprovalRequest.WAIVER, line_id, {"reason": reason}, by, now)
    cost = " It names cost or workload." if asked.flagged else ""
    tell_supervisors(case, f"A waiver waits: {line.title}.{cost} {case.case_id}", but=by)
    return asked


@transaction.atomic
def ask_sign_off(lead: Lead, reason: str, by: Account, now: datetime) -> ApprovalRequest:
    """Ask that a lead be closed without proof.

    Raises
    ------
    ActRefused
        If it is not open, no reason is given, or it has been asked already.
    """
    begin(lead.case, now)
    told = {"reason": reason, "by": by.name, "supervisor": SOMEBODY}
    advance(LEAD, Lead.objects.get(pk=lead.pk).state, "signed off", told)
    asked = _ask(lead.case, ApprovalRequest.LEAD, str(lead.pk), {"reason": reason}, by, now)
    tell_supervisors(lead.case, f"A lead waits to be signed off: {lead.case.case_id}", but=by)
    return asked


@transaction.atomic
def ask_no_more(case: Case, said: Mapping[str, str], by: Account, now: datetime) -> ApprovalRequest:
    """Ask that a death be called homicide no more: `rank`, `reason`, `would_change`.

    Raises
    ------
    ActRefused
        If it is no homicide, something is not said, or it has been asked already.
    """
    from clew.assurance.classes import change_class  # noqa: PLC0415 (beside the door of that name)

    held = begin(case, now)
    change_class(held.category, NO_MORE, {**said, "by": by.name, "senior": SOMEBODY})
    told = {name: said[name] for name in ("rank", "reason", "would_change")}
    asked = _ask(case, ApprovalRequest.CLASS, NO_MORE, told, by, now)
    tell_supervisors(case, f"Asked to call it homicide no more: {case.case_id}", but=by)
    return asked


def _ask(
    case: Case, kind: str, about: str, said: Mapping[str, str], by: Account, now: datetime
) -> ApprovalRequest:
    if ApprovalRequest.objects.filter(case=case, kind=kind, about=about, answered=None).exists():
        raise ActRefused("this has been asked already, and waits for a supervisor")
    made = ApprovalRequest.objects.create(
        case=case, kind=kind, about=about, said=dict(said), by=by, at=now,
        flagged=must_escalate(said["reason"]),
    )  # fmt: skip
    write_ledger_row(
        case, by, f"asked: {kind}", about=about, said=dict(said), flagged=made.flagged or None
    )
    return made


@transaction.atomic
def sign(asked: ApprovalRequest, by: Account, now: datetime) -> ApprovalDecision:
    """Sign what was asked; then it is done, in the name of whoever asked.

    Raises
    ------
    ActRefused
        If `by` may not sign for this death, asked for it, or it was answered already.
    """
    _may_answer(asked, by, now)
    asker, said = asked.by, dict(asked.said)
    if asked.kind == ApprovalRequest.WAIVER:
        act_on(asked.case, asked.about, "waived", {**said, "approver": by.name}, asker, now)
    elif asked.kind == ApprovalRequest.LEAD:
        lead = Lead.objects.get(pk=int(asked.about), case=asked.case)
        resolve_lead(lead, "signed off", {**said, "supervisor": by.name}, asker, now)
    else:
        change_class_of(asked.case, asked.about, {**said, "senior": by.name}, asker, now)
    return _answer(asked, by, now, signed=True)


@transaction.atomic
def decline(asked: ApprovalRequest, words: str, by: Account, now: datetime) -> ApprovalDecision:
    """Decline what was asked, with a reason; the asker is told.

    Raises
    ------
    ActRefused
        As for `sign`, or if no reason is given.
    """
    _may_answer(asked, by, now)
    if not words.strip():
        raise ActRefused("say why it is declined", ("words",))
    return _answer(asked, by, now, signed=False, words=words)


def _may_answer(asked: ApprovalRequest, by: Account, now: datetime) -> None:
    begin(asked.case, now)
    if ApprovalDecision.objects.filter(asked=asked).exists():
        raise ActRefused("it has been answered already")
    if not may_sign(by, asked.case):
        raise ActRefused("whoever signs must hold a supervisor's role for this area", ("by",))
    if asked.by_id == by.pk:
        raise ActRefused("whoever asked does not sign it", ("by",))


def _answer(
    asked: ApprovalRequest, by: Account, now: datetime, *, signed: bool, words: str = ""
) -> ApprovalDecision:
    from clew.desk.accounts.notify import notify  # noqa: PLC0415 (one use)

    made = ApprovalDecision.objects.create(asked=asked, signed=signed, words=words, by=by, at=now)
    what = "signed" if signed else "declined"
    write_ledger_row(asked.case, by, f"{what}: {asked.kind}", about=asked.about, words=words)
    if asked.by is not None:
        told = f"{what.capitalize()}: {asked.get_kind_display().lower()}. {asked.case.case_id}"
        notify([asked.by], told, f"case:{asked.case.case_id}")
    return made


def waiting(case: Case) -> list[ApprovalRequest]:
    """Return what waits for a supervisor's signature, the oldest first."""
    return list(ApprovalRequest.objects.filter(case=case, answered=None).select_related("by"))
