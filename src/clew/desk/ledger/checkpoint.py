"""Signing a checkpoint: what the rows are now, in one transaction with the row that tells of it."""

from __future__ import annotations

from base64 import b64decode, b64encode

from django.db import transaction
from django.utils import timezone

from clew.desk.ledger.checks import frontier_text
from clew.desk.ledger.key import id_of, key_of
from clew.desk.ledger.merkle import Frontier
from clew.desk.ledger.models import Act, Checkpoint, Entry, Head
from clew.desk.ledger.stamp import stamp_of
from clew.desk.ledger.statement import FIRST, Kept, Statement
from clew.desk.ledger.write import instant_text, write
from clew.desk.settings import CONFIGURATION
from clew.errors import LedgerBroken

SUBJECT = "ledger"
"""What rows about the ledger itself are about."""


def checkpoint(actor: str, *, stamped: bool = False) -> Checkpoint | None:
    """Sign what the rows are now; None if there is no row, or none since the last checkpoint.

    Parameters
    ----------
    stamped
        Ask the time-stamping authority too, where one is configured. That may take seconds,
        during which nobody adds to the ledger; so requests do not ask.

    Raises
    ------
    LedgerBroken
        If the rows since the last checkpoint do not follow from it.
    """
    key = key_of(CONFIGURATION.home)
    with transaction.atomic():
        head = Head.objects.select_for_update().filter(pk=1).first()
        last = Checkpoint.objects.order_by("-id").first()
        if head is None or head.number <= (last.size + 1 if last else 0):
            return None  # The row that tells of a checkpoint calls for no other.
        frontier = frontier_of(last)
        rows = Entry.objects.filter(number__gt=frontier.size).order_by("number")
        for digest in rows.values_list("digest", flat=True).iterator(chunk_size=10_000):
            frontier.add(bytes.fromhex(digest))
        if frontier.size != head.number:
            raise LedgerBroken(frontier.size, "rows and head do not agree; nothing was signed")
        statement = Statement(
            head.number, frontier.root().hex(), head.digest, instant_text(timezone.now()),
            statement_of(last).digest() if last else FIRST, id_of(key.public_key()),
        )  # fmt: skip
        stamp = stamp_of(statement.text(), CONFIGURATION.stamp_server) if stamped else b""
        made = Checkpoint.objects.create(
            size=statement.size, root=statement.root, head=statement.head,
            signed_at=statement.signed_at, before=statement.before, key_id=statement.key_id,
            signature=b64encode(key.sign(statement.text().encode())).decode(),
            frontier=frontier_text(frontier), stamp=b64encode(stamp).decode(),
        )  # fmt: skip
        write(
            Act.ACCESS, SUBJECT, actor, what="checkpoint", rows=statement.size,
            root=statement.root, signed_at=statement.signed_at, key=statement.key_id,
        )  # fmt: skip
    return made


def frontier_of(last: Checkpoint | None) -> Frontier:
    """Return the frontier to go on from.

    Raises
    ------
    LedgerBroken
        If the one that was kept does not give the root that was signed.
    """
    if last is None:
        return Frontier()
    frontier = Frontier(last.size, [bytes.fromhex(peak) for peak in last.frontier.split()])
    if frontier.root().hex() != last.root:
        raise LedgerBroken(last.size, "the last checkpoint's frontier was altered")
    return frontier


def statement_of(row: Checkpoint) -> Statement:
    """Return what a checkpoint states."""
    return Statement(row.size, row.root, row.head, row.signed_at, row.before, row.key_id)


def kept_of(row: Checkpoint) -> Kept:
    """Return a checkpoint as a file to keep elsewhere."""
    public = key_of(CONFIGURATION.home).public_key()
    return Kept(statement_of(row), b64decode(row.signature), public, b64decode(row.stamp))
