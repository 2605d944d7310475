"""What `clew ledger` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clew.errors import LedgerBroken, UsageRejected


def verify_ledger(database: str, checkpoint: Path | None, public_key: Path | None) -> list[str]:
    """Verify the desk's own ledger, or that of another database; return what to say.

    The desk's own is told of the outcome by a row, whichever it is.

    Raises
    ------
    LedgerBroken, InputRejected
        As for `verify` and `open_ledger`.
    """
    from clew.desk.configuration import Configuration
    from clew.desk.ledger.key import PUBLIC, public_key_of
    from clew.desk.ledger.reading import open_ledger
    from clew.desk.ledger.statement import read_kept
    from clew.desk.ledger.verify import verify

    desk = Configuration()
    own = desk.home / PUBLIC
    path = public_key or (own if own.is_file() else None)
    trusted = public_key_of(path) if path else None
    kept = read_kept(checkpoint.name, checkpoint.read_text("utf-8")) if checkpoint else None
    if trusted is None and kept is not None:
        trusted = kept.key
    address = database or desk.database or str(desk.home / "desk.sqlite3")
    try:
        with open_ledger(address) as source:
            found = verify(source, trusted, kept)
    except LedgerBroken as broken:
        if not database:
            _note(f"broken at row {broken.row}")
        raise
    if not database:
        _note("holds", rows=found.rows, checkpoints=found.checkpoints, head=found.head)
    from clew.desk.ledger.say import say

    return say(found, kept)


def _note(outcome: str, **body: Any) -> None:
    from django.db import transaction

    from clew.desk.commands.setup import set_up
    from clew.desk.ledger.models import Act
    from clew.desk.ledger.write import write

    set_up()
    with transaction.atomic():
        write(Act.ACCESS, "ledger", "command line", what="verified", outcome=outcome, **body)


def sign_checkpoint(out: Path | None) -> str:
    """Sign a checkpoint of the desk's ledger, write it to a file if asked; return what to say.

    Raises
    ------
    UsageRejected
        If there is no row to sign.
    """
    from clew.desk.ledger.checkpoint import checkpoint, kept_of
    from clew.desk.ledger.models import Checkpoint

    checkpoint("command line", stamped=True)
    made = Checkpoint.objects.order_by("-id").first()
    if made is None:
        raise UsageRejected("the ledger has no rows yet", "Sign when something was done")
    told = f"Checkpoint over {made.size:,} rows, signed at {made.signed_at} with key {made.key_id}."
    if out is not None:
        out.write_text(kept_of(made).text(), encoding="utf-8")
        told += f" Written: {out.name}. Keep it where the desk cannot reach it."
    return told
