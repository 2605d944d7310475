"""What `clew desk backup` and `clew desk restore` do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from clew.desk.ledger.backup import back_up
from clew.desk.ledger.key import PUBLIC, public_key_of
from clew.desk.ledger.migrating import is_behind
from clew.desk.ledger.models import Act, Entry
from clew.desk.ledger.point_in_time import Undone, go_back
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.stand_in import address, refuse_if_others, standing_in
from clew.desk.ledger.verify import verify, verify_all
from clew.desk.ledger.write import SUBJECT, checkpoint, instant_text, write
from clew.desk.records.commitments import noted
from clew.desk.release.erase import erase_again, erasures_held
from clew.desk.search.index import rebuild
from clew.desk.settings import CONFIGURATION
from clew.desk.setup import home_alone, migrate
from clew.digests import file_digest
from clew.errors import ContentAltered, InputRejected, LedgerBroken, UsageRejected


def backup(to: Path) -> str:
    """Write a backup; return what to say."""
    digest = back_up(to, "command line")
    return (
        f"Written: {to.name}, SHA-256 {digest}. It has everything the desk has: keep it as"
        " safe. The keys in the desk's home are not in it. Keep them separately."
    )


def restore(source: Path, to: str | None) -> list[str]:
    """Put a backup back, to a time if asked; return what to say.

    What the database held is backed up first. The backup is put into a database beside the live
    one, and there its ledger and tables are verified, erasures are done again, the restoring
    becomes a row, and all is verified once more; only then does it take the live one's place.

    Parameters
    ----------
    to
        A time in ISO 8601; one without a zone is in the desk's.

    Raises
    ------
    InputRejected, UsageRejected
        If the file is none, the time is none or out of reach, or the desk is being served.
    LedgerBroken, ContentAltered
        If the ledger or the tables in the backup were tampered with. The desk is as it was.
    """
    if not source.is_file():
        raise InputRejected(source.name, "there is no such file", "Give a backup file")
    moment = ""
    if to:
        try:
            at = datetime.fromisoformat(to)
        except ValueError as fault:
            raise UsageRejected(f"{to} is not a time", "Write it like 2026-11-26T09:00") from fault
        moment = instant_text(at if at.tzinfo else timezone.make_aware(at))
    with home_alone():
        refuse_if_others()
        return _restore(source, moment)


def _restore(source: Path, moment: str) -> list[str]:
    lines, digest = [], file_digest(source)
    erased = noted(CONFIGURATION.home)
    tables = connection.introspection.table_names()
    if Entry._meta.db_table in tables and Entry.objects.exists():
        behind = is_behind()
        erased += erasures_held()
        aside = CONFIGURATION.home / f"before-restore-{timezone.now():%Y%m%dT%H%M%S%f}.backup"
        back_up(aside, "restore", logged=not behind)
        lines.append(f"The earlier content was first saved as {aside.name} in the desk's home.")
    with standing_in(source):
        head = _verified_head(source)
        migrate()
        erased += erasures_held()
        undone = go_back(moment) if moment else Undone(0, 0, head)
        with transaction.atomic():
            write(
                Act.ALTERATION, SUBJECT, "command line", also=undone.withheld, any_clock=True,
                what="restored",
                file=source.name, sha256=digest, to=moment, rows_undone=undone.rows,
                entries_undone=undone.entries, last_digest_of_backup=head,
            )  # fmt: skip
        rebuild()
        again = erase_again(erased, "restore")
        checkpoint("restore")
        _verified_head(source)
        rows = Entry.objects.count()
    lines.append(
        f"Restored from {source.name}: the ledger has {rows:,} rows, and every table agrees with"
        " it. Start the desk, and sign in again."
    )
    if moment:
        lines.append(
            f"Restored to {moment}: {undone.entries:,} rows of the ledger and {undone.rows:,}"
            " other rows were undone. A newer checkpoint kept elsewhere no longer matches. The row"
            " of this restore says why."
        )
    return [*lines, f"Erasures repeated: {again:,}."]


def _verified_head(source: Path) -> str:
    """Verify the open database, ledger and tables, and return its last row's digest.

    Tables that no ledger accounts for yet, of an earlier version, cannot be compared.
    """
    path = CONFIGURATION.home / PUBLIC
    trusted = public_key_of(path) if path.is_file() else None
    try:
        with open_ledger(address()) as ledger:
            if ledger.contents is None:
                return verify(ledger, trusted).head
            return verify_all(ledger, trusted).head
    except LedgerBroken as broken:
        raise LedgerBroken(broken.row, f"{broken.reason}, in {source.name}") from broken
    except ContentAltered as altered:
        raise ContentAltered([f"in {source.name}: {one}" for one in altered.faults]) from altered
