"""Reading a ledger as it lies in a database, without Django: what verifies must need nothing else.

Rows come one after another from a cursor of the database's own, within one read transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clew.errors import InputRejected

AT_ONCE = 10_000
"""Declared: rows fetched at a time."""
ROWS = (
    "SELECT number, recorded_at, act, actor, purpose, subject, body, previous, digest"
    " FROM ledger_entry ORDER BY number"
)
HEADS = "SELECT number, digest, recorded_at FROM ledger_head ORDER BY id"
CHECKPOINTS = (
    "SELECT size, root, head, signed_at, before, key_id, signature, frontier, stamp"
    " FROM ledger_checkpoint ORDER BY id"
)
Told = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class LedgerSource:
    """A ledger as found: its rows once through, what the head says, and the checkpoints."""

    rows: Iterator[Told]
    heads: list[Told]
    checkpoints: list[Told]


@contextmanager
def open_ledger(database: str) -> Iterator[LedgerSource]:
    """Open the ledger of a database: a SQLite file, or the address of a PostgreSQL.

    Raises
    ------
    InputRejected
        If there is none.
    """
    path = Path(database)
    if database.startswith(("postgres://", "postgresql://")) or (
        "=" in database and not path.exists()
    ):
        with _postgres(database) as source:
            yield source
        return
    if not path.is_file():
        raise InputRejected(path.name, "there is no such database", "Give a file or an address")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as book:
            book.isolation_level = None
            book.execute("BEGIN")
            heads, checkpoints = (book.execute(q).fetchall() for q in (HEADS, CHECKPOINTS))
            yield LedgerSource(_sqlite_rows(book), heads, checkpoints)
    except sqlite3.DatabaseError as fault:
        raise _no_ledger(path.name, fault) from fault


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _no_ledger(name: str, fault: Exception) -> InputRejected:
    said = str(fault).splitlines()[0] if str(fault) else "unreadable"
    return InputRejected(name, f"its ledger cannot be read: {said}", "Give a desk's database")


def _sqlite_rows(book: sqlite3.Connection) -> Iterator[Told]:
    cursor, done = book.execute(ROWS), 0
    while True:
        try:
            found = cursor.fetchmany(AT_ONCE)
        except sqlite3.OperationalError as fault:
            if "decode" not in str(fault) or book.text_factory is _text:
                raise
            # Text that is no UTF-8 is read as it lies, from the same row on, and fails the sums.
            book.text_factory = _text
            cursor = book.execute(f"{ROWS} LIMIT -1 OFFSET {done}")
            continue
        if not found:
            return
        yield from found
        done += len(found)


@contextmanager
def _postgres(address: str) -> Iterator[LedgerSource]:
    import psycopg  # noqa: PLC0415 (only where PostgreSQL serves)

    try:
        with psycopg.connect(address) as book:
            book.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            book.read_only = True
            heads, checkpoints = (book.execute(q).fetchall() for q in (HEADS, CHECKPOINTS))
            with book.cursor(name="ledger_rows") as cursor:
                cursor.itersize = AT_ONCE
                cursor.execute(ROWS)
                yield LedgerSource(iter(cursor), heads, checkpoints)
    except psycopg.Error as fault:
        raise _no_ledger("the database", fault) from fault
