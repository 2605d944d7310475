"""What `clew desk backup` and `clew desk restore` do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from clew.desk.ledger.backup import back_up, put_back
from clew.desk.ledger.key import PUBLIC, public_key_of
from clew.desk.ledger.models import Act, Entry
from clew.desk.ledger.point_in_time import Undone, go_back
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.verify import verify
from clew.desk.ledger.write import SUBJECT, checkpoint, instant_text, write
from clew.desk.records.commitments import noted
from clew.desk.release.erase import erase_again, erasures_held
from clew.desk.settings import CONFIGURATION
from clew.desk.setup import migrate
from clew.digests import file_digest
from clew.errors import InputRejected, LedgerBroken, UsageRejected


def backup(to: Path) -> str:
    """Write a backup; return what to say."""
    digest = back_up(to, "command line")
    return (
        f"Written: {to.name}, SHA-256 {digest}. It holds all that the desk holds: keep it as"
        " safely. The keys in the desk's home are not in it; keep those apart."
    )


def restore(source: Path, to: str | None) -> list[str]:
    """Put a backup back, to a time if asked; return what to say.

    What the database held is backed up first. Erasures are done again, the ledger is verified,
    and the restoring is a row of it.

    Parameters
    ----------
    to
        A time in ISO 8601; one without a zone is in the desk's.

    Raises
    ------
    InputRejected, UsageRejected, LedgerBroken
        If the file is none, the time is none or out of reach, or the ledger in the backup was
        tampered with.
    """
    if not source.is_file():
        raise InputRejected(source.name, "there is no such file", "Give what was written")
    moment = ""
    if to:
        try:
            at = datetime.fromisoformat(to)
        except ValueError as fault:
            raise UsageRejected(f"{to} is no time", "Write it like 2026-11-26T09:00") from fault
        moment = instant_text(at if at.tzinfo else timezone.make_aware(at))
    lines, digest = [], file_digest(source)
    erased = noted(CONFIGURATION.home)
    has_ledger = Entry._meta.db_table in connection.introspection.table_names()
    if has_ledger and Entry.objects.exists():
        erased += erasures_held()
        aside = CONFIGURATION.home / f"before-restore-{timezone.now():%Y%m%dT%H%M%S%f}.backup"
        back_up(aside, "restore")
        lines.append(f"What stood here was written to {aside.name} in the desk's home first.")
    put_back(source)
    migrate()
    head = _verified_head(source)
    erased += erasures_held()
    undone = go_back(moment) if moment else Undone(0, 0, head)
    with transaction.atomic():
        write(
            Act.ALTERATION, SUBJECT, "command line", what="restored", file=source.name,
            sha256=digest, to=moment, rows_undone=undone.rows,
            entries_undone=undone.entries, last_digest_of_backup=head,
        )  # fmt: skip
    again = erase_again(erased, "restore")
    checkpoint("restore")
    _verified_head(source)
    lines.append(
        f"Restored from {source.name}: the ledger has {Entry.objects.count():,} rows and holds."
        " Start the desk again, and sign in anew."
    )
    if moment:
        lines.append(
            f"Gone back to {moment}: {undone.entries:,} rows of the ledger and {undone.rows:,}"
            " other rows were undone. A younger checkpoint kept elsewhere no longer fits; the row"
            " of this restore says why."
        )
    return [*lines, f"Erasures done again: {again:,}."]


def _verified_head(source: Path) -> str:
    """Verify the ledger in the database, and return its last row's digest."""
    database = connection.settings_dict
    address = str(database["NAME"])
    if connection.vendor == "postgresql":
        address = make_conninfo(
            host=database["HOST"], port=database["PORT"] or None, user=database["USER"],
            password=database["PASSWORD"] or None, dbname=database["NAME"],
        )  # fmt: skip
    path = CONFIGURATION.home / PUBLIC
    try:
        with open_ledger(address) as ledger:
            return verify(ledger, public_key_of(path) if path.is_file() else None).head
    except LedgerBroken as broken:
        raise LedgerBroken(broken.row, f"{broken.reason}, in {source.name}") from broken
