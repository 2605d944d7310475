"""What `clew desk backup` and `clew desk restore` do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clew.digests import file_digest
from clew.errors import InputRejected, UsageRejected

if TYPE_CHECKING:
    from clew.desk.ledger.point_in_time import Undone


def backup(to: Path) -> str:
    """Write a backup; return what to say."""
    from clew.desk.ledger.backup import back_up

    found = back_up(to, "command line")
    return (
        f"Written: {to.name}, SHA-256 {found}. It holds all that the desk holds: keep it as safely."
        " The keys in the desk's home are not in it; keep those apart."
    )


def moment_of(text: str) -> str:
    """Return a time as the ledger writes it; one without a zone is in the desk's.

    Raises
    ------
    UsageRejected
        If it is no time.
    """
    from django.utils import timezone

    from clew.desk.ledger.write import instant_text

    try:
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        raise UsageRejected(f"{text} is no time", "Write it like 2026-11-26T09:00") from fault
    return instant_text(at if at.tzinfo else timezone.make_aware(at))


def restore(source: Path, to: str | None) -> list[str]:
    """Put a backup back, to a moment if asked; return what to say.

    What the database held is backed up first. Erasures are done again, the ledger is verified,
    and the restoring is a row of it.

    Raises
    ------
    InputRejected, UsageRejected, LedgerBroken
        If the file is none, the moment is out of reach, or the ledger in it was tampered with.
    """
    from django.db import transaction

    from clew.desk.ledger.backup import back_up, put_back, rows_held
    from clew.desk.ledger.models import Act
    from clew.desk.ledger.point_in_time import Undone, go_back
    from clew.desk.ledger.write import SUBJECT, checkpoint, write
    from clew.desk.records.commitments import noted
    from clew.desk.release.erase import erase_again, erasures_held
    from clew.desk.settings import CONFIGURATION
    from clew.desk.setup import migrate

    if not source.is_file():
        raise InputRejected(source.name, "there is no such file", "Give what was written")
    moment = moment_of(to) if to else ""
    said, found = [], file_digest(source)
    erased = noted(CONFIGURATION.home)
    if rows_held():
        erased += erasures_held()
        aside = CONFIGURATION.home / f"before-restore-{_stamp()}.backup"
        back_up(aside, "restore")
        said.append(f"What stood here was written to {aside.name} in the desk's home first.")
    put_back(source)
    migrate()
    held = _verified(source)
    erased += erasures_held()
    undone = go_back(moment) if moment else Undone(0, 0, held)
    with transaction.atomic():
        write(
            Act.ALTERATION, SUBJECT, "command line", what="restored", file=source.name,
            sha256=found, to=moment, rows_undone=undone.rows,
            entries_undone=undone.entries, last_digest_of_backup=held,
        )  # fmt: skip
    again = erase_again(erased, "restore")
    checkpoint("restore")
    _verified(source)
    return [*said, *_restored(source, moment, undone), f"Erasures done again: {again:,}."]


def _restored(source: Path, moment: str, undone: Undone) -> list[str]:
    from clew.desk.ledger.models import Entry

    said = [
        f"Restored from {source.name}: the ledger has {Entry.objects.count():,} rows and holds."
        " Start the desk again, and sign in anew."
    ]
    if moment:
        said.append(
            f"Gone back to {moment}: {undone.entries:,} rows of the ledger and {undone.rows:,}"
            " other rows were undone. A younger checkpoint kept elsewhere no longer fits; the row"
            " of this restore says why."
        )
    return said


def _stamp() -> str:
    from django.utils import timezone

    return f"{timezone.now():%Y%m%dT%H%M%S%f}"


def _verified(source: Path) -> str:
    """Verify the ledger that stands now, and return its last row's digest."""
    from django.db import connection

    from clew.desk.ledger.key import PUBLIC, public_key_of
    from clew.desk.ledger.reading import open_ledger
    from clew.desk.ledger.verify import verify
    from clew.desk.settings import CONFIGURATION
    from clew.errors import LedgerBroken

    told = connection.settings_dict
    address = str(told["NAME"])
    if connection.vendor == "postgresql":
        from psycopg.conninfo import make_conninfo

        address = make_conninfo(
            host=told["HOST"], port=told["PORT"] or None, user=told["USER"],
            password=told["PASSWORD"] or None, dbname=told["NAME"],
        )  # fmt: skip
    path = CONFIGURATION.home / PUBLIC
    try:
        with open_ledger(address) as ledger:
            return verify(ledger, public_key_of(path) if path.is_file() else None).head
    except LedgerBroken as broken:
        raise LedgerBroken(broken.row, f"{broken.reason}, in {source.name}") from broken
