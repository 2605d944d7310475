"""Whom to warn: owed within a day of adopting a possible series, decided by somebody by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from clew.desk.accounts.models import Account
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
    """Let the decision whom to warn be owed for a pair that was judged linked; once a pair."""
    Pair.objects.select_for_update().get(pk=pair.pk)
    before = WarnDecision.objects.filter(pair=pair).first()
    if before is not None:
        return before
    cases = (pair.first, pair.second)
    owner = _owner(pair)
    due = now + timedelta(hours=WARN_HOURS)
    made = WarnDecision.objects.create(pair=pair, since=now, due=due, owner=owner)
    write(
        Act.DECISION, subject_of(pair), ENGINE, what="whom to warn is owed",
        due=instant_text(due), owner=owner.name if owner else "", at=instant_text(now),
    )  # fmt: skip
    areas = {case.area for case in cases}
    told = [*holders(Role.SUPERVISOR, areas), *holders(Role.MURDER_TEAM, areas)]
    about = named(cases)
    words = f"Decide within {WARN_HOURS} hours whom to warn"
    words += f": {about} are judged linked" if about else ""
    notify(those_who_may(told, cases), words, f"warn:{made.pk}")
    return made


@transaction.atomic
def decide_warning(
    number: int, whom: Sequence[str], reason: str, by: str, now: datetime, purpose: str = ""
) -> Warned:
    """Keep a decision whom to warn, with its reason.

    Raises
    ------
    ActRefused
        If nobody is chosen, or "nobody" beside somebody; if no reason is given or `by` is unknown.
    """
    known = {name for name, _ in Warned.WHOM}
    if not whom or not set(whom) <= known:
        raise ActRefused("say whom to warn, or that nobody is warned", ("whom",))
    if "nobody" in whom and len(set(whom)) > 1:
        raise ActRefused("either nobody is warned, or somebody", ("whom",))
    account = account_named(by)
    if not reason.strip() or account is None:
        raise ActRefused("say why, and who decides", ("reason",))
    owed = WarnDecision.objects.select_for_update().get(pk=number)
    made = Warned.objects.create(
        decision=owed, whom=sorted(set(whom)), reason=reason.strip(), account=account, at=now
    )
    write(
        Act.DECISION, subject_of(owed.pair), by, purpose, what="whom to warn", warned=made.whom,
        decision=made.pk, at=instant_text(now),
    )  # fmt: skip
    return made


def _owner(pair: Pair) -> Account | None:
    """Return who owns either record and may decide; None: the supervisors see it."""
    for case in (pair.first, pair.second):
        owner = case.owner
        if (
            owner
            and rule(owner.person(second_factor=True), Permission.DECIDE, case.about()).allowed
        ):
            return owner
    return None
