"""Recommendations, named leads, dissents and what must be preserved: none closes silently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from clew.assurance.machine import Move, StateMachine, advance
from clew.assurance.preservation import what_is_kept
from clew.desk.accounts.models import Account
from clew.desk.casework.acts import (
    begin,
    notify_supervisors,
    signer_named,
    write_ledger_row,
)
from clew.desk.casework.models.status import Dissent, Lead, LeadAct, Preserved
from clew.desk.records.models import Case
from clew.errors import ActRefused

OPEN, RESOLVED, SIGNED_OFF = "open", "resolved", "signed_off"
LEAD = StateMachine(
    "lead",
    OPEN,
    (
        Move("resolved", (OPEN, SIGNED_OFF), RESOLVED, ("proof", "by")),
        Move("signed off", (OPEN,), SIGNED_OFF, ("reason", "by", "supervisor")),
        Move("reopened", (RESOLVED, SIGNED_OFF), OPEN, ("reason", "by")),
    ),
)
LEAD_HOURS = 7 * 24
"""Declared: hours until a recommendation or a lead must be answered."""
MOST_NAME = 200


@transaction.atomic
def recommend(case: Case, form_data: Mapping[str, str], by: Account | None, now: datetime) -> Lead:
    """Keep a recommendation or a named lead, from `kind`, `role`, `who` and `words`.

    Raises
    ------
    ActRefused
        If its words, its kind or its source is missing.
    """
    fields = {
        "kind": form_data.get("kind") in dict(Lead.KINDS),
        "role": form_data.get("role") in dict(Lead.FROM),
        "words": bool(form_data.get("words", "").strip()),
    }
    missing = tuple(field for field, good in fields.items() if not good)
    if missing:
        raise ActRefused("enter what it is, who it is from, and what must be done", missing)
    begin(case, now)
    lead = Lead.objects.create(
        case=case, kind=form_data["kind"], role=form_data["role"], who=form_data.get("who", ""),
        words=form_data["words"], by=by, at=now, due=now + timedelta(hours=LEAD_HOURS),
    )  # fmt: skip
    kind = lead.get_kind_display()
    write_ledger_row(case, by, kind.lower(), lead=lead.pk, words=lead.words)
    words = f"{kind} from {lead.get_role_display().lower()}: {case.case_id}"
    notify_supervisors(case, words, by)
    return lead


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
    locked = Lead.objects.select_for_update().get(pk=lead.pk)
    said = {**said, "by": by.name if by else "the desk"}
    locked.state = advance(LEAD, locked.state, act, said)
    signer = None
    if locked.state == SIGNED_OFF:
        signer = signer_named(said["supervisor"], case, "supervisor")
        if signer == by:
            raise ActRefused("someone else must sign off a lead", ("supervisor",))
    locked.save(update_fields=["state"])
    LeadAct.objects.create(lead=locked, act=act, said=said, by=by, at=now)
    write_ledger_row(case, signer or by, f"lead {act}", lead=locked.pk, said=said)
    return locked


def open_leads(case: Case) -> list[Lead]:
    """Return the recommendations and leads that are neither resolved nor signed off."""
    return list(Lead.objects.filter(case=case, state=OPEN))


@transaction.atomic
def disagree(
    case: Case, who: tuple[str, str], words: str, by: Account | None, now: datetime
) -> Dissent:
    """Keep a view that differs from the class. `who` is a role (`paramedic` ...) and a name.

    Raises
    ------
    ActRefused
        If the words, the name or a known role is missing.
    """
    role, name = who
    if role not in dict(Dissent.ROLES):
        raise ActRefused("choose whose view it is", ("role",))
    missing = tuple(f for f, text in (("who", name), ("words", words)) if not text.strip())
    if missing:
        raise ActRefused("enter whose view it is, and their words", missing)
    begin(case, now)
    dissent = Dissent.objects.create(
        case=case, who=name.strip()[:MOST_NAME], role=role, words=words, by=by, at=now
    )
    write_ledger_row(
        case, by, "dissent", dissent=dissent.pk, who=dissent.who, role=role, words=words
    )
    notify_supervisors(case, f"{dissent.get_role_display()} differs on {case.case_id}", but=by)
    return dissent


def remove_dissent(dissent: Dissent) -> None:
    """Refuse: no role and no reason removes a view that differs.

    Raises
    ------
    ActRefused
        Always.
    """
    raise ActRefused(f"{dissent.who}'s view stays beside the class; add another, if it changed")


@transaction.atomic
def sent_to_keep(
    case: Case, keep_id: str, sent: tuple[str, str], by: Account, now: datetime
) -> Preserved:
    """Record that a request to preserve something was sent; `sent` is to whom, and its words.

    Raises
    ------
    ActRefused
        If there is no such thing to preserve, or the recipient or the words are missing.
    """
    if keep_id not in {keep.id for keep in what_is_kept()}:
        raise ActRefused("choose what should be kept", ("keep",))
    to_whom, request = sent
    if not to_whom.strip() or not request.strip():
        raise ActRefused("enter who it was sent to, and what it says", ("to_whom", "request"))
    begin(case, now)
    preserved = Preserved.objects.create(
        case=case, keep_id=keep_id, to_whom=to_whom.strip()[:200], request=request, by=by, at=now
    )
    write_ledger_row(case, by, "asked to keep", keep=keep_id, to_whom=preserved.to_whom)
    return preserved
