"""Taking in a register: who stands behind each code, as written, held apart from the records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clew.intake.identities.register import REQUIRED
from clew.intake.tables import open_table, require_columns
from clew.model.identity import REGISTER_COLUMNS

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
    from clew.desk.cases.identities import hold_identities

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
