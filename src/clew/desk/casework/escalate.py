"""Escalate overdue deadlines, each step exactly once, by day and by night.

Two workers may run at once, and one may die between two deadlines: each step is one transaction,
and its unique key decides which worker takes it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from clew.assurance.machine import TO, EscalationStep, escalate
from clew.assurance.referral import WAITS
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Permission, Person, Role
from clew.desk.casework.deadlines import REFERRAL, SEAL, all_deadlines
from clew.desk.casework.models.concerns import Concern
from clew.desk.casework.models.referrals import Referral, WarnDecision
from clew.desk.casework.models.status import Escalation
from clew.desk.casework.referrals import act_on
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.models import Case
from clew.desk.records.sealing import keepers_of
from clew.desk.records.visible import sealed_from
from clew.desk.records.who_to_tell import account_named, chiefs, heads, holders, those_who_may
from clew.errors import ActRefused

CLOCK = "the clock"
"""The actor of what happens automatically."""
EVERY = timedelta(minutes=15)
"""Declared: between two runs; deadlines are in hours, and gathering those of 3,000 open deaths
takes seconds."""
LOG = logging.getLogger(__name__)


def escalate_if_due(last: datetime | None, now: datetime) -> datetime:
    """Escalate if it is time; a fault is logged and the next run tries again. For the worker."""
    if last is not None and timedelta() <= now - last < EVERY:
        return last
    try:
        escalate_overdue(now)
    except Exception:  # whatever it is, rounds must go on
        LOG.exception("the clock failed; it is tried again")
    return now


def escalate_overdue(now: datetime) -> list[EscalationStep]:
    """Accept automatic referrals that nobody answered, then escalate what is overdue.

    Returns
    -------
    The steps that were taken, without those that another worker took first.
    """
    late = Referral.objects.filter(asked_by="", state__in=WAITS, due__lt=now)
    for pk in late.order_by("due", "pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                officers = ", ".join(account.full_name for account in chiefs()) or "nobody"
                referral = act_on(pk, "accepted by silence", {"told": officers}, now)
                cases = list(referral.cases.all())
                words = f"No one answered referral {pk} in time, so it is accepted automatically"
                notify(those_who_may(chiefs(), cases), words, f"referral:{pk}")
        except ActRefused:
            continue  # somebody answered, or another worker was first
    deadlines = all_deadlines(now)
    before = set(Escalation.objects.filter(due__lt=now).values_list("key", flat=True))
    taken = []
    for step in escalate(deadlines, int(now.timestamp()), before):
        deadline, due = step.deadline, datetime.fromtimestamp(step.deadline.due, UTC)
        # The owner, and those responsible at the step that was reached.
        areas, level = [deadline.area], min(step.step, len(TO) - 1)
        if level == 0:
            accounts = holders(Role.SUPERVISOR, areas)
        else:
            accounts = heads(areas) if level == 1 else chiefs()
        if deadline.kind == REFERRAL:
            accounts += holders(Role.MURDER_TEAM, areas)
        if deadline.kind == SEAL:
            accounts += [one for case in cases_of(deadline.subject) for one in keepers_of(case)]
        owner = account_named(deadline.owner)
        accounts += [owner] if owner else []
        unique = {account.pk: account for account in accounts}
        recipients = those_who_may(unique.values(), cases_of(deadline.subject))
        names = [account.name for account in recipients]
        try:
            with transaction.atomic():
                Escalation.objects.create(
                    key=step.key, kind=deadline.kind, what=deadline.what[:400],
                    subject=deadline.subject[:200], area=deadline.area, owner=deadline.owner,
                    due=due, to=step.to, recipients=names, at=now,
                )  # fmt: skip
                if deadline.kind == REFERRAL:
                    number = deadline.subject.partition(":")[2]
                    Referral.objects.filter(pk=number).update(went_up=F("went_up") + 1)
                words = f"Overdue, escalated to the {step.to}: {deadline.what}"
                notify(recipients, words, deadline.subject)
                if deadline.kind == SEAL and level:
                    # Its keepers did nothing, and nobody else may know which death it is.
                    overdue = f"{deadline.what} is overdue{_where(deadline.area)}. See the figures"
                    notify(holders(Role.OVERSEER, areas), overdue)
                write(
                    Act.DECISION, deadline.subject, CLOCK, what="gone up", key=step.key,
                    step=step.step, to=step.to, told=names, kind=deadline.kind,
                    at=instant_text(now), due=instant_text(due),
                )  # fmt: skip
        except IntegrityError:
            continue  # another worker took it
        taken.append(step)
    return taken


def _where(area: str) -> str:
    return f" in area {area}" if area else ""


def sealed_subjects(person: Person, subjects: Iterable[str]) -> set[str]:
    """Return the subjects about referrals, concerns and warnings of a record sealed from `person`.

    Those that name records themselves are for `subjects.records_in`.
    """
    numbers: dict[str, list[int]] = {"referral": [], "concern": [], "warn": []}
    for subject in subjects:
        kind, _, number = subject.partition(":")
        if kind in numbers and number.isdecimal() and len(number) < 10:
            numbers[kind].append(int(number))
    shut = sealed_from(person, Permission.SEE_RECORD).values("pk")
    either = Q(pair__first__in=shut) | Q(pair__second__in=shut)
    found = {
        "referral": Referral.objects.filter(pk__in=numbers["referral"], cases__in=shut),
        "concern": Concern.objects.filter(pk__in=numbers["concern"], case__in=shut),
        "warn": WarnDecision.objects.filter(either, pk__in=numbers["warn"]),
    }
    return {
        f"{kind}:{pk}" for kind, rows in found.items() for pk in rows.values_list("pk", flat=True)
    }


def cases_of(subject: str) -> list[Case]:
    """Return the records that a subject is about: `case:BD-1`, `referral:3`, `concern:5`."""
    kind, _, number = subject.partition(":")
    if kind == "case":
        return list(Case.objects.filter(case_id=number))
    if kind == "referral":
        return list(Case.objects.filter(referrals__pk=number))
    if kind == "concern":
        return list(Case.objects.filter(concerns__in=Concern.objects.filter(pk=number)).distinct())
    if kind == "warn":
        decision = WarnDecision.objects.select_related("pair__first", "pair__second").get(pk=number)
        return [decision.pair.first, decision.pair.second]
    return []
