"""What administrators do to accounts. Each act is one transaction with its row of the ledger.

Nobody does any of it to himself: a role, a reset or a closing takes another administrator. One
whose own role is for an area reaches only accounts all of whose roles are for that area.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from clew.desk.accounts.models import Account, Area, Grant
from clew.desk.accounts.rules import EVERYWHERE, Permission, Person, Role, Target, rule
from clew.desk.accounts.sign_in_limits import forget
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write

PASSWORD_BYTES = 15
"""Declared: of a password that an administrator hands over; 20 letters, and changed at once."""


class CannotDo(Exception):
    """An act that is refused, in words for whoever asked."""


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A role to be given: for an area (EVERYWHERE for all), from a day to a day."""

    role: Role
    area: str = EVERYWHERE
    since: date | None = None
    until: date | None = None


def reaches(person: Person, account: Account) -> bool:
    """Tell whether an administrator may act on an account: another's, and within the area."""
    areas = {grant.area for grant in account.grants.all() if not grant.ended()}
    return account.name != person.name and all(
        rule(person, Permission.MANAGE_ACCOUNTS, Target(area)).allowed for area in areas
    )


def check_reach(person: Person, account: Account) -> None:
    """Raise `CannotDo` unless `reaches`."""
    if account.name == person.name:
        raise CannotDo("You cannot do this to your own account. Ask another administrator")
    if not reaches(person, account):
        raise CannotDo("This account has roles in areas you do not manage")


@transaction.atomic
def add_account(
    name: str, full_name: str, rank: str, person: Person, *, password: bool
) -> tuple[Account, str]:
    """Make an account; return it with its first password, "" for single sign-on alone."""
    first = _new_password() if password else ""
    account = Account.objects.make(name, full_name, first or None)
    account.rank, account.must_change = rank, password
    account.save(update_fields=["rank", "must_change"])
    _write(account, person, "account made", password=password)
    return account, first


@transaction.atomic
def give_role(account: Account, given: NewGrant, person: Person) -> Grant:
    """Give a role. Raises `CannotDo` for one's own account, or an area out of reach."""
    check_reach(person, account)
    if not rule(person, Permission.MANAGE_ACCOUNTS, Target(given.area)).allowed:
        raise CannotDo("You do not manage this area")
    since = given.since or timezone.localdate()
    grant = Grant.objects.create(
        account=account, role=given.role.value, area=given.area, since=since, until=given.until,
        granted_by=person.name,
    )  # fmt: skip
    until = given.until.isoformat() if given.until else ""
    _write(
        account, person, "role given",
        role=given.role.value, area=given.area, since=since.isoformat(), until=until,
    )  # fmt: skip
    return grant


@transaction.atomic
def end_role(grant: Grant, person: Person) -> None:
    """End a role at once: the day before today is its last."""
    check_reach(person, grant.account)
    today = timezone.localdate()
    grant.until = today - timedelta(days=1)
    grant.save(update_fields=["until"])
    _write(grant.account, person, "role ended", role=grant.role, area=grant.area)


@transaction.atomic
def set_active(account: Account, person: Person, reason: str, *, active: bool) -> None:
    """Close an account, or open it again with the roles that still run.

    Anyone who uses a closed account is signed out at the next request.
    """
    check_reach(person, account)
    account.is_active = active
    account.save(update_fields=["is_active"])
    _write(account, person, "account opened" if active else "account closed", reason=reason)


@transaction.atomic
def reset_password(account: Account, person: Person) -> str:
    """Give a new password, to be changed at the first sign-in; sessions end with the old one."""
    check_reach(person, account)
    password = _new_password()
    account.set_password(password)
    account.must_change = True
    account.save(update_fields=["password", "must_change"])
    forget(account.name)
    _write(account, person, "password reset")
    return password


@transaction.atomic
def reset_second_factor(account: Account, person: Person) -> None:
    """Reset two-step verification (lost phone). A new one is set up at the next sign-in."""
    check_reach(person, account)
    TOTPDevice.objects.filter(user=account).delete()
    _write(account, person, "second factor reset")


@transaction.atomic
def unbind(account: Account, person: Person) -> None:
    """Forget which of the force's accounts this is: the next sign-in under its name binds it."""
    check_reach(person, account)
    account.subject = ""
    account.save(update_fields=["subject"])
    _write(account, person, "unbound from the force's account")


@transaction.atomic
def add_area(code: str, name: str, person: Person) -> Area:
    """Add an area that roles can be given for; it takes a role for all areas."""
    if not rule(person, Permission.MANAGE_ACCOUNTS, Target(EVERYWHERE)).allowed:
        raise CannotDo("Adding an area takes an administrator of all areas")
    area = Area.objects.create(code=code, name=name)
    write(Act.ALTERATION, f"area:{code}", person.name, person.purpose, what="area added", name=name)
    return area


def _new_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _write(account: Account, person: Person, what: str, **body: Any) -> None:
    subject = f"account:{account.pk}"
    write(Act.ALTERATION, subject, person.name, person.purpose, what=what, of=account.name, **body)
