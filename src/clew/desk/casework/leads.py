"""Recommendations and named leads: each is a line of its own, and none closes silently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from clew.assurance.machine import Move, StateMachine, advance
from clew.assurance.preservation import Loss, what_is_kept, what_will_be_lost
from clew.desk.accounts.models import Account
from clew.desk.casework.acts import begin, instant, signer_named, tell_supervisors, write_ledger_row
from clew.desk.casework.models.status import Dissent, Lead, LeadAct, Preserved
from clew.desk.records.models import Case
from clew.desk.records.timeline import read_now
from clew.desk.review.comparison import CLOCK
from clew.desk.web.jinja import moment
from clew.disclosure.words import plain
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
    write_ledger_row(case, by, made.get_kind_display().lower(), lead=made.pk, words=made.words)
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
    write_ledger_row(case, signed or by, f"lead {act}", lead=held.pk, said=told)
    return held


def open_leads(case: Case) -> list[Lead]:
    """Return the recommendations and leads that are neither resolved nor signed off."""
    return list(Lead.objects.filter(case=case, state=OPEN))


# Views that differ from the class: entered, shown beside it for good, and never taken away.


MOST_NAME = 200


@transaction.atomic
def disagree(
    case: Case, who: tuple[str, str], words: str, by: Account | None, now: datetime
) -> Dissent:
    """Keep somebody's view that differs. `who` is the role (`paramedic`, `officer` ...) and name.

    Raises
    ------
    ActRefused
        If the words, the name or a known role lack.
    """
    role, name = who
    if role not in dict(Dissent.ROLES):
        raise ActRefused("say whose view it is: a role of the list", ("role",))
    lacks = tuple(f for f, told in (("who", name), ("words", words)) if not told.strip())
    if lacks:
        raise ActRefused("say who differs, and in what words", lacks)
    begin(case, now)
    made = Dissent.objects.create(
        case=case, who=name.strip()[:MOST_NAME], role=role, words=words, by=by, at=now
    )
    write_ledger_row(case, by, "dissent", dissent=made.pk, who=made.who, role=role, words=words)
    tell_supervisors(case, f"{made.get_role_display()} differs on {case.case_id}", but=by)
    return made


def remove_dissent(dissent: Dissent) -> None:
    """Refuse: there is no role, and no reason, for which a view that differs is taken away.

    Raises
    ------
    ActRefused
        Always.
    """
    raise ActRefused(f"{dissent.who}'s view stays beside the class; add another, if it changed")


# What will be lost and when, and the requests to keep it that were sent.


BEFORE = timedelta(hours=24)
"""Declared: recordings are asked for from a day before the report, where nothing tells more."""


def losses_of(case: Case, now: datetime) -> tuple[Loss, ...]:
    """Return what is lost of a death and when, each with the request that keeps it."""
    noun = read_now(case)
    point = ""
    if case.latitude is not None and case.longitude is not None:
        point = f" at {case.latitude:.5f}, {case.longitude:.5f}"
    told = {
        "case": case.case_id,
        "place": f"the {plain(noun.premises)}{point}" if noun.premises else point.strip(" at"),
        "reported": CLOCK.reported(noun),
        "from": moment(case.reported_at - BEFORE),
    }
    return what_will_be_lost(what_is_kept(), instant(case.reported_at), instant(now), told)


@transaction.atomic
def sent_to_keep(
    case: Case, keep_id: str, told: tuple[str, str], by: Account, now: datetime
) -> Preserved:
    """Keep that a request was sent; `told` is to whom, and its very words.

    Raises
    ------
    ActRefused
        If there is no such thing to keep, or to whom and what it says lack.
    """
    if keep_id not in {one.id for one in what_is_kept()}:
        raise ActRefused("there is no such thing to keep", ("keep",))
    to_whom, request = told
    if not to_whom.strip() or not request.strip():
        raise ActRefused("say to whom it was sent, and what it says", ("to_whom", "request"))
    begin(case, now)
    made = Preserved.objects.create(
        case=case, keep_id=keep_id, to_whom=to_whom.strip()[:200], request=request, by=by, at=now
    )
    write_ledger_row(case, by, "asked to keep", keep=keep_id, to_whom=made.to_whom)
    return made
