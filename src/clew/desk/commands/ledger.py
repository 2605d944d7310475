"""What `clew ledger` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import connection, transaction

from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Role
from clew.desk.commands.home_check import home_faults
from clew.desk.ledger.coverage import own_coverage
from clew.desk.ledger.key import PUBLIC, public_key_of, read_kept
from clew.desk.ledger.migrating import alone, is_behind, refuse_newer
from clew.desk.ledger.models import Act, Checkpoint, Head
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.stand_in import address
from clew.desk.ledger.triggers import drop_triggers, set_triggers, standing_triggers
from clew.desk.ledger.verify import say, verify, verify_all
from clew.desk.ledger.verify_contents import ContentWalk
from clew.desk.ledger.write import SUBJECT, checkpoint, kept_of, write
from clew.desk.records.who_to_tell import holders
from clew.desk.search.index import faults as index_faults
from clew.desk.settings import CONFIGURATION
from clew.errors import ContentAltered, LedgerBroken, UsageRejected
from clew.outputs import write_output


def verify_ledger(
    database: str, kept_at: Path | None, public_key: Path | None, *, everything: bool = False
) -> list[str]:
    """Verify the desk's own ledger, or that of another database; return what to say.

    The outcome for the desk's own ledger becomes a row of it.

    Parameters
    ----------
    database
        A SQLite file or an address of PostgreSQL; "" for the desk's own.
    kept_at
        A checkpoint file that was kept elsewhere, and is trusted.
    public_key
        The key to trust; None for the one in the desk's home, or else the checkpoint's.
    everything
        Compare every covered table with the ledger too, and the triggers; at the desk's own also
        the files in its home.

    Raises
    ------
    LedgerBroken, ContentAltered, InputRejected
        As for `verify_all` and `open_ledger`; also if the desk's own public key is gone.
    """

    def note(outcome: str, **body: Any) -> None:
        if not database and not is_behind():
            with transaction.atomic():
                write(Act.ACCESS, SUBJECT, "command line", what="verified", outcome=outcome, **body)

    own_key = CONFIGURATION.home / PUBLIC
    path = public_key or (own_key if own_key.is_file() else None)
    trusted = public_key_of(path) if path else None
    kept = read_kept(kept_at.name, kept_at.read_text("utf-8")) if kept_at else None
    if trusted is None and kept is not None:
        trusted = kept.key
    own_address = CONFIGURATION.database or str(CONFIGURATION.home / "desk.sqlite3")
    try:
        with open_ledger(database or own_address) as source:
            if trusted is None and not database and source.checkpoints:
                raise ContentAltered([
                    f"{PUBLIC} is missing from the desk's home, so no signature can be checked;"
                    " give --public-key FILE with the copy that you kept"
                ])  # fmt: skip
            if everything:
                verified = verify_all(source, trusted, kept, None if database else own_coverage())
            else:
                verified = verify(source, trusted, kept)
        faults = [*home_faults(), *index_faults()] if everything and not database else []
        if faults:
            raise ContentAltered(faults)
    except LedgerBroken as broken:
        note(f"broken at row {broken.row}")
        raise
    except ContentAltered as altered:
        note("does not agree", faults=altered.faults[: ContentAltered.SHOWN], all=everything)
        raise
    note(
        "holds", rows=verified.rows, checkpoints=verified.checkpoints, head=verified.head,
        all=everything,
    )  # fmt: skip
    return say(verified, kept)


def accept_differences(reason: str) -> str:
    """Account openly for whatever differs from the ledger, and set the triggers anew.

    It is for when the cause is known: a repair by hand, or a backup that was put back past the
    desk. The chain itself must be whole. What differed, and the reason, are a row of the ledger.

    Raises
    ------
    UsageRejected
        If no reason is given, nothing differs, or a newer version of Clew changed the database.
    LedgerBroken
        If the chain is.
    """
    if not reason.strip():
        raise UsageRejected("a reason is needed", "Give the cause, who found it, and how")
    refuse_newer()  # it would set the triggers of an older version
    path = CONFIGURATION.home / PUBLIC
    with open_ledger(address()) as source:
        if source.contents is None:
            raise UsageRejected("the ledger does not cover the tables yet", "Start the desk once")
        walk = ContentWalk(source.contents, own_coverage())
        verify(source, public_key_of(path) if path.is_file() else None, None, walk)
        faults = walk.faults()
    if not faults:
        raise UsageRejected("nothing differs from the ledger", "There is nothing to accept")
    with alone():
        drop_triggers(connection, standing_triggers(connection))
        set_triggers(connection)
        write(
            Act.ALTERATION, SUBJECT, "command line", also=walk.differing,
            what="differences accepted", reason=reason.strip(), count=len(faults),
            faults=faults[: ContentAltered.SHOWN],
        )  # fmt: skip
    return f"Accepted and logged: {len(faults):,} differences. Run clew ledger verify --all."


def accept_the_clock(reason: str) -> str:
    """Go on from what the machine's clock says now, whatever the last row says; that is a row.

    Raises
    ------
    UsageRejected
        If no reason is given.
    """
    if not reason.strip():
        raise UsageRejected("a reason is needed", "Say why the machine's clock is right now")
    with transaction.atomic():
        head = Head.objects.filter(pk=1).first()
        row = write(
            Act.ALTERATION, SUBJECT, "command line", any_clock=True, what="clock accepted",
            reason=reason.strip(), before=head.clock if head else "",
        )  # fmt: skip
        words = f"The machine's clock was accepted on the command line: {reason.strip()}"
        notify(holders(Role.ADMINISTRATOR, ()), words)
    return f"Accepted and logged as row {row.number}. The desk records again."


def sign_checkpoint(out: Path | None) -> str:
    """Sign a checkpoint of the desk's ledger, write it to a file if asked; return what to say.

    Raises
    ------
    UsageRejected
        If there is no row to sign.
    """
    checkpoint("command line", stamped=True)
    made = Checkpoint.objects.order_by("-id").first()
    if made is None:
        raise UsageRejected("the ledger has no rows yet", "Sign one when there are rows")
    line = f"Checkpoint over {made.size:,} rows, signed at {made.signed_at} with key {made.key_id}."
    if out is not None:
        write_output(out, kept_of(made).text())
        line += f" Written: {out.name}. Keep it where the desk cannot reach it."
    return line
