"""Who is told of something: by role and area, and never of a record that is sealed from them."""

from __future__ import annotations

from collections.abc import Iterable

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import EVERYWHERE, Permission, Role, rule
from clew.desk.records.models import Case
from clew.desk.settings import CONFIGURATION


def holders(role: Role, areas: Iterable[str]) -> list[Account]:
    """Return the accounts that hold a role today for one of these areas, or for all."""
    wanted = {EVERYWHERE, *areas}
    able = Account.objects.filter(is_active=True, grants__role=role.value).distinct()
    return [
        account
        for account in able.prefetch_related("grants").order_by("name")
        if any(
            holding.role is role and holding.area in wanted
            for holding in account.person(second_factor=True).holdings
        )
    ]


def heads(areas: Iterable[str]) -> list[Account]:
    """Return the heads of unit: supervisors for all areas; where there is none, the area's."""
    return holders(Role.SUPERVISOR, ()) or holders(Role.SUPERVISOR, areas)


def chiefs() -> list[Account]:
    """Return the named chief officer; where none is named, every supervisor."""
    name = CONFIGURATION.chief_officer.strip().lower()
    named = list(Account.objects.filter(name=name, is_active=True)) if name else []
    if named:
        return named
    able = Account.objects.filter(is_active=True, grants__role=Role.SUPERVISOR.value)
    return list(able.distinct().order_by("name"))


def account_named(name: str) -> Account | None:
    """Return the active account of this name."""
    return Account.objects.filter(name=name, is_active=True).first() if name else None


def those_who_may(accounts: Iterable[Account], cases: Iterable[Case]) -> list[Account]:
    """Leave out whom a seal keeps away from one of the records."""
    abouts = [case.about() for case in cases if case.sealed]
    return [
        account
        for account in accounts
        if all(
            rule(account.person(second_factor=True), Permission.SEE_RECORD, about).allowed
            for about in abouts
        )
    ]


def named(cases: Iterable[Case]) -> str:
    """Return the numbers of records that anybody may read: sealed ones are left out."""
    ids = [case.case_id for case in cases if not case.sealed]
    return ", ".join(ids)
