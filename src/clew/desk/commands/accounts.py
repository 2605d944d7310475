"""Accounts made where nobody is signed in yet: on the command line, and for a demonstration."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from clew.desk.accounts.models import Account, Grant
from clew.desk.accounts.rules import Role
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.errors import UsageRejected


def needs_administrator() -> bool:
    """Tell whether nobody could manage accounts: a desk started for the first time."""
    grants = Grant.objects.filter(role=Role.ADMINISTRATOR.value, account__is_active=True)
    return all(grant.ended() for grant in grants)


def add_account(
    name: str,
    full_name: str,
    password: str | None,
    roles: tuple[tuple[str, str], ...],
    by: str,
) -> None:
    """Make an account with its roles, (role, area) each; one transaction with its ledger row.

    Raises
    ------
    UsageRejected
        If the name is taken, the role unknown, or the password too weak.
    """
    known = [role.value for role in Role]
    for role, _ in roles:
        if role not in known:
            raise UsageRejected(f"there is no role {role}", f"Give one of {', '.join(known)}")
    if Account.objects.filter(name=name.lower()).exists():
        raise UsageRejected(
            f"the name {name} is taken", "Choose another name, or reopen the account"
        )
    if password is not None:
        try:
            validate_password(password, Account(name=name, full_name=full_name))
        except ValidationError as weak:
            raise UsageRejected(
                weak.messages[0].rstrip("."), "Choose a longer, less common one"
            ) from weak
    with transaction.atomic():
        account = Account.objects.make(name, full_name, password)
        for role, area in roles:
            Grant.objects.create(account=account, role=role, area=area, granted_by=by)
        write(
            Act.ACCESS, f"account:{account.pk}", by, what="account made", name=account.name,
            roles=[list(grant) for grant in roles],
        )  # fmt: skip
