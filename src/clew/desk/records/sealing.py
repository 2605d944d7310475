"""Seals: a sealed record is seen by nobody but those to whom it was opened by name.

It is compared all the same. A survivor's record is sealed when it is taken in. A death is sealed by
two people, up to a day on which its seal is reviewed. A seal has keepers: those who sealed the
record; or, where the rule did, those who may seal in its area. A keeper opens it to a named person,
never to himself, and closes it again. Each act is a row of the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import PASSES_SEALS, Permission, Person, Target, areas_of, rule
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import write
from clew.desk.records.models import Case, SealAccess
from clew.errors import ActRefused

BY_RULE = "rule"
"""The name kept where a rule sealed a record and no person did: no account may have it."""
SEAL_MOVED_CALLS: list[Callable[[Case], None]] = []
"""Called when a record was sealed or its seal lifted, within the same transaction."""
REVIEW_DAYS = 90
"""Declared: days after which a death's seal is reviewed, unless a keeper chose another day."""
MOST_REVIEW_DAYS = 180
"""Declared: the furthest day that may be chosen; no death stays sealed unasked for longer."""
DEATH = "death"
SURVIVOR = "A survivor's record: sealed on import."


def sealed_by_default(cells: Mapping[str, str]) -> bool:
    """Tell whether a record is a survivor's: not a death, and something is alleged."""
    return cells.get("kind", "") == "non_fatal" and bool(cells.get("allegation", "").strip())


def seal_by_rule(case: Case) -> None:
    """Seal a survivor's record, saved or not yet; whoever saves it writes the row."""
    case.sealed, case.sealed_by, case.seal_reason = True, BY_RULE, SURVIVOR
    case.sealed_at = timezone.now()


SEAL_COLUMNS = (
    "sealed", "sealed_by", "seal_reason", "sealed_at", "seal_agreed_by", "seal_review",
)  # fmt: skip


def seal(
    case: Case, person: Person, reason: str, *, proposed_by: str = "", review: date | None = None
) -> None:
    """Seal a record; from then on none but its keepers see it. Within a transaction.

    Parameters
    ----------
    person
        Who seals it; a death: the second person, who agrees.
    proposed_by
        Who proposed to seal a death.
    review
        The day by which a death's seal is reviewed.

    Raises
    ------
    ActRefused
        If it is a death, and one person would seal it or there is no day.
    """
    if case.kind == DEATH and (proposed_by in ("", person.name) or review is None):
        raise ActRefused("a death is sealed by two people, with a day for its review")
    case.sealed, case.sealed_by, case.seal_reason = True, proposed_by or person.name, reason
    case.seal_agreed_by = person.name if proposed_by else ""
    case.sealed_at, case.seal_review = timezone.now(), review
    case.save(update_fields=SEAL_COLUMNS)
    seal_moved(case)
    two: dict[str, Any] = {"proposed_by": proposed_by, "review": str(review)} if proposed_by else {}
    _write(case, person, "sealed", reason=reason, **two)


def review_seal(case: Case, person: Person, reason: str, proposed_by: str, review: date) -> None:
    """Give a death's seal another day for its review, as a second person. Within a transaction."""
    if proposed_by == person.name:
        raise ActRefused("a seal is prolonged by two people")
    # Those who answer for the seal from now on; the person who set it first may have left.
    case.sealed_by, case.seal_agreed_by, case.seal_review = proposed_by, person.name, review
    case.save(update_fields=["sealed_by", "seal_agreed_by", "seal_review"])
    _write(
        case, person, "seal reviewed", reason=reason, proposed_by=proposed_by, review=str(review)
    )


def review_due(case: Case) -> datetime:
    """Return when a death's seal is overdue for its review: the end of the day that was set.

    A seal of an earlier version has no day: it is due `REVIEW_DAYS` after it was set.
    """
    since = timezone.localdate(case.sealed_at or case.entered_at)
    day = case.seal_review or since + timedelta(days=REVIEW_DAYS)
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def people_of(case: Case) -> str:
    """Return who sealed a record, by full names where there is an account: 'A, agreed by B'."""
    names = case.seal_keepers()
    full = dict(Account.objects.filter(name__in=names).values_list("name", "full_name"))
    return ", agreed by ".join(full.get(name, name) for name in names)


def sealed_deaths() -> QuerySet[Case]:
    """Return all sealed deaths, for those who count them; nobody is shown them."""
    return Case.objects.filter(sealed=True, kind=DEATH)


def seal_moved(case: Case) -> None:
    """Let higher storeys follow a seal that was set or lifted, once the record is saved."""
    for call in SEAL_MOVED_CALLS:
        call(case)


