"""Putting a backup back by way of a database beside the live one, which takes its place at the end.

Until that moment the live database is what it was, whatever fails and whenever the machine dies;
from that moment on it is the new one, whole. SQLite exchanges the file by one rename, PostgreSQL
the databases' names in one transaction.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from clew.desk.ledger.backup import run_pg
from clew.desk.ledger.turns import NEXT, NOW
from clew.errors import InputRejected, UsageRejected

BEGINS = {"sqlite": b"SQLite format 3\x00", "postgresql": b"PGDMP"}
"""How the files of the two begin."""
BESIDE = "restoring"
"""Ends the name of the database beside the live one."""
TRIES, PAUSE_S = 50, 0.1
"""As PostgreSQL itself waits before it renames a database that somebody is in: five seconds."""
MAINTENANCE = "postgres"
"""The database that PostgreSQL makes for such work."""


def address() -> str:
    """Return where the open database is, as `reading.open_ledger` takes it."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(database["NAME"])
    return _postgres_address(str(database["NAME"]))


def _postgres_address(name: str) -> str:
    database = connection.settings_dict
    return make_conninfo(
        host=database["HOST"] or None, port=database["PORT"] or None,
        user=database["USER"] or None, password=database["PASSWORD"] or None, dbname=name,
    )  # fmt: skip


@contextmanager
def standing_in(source: Path) -> Iterator[None]:
    """Put a backup into a database beside the live one, for the block to work on.

    When the block ends, that database takes the live one's place. If it raises, the database is
    dropped and the live one is untouched.

    Raises
    ------
    InputRejected
        If the file is no backup of this kind of database.
    UsageRejected
        If somebody else uses the live database, or the server refuses.
    """
    with source.open("rb") as file:
        begins = BEGINS[connection.vendor]
        if file.read(len(begins)) != begins:
            raise InputRejected(
                source.name, f"is not a backup of {connection.display_name}", "Give a backup file"
            )
    live = str(connection.settings_dict["NAME"])
    made = _sqlite(source, live) if connection.vendor == "sqlite" else _postgres(source, live)
    with made as beside:
        connection.close()
        connection.settings_dict["NAME"] = beside
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = live


@contextmanager
def _sqlite(source: Path, live: str) -> Iterator[str]:
    beside = f"{live}.{BESIDE}"
    _remove(beside)
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        _copy_sqlite(source, beside)
        yield beside
        # Each into one file: a log left beside a name would be read into another's database.
        for path in (beside, live):
            _close_log(path)
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        os.replace(beside, live)
        folder = os.open(Path(live).parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        _remove(beside)


def _copy_sqlite(source: Path, to: str) -> None:
    uri = f"{source.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as held, closing(sqlite3.connect(to)) as target:
        try:
            held.backup(target)
            fault = target.execute("PRAGMA quick_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            fault = str(error)
    if fault != "ok":
        raise InputRejected(source.name, f"cannot be restored: {fault}", "Give another backup")


def _close_log(path: str) -> None:
    if not Path(path).exists():
        return
    with closing(sqlite3.connect(path, timeout=0)) as book:
        try:
            mode = book.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError as fault:
            raise _in_use() from fault
    if mode != "delete":
        raise _in_use()


def _in_use() -> UsageRejected:
    return UsageRejected(
        "someone else is using the desk's database, so nothing was restored",
        "Stop the desk and every command, then try again",
    )


def _remove(path: str) -> None:
    for ending in ("", "-wal", "-shm", "-journal", NEXT, NOW):
        Path(f"{path}{ending}").unlink(missing_ok=True)


@contextmanager
def _postgres(source: Path, live: str) -> Iterator[str]:
    beside, old = f"{live}_{BESIDE}", f"{live}_replaced"
    refuse_if_others()
    connection.close()
    try:
        with psycopg.connect(_postgres_address(MAINTENANCE), autocommit=True) as server:
            for name in (beside, old):
                server.execute(_named("DROP DATABASE IF EXISTS {}", name))
            like = server.execute(
                "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database"
                " WHERE datname = %s", [live],
            ).fetchone()  # fmt: skip
            assert like is not None
            made = "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}"
            literals = [sql.Literal(one) for one in like]
            server.execute(sql.SQL(made).format(sql.Identifier(beside), *literals))
            try:
                run_pg(
                    "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction",
                    str(source), database=beside,
                )  # fmt: skip
                yield beside
                with server.transaction():
                    rename = "ALTER DATABASE {} RENAME TO {}"
                    server.execute(_named(rename, live, old))
                    server.execute(_named(rename, beside, live))
                server.execute(_named("DROP DATABASE {}", old))
            finally:
                server.execute(_named("DROP DATABASE IF EXISTS {}", beside))
    except psycopg.errors.ObjectInUse as fault:
        raise _in_use() from fault
    except psycopg.errors.InsufficientPrivilege as fault:
        raise UsageRejected(
            "the desk's user may not make databases, so nothing was put back",
            "Let it for the time of the restore: ALTER ROLE ... CREATEDB",
        ) from fault


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


def refuse_if_others() -> None:
    """Refuse if anybody else is connected to the live database; SQLite is asked when exchanged.

    A connection that was just closed, as pg_dump's, is listed a moment longer: it is waited for.

    Raises
    ------
    UsageRejected
        If somebody is.
    """
    if connection.vendor != "postgresql":
        return
    for _ in range(TRIES):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            if not cursor.fetchone()[0]:
                return
        time.sleep(PAUSE_S)
    raise _in_use()
