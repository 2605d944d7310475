"""A register: who is behind each code. Kept apart from the case file, under rights of its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from clew.identities.births import read_birth
from clew.identities.fillers import filled, is_rounded
from clew.identities.names import read_name
from clew.intake.cases.cleaning import split_list
from clew.intake.cases.contract import is_trait
from clew.intake.tables.header import Wanted
from clew.intake.tables.open import Row, open_table, require_columns
from clew.model.case_file import Reject
from clew.model.identity import REGISTER_COLUMNS, REGISTER_REQUIRED, RegisterRecord
from clew.vocabulary.load import word_key, words

COMPARED = ("person", "phone", "handle", "vehicle", "address")
"""Types of which two codes can be compared; venues and organisations are left out, and counted."""


def read_register(
    path: Path, today: date
) -> tuple[tuple[RegisterRecord, ...], tuple[Reject, ...], tuple[str, ...]]:
    """Return the records of a register, what could not be taken, and what people should know.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or has no `code` or `type`.
    """
    table = open_table(path, Wanted.from_names(REGISTER_REQUIRED, REGISTER_COLUMNS))
    wanted = "A register names a code and its type in each row"
    places = require_columns(table, REGISTER_REQUIRED, wanted)
    reader = _RegisterRows(table.name, today)
    for row in table.rows():
        if row.fault:
            reader.reject(row, "", "", row.fault)
            continue
        cells = {name: row.cells[places[name]] for name in REGISTER_COLUMNS if name in places}
        reader.take(row, cells)
    further = [name for name in places if name not in REGISTER_COLUMNS]
    traits = ", ".join(name for name in further if is_trait(name))
    plain = ", ".join(name for name in further if not is_trait(name))
    notes = [f"{table.name}: not used, and never will be: {traits} (sensitive)"] if traits else []
    notes += [f"{table.name}: columns not used: {plain}"] if plain else []
    notes += [f"not read: {one.part} of {one.file}: {one.why}" for one in table.not_read]
    notes += [*table.warnings, *table.notes]
    return tuple(reader.records.values()), tuple(reader.rejects), tuple(notes)


class _RegisterRows:
    def __init__(self, file: str, today: date) -> None:
        self.file, self.today = file, today
        self.records: dict[str, RegisterRecord] = {}
        self.rejects: list[Reject] = []

    def take(self, row: Row, cells: dict[str, str]) -> None:
        """Keep one row as a record, or say why not."""
        code, kind = cells["code"], cells["type"]
        known = words("entity_types").canonical(kind) or word_key(kind)
        if not code:
            self.reject(row, "code", "", "a row needs the code it is about")
        elif "." in code and is_rounded(code):
            reason = "a spreadsheet has rounded this code; its last digits are lost"
            self.reject(row, "code", code, reason)
        elif code in self.records:
            self.reject(row, "code", code, "this code is in an earlier row")
        elif not known:
            self.reject(row, "type", kind, "a row needs the type of its code")
        else:
            self.records[code] = self._record(row, code, known, cells)

    def _record(self, row: Row, code: str, kind: str, cells: dict[str, str]) -> RegisterRecord:
        text = {name: cells.get(name, "") for name in REGISTER_COLUMNS}
        given, family, suffix = read_name(text["given_names"], text["family_name"], text["name"])
        born = sex = None
        try:
            born = read_birth(text["date_of_birth"], self.today)
        except ValueError as fault:
            self.reject(row, "date_of_birth", text["date_of_birth"], str(fault), kept=True)
        if value := filled(text["sex"], "handle"):
            sex = words("sexes").canonical(value)
            if sex is None:
                reason = "not one of female, male, other"
                self.reject(row, "sex", text["sex"], reason, kept=True)
        return RegisterRecord(
            code=code,
            type=kind,
            given_names=given,
            family_name=family,
            suffix=suffix,
            date_of_birth=born,
            sex=sex,
            phones=tuple(p for part in split_list(text["phone"]) if (p := filled(part, "phone"))),
            address=filled(text["address"], "address"),
            postcode=filled(text["postcode"], "postcode"),
            handle=filled(text["handle"], "handle"),
            vehicle=filled(text["vehicle"], "vehicle"),
            seen_in=frozenset(c for c in split_list(text["seen_in"]) if not is_rounded(c)),
        )

    def reject(self, row: Row, column: str, value: str, reason: str, *, kept: bool = False) -> None:
        """Keep what could not be taken."""
        self.rejects.append(Reject(self.file, row.number, column, value, reason, kept))
