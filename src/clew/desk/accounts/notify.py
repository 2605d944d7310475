"""Telling accounts what they should know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.http import HttpRequest

from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.rules import Person
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


READABLE_NOTICES: list[Callable[[Person, Sequence[Notice]], list[Notice]]] = []
"""Called with a reader and that reader's notices; each returns those that may be read now.

A notice may name a record that was sealed since, or whose seal was closed again. A higher storey
adds its own when its app is ready.
"""
LOOKED_THROUGH = 100
"""Declared: unread notices that are looked through on each page, the newest; as many as people read
in a week. Older ones are counted as they are."""


def readable(person: Person, notices: Iterable[Notice]) -> list[Notice]:
    """Return those of somebody's notices that may be read now."""
    left = list(notices)
    for keep in READABLE_NOTICES:
        left = keep(person, left) if left else []
    return left


def unread(request: HttpRequest) -> int:
    """Return how many notices wait for whoever asks; asked once a page."""
    known = getattr(request, "clew_unread", None)
    if known is None and isinstance(request.user, Account):
        waiting = list(Notice.objects.filter(to=request.user, read_at=None)[: LOOKED_THROUGH + 1])
        part = waiting[:LOOKED_THROUGH]
        known = len(readable(request.user.person(second_factor=True), part)) if part else 0
        if len(waiting) > LOOKED_THROUGH:
            older = Notice.objects.filter(to=request.user, read_at=None).count()
            known += older - LOOKED_THROUGH
        request.clew_unread = known  # type: ignore[attr-defined]
    return int(known or 0)
