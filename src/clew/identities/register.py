"""A register: who is behind each code. Kept apart from the case file, under rights of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from clew.identities.births import read_birth
from clew.identities.fillers import filled
from clew.identities.names import read_name
from clew.intake.cases.cleaning import split_list
from clew.intake.cases.contract import TRAIT_PREFIX, looks_sensitive
from clew.intake.tables.open import Row, open_table, require_columns
from clew.model.case_file import Reject
from clew.model.identity import REGISTER_COLUMNS, RegisterRecord
from clew.vocabulary.load import word_key, words

REQUIRED = ("code", "type")
COMPARED = ("person", "phone", "handle", "vehicle", "address")
"""Types of which two codes can be compared; venues and organisations are kept out, and counted."""


def read_register(
    path: Path, today: date
) -> tuple[tuple[RegisterRecord, ...], tuple[Reject, ...], tuple[str, ...]]:
    """Return the records of a register, what could not be taken, and what people should know.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks `code` or `type`.
    """
    table = open_table(path)
    places = require_columns(table, REQUIRED, "A register names a code and its type in each row")
    reader = _RegisterRows(table.name, today)
    for row in table.rows():
        if row.fault:
            reader.reject(row, "", "", row.fault)
            continue
        cells = {name: row.cells[places[name]] for name in REGISTER_COLUMNS if name in places}
        reader.take(row, cells)
    return tuple(reader.records.values()), tuple(reader.rejects), _notes(places, table.name)


def _notes(places: Iterable[str], file: str) -> tuple[str, ...]:
    further = [name for name in places if name not in REGISTER_COLUMNS]
    held = [n for n in further if n.startswith(TRAIT_PREFIX) or looks_sensitive(n)]
    plain = [n for n in further if n not in held]
    notes = [f"{file}: not used, and never will be: {', '.join(held)} (sensitive)"] if held else []
    return (*notes, *([f"{file}: columns not used: {', '.join(plain)}"] if plain else []))


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
        elif code in self.records:
            self.reject(row, "code", code, "this code stands in an earlier row")
        elif not known:
            self.reject(row, "type", kind, "a row needs the type of its code")
        else:
            self.records[code] = self._record(row, code, known, cells)

    def _record(self, row: Row, code: str, kind: str, cells: dict[str, str]) -> RegisterRecord:
        text = {name: cells.get(name, "") for name in REGISTER_COLUMNS}
        given, family, suffix = read_name(text["given_names"], text["family_name"], text["name"])
        return RegisterRecord(
            code=code,
            type=kind,
            given_names=given,
            family_name=family,
            suffix=suffix,
            date_of_birth=self._birth(row, text["date_of_birth"]),
            sex=self._sex(row, text["sex"]),
            phones=tuple(p for part in split_list(text["phone"]) if (p := filled(part, "phone"))),
            address=filled(text["address"], "address"),
            postcode=filled(text["postcode"], "postcode"),
            handle=filled(text["handle"], "handle"),
            vehicle=filled(text["vehicle"], "vehicle"),
            seen_in=frozenset(split_list(text["seen_in"])),
        )

    def _birth(self, row: Row, text: str) -> str | None:
        if not text:
            return None
        try:
            return read_birth(text, self.today)
        except ValueError as fault:
            self.reject(row, "date_of_birth", text, str(fault), kept=True)
            return None

    def _sex(self, row: Row, text: str) -> str | None:
        value = filled(text, "handle") if text else None
        if value is None:
            return None
        known = words("sexes").canonical(value)
        if known is None:
            self.reject(row, "sex", text, "not one of female, male, other", kept=True)
        return known

    def reject(self, row: Row, column: str, value: str, reason: str, *, kept: bool = False) -> None:
        """Keep what could not be taken."""
        self.rejects.append(Reject(self.file, row.number, column, value, reason, kept))
