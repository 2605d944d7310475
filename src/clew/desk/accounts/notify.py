"""Telling accounts what they should know."""

from __future__ import annotations

from collections.abc import Iterable

from clew.desk.accounts.models import Account, Notice


def notify(to: Iterable[Account], words: str, about: str = "") -> None:
    """Leave a notice for each account, once each; call it in the transaction of the act."""
    once = {account.pk: account for account in to if account.is_active}
    Notice.objects.bulk_create(
        [Notice(to=account, words=words[:400], about=about[:200]) for account in once.values()]
    )
