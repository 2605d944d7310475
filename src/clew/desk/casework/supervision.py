"""What needs a supervisor's signature: requested by one person, signed or declined by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clew.assurance.classes import change_class
from clew.assurance.lines import LINE, OPEN, must_escalate
from clew.assurance.machine import advance
from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.casework.acts import begin, may_sign, notify_supervisors, write_ledger_row
from clew.desk.casework.leads import LEAD, resolve_lead
from clew.desk.casework.lines import act_on, change_class_of, line_named
from clew.desk.casework.models.status import ApprovalDecision, ApprovalRequest, Lead, LineState
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case
from clew.errors import ActRefused

NO_MORE = "called homicide no more"
SOMEBODY = "someone else"
"""The supervisor who has not signed yet, when the table is asked whether it may be."""


@transaction.atomic
def ask_waiver(
    case: Case, line_id: str, reason: str, by: Account, now: datetime
) -> ApprovalRequest:
    """Request that a line need not be done; another person, a supervisor, signs or declines.

    Raises
    ------
    ActRefused
        If the line is not open, no reason is given, or it was requested already.
    """
    begin(case, now)
    line = line_named(case, line_id)
    row = LineState.objects.filter(case=case, line_id=line_id).first()
    said = {"reason": reason, "by": by.name, "approver": SOMEBODY}
    advance(LINE, row.state if row else OPEN, "waived", said)
    request = _ask(case, ApprovalRequest.WAIVER, line_id, {"reason": reason}, by, now)
    cost = " It names cost or workload." if request.flagged else ""
    notify_supervisors(
        case, f"A waiver is waiting for a supervisor: {line.title}.{cost} {case.case_id}", but=by
    )
    return request


@transaction.atomic
def ask_sign_off(lead: Lead, reason: str, by: Account, now: datetime) -> ApprovalRequest:
    """Request that a lead be closed without proof.

    Raises
    ------
    ActRefused
        If it is not open, no reason is given, or it was requested already.
    """
    begin(lead.case, now)
    said = {"reason": reason, "by": by.name, "supervisor": SOMEBODY}
    advance(LEAD, Lead.objects.get(pk=lead.pk).state, "signed off", said)
    request = _ask(lead.case, ApprovalRequest.LEAD, str(lead.pk), {"reason": reason}, by, now)
    notify_supervisors(
        lead.case, f"A lead is waiting to be signed off: {lead.case.case_id}", but=by
    )
    return request


@transaction.atomic
def ask_no_more(case: Case, said: Mapping[str, str], by: Account, now: datetime) -> ApprovalRequest:
    """Request that a death be called homicide no more: `rank`, `reason`, `would_change`.

    Raises
    ------
    ActRefused
        If it is no homicide, something is not stated, or it was requested already.
    """
    status = begin(case, now)
    change_class(status.category, NO_MORE, {**said, "by": by.name, "senior": SOMEBODY})
    reasons = {name: said[name] for name in ("rank", "reason", "would_change")}
    request = _ask(case, ApprovalRequest.CLASS, NO_MORE, reasons, by, now)
    notify_supervisors(case, f"Request to change the class from homicide: {case.case_id}", but=by)
    return request


def _ask(
    case: Case, kind: str, about: str, said: dict[str, str], by: Account, now: datetime
) -> ApprovalRequest:
    if ApprovalRequest.objects.filter(case=case, kind=kind, about=about, decision=None).exists():
        raise ActRefused("this request is already waiting for a supervisor")
    flagged = must_escalate(said["reason"])
    request = ApprovalRequest.objects.create(
        case=case, kind=kind, about=about, said=said, by=by, at=now, flagged=flagged
    )
    write_ledger_row(case, by, f"asked: {kind}", about=about, said=said, flagged=flagged or None)
    return request


@transaction.atomic
def sign(request: ApprovalRequest, by: Account, now: datetime) -> ApprovalDecision:
    """Sign a request; then it is done, in the name of the person who requested it.

    Raises
    ------
    ActRefused
        If `by` may not sign for this death, requested it, or it was decided already.
    """
    _may_decide(request, by, now)
    case, about, said, asker = request.case, request.about, dict(request.said), request.by
    if request.kind == ApprovalRequest.WAIVER:
        act_on(case, about, "waived", {**said, "approver": by.name}, asker, now)
    elif request.kind == ApprovalRequest.LEAD:
        lead = Lead.objects.get(pk=int(about), case=case)
        resolve_lead(lead, "signed off", {**said, "supervisor": by.name}, asker, now)
    else:
        change_class_of(case, about, {**said, "senior": by.name}, asker, now)
    return _decide(request, by, now, signed=True)


@transaction.atomic
def decline(request: ApprovalRequest, words: str, by: Account, now: datetime) -> ApprovalDecision:
    """Decline a request, with a reason; the person who requested it is notified.

    Raises
    ------
    ActRefused
        As for `sign`, or if no reason is given.
    """
    _may_decide(request, by, now)
    if not words.strip():
        raise ActRefused("enter why you decline", ("words",))
    return _decide(request, by, now, signed=False, words=words)


def _may_decide(request: ApprovalRequest, by: Account, now: datetime) -> None:
    begin(request.case, now)
    if ApprovalDecision.objects.filter(request=request).exists():
        raise ActRefused("it has already been answered")
    if not may_sign(by, request.case):
        raise ActRefused("the person who signs must be a supervisor for this area", ("by",))
    if request.by_id == by.pk:
        raise ActRefused("you cannot sign your own request", ("by",))


def _decide(
    request: ApprovalRequest, by: Account, now: datetime, *, signed: bool, words: str = ""
) -> ApprovalDecision:
    decision = ApprovalDecision.objects.create(
        request=request, signed=signed, words=words, by=by, at=now
    )
    what, case = "signed" if signed else "declined", request.case
    write_ledger_row(case, by, f"{what}: {request.kind}", about=request.about, words=words)
    if request.by is not None:
        notice = f"{what.capitalize()}: {request.get_kind_display().lower()}. {case.case_id}"
        notify([request.by], notice, case_subject(case.case_id))
    return decision


def waiting(case: Case) -> list[ApprovalRequest]:
    """Return the requests that wait for a supervisor's signature, the oldest first."""
    return list(ApprovalRequest.objects.filter(case=case, decision=None).select_related("by"))
