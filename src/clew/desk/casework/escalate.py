"""One beat of the clock: what ran out goes up, exactly once, by day and by night.

Two workers may beat at once, and one may die between two deadlines: each step is one transaction,
and its unique key decides who raises it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from clew.assurance.machine import TO, GoesUp, escalate
from clew.assurance.referral import WAITS
from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Role
from clew.desk.casework.deadlines import REFERRAL, all_deadlines
from clew.desk.casework.models.concerns import Concern
from clew.desk.casework.models.referrals import Referral, WarnDecision
from clew.desk.casework.models.status import Escalation
from clew.desk.casework.referrals import accept_by_silence
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.models import Case
from clew.desk.records.who_to_tell import account_named, chiefs, heads, holders, those_who_may
from clew.errors import ActRefused

CLOCK = "the clock"
"""Who acts where nobody did."""
EVERY = timedelta(minutes=15)
"""Declared: between two beats; deadlines are told in hours, and gathering those of 3,000 open
deaths takes seconds."""
LOG = logging.getLogger(__name__)


def tick(now: datetime) -> list[GoesUp]:
    """Accept what referred itself and met silence, then raise whatever ran out; return it."""
    _silence_accepts(now)
    owed = all_deadlines(now)
    before = set(Escalation.objects.filter(due__lt=now).values_list("key", flat=True))
    return [one for one in escalate(owed, int(now.timestamp()), before) if _raise(one, now)]


def beat(last: datetime | None, now: datetime) -> datetime:
    """Tick if it is time; a fault is logged and the next beat tries again. For the worker."""
    if last is not None and timedelta() <= now - last < EVERY:
        return last
    try:
        tick(now)
    except Exception:  # whatever it is, rounds must go on
        LOG.exception("the clock failed; it is tried again")
    return now


def _silence_accepts(now: datetime) -> None:
    late = Referral.objects.filter(asked_by="", state__in=WAITS, due__lt=now)
    for number in late.order_by("due", "pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                one = accept_by_silence(number, [a.full_name for a in chiefs()], now)
                cases = list(one.cases.all())
                words = f"Nobody answered referral {number} in time: silence accepted it"
                notify(those_who_may(chiefs(), cases), words, f"referral:{number}")
        except ActRefused:
            continue  # somebody answered, or another worker was first


def _raise(one: GoesUp, now: datetime) -> bool:
    """Raise one step, tell whom it concerns, write its row; False if it was raised already."""
    deadline = one.deadline
    told = _told(one)
    try:
        with transaction.atomic():
            Escalation.objects.create(
                key=one.key, kind=deadline.kind, what=deadline.what[:400],
                subject=deadline.subject[:200], area=deadline.area, owner=deadline.owner,
                due=datetime.fromtimestamp(deadline.due, UTC), to=one.to,
                recipients=[account.name for account in told], at=now,
            )  # fmt: skip
            if deadline.kind == REFERRAL:
                number = deadline.subject.partition(":")[2]
                Referral.objects.filter(pk=number).update(went_up=F("went_up") + 1)
            notify(told, f"Overdue, and gone up to the {one.to}: {deadline.what}", deadline.subject)
            write(
                Act.DECISION, deadline.subject, CLOCK, what="gone up", key=one.key, step=one.step,
                to=one.to, told=[account.name for account in told], kind=deadline.kind,
                at=instant_text(now), due=instant_text(datetime.fromtimestamp(deadline.due, UTC)),
            )  # fmt: skip
    except IntegrityError:
        return False
    return True


def _told(one: GoesUp) -> list[Account]:
    """Return who is told: the owner, and whoever stands on the step that it reached."""
    deadline = one.deadline
    areas = [deadline.area]
    above = (
        lambda: holders(Role.SUPERVISOR, areas),
        lambda: heads(areas),
        chiefs,
    )[min(one.step, len(TO) - 1)]()
    if deadline.kind == REFERRAL:
        above += holders(Role.MURDER_TEAM, areas)
    owner = account_named(deadline.owner)
    accounts = {a.pk: a for a in (*above, *([owner] if owner else []))}
    return those_who_may(accounts.values(), cases_of(deadline.subject))


def cases_of(subject: str) -> list[Case]:
    """Return the records that a subject is about: `case:BD-1`, `referral:3`, `concern:5`."""
    kind, _, told = subject.partition(":")
    if kind == "case":
        return list(Case.objects.filter(case_id=told))
    if kind == "referral":
        return list(Case.objects.filter(referrals__pk=told))
    if kind == "concern":
        return list(Case.objects.filter(concerns__in=Concern.objects.filter(pk=told)).distinct())
    if kind == "warn":
        owed = WarnDecision.objects.select_related("pair__first", "pair__second").get(pk=told)
        return [owed.pair.first, owed.pair.second]
    return []
