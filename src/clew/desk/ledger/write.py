"""Adding a row to the ledger, within the transaction of the act that it accounts for.

Invariant: an act and its row are one transaction. Whoever writes a row locks the head first, so
rows are numbered in the order of their commit, without gaps; if the row cannot be written, the act
is rolled back with it. A row bears the digests of what its transaction changed in other tables.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from unicodedata import category

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from clew.desk.ledger.accounting import Keys, account_for, unaccounted
from clew.desk.ledger.chain import BEGINNING, Frontier, LedgerRow, canonical
from clew.desk.ledger.change_log import THIS_TRANSACTION
from clew.desk.ledger.clock_jumps import anchor_clock, check_clock
from clew.desk.ledger.key import FIRST, CheckpointFile, Statement, id_of, key_of
from clew.desk.ledger.models import Act, Checkpoint, Entry, Head, RowChange
from clew.desk.ledger.stamp import stamp_of
from clew.desk.ledger.verify import frontier_text
from clew.desk.settings import CONFIGURATION
from clew.errors import LedgerBroken

CHECKPOINT_EVERY = 1_000
"""Declared: rows after which a checkpoint is signed, beside those of rounds and of the command."""
BARRED = ("Cc", "Cs")
"""Unicode's categories of control characters, and of halves of characters."""
LONGEST = {"actor": 150, "purpose": 200, "subject": 200}
"""Characters that the columns hold."""
ENGINE = "engine"
"""The actor of comparisons that nobody asked for by hand."""


def write(
    act: Act,
    subject: str,
    actor: str,
    purpose: str = "",
    *,
    also: Keys | None = None,
    any_clock: bool = False,
    **body: Any,
) -> Entry:
    """Add one row; call it inside `transaction.atomic`, after what the act changes.

    Parameters
    ----------
    subject
        What was acted on: `case:BD-1`, `pair:BD-2,BD-1`, `account:3`.
    also
        Rows of other tables to account for, beside those that the transaction changed.
    any_clock
        Whatever the machine's clock says, somebody has accepted it.
    body
        What else must be known, as plain JSON; never the content of what is erased.

    Raises
    ------
    TransactionManagementError
        If no transaction is open: the act could then stand without its row.
    ClockJumped
        If the machine's clock was set back before the last row, or far ahead.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a ledger row is written with its act")
    head, _ = Head.objects.select_for_update().get_or_create(
        pk=1, defaults={"number": 0, "digest": BEGINNING}
    )
    if len(subject) > LONGEST["subject"]:
        body["subject"] = subject
    clock = timezone.now()
    if not any_clock:
        last = head.clock or head.recorded_at
        check_clock(clock, datetime.fromisoformat(last) if last else None)
    now = said = instant_text(clock)
    if now < head.recorded_at:
        # The machine's clock was set back: the order of rows stands, and the row says so.
        body["clock_said"], now = now, head.recorded_at
    number, changed = head.number + 1, unaccounted()
    for table, keys in (also or {}).items():
        changed[table] = list(dict.fromkeys([*changed.get(table, ()), *keys]))
    row = LedgerRow(
        number=number,
        recorded_at=now,
        act=act.value,
        actor=plain(actor, LONGEST["actor"]),
        purpose=plain(purpose, LONGEST["purpose"]),
        subject=plain(subject, LONGEST["subject"]),
        body=canonical(body),
        previous=head.digest,
        content=account_for(number, changed),
    )
    entry = Entry.objects.create(**asdict(row), digest=row.digest())
    # Which transaction the row is of: by it a restore finds the moment.
    RowChange.objects.create(
        tx=THIS_TRANSACTION[connection.vendor], at=row.recorded_at, of="ledger_entry", did="E",
        key=str(row.number),
    )  # fmt: skip
    head.number, head.digest, head.recorded_at = entry.number, entry.digest, entry.recorded_at
    head.clock = said
    head.save(update_fields=["number", "digest", "recorded_at", "clock"])
    anchor_clock(clock)
    if entry.number % CHECKPOINT_EVERY == 0:
        transaction.on_commit(lambda: checkpoint("the desk"), robust=True)
    return entry


def watch_commits(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Let every commit of a connection account first for what no row of the ledger bears yet."""
    plain_commit = type(connection).commit

    def commit() -> None:
        account_for_rest(connection)
        plain_commit(connection)

    connection.commit = commit  # type: ignore[method-assign]


