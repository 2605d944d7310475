"""Telling accounts what they should know."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from clew.desk.accounts.models import Account, Notice
from clew.desk.ledger.clock import desk_now


def notify(to: Iterable[Account], words: str, about: str = "") -> None:
    """Leave a notice for each account, once each; call it in the transaction of the act."""
    at = desk_now()
    once = {account.pk: account for account in to if account.is_active}
    Notice.objects.bulk_create(
        [
            Notice(to=account, words=words[:400], about=about[:200], at=at)
            for account in once.values()
        ]
    )


def unread(request: HttpRequest) -> int:
    """Return how many notices wait for whoever asks; asked once a page."""
    known = getattr(request, "clew_unread", None)
    if known is None:
        known = Notice.objects.filter(to_id=request.user.pk, read_at=None).count()
        request.clew_unread = known  # type: ignore[attr-defined]
    return int(known)
