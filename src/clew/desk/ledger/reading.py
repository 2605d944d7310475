"""Reading a ledger as it lies in a database, without Django's set-up: what verifies needs no more.

Rows come one after another from a cursor of the database's own, within one read transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from clew.desk.ledger.trigger_sql import (
    FIND_FUNCTIONS,
    FIND_POSTGRES,
    FIND_SQLITE,
    Found,
    as_found,
)
from clew.errors import InputRejected

AT_ONCE = 10_000
"""Declared: rows fetched at a time."""
ROWS = (
    "SELECT number, recorded_at, act, actor, purpose, subject, body, previous, digest, {content}"
    " FROM ledger_entry ORDER BY number"
)
HEADS = "SELECT number, digest, recorded_at FROM ledger_head ORDER BY id"
CHECKPOINTS = (
    "SELECT size, root, head, signed_at, before, key_id, signature, frontier, stamp"
    " FROM ledger_checkpoint ORDER BY id"
)
DIGESTS = 'SELECT entry, "of", "key", digest, salt FROM ledger_contentdigest ORDER BY id'
COVERAGES = "SELECT digest, text FROM ledger_coverage"
_COLUMNS_SQLITE = (
    "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
)
_COLUMNS_POSTGRES = (
    "SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
    " WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped"
    " AND relnamespace = 'public'::regnamespace"
)
_PLAIN = (
    "SET TIME ZONE 'UTC'", "SET datestyle TO ISO, MDY", "SET bytea_output TO hex",
    "SET extra_float_digits TO 1", "SET intervalstyle TO postgres",
)  # fmt: skip
"""How PostgreSQL writes values as text; the desk's own connections say the same (settings.py)."""
Told = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ContentSource:
    """What else a database holds: digests in order, coverages, tables with columns, triggers.

    `read` runs a query and yields its rows, once through.
    """

    vendor: str
    coverages: dict[Any, Any]
    columns: dict[str, set[str]]
    found: Found
    read: Callable[[str], Iterator[Told]]


@dataclass(frozen=True, slots=True)
class LedgerSource:
    """A ledger as found: its rows once through, what the head says, the checkpoints, the rest.

    `contents` is None in a database from before contents were accounted for.
    """

    rows: Iterator[Told]
    heads: list[Told]
    checkpoints: list[Told]
    contents: ContentSource | None = None


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
            yield _source(
                "sqlite", lambda query: _sqlite_rows(book, query), _COLUMNS_SQLITE,
                (FIND_SQLITE, ""),
            )  # fmt: skip
    except sqlite3.DatabaseError as fault:
        raise _no_ledger(path.name, fault) from fault


def _source(
    vendor: str, read: Callable[[str], Iterator[Told]], list_columns: str, find: tuple[str, str]
) -> LedgerSource:
    heads, checkpoints = list(read(HEADS)), list(read(CHECKPOINTS))
    columns: dict[str, set[str]] = {}
    for table, column in read(list_columns):
        columns.setdefault(table, set()).add(column)
    contents = None
    if {"ledger_contentdigest", "ledger_coverage"} <= columns.keys():
        functions = list(read(find[1])) if find[1] else []
        contents = ContentSource(
            vendor, dict(read(COVERAGES)), columns, as_found(list(read(find[0])), functions), read
        )  # fmt: skip
    content = "content" if "content" in columns.get("ledger_entry", ()) else "''"
    return LedgerSource(read(ROWS.format(content=content)), heads, checkpoints, contents)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _no_ledger(name: str, fault: Exception) -> InputRejected:
    said = str(fault).splitlines()[0] if str(fault) else "unreadable"
    return InputRejected(name, f"its ledger cannot be read: {said}", "Give a desk's database")


def _sqlite_rows(book: sqlite3.Connection, query: str) -> Iterator[Told]:
    cursor, done = book.execute(query), 0
    while True:
        try:
            found = cursor.fetchmany(AT_ONCE)
        except sqlite3.OperationalError as fault:
            if "decode" not in str(fault) or book.text_factory is _text:
                raise
            # Text that is no UTF-8 is read as it lies, from the same row on, and fails the sums.
            book.text_factory = _text
            cursor = book.execute(f"{query} LIMIT -1 OFFSET {done}")
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
            for plain in _PLAIN:
                book.execute(plain)
            numbers = count()

            def read(query: str) -> Iterator[Told]:
                with book.cursor(name=f"ledger_{next(numbers)}") as cursor:
                    cursor.itersize = AT_ONCE
                    cursor.execute(query)
                    yield from cursor

            yield _source("postgresql", read, _COLUMNS_POSTGRES, (FIND_POSTGRES, FIND_FUNCTIONS))
    except psycopg.Error as fault:
        raise _no_ledger("the database", fault) from fault