def lift(case: Case, person: Person, reason: str) -> None:
    """Take a seal away, with its openings. Within a transaction."""
    case.openings.filter(closed_at=None).update(closed_at=timezone.now())
    case.sealed, case.sealed_by, case.seal_reason, case.sealed_at = False, "", "", None
    case.seal_agreed_by, case.seal_review = "", None
    case.save(update_fields=SEAL_COLUMNS)
    seal_moved(case)
    _write(case, person, "seal lifted", reason=reason)


def open_to(case: Case, account: Account, person: Person, reason: str) -> SealAccess:
    """Open a sealed record to one person, who is told. Within a transaction."""
    opening = SealAccess.objects.create(
        case=case, account=account, reason=reason, given_by=person.name
    )
    _write(case, person, "seal opened", to=account.name, reason=reason, act=Act.DISCLOSURE)
    words = f"You have been given access to a sealed record: {case.case_id}"
    notify([account], words, case_subject(case.case_id))
    return opening


def close_opening(opening: SealAccess, person: Person, reason: str) -> None:
    """Close the seal again for one person. Within a transaction."""
    opening.closed_at = timezone.now()
    opening.save(update_fields=["closed_at"])
    _write(opening.case, person, "seal closed again", to=opening.account.name, reason=reason)


def give_on_paper(case: Case, person: Person, reason: str, page: str) -> None:
    """Write down that a sealed record goes on a printed page, and why. Within a transaction."""
    _write(case, person, "sealed record on paper", act=Act.DISCLOSURE, page=page, reason=reason)


def may_receive(account: Account, case: Case) -> bool:
    """Tell whether a sealed record can be opened to somebody: the role, and the area."""
    areas = areas_of(account.person(second_factor=True), Permission.SEE_RECORD, PASSES_SEALS)
    return account.is_active and (areas is None or case.area in areas)


def kept_by(person: Person) -> QuerySet[Case]:
    """Return the sealed records whose seal this person keeps.

    The seals of somebody whose account is closed are kept as those of the rule are.
    """
    areas = areas_of(person, Permission.SEAL)
    within = Q() if areas is None else Q(area__in=sorted(areas))
    gone = Account.objects.filter(is_active=False).values("name")
    kept = Q(sealed_by=person.name) | Q(sealed_by=BY_RULE) | Q(sealed_by__in=gone)
    kept |= Q(seal_agreed_by=person.name) | Q(seal_agreed_by__in=gone)
    return Case.objects.filter(within, kept, sealed=True)


def may_keep(person: Person, area: str) -> bool:
    """Tell whether somebody may seal in an area, and so keeps what is proposed about it."""
    return rule(person, Permission.SEAL, Target(area)).allowed


def keepers_of(case: Case) -> list[Account]:
    """Return the accounts that keep a record: those who sealed it, or who may seal in its area."""
    if case.sealed:
        keepers = list(Account.objects.filter(name__in=case.seal_keepers(), is_active=True))
        if keepers:
            return keepers
    able = Account.objects.filter(
        is_active=True, grants__role__in=[role.value for role in PASSES_SEALS]
    )
    able = able.distinct().prefetch_related("grants")
    return [one for one in able if may_keep(one.person(second_factor=True), case.area)]


def tell_keepers(case_ids: list[str], name: str) -> None:
    """Tell who keeps the seal of a record that somebody asked for it in vain.

    Its owner gets the notice too, if the seal lets the owner see it.
    """
    for case in Case.objects.filter(case_id__in=case_ids, sealed=True).select_related("owner"):
        recipients = [one for one in keepers_of(case) if one.name != name]
        owner = case.owner
        if owner is not None and owner.name != name:
            ruling = rule(owner.person(second_factor=True), Permission.SEE_RECORD, case.about())
            recipients += [owner] if ruling.allowed else []
        words = f"{name} asked for a sealed record and got the answer 'not found': {case.case_id}"
        notify(recipients, words, case_subject(case.case_id))


def pass_to_keepers(case: Case, words: str, told: Collection[str] = ()) -> None:
    """Pass on to the keepers of a seal what others cannot judge, since they may not know of it.

    Parameters
    ----------
    told
        The names of accounts that were told already.
    """
    recipients = [one for one in keepers_of(case) if one.name not in told]
    notify(recipients, words, case_subject(case.case_id))


def _write(case: Case, person: Person, what: str, *, act: Act = Act.DECISION, **body: Any) -> None:
    write(act, case_subject(case.case_id), person.name, person.purpose, what=what, **body)
