"""Adding a row to the ledger, within the transaction of the act that it accounts for.

Invariant: an act and its row are one transaction. Whoever writes a row locks the head first, so
rows are numbered in the order of their commit, without gaps; if the row cannot be written, the act
is rolled back with it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unicodedata import category

from django.db import connection, transaction
from django.utils import timezone

from clew.desk.ledger.chain import BEGINNING, Row, canonical
from clew.desk.ledger.changes import THIS_TRANSACTION
from clew.desk.ledger.models import Act, Change, Entry, Head

CHECKPOINT_EVERY = 1_000
"""Declared: rows after which a checkpoint is signed, beside those of rounds and of the command."""
BARRED = ("Cc", "Cs")
"""Unicode's categories of control characters, and of halves of characters."""
LONGEST = {"actor": 150, "purpose": 200, "subject": 200}
"""Characters that the columns hold."""
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
    if len(subject) > LONGEST["subject"]:
        body["subject"] = subject
    now = instant_text(timezone.now())
    if now < head.recorded_at:
        # The machine's clock was set back: the order of rows stands, and the row says so.
        body["clock_said"], now = now, head.recorded_at
    row = Row(
        number=head.number + 1,
        recorded_at=now,
        act=act.value,
        actor=plain(actor, LONGEST["actor"]),
        purpose=plain(purpose, LONGEST["purpose"]),
        subject=plain(subject, LONGEST["subject"]),
        body=canonical(body),
        previous=head.digest,
    )
    entry = _keep(row)
    head.number, head.digest, head.recorded_at = entry.number, entry.digest, entry.recorded_at
    head.save(update_fields=["number", "digest", "recorded_at"])
    if entry.number % CHECKPOINT_EVERY == 0:
        transaction.on_commit(_checkpoint, robust=True)
    return entry


def _keep(row: Row) -> Entry:
    """Write a row, and note which transaction it is of, by which a restore finds the moment."""
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
    Change.objects.create(
        tx=THIS_TRANSACTION[connection.vendor], at=row.recorded_at, of="ledger_entry", did="E",
        key=str(row.number),
    )  # fmt: skip
    return entry


def _checkpoint() -> None:
    from clew.desk.ledger.checkpoint import checkpoint  # noqa: PLC0415 (it writes rows itself)

    checkpoint("the desk")


def plain(text: str, most: int) -> str:
    """Return text that every database takes: no control character, at most `most` long."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(c) in BARRED else c for c in text[:most])


def instant_text(at: datetime) -> str:
    """Return a time as the ledger writes it: UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
