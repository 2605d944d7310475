"""The doors of a referral: the only functions that change one.

Pages, rounds, the clock and tests come in here alike; the rules are `clew.assurance.referral`.

Invariant: state, act and ledger row are one transaction; an act that the rules refuse leaves none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from clew.assurance import referral as pure
from clew.assurance.referral import WAITS
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import (
    NOTHING,
    AccessDecision,
    Permission,
    Person,
    Role,
    areas_of,
    rule,
)
from clew.desk.casework.models.referrals import Referral, ReferralSnapshot, ReferralStep
from clew.desk.casework.referral_snapshot import stood
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, instant_text, write
from clew.desk.records.models import Case
from clew.desk.records.visible import opened_to
from clew.desk.records.who_to_tell import account_named, holders, named, those_who_may
from clew.desk.review.models import Pair
from clew.desk.web.guard import Refused, person_of
from clew.errors import ActRefused

SENT = "sent"
TEXTS = ("reason",)
"""What an act says at length: kept with the act, not in the ledger, whose rows others read too."""
BY_ITSELF = (
    "A possible series refers itself. These records were brought together by the comparison, within"
    " the alert budget. Nobody has looked at them yet; the local unit is told in the same moment."
    " No answer within {hours} hours counts as acceptance."
)


@transaction.atomic
def refer(
    case_ids: Sequence[str], told: str, by: str, now: datetime, purpose: str = ""
) -> Referral:
    """Send a request about some records to the specialist team, with what it is told.

    Raises
    ------
    ActRefused
        If no record is named, one is unknown, or nothing is told.
    """
    if not told.strip():
        raise ActRefused("sent: say what the team is told", ("told",))
    cases = cases_of(case_ids)
    return _send(cases, told.strip(), by, now, None, purpose)


@transaction.atomic
def refer_itself(pair: Pair, now: datetime) -> Referral:
    """Let a possible series refer itself: once a pair, and not beside a request that is on its way.

    The team and the local supervisors are told in the same moment.
    """
    Pair.objects.select_for_update().get(pk=pair.pk)
    cases = cases_of([pair.first.case_id, pair.second.case_id])
    both = Referral.objects.filter(cases=cases[0]).filter(cases=cases[1])
    before = both.filter(pair=pair).first() or both.exclude(state=pure.WITHDRAWN).first()
    if before is not None:
        return before
    return _send(cases, BY_ITSELF.format(hours=pure.ANSWER_HOURS), "", now, pair, "")


def cases_of(case_ids: Iterable[str]) -> list[Case]:
    """Return the records, in the order named.

    Raises
    ------
    ActRefused
        If none is named, or one is not known.
    """
    wanted = list(dict.fromkeys(case_ids))
    found = {case.case_id: case for case in Case.objects.filter(case_id__in=wanted)}
    unknown = [case_id for case_id in wanted if case_id not in found]
    if unknown or not wanted:
        told = f"there is no record {', '.join(unknown)}" if unknown else "name a record"
        raise ActRefused(told, ("cases",))
    return [found[case_id] for case_id in wanted]


def _send(
    cases: Sequence[Case], told: str, by: str, now: datetime, pair: Pair | None, purpose: str
) -> Referral:
    due = now + timedelta(hours=pure.ANSWER_HOURS)
    made = Referral.objects.create(asked_by=by, sent_at=now, due=due, pair=pair)
    made.cases.set(cases)
    ReferralSnapshot.objects.create(referral=made, says=told, stood=stood(cases))
    _keep(made, SENT, {"by": by} if by else {}, "", now, purpose)
    notify_team(made, f"{'A possible series refers itself' if not by else 'A referral came'}")
    return made


@transaction.atomic
def act_on(
    number: int, act: str, said: Mapping[str, str], now: datetime, purpose: str = ""
) -> Referral:
    """Do one act of the table on a referral; `said` as the rules ask (`by` is an account's name).

    Raises
    ------
    ActRefused
        If the rules do not allow it now, or whoever refused is the senior of the challenge.
    """
    Referral.objects.select_for_update().get(pk=number)
    one = Referral.objects.select_related("snapshot", "pair").get(pk=number)
    if act == "challenged" and said.get("senior", "").strip() in (one.refused_by, said.get("by")):
        raise ActRefused("a challenge goes to somebody else, more senior", ("senior",))
    if act == "withdrawn" and said.get("approver", "").strip() == said.get("by", "").strip() != "":
        raise ActRefused("somebody else approves that it is withdrawn", ("approver",))
    after = pure.act_on_referral(one.noun(), act, said, int(now.timestamp()))
    before, one.state, one.refused_by = one.state, after.state, after.refused_by
    one.due = datetime.fromtimestamp(after.due, UTC)
    if act == "challenged":
        one.senior = said["senior"].strip()
    one.save(update_fields=["state", "refused_by", "due", "senior"])
    _keep(one, act, said, before, now, purpose)
    notify_team(one, act[:1].upper() + act[1:])
    return one


def accept_by_silence(number: int, told: Sequence[str], now: datetime) -> Referral:
    """Accept what referred itself, for nobody answered in time; `told` names the chief officer."""
    return act_on(number, "accepted by silence", {"told": ", ".join(told) or "nobody"}, now)


def resurface(case_ids: Iterable[str], because: str, now: datetime) -> list[Referral]:
    """Bring every refusal that a new link or fact of these records touches up again."""
    ids = frozenset(case_ids)
    asked = Referral.objects.filter(
        state__in=(pure.REFUSED, pure.WITHDRAWN), cases__case_id__in=ids
    ).select_related("snapshot")
    return [
        act_on(one.pk, "brought up again", {"because": because}, now)
        for one in asked.distinct().order_by("pk")
        if pure.touched_by(one.noun(), ids)
    ]


def _keep(
    one: Referral, act: str, said: Mapping[str, str], before: str, now: datetime, purpose: str
) -> None:
    """Keep the act and write its row."""
    by = said.get("by", "")
    step = ReferralStep.objects.create(
        referral=one, act=act, by=by, said=dict(said), before=before, after=one.state,
        due=one.due, at=now,
    )  # fmt: skip
    brief = {name: text for name, text in said.items() if name not in TEXTS}
    write(
        Act.DECISION, f"referral:{one.pk}", by or ENGINE, purpose, what=act, step=step.pk,
        before=before, after=one.state, said=brief, at=instant_text(now),
        due=instant_text(one.due), records=sorted(case.case_id for case in one.cases.all()),
    )  # fmt: skip


def notify_team(one: Referral, what: str) -> None:
    """Leave a notice for the team, the local supervisors, whoever asked, and the senior."""
    cases = list(one.cases.all())
    areas = {case.area for case in cases}
    accounts = [*holders(Role.MURDER_TEAM, areas), *holders(Role.SUPERVISOR, areas)]
    accounts += [a for a in map(account_named, (one.asked_by, one.senior)) if a is not None]
    about = named(cases)
    words = f"{what}: referral {one.pk}{f' about {about}' if about else ''}"
    if one.waits():
        words += f". An answer is owed by {instant_text(one.due)[:16].replace('T', ' ')} UTC"
    notify(those_who_may(accounts, cases), words, f"referral:{one.pk}")


# What other pages ask of referrals: which are open, which somebody may see, what they lead to.


MOST_NAMED = 20
"""Declared: records of one referral, so that it stays one page."""


def open_referrals_of(case: Case) -> list[str]:
    """Return the referrals of a record that wait for an answer, each in words."""
    waiting = case.referrals.filter(state__in=WAITS).order_by("pk")
    return [f"Referral {one.pk}: {one.standing()}" for one in waiting]


def visible_referrals(person: Person) -> QuerySet[Referral]:
    """Return the referrals with a record in an area of `person`, and none behind a seal."""
    sealed = Case.objects.filter(sealed=True)
    shut = sealed.exclude(
        pk__in=sealed.filter(opened_to(person, Permission.SEE_LINKS)).values("pk")
    )
    found = Referral.objects.exclude(cases__in=shut)
    areas = areas_of(person, Permission.SEE_LINKS)
    if areas is not None:
        found = found.filter(cases__area__in=areas).distinct()
    return found.prefetch_related("cases")


def referral_of(request: HttpRequest, act: Permission, number: int) -> Referral:
    """Return a referral on which whoever asks may do `act`: in the area of one of its records.

    Raises
    ------
    Refused
        If there is none, it holds a record that is sealed from the person, or all its records lie
        in other areas.
    """
    subject = f"referral:{number}"
    one = Referral.objects.filter(pk=number).select_related("snapshot", "pair").first()
    if one is None or not visible_referrals(person_of(request)).filter(pk=number).exists():
        raise Refused(AccessDecision(False, "there is no such referral", hidden=True), act, subject)
    ruling = may_on(person_of(request), act, list(one.cases.all()))
    if not ruling.allowed:
        raise Refused(ruling, act, subject)
    return one


def may_on(person: Person, act: Permission, cases: Sequence[Case]) -> AccessDecision:
    """Return yes where the act is allowed on one of the records, else the first no."""
    rulings = [rule(person, act, case.about()) for case in cases]
    yes = [ruling for ruling in rulings if ruling.allowed]
    return (yes or rulings or [rule(person, act, NOTHING)])[0]
