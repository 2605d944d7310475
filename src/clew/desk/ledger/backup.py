"""Backing the database up while it serves; `stand_in.py` puts a backup back.

SQLite copies itself by its online backup; PostgreSQL by pg_dump.
"""

from __future__ import annotations

import os
import secrets
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
from clew.errors import UsageRejected
from clew.outputs import FILE_MODE, refuse_link

NOTED_DAYS = 35
"""Declared: days for which earlier states are kept in the database, so that a restore reaches back
five weeks; older notes go when a backup is made."""


def back_up(to: Path, actor: str, *, logged: bool = True) -> str:
    """Write the whole database to a file, readable by its owner alone; return its SHA-256.

    Parameters
    ----------
    logged
        That there is a backup is a row of the ledger; not where the tables are of an older version.

    Raises
    ------
    UsageRejected
        If the file is there already, or pg_dump is missing or fails.
    """
    refuse_link(to)
    if to.exists():
        raise UsageRejected(f"{to.name} is there already", "Give another name")
    if logged:
        before = timezone.now() - timedelta(days=NOTED_DAYS)
        RowChange.objects.filter(at__lt=instant_text(before)).delete()
        with transaction.atomic():
            write(Act.DISCLOSURE, SUBJECT, actor, what="backup", file=to.name)
        checkpoint(actor)
    part = to.with_name(f".{to.name}.{secrets.token_hex(8)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    os.close(os.open(part, flags, FILE_MODE))
    try:
        if connection.vendor == "postgresql":
            run_pg("pg_dump", "--format=custom", "--no-owner", f"--file={part}")
        else:
            connection.ensure_connection()
            with closing(sqlite3.connect(part)) as target:
                connection.connection.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return file_digest(to)


def run_pg(program: str, *arguments: str, database: str = "") -> None:
    """Run a program of PostgreSQL's on the desk's database, or on another of its server.

    The password is never on the line.

    Raises
    ------
    UsageRejected
        If the program is missing or fails.
    """
    if shutil.which(program) is None:
        raise UsageRejected(f"{program} is not installed", "Install PostgreSQL's own programs")
    settings = connection.settings_dict
    environment = {
        **os.environ, "PGHOST": str(settings["HOST"]), "PGPORT": str(settings["PORT"] or ""),
        "PGUSER": str(settings["USER"]), "PGPASSWORD": str(settings["PASSWORD"] or ""),
        "PGDATABASE": database or str(settings["NAME"]),
    }  # fmt: skip
    environment = {name: value for name, value in environment.items() if value}
    name = ["--dbname", environment["PGDATABASE"]] if program == "pg_restore" else []
    done = subprocess.run(  # noqa: S603 (our own arguments)
        [program, *name, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it says nothing"])[0]
        raise UsageRejected(f"{program} failed: {said}", "Nothing was lost; try again")
