"""What `clew desk identities` does: a register of who is behind each code, kept apart."""

from __future__ import annotations

from pathlib import Path

from clew.desk.records.identities import hold_identities
from clew.intake.tables.header import Wanted
from clew.intake.tables.open import open_table, require_columns
from clew.model.identity import REGISTER_COLUMNS, REGISTER_REQUIRED

NAMES = ("name", "given_names", "family_name")
DETAILS = {
    "date_of_birth": "born", "sex": "sex", "phone": "phone", "address": "address",
    "postcode": "postcode", "handle": "handle", "vehicle": "vehicle",
}  # fmt: skip
"""Columns of a register after the name, with a reader's words; no sensitive one among them."""
MOST = 300
"""Characters kept of one identity; the column's length."""
LONGEST = {"code": 120, "type": 30}
"""Characters that the columns hold."""


def take_register(path: Path, by: str) -> list[str]:
    """Import a register, one transaction with its ledger row; return what to say.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or has no column `code` or `type`.
    """
    table = open_table(path, Wanted.from_names(REGISTER_REQUIRED, REGISTER_COLUMNS))
    places = require_columns(
        table, REGISTER_REQUIRED, "A register names a code and its type in each row"
    )
    held: dict[str, tuple[str, str, str]] = {}
    refused = []
    for row in table.rows():
        cells = {name: row.cells[places[name]] for name in REGISTER_COLUMNS if name in places}
        fault = row.fault or _fault(cells)
        if not fault and cells["code"] in held:
            fault = "code: it is in an earlier row. Keep one of them"
        if fault:
            refused.append(f"{table.name}, row {row.number}: {fault}")
            continue
        name = " ".join(cells[part] for part in NAMES if cells.get(part))
        details = [
            f"{word}: {cells[column]}" for column, word in DETAILS.items() if cells.get(column)
        ]
        says = (
            "; ".join([name, *details] if name else details)[:MOST]
            or "nothing is recorded about it"
        )
        held[cells["code"]] = (cells["code"], cells["type"], says)
    count = hold_identities(held.values(), by)
    return [
        f"{count:,} identities imported and kept apart. Rows refused: {len(refused):,}.",
        *refused,
    ]


def _fault(cells: dict[str, str]) -> str:
    """Return what is wrong with the code or type of a row, "" for nothing."""
    for name, most in LONGEST.items():
        if not cells[name]:
            return f"{name}: it is empty. Enter it"
        if len(cells[name]) > most:
            return f"{name}: longer than {most} characters. Shorten it"
    return ""
