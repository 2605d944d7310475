"""Adding a row to the ledger, within the transaction of the act that it accounts for.

Invariant: an act and its row are one transaction. Whoever writes a row locks the head first, so
rows are numbered in the order of their commit, without gaps; if the row cannot be written, the act
is rolled back with it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from clew.desk.ledger.chain import BEGINNING, Row, canonical
from clew.desk.ledger.models import Act, Entry, Head

ENGINE = "engine"
"""The actor of comparisons that nobody asked for by hand."""


def write(act: Act, subject: str, actor: str, purpose: str = "", **body: Any) -> Entry:
    """Add one row; call it inside `transaction.atomic`, beside the act itself.

    Parameters
    ----------
    subject
        What was acted on: `case:BD-1`, `pair:BD-2,BD-1`, `account:3`.
    body
        What else must be known, as plain JSON; never the content of what is erased.

    Raises
    ------
    TransactionManagementError
        If no transaction is open: the act could then stand without its row.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a ledger row is written with its act")
    head, _ = Head.objects.select_for_update().get_or_create(
        pk=1, defaults={"number": 0, "digest": BEGINNING}
    )
    row = Row(
        number=head.number + 1,
        recorded_at=instant_text(timezone.now()),
        act=act.value,
        actor=actor,
        purpose=purpose[:200],
        subject=subject,
        body=canonical(body),
        previous=head.digest,
    )
    entry = Entry.objects.create(
        number=row.number,
        recorded_at=row.recorded_at,
        act=row.act,
        actor=row.actor,
        purpose=row.purpose,
        subject=row.subject,
        body=row.body,
        previous=row.previous,
        digest=row.digest(),
    )
    head.number, head.digest = entry.number, entry.digest
    head.save(update_fields=["number", "digest"])
    return entry


def instant_text(at: datetime) -> str:
    """Return a time as the ledger writes it: UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
