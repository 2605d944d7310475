"""Backing the database up while it serves, and putting a backup back, to a moment if asked.

SQLite copies itself by its online backup; PostgreSQL by pg_dump and pg_restore. Going back to a
moment is the desk's own doing (`point_in_time.py`), the same on both.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from clew.desk.ledger.models import Act, RowChange
from clew.desk.ledger.write import SUBJECT, checkpoint, instant_text, write
from clew.digests import file_digest
from clew.errors import InputRejected, UsageRejected

NOTED_DAYS = 35
"""Declared: days for which earlier states are kept in the database, so that a restore reaches back
five weeks; older notes go when a backup is made."""
SQLITE, POSTGRES = b"SQLite format 3\x00", b"PGDMP"
"""How the files of the two begin."""


def back_up(to: Path, actor: str) -> str:
    """Write the whole database to a file, readable by its owner alone; return its SHA-256.

    Raises
    ------
    UsageRejected
        If the file is there already, or pg_dump is missing or fails.
    """
    if to.exists():
        raise UsageRejected(f"{to.name} is there already", "Give another name")
    before = timezone.now() - timedelta(days=NOTED_DAYS)
    RowChange.objects.filter(at__lt=instant_text(before)).delete()
    with transaction.atomic():
        write(Act.DISCLOSURE, SUBJECT, actor, what="backup", file=to.name)
    checkpoint(actor)
    part = to.with_name(f"{to.name}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        if connection.vendor == "postgresql":
            _run_pg("pg_dump", "--format=custom", "--no-owner", f"--file={part}")
        else:
            connection.ensure_connection()
            with closing(sqlite3.connect(part)) as target:
                connection.connection.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return file_digest(to)


def put_back(source: Path) -> None:
    """Replace what the database holds by what a backup holds.

    Raises
    ------
    InputRejected
        If the file is no backup of this kind of database.
    UsageRejected
        If pg_restore is missing or fails.
    """
    with source.open("rb") as file:
        begins = file.read(len(SQLITE))
    wanted = POSTGRES if connection.vendor == "postgresql" else SQLITE
    if not begins.startswith(wanted):
        raise InputRejected(
            source.name, f"is no backup of {connection.display_name}", "Give what was written"
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # Tables that the backup does not know go too.
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        _run_pg("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(source))
        connection.close()
        return
    connection.ensure_connection()
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as held:
        try:
            held.backup(connection.connection)
        except sqlite3.DatabaseError as fault:
            raise InputRejected(
                source.name, f"cannot be put back: {fault}", "Stop the desk"
            ) from fault
    connection.close()


def _run_pg(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's on the desk's database; the password is never on the line."""
    if shutil.which(program) is None:
        raise UsageRejected(f"{program} is not installed", "Install PostgreSQL's own programs")
    settings = connection.settings_dict
    environment = {
        **os.environ, "PGHOST": str(settings["HOST"]), "PGPORT": str(settings["PORT"] or ""),
        "PGUSER": str(settings["USER"]), "PGPASSWORD": str(settings["PASSWORD"] or ""),
        "PGDATABASE": str(settings["NAME"]),
    }  # fmt: skip
    environment = {name: value for name, value in environment.items() if value}
    name = ["--dbname", str(settings["NAME"])] if program == "pg_restore" else []
    done = subprocess.run(  # noqa: S603 (our own arguments)
        [program, *name, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it says nothing"])[0]
        raise UsageRejected(f"{program} failed: {said}", "Nothing was lost; try again")
