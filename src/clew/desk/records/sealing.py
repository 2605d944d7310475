"""Seals: a sealed record is seen by nobody but those to whom it was opened by name.

It is compared all the same. A survivor's record is sealed when it is taken in. A seal has keepers:
whoever sealed the record; or, where the rule did, those who may seal in its area. A keeper opens it
to a named person, never to himself, and closes it again. Each act is a row of the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
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

BY_RULE = "rule"
"""Stands for whoever sealed where nobody did: no account may bear this name."""
SEAL_MOVED_CALLS: list[Callable[[Case], None]] = []
"""Called when a record was sealed or its seal lifted, within the same transaction."""
SURVIVOR = "A survivor's record: sealed when it was taken in."


def sealed_by_default(cells: Mapping[str, str]) -> bool:
    """Tell whether a record is a survivor's: not a death, and something is alleged."""
    return cells.get("kind", "") == "non_fatal" and bool(cells.get("allegation", "").strip())


def seal_by_rule(case: Case) -> None:
    """Seal a survivor's record, saved or not yet; whoever saves it writes the row."""
    case.sealed, case.sealed_by, case.seal_reason = True, BY_RULE, SURVIVOR
    case.sealed_at = timezone.now()


def seal(case: Case, person: Person, reason: str) -> None:
    """Seal a record; from then on none but `person` sees it. Within a transaction."""
    case.sealed, case.sealed_by, case.seal_reason = True, person.name, reason
    case.sealed_at = timezone.now()
    case.save(update_fields=["sealed", "sealed_by", "seal_reason", "sealed_at"])
    seal_moved(case)
    _write(case, person, "sealed", reason=reason)


def seal_moved(case: Case) -> None:
    """Let higher storeys follow a seal that was set or lifted, once the record is saved."""
    for call in SEAL_MOVED_CALLS:
        call(case)


def lift(case: Case, person: Person, reason: str) -> None:
    """Take a seal away, with its openings. Within a transaction."""
    case.openings.filter(closed_at=None).update(closed_at=timezone.now())
    case.sealed, case.sealed_by, case.seal_reason, case.sealed_at = False, "", "", None
    case.save(update_fields=["sealed", "sealed_by", "seal_reason", "sealed_at"])
    seal_moved(case)
    _write(case, person, "seal lifted", reason=reason)


def open_to(case: Case, account: Account, person: Person, reason: str) -> SealAccess:
    """Open a sealed record to one person, who is told. Within a transaction."""
    opening = SealAccess.objects.create(
        case=case, account=account, reason=reason, given_by=person.name
    )
    _write(case, person, "seal opened", to=account.name, reason=reason, act=Act.DISCLOSURE)
    words = f"A sealed record was opened to you: {case.case_id}"
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
    return Case.objects.filter(within, kept, sealed=True)


def may_keep(person: Person, area: str) -> bool:
    """Tell whether somebody may seal in an area, and so keeps what is proposed about it."""
    return rule(person, Permission.SEAL, Target(area)).allowed


def keepers_of(case: Case) -> list[Account]:
    """Return the accounts that keep a record: whoever sealed it, or who may seal in its area."""
    if case.sealed:
        keepers = list(Account.objects.filter(name=case.sealed_by, is_active=True))
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
        words = f"{name} asked for a sealed record and was told there is none: {case.case_id}"
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
