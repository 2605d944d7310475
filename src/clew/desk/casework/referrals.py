"""Referrals: the only functions that change one, and who may see which.

The rules are `clew.assurance.referral`. State, act and ledger row are one transaction; an act that
the rules refuse leaves none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

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
from clew.desk.casework.referral_snapshot import take_snapshot
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, instant_text, write
from clew.desk.records.models import Case
from clew.desk.records.visible import open_numbers, sealed_from
from clew.desk.records.who_to_tell import account_named, holders, named, those_who_may
from clew.desk.review.models import Pair
from clew.desk.review.pair_state import AN_OLD_MATCH, Match
from clew.desk.review.queue import list_pairs
from clew.desk.web.guard import Refused, person_of
from clew.errors import ActRefused

SENT = "sent"
A_MATCH = "a new match"
"""What a step says that keeps its match as a reference: `record` and `candidate` beside it."""
TEXTS = ("reason",)
"""Long texts of an act: kept with the act, not in the ledger, whose rows others read too."""
AUTOMATIC = (
    "Sent automatically by Clew: possible series. The comparison grouped these records, within"
    " the alert budget. No one has looked at them yet. The local unit gets a notice at the same"
    " time. No answer within {hours} hours counts as acceptance."
)
MOST_NAMED = 20
"""Declared: records of one referral, so that it stays one page."""


@transaction.atomic
def refer(
    case_ids: Sequence[str], message: str, by: str, now: datetime, purpose: str = ""
) -> Referral:
    """Send a request about some records to the specialist team, with a message.

    Raises
    ------
    ActRefused
        If no record is named, one is unknown, or the message is empty.
    """
    if not message.strip():
        raise ActRefused("enter what you are asking for, and why", ("told",))
    return _send(_records_named(case_ids), message.strip(), by, now, purpose=purpose)


@transaction.atomic
def refer_automatically(pair: Pair, now: datetime) -> Referral:
    """Refer a possible series: once per pair, and not beside a request that is under way.

    The team and the local supervisors are notified at the same moment.
    """
    Pair.objects.select_for_update().get(pk=pair.pk)
    cases = _records_named([pair.first.case_id, pair.second.case_id])
    both = Referral.objects.filter(cases=cases[0]).filter(cases=cases[1])
    before = both.filter(pair=pair).first() or both.exclude(state=pure.WITHDRAWN).first()
    if before is not None:
        return before
    return _send(cases, AUTOMATIC.format(hours=pure.ANSWER_HOURS), "", now, pair)


def _records_named(case_ids: Iterable[str]) -> list[Case]:
    wanted = list(dict.fromkeys(case_ids))
    found = {case.case_id: case for case in Case.objects.filter(case_id__in=wanted)}
    unknown = [case_id for case_id in wanted if case_id not in found]
    if unknown or not wanted:
        reason = f"there is no record {', '.join(unknown)}" if unknown else "enter a record number"
        raise ActRefused(reason, ("cases",))
    return [found[case_id] for case_id in wanted]


def _send(
    cases: Sequence[Case],
    message: str,
    by: str,
    now: datetime,
    pair: Pair | None = None,
    purpose: str = "",
) -> Referral:
    due = now + timedelta(hours=pure.ANSWER_HOURS)
    referral = Referral.objects.create(asked_by=by, sent_at=now, due=due, pair=pair)
    referral.cases.set(cases)
    among = Pair.objects.filter(first__in=cases, second__in=cases)
    list_pairs(list(among.values_list("pk", flat=True)))
    ReferralSnapshot.objects.create(referral=referral, says=message, stood=take_snapshot(cases))
    _record_step(referral, SENT, {"by": by} if by else {}, "", now, purpose)
    notify_team(
        referral,
        "A referral came in" if by else "Clew sent a referral automatically: possible series",
    )
    return referral


@transaction.atomic
def act_on(
    number: int, act: str, said: Mapping[str, str], now: datetime, purpose: str = ""
) -> Referral:
    """Do one act of the table on a referral; `said` as the rules ask (`by` is an account's name).

    Raises
    ------
    ActRefused
        If the rules do not allow it now, or the senior of the challenge is the one who refused.
    """
    Referral.objects.select_for_update().get(pk=number)
    referral = Referral.objects.select_related("snapshot", "pair").get(pk=number)
    if act == "challenged" and said.get("senior", "").strip() in (
        referral.refused_by,
        said.get("by"),
    ):
        raise ActRefused("a challenge must go to someone else who is more senior", ("senior",))
    if act == "withdrawn" and said.get("approver", "").strip() == said.get("by", "").strip() != "":
        raise ActRefused("someone else must approve the withdrawal", ("approver",))
    after = pure.act_on_referral(referral.noun(), act, said, int(now.timestamp()))
    before, referral.state, referral.refused_by = referral.state, after.state, after.refused_by
    referral.due = datetime.fromtimestamp(after.due, UTC)
    if act == "challenged":
        referral.senior = said["senior"].strip()
    referral.save(update_fields=["state", "refused_by", "due", "senior"])
    _record_step(referral, act, said, before, now, purpose)
    notify_team(referral, act[:1].upper() + act[1:])
    return referral


def resurface(case_ids: Iterable[str], because: str | Match, now: datetime) -> list[Referral]:
    """Reopen every refusal that a new link or fact of these records affects.

    `because`: words that name these records alone; or a match, which is kept as a reference and put
    into words for each reader, since the matching record may be sealed from some.
    """
    ids = frozenset(case_ids)
    said = {"because": because} if isinstance(because, str) else _reference(because)
    refused = Referral.objects.filter(
        state__in=(pure.REFUSED, pure.WITHDRAWN), cases__case_id__in=ids
    ).select_related("snapshot")
    return [
        act_on(referral.pk, "brought up again", said, now)
        for referral in refused.distinct().order_by("pk")
        if pure.touched_by(referral.noun(), ids)
    ]


def _reference(match: Match) -> dict[str, str]:
    return {"because": A_MATCH, "record": match.record, "candidate": match.of}


def reasons_of(person: Person, steps: Iterable[ReferralStep], ids: Collection[str]) -> list[str]:
    """Return why each step was taken, "" where nothing brought it up, in words for one reader.

    Parameters
    ----------
    ids
        The numbers of the referral's own records.
    """
    found = [_match_of(step, ids) for step in steps]
    named = {match.record for _, match in found if match is not None}
    open_ = open_numbers(person, Permission.SEE_LINKS, named)
    said = []
    for because, match in found:
        if match is None:
            said.append(because)
        elif match.record in open_:
            said.append(f"{match.record} matches {match.of}")
        else:
            said.append(f"New facts about {match.of}")
    return said


def _match_of(step: ReferralStep, ids: Collection[str]) -> tuple[str, Match | None]:
    """Return the words of a step and the match it rests on; earlier versions kept it in words."""
    because = str(step.said.get("because", ""))
    if because == A_MATCH and step.said.get("record"):
        return because, Match(step.said["record"], step.said.get("candidate", ""))
    hit = AN_OLD_MATCH.fullmatch(because)
    return because, Match(hit["record"], hit["of"]) if hit and hit["of"] in ids else None


def _record_step(
    referral: Referral, act: str, said: Mapping[str, str], before: str, now: datetime, purpose: str
) -> None:
    """Keep the act and write its row."""
    by = said.get("by", "")
    step = ReferralStep.objects.create(
        referral=referral, act=act, by=by, said=dict(said), before=before, after=referral.state,
        due=referral.due, at=now,
    )  # fmt: skip
    brief = {name: text for name, text in said.items() if name not in TEXTS}
    write(
        Act.DECISION, f"referral:{referral.pk}", by or ENGINE, purpose, what=act, step=step.pk,
        before=before, after=referral.state, said=brief, at=instant_text(now),
        due=instant_text(referral.due), records=sorted(c.case_id for c in referral.cases.all()),
    )  # fmt: skip


def notify_team(referral: Referral, what: str, also: Sequence[Case] = ()) -> list[str]:
    """Notify the team, the local supervisors, the person who asked, and the senior.

    Parameters
    ----------
    also
        Further records that `what` names: nobody is notified from whom one of them is sealed.

    Returns
    -------
    The names of the accounts that were notified.
    """
    cases = list(referral.cases.all())
    areas = {case.area for case in cases}
    accounts = [*holders(Role.MURDER_TEAM, areas), *holders(Role.SUPERVISOR, areas)]
    accounts += [
        a for a in map(account_named, (referral.asked_by, referral.senior)) if a is not None
    ]
    about = named(cases)
    words = f"{what}: referral {referral.pk}{f' about {about}' if about else ''}"
    if referral.waits():
        due = timezone.localtime(referral.due)
        words += f". Answer by {due:%H:%M} on {due.day} {due:%B %Y}"
    recipients = those_who_may(accounts, [*cases, *also])
    notify(recipients, words, f"referral:{referral.pk}")
    return [account.name for account in recipients]


def open_referrals_of(case: Case) -> list[str]:
    """Return the referrals of a record that wait for an answer, each in words."""
    waiting = case.referrals.filter(state__in=WAITS).order_by("pk")
    return [f"Referral {referral.pk}: {referral.standing()}" for referral in waiting]


def visible_referrals(person: Person) -> QuerySet[Referral]:
    """Return the referrals with a record in an area of `person`, and none behind a seal."""
    visible = Referral.objects.exclude(cases__in=sealed_from(person, Permission.SEE_LINKS))
    areas = areas_of(person, Permission.SEE_LINKS)
    if areas is not None:
        visible = visible.filter(cases__area__in=areas).distinct()
    return visible.prefetch_related("cases")


def referral_of(request: HttpRequest, act: Permission, number: int) -> Referral:
    """Return a referral on which the user may do `act`: in the area of one of its records.

    Raises
    ------
    Refused
        If there is none, it names a record sealed from the person, or all its records are of
        other areas.
    """
    subject = f"referral:{number}"
    referral = Referral.objects.filter(pk=number).select_related("snapshot", "pair").first()
    if referral is None or not visible_referrals(person_of(request)).filter(pk=number).exists():
        raise Refused(AccessDecision(False, "there is no such referral", hidden=True), act, subject)
    ruling = may_on(person_of(request), act, list(referral.cases.all()))
    if not ruling.allowed:
        raise Refused(ruling, act, subject)
    return referral


def may_on(person: Person, act: Permission, cases: Sequence[Case]) -> AccessDecision:
    """Return yes where the act is allowed on one of the records, else the first no."""
    rulings = [rule(person, act, case.about()) for case in cases]
    yes = [ruling for ruling in rulings if ruling.allowed]
    return (yes or rulings or [rule(person, act, NOTHING)])[0]
