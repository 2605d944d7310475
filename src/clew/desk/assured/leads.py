"""Recommendations and named leads: each is a line of its own, and none closes silently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from clew.assurance.machine import Move, Table, advance
from clew.desk.accounts.models import Account
from clew.desk.assured.acts import begin, put_row, signer_named, tell_supervisors
from clew.desk.assured.models import Lead, LeadAct
from clew.desk.cases.models import Case
from clew.errors import ActRefused

OPEN, RESOLVED, SIGNED_OFF = "open", "resolved", "signed_off"
LEAD = Table(
    "lead",
    OPEN,
    (
        Move("resolved", (OPEN, SIGNED_OFF), RESOLVED, ("proof", "by")),
        Move("signed off", (OPEN,), SIGNED_OFF, ("reason", "by", "supervisor")),
        Move("reopened", (RESOLVED, SIGNED_OFF), OPEN, ("reason", "by")),
    ),
)
LEAD_HOURS = 7 * 24
"""Declared: hours until a recommendation or a lead is owed an answer."""


@transaction.atomic
def recommend(case: Case, told: Mapping[str, str], by: Account | None, now: datetime) -> Lead:
    """Keep a recommendation or a named lead. `told`: `kind`, `role`, `who`, `words`.

    Raises
    ------
    ActRefused
        If its words, its kind or from whom it comes lack.
    """
    lacks = tuple(
        field
        for field, good in (
            ("kind", told.get("kind") in dict(Lead.KINDS)),
            ("role", told.get("role") in dict(Lead.FROM)),
            ("words", bool(told.get("words", "").strip())),
        )
        if not good
    )
    if lacks:
        raise ActRefused("say what it is, from whom, and what is to be done", lacks)
    begin(case, now)
    made = Lead.objects.create(
        case=case, kind=told["kind"], role=told["role"], who=told.get("who", ""),
        words=told["words"], by=by, at=now, due=now + timedelta(hours=LEAD_HOURS),
    )  # fmt: skip
    put_row(case, by, made.get_kind_display().lower(), lead=made.pk, words=made.words)
    tell_supervisors(
        case,
        f"{made.get_kind_display()} from {made.get_role_display().lower()}: {case.case_id}",
        by,
    )
    return made


@transaction.atomic
def resolve_lead(
    lead: Lead, act: str, said: Mapping[str, str], by: Account | None, now: datetime
) -> Lead:
    """Do an act on a lead: resolved (`proof`), signed off (`reason`, `supervisor`), reopened.

    Raises
    ------
    ActRefused
        If the table does not allow it, or the supervisor is none here, or is `by`.
    """
    case = lead.case
    begin(case, now)
    held = Lead.objects.select_for_update().get(pk=lead.pk)
    told = {**said, "by": by.name if by else "the desk"}
    after = advance(LEAD, held.state, act, told)
    signed = None
    if after == SIGNED_OFF:
        signed = signer_named(told["supervisor"], case, "supervisor")
        if signed == by:
            raise ActRefused("a lead is signed off by somebody else", ("supervisor",))
    held.state = after
    held.save(update_fields=["state"])
    LeadAct.objects.create(lead=held, act=act, said=told, by=by, at=now)
    put_row(case, signed or by, f"lead {act}", lead=held.pk, said=told)
    return held


def open_leads(case: Case) -> list[Lead]:
    """Return the recommendations and leads that are neither resolved nor signed off."""
    return list(Lead.objects.filter(case=case, state=OPEN))
