"""What `clew ledger` does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clew.errors import LedgerBroken, UsageRejected
from clew.identities.register import REQUIRED
from clew.intake.tables.open import open_table, require_columns
from clew.model.identity import REGISTER_COLUMNS


def verify_ledger(database: str, checkpoint: Path | None, public_key: Path | None) -> list[str]:
    """Verify the desk's own ledger, or that of another database; return what to say.

    The desk's own is told of the outcome by a row, whichever it is.

    Raises
    ------
    LedgerBroken, InputRejected
        As for `verify` and `open_ledger`.
    """
    from clew.desk.configuration import Configuration
    from clew.desk.ledger.key import PUBLIC, public_key_of, read_kept
    from clew.desk.ledger.reading import open_ledger
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
    from clew.desk.ledger.verify import say

    return say(found, kept)


def _note(outcome: str, **body: Any) -> None:
    from django.db import transaction

    from clew.desk.ledger.models import Act
    from clew.desk.ledger.write import write
    from clew.desk.setup import set_up

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
    from clew.desk.ledger.models import Checkpoint
    from clew.desk.ledger.write import checkpoint, kept_of

    checkpoint("command line", stamped=True)
    made = Checkpoint.objects.order_by("-id").first()
    if made is None:
        raise UsageRejected("the ledger has no rows yet", "Sign when something was done")
    told = f"Checkpoint over {made.size:,} rows, signed at {made.signed_at} with key {made.key_id}."
    if out is not None:
        out.write_text(kept_of(made).text(), encoding="utf-8")
        told += f" Written: {out.name}. Keep it where the desk cannot reach it."
    return told


# Taking in a register: who stands behind each code, as written, held apart from the records.


NAMES = ("name", "given_names", "family_name")
TOLD = {
    "date_of_birth": "born", "sex": "sex", "phone": "phone", "address": "address",
    "postcode": "postcode", "handle": "handle", "vehicle": "vehicle",
}  # fmt: skip
"""Columns of a register after the name, as a reader is told them; no sensitive one among them."""
MOST = 300
"""Characters that are kept of one code; the column's length."""
LONGEST = {"code": 120, "type": 30}
"""Characters that the columns hold."""


def take_register(path: Path, by: str) -> list[str]:
    """Take a register in, one transaction with its ledger row; return what to tell.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks `code` or `type`.
    """
    from clew.desk.records.identities import hold_identities

    table = open_table(path)
    places = require_columns(table, REQUIRED, "A register names a code and its type in each row")
    held: dict[str, tuple[str, str, str]] = {}
    refused = []
    for row in table.rows():
        told = {name: row.cells[places[name]] for name in REGISTER_COLUMNS if name in places}
        fault = row.fault or _fault(told, held)
        if fault:
            refused.append(f"{table.name}, row {row.number}: {fault}")
        else:
            held[told["code"]] = (told["code"], told["type"], says_of(told))
    count = hold_identities(held.values(), by)
    return [f"{count:,} identities held apart, {len(refused):,} rows refused.", *refused]


def _fault(told: Mapping[str, str], held: Mapping[str, object]) -> str:
    for name, most in LONGEST.items():
        if not told[name]:
            return f"{name}: it is empty. Give it"
        if len(told[name]) > most:
            return f"{name}: longer than {most} characters. Shorten it"
    return "code: it stands in an earlier row. Keep one of them" if told["code"] in held else ""


def says_of(told: Mapping[str, str]) -> str:
    """Return who or what stands behind a code, in one line."""
    name = " ".join(told[part] for part in NAMES if told.get(part))
    rest = [f"{word}: {told[column]}" for column, word in TOLD.items() if told.get(column)]
    return "; ".join([name, *rest] if name else rest)[:MOST] or "nothing is told of it"