def is_accounting(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether the database has the tables yet; once it has, the connection remembers it."""
    if not getattr(connection, "clew_accounts", False):
        made = "ledger_contentdigest" in connection.introspection.table_names()
        connection.clew_accounts = made  # type: ignore[attr-defined]
    return bool(connection.clew_accounts)  # type: ignore[attr-defined]


def account_for_rest(connection: BaseDatabaseWrapper) -> None:
    """Add a row for what the open transaction changed after its last row, if anything.

    Django has closed its block by now, and commits next; whatever fails here takes the
    transaction back.
    """
    if not is_accounting(connection):
        return
    connection.in_atomic_block = True
    try:
        changed = unaccounted()
        if changed:
            counts = {table: len(keys) for table, keys in changed.items()}
            write(Act.ALTERATION, SUBJECT, ENGINE, what="tables changed", tables=counts)
    except BaseException:
        connection.in_atomic_block = False
        connection.rollback()
        raise
    connection.in_atomic_block = False


def plain(text: str, most: int) -> str:
    """Return text that every database takes: no control character, at most `most` long."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(c) in BARRED else c for c in text[:most])


def instant_text(at: datetime) -> str:
    """Return a time as the ledger writes it: UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# Signing a checkpoint of what the rows are now, with a row that tells of it.


SUBJECT = "ledger"
"""What rows about the ledger itself are about."""


def checkpoint(actor: str, *, stamped: bool = False) -> Checkpoint | None:
    """Sign what the rows are now; None if there is none to sign since the last checkpoint.

    Parameters
    ----------
    stamped
        Ask the time-stamping authority too, where one is configured. That may take seconds, so
        requests do not ask; others add to the ledger meanwhile.

    Raises
    ------
    LedgerBroken
        If the rows since the last checkpoint do not follow from it, or its frontier was altered.
    """
    key = key_of(CONFIGURATION.home)
    head = Head.objects.filter(pk=1).first()
    last = Checkpoint.objects.order_by("-id").first()
    if head is None or head.number <= (last.size + 1 if last else 0):
        return None  # The row that tells of a checkpoint calls for no other.
    # What is signed never changes again, so nobody waits while it is read and stamped. The frontier
    # to go on from must still give the root that was signed.
    frontier = Frontier()
    if last is not None:
        peaks = [bytes.fromhex(peak) for peak in last.frontier.split()]
        frontier = Frontier(last.size, peaks)
        if frontier.root().hex() != last.root:
            raise LedgerBroken(last.size, "the last checkpoint's frontier was altered")
    rows = Entry.objects.filter(number__gt=frontier.size, number__lte=head.number)
    digests = rows.order_by("number").values_list("digest", flat=True)
    for digest in digests.iterator(chunk_size=10_000):
        frontier.add(bytes.fromhex(digest))
    if frontier.size != head.number:
        raise LedgerBroken(frontier.size, "rows and head do not agree; nothing was signed")
    statement = Statement(
        head.number, frontier.root().hex(), head.digest, instant_text(timezone.now()),
        statement_of(last).digest() if last else FIRST, id_of(key.public_key()),
    )  # fmt: skip
    stamp = stamp_of(statement.text(), CONFIGURATION.stamp_server) if stamped else b""
    with transaction.atomic():
        Head.objects.select_for_update().filter(pk=1).first()
        newest = Checkpoint.objects.order_by("-id").first()
        if (newest and newest.pk) != (last and last.pk):
            return None  # another was signed in the meantime
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


def statement_of(row: Checkpoint) -> Statement:
    """Return what a checkpoint states."""
    return Statement(row.size, row.root, row.head, row.signed_at, row.before, row.key_id)


def kept_of(row: Checkpoint) -> CheckpointFile:
    """Return a checkpoint as a file to keep elsewhere."""
    public = key_of(CONFIGURATION.home).public_key()
    return CheckpointFile(statement_of(row), b64decode(row.signature), public, b64decode(row.stamp))
