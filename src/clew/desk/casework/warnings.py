"""Whom to warn: due within a day of adopting a possible series, decided by a named person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Permission, Role, rule
from clew.desk.casework.models.referrals import WarnDecision, Warned
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, instant_text, write
from clew.desk.records.who_to_tell import account_named, holders, named, those_who_may
from clew.desk.review.models import Pair
from clew.desk.review.shown import subject_of
from clew.errors import ActRefused

WARN_HOURS = 24
"""Settled (issue 9): whom to warn is decided within a day of adopting a series."""


@transaction.atomic
def require_warning(pair: Pair, now: datetime) -> WarnDecision:
    """Require a decision whom to warn for a pair that was judged linked; once per pair.

    It falls to the owner of either record who may decide; without one, to the supervisors.
    """
    Pair.objects.select_for_update().get(pk=pair.pk)
    before = WarnDecision.objects.filter(pair=pair).first()
    if before is not None:
        return before
    cases = (pair.first, pair.second)
    may_decide = (
        case.owner
        for case in cases
        if case.owner
        and rule(case.owner.person(second_factor=True), Permission.DECIDE, case.about()).allowed
        and those_who_may([case.owner], cases)  # who may not know of the other decides nothing
    )
    owner = next(may_decide, None)
    due = now + timedelta(hours=WARN_HOURS)
    decision = WarnDecision.objects.create(pair=pair, since=now, due=due, owner=owner)
    write(
        Act.DECISION, subject_of(pair), ENGINE, what="whom to warn is owed",
        due=instant_text(due), owner=owner.name if owner else "", at=instant_text(now),
    )  # fmt: skip
    areas = {case.area for case in cases}
    recipients = [*holders(Role.SUPERVISOR, areas), *holders(Role.MURDER_TEAM, areas)]
    about = named(cases)
    words = f"Decide within {WARN_HOURS} hours who to warn"
    words += f": {about} are judged linked" if about else ""
    notify(those_who_may(recipients, cases), words, f"warn:{decision.pk}")
    return decision


@transaction.atomic
def decide_warning(
    number: int, whom: Sequence[str], reason: str, by: str, now: datetime, purpose: str = ""
) -> Warned:
    """Keep a decision whom to warn, with its reason.

    Raises
    ------
    ActRefused
        If none is chosen, or "nobody" beside others; if no reason is given or `by` is unknown.
    """
    known = {name for name, _ in Warned.WHOM}
    if not whom or not set(whom) <= known:
        raise ActRefused("choose who to warn, or no one", ("whom",))
    if "nobody" in whom and len(set(whom)) > 1:
        raise ActRefused("choose either no one, or who to warn", ("whom",))
    account = account_named(by)
    if not reason.strip() or account is None:
        raise ActRefused("enter the reason, and who decides", ("reason",))
    decision = WarnDecision.objects.select_for_update().get(pk=number)
    warned = Warned.objects.create(
        decision=decision, whom=sorted(set(whom)), reason=reason.strip(), account=account, at=now
    )
    write(
        Act.DECISION, subject_of(decision.pair), by, purpose, what="whom to warn",
        warned=warned.whom, decision=warned.pk, at=instant_text(now),
    )  # fmt: skip
    return warned
