"""What rows of this app share: who did it, as a field and in words."""

from __future__ import annotations

from typing import Any

from django.db import models

from clew.desk.accounts.models import Account


def by_field() -> Any:
    """Return the field that says who did it; empty: the desk itself."""
    return models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")


def who(account: Account | None) -> str:
    """Return who did something, as pages write it."""
    return account.full_name if account else "the desk"
