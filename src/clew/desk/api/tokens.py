"""Tokens: issued for one role and area of an account, never more than it holds, until a day."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from clew.desk.accounts.manage import CannotDo, check_reach
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import (
    EVERYWHERE,
    MAY,
    Permission,
    Person,
    Role,
    RoleGrant,
    Target,
    rule,
)
from clew.desk.api.models import ApiToken
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write

READS = tuple(role for role in Role if Permission.SEE_RECORD in MAY[role])
"""Roles that a token can be for: those that see records."""
BEGINS = "clew_"
"""What every token begins with, so that a scanner for secrets finds one that was published."""
TOKEN_BYTES = 32
"""256 bits of chance: guessing is out of reach, so that a plain digest is enough to keep."""
MOST_DAYS = 366
"""Declared: a token that nobody renews ends within about a year."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """What a token is to be for. `area` EVERYWHERE for all areas; `until` its last day."""

    role: Role
    area: str
    purpose: str
    until: date


def digest_of(token: str) -> str:
    """Return what the desk keeps of a token: SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def issue(account: Account, asked: NewToken, person: Person) -> tuple[ApiToken, str]:
    """Issue a token and return it with its text, which is shown once and not kept.

    Raises
    ------
    CannotDo
        For one's own account, an area out of reach, a role that reads no records or that the
        account does not hold there, and a last day that is past or more than a year away.
    """
    check_reach(person, account)
    if not rule(person, Permission.MANAGE_ACCOUNTS, Target(asked.area)).allowed:
        raise CannotDo("You do not manage this area")
    if asked.role not in READS:
        raise CannotDo("A token can only be for a role that sees records")
    if not _held(account, asked.role, asked.area):
        raise CannotDo("This account does not hold this role for this area")
    today = timezone.localdate()
    if not today <= asked.until <= today + timedelta(days=MOST_DAYS):
        raise CannotDo(f"The last day must be between today and {MOST_DAYS} days from now")
    text = BEGINS + secrets.token_urlsafe(TOKEN_BYTES)
    token = ApiToken.objects.create(
        account=account, role=asked.role.value, area=asked.area, purpose=asked.purpose,
        digest=digest_of(text), issued_by=person.name, issued_at=desk_now(), until=asked.until,
    )  # fmt: skip
    write(
        Act.ACCESS, f"account:{account.pk}", person.name, person.purpose,
        what="API token issued", token=token.pk, role=token.role, area=token.area,
        until=token.until.isoformat(), token_purpose=token.purpose,
    )  # fmt: skip
    return token, text


@transaction.atomic
def end(token: ApiToken, person: Person) -> None:
    """End a token at once; one that has ended stays as it is."""
    check_reach(person, token.account)
    held = ApiToken.objects.select_for_update().get(pk=token.pk)
    if held.ended_at is not None:
        return
    held.ended_at, held.ended_by = desk_now(), person.name
    held.save(update_fields=["ended_at", "ended_by"])
    write(
        Act.ACCESS, f"account:{held.account_id}", person.name, person.purpose,
        what="API token ended", token=held.pk,
    )  # fmt: skip


def holder_of(text: str) -> Person | None:
    """Return whom a token lets in, with the one role that its account still holds; None for nobody.

    The name is that of no account: no seal was opened to a program.
    """
    if not text.startswith(BEGINS):
        return None
    token = ApiToken.objects.select_related("account").filter(digest=digest_of(text)).first()
    if token is None or token.ended_at is not None or token.until < timezone.localdate():
        return None
    role, account = Role(token.role), token.account
    if not account.is_active or not _held(account, role, token.area):
        return None
    name = f"{account.name}, API token {token.pk}"
    return Person(name, (RoleGrant(role, token.area),), token.purpose)


def _held(account: Account, role: Role, area: str) -> bool:
    """Tell whether an account holds a role today for an area, or for all."""
    return any(
        held.role is role and held.area in (EVERYWHERE, area) for held in account.person().holdings
    )
