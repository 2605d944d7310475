"""A decisions file: which codes people took for one, or for two."""

from __future__ import annotations

import time
from pathlib import Path

from clew.intake.cases.times import TimeReader
from clew.intake.tables.open import Row, open_table, require_columns
from clew.model.case_file import Reject
from clew.model.identity import IdentityDecision, Sameness
from clew.vocabulary.load import word_key

REQUIRED = ("code_a", "code_b", "decision")


def read_identity_decisions(
    path: Path, timezone: str
) -> tuple[tuple[IdentityDecision, ...], tuple[Reject, ...]]:
    """Return the decisions of a file, and the rows that could not be taken.

    A row whose date cannot be read is not taken: a decision must not count before it was made.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks one of the first three columns.
    """
    table = open_table(path)
    places = require_columns(table, REQUIRED)
    times = TimeReader(timezone, int(time.time()))
    found: list[IdentityDecision] = []
    rejects: list[Reject] = []
    for row in table.rows():
        cells = {} if row.fault else {name: row.cells[place] for name, place in places.items()}
        column, reason = ("", row.fault) if row.fault else _fault(cells)
        at = None
        if not reason and cells.get("decided_at"):
            try:
                at = times.read(cells["decided_at"]).end
            except ValueError as fault:
                column, reason = "decided_at", str(fault)
        if reason:
            rejects.append(_reject(table.name, row, column, cells.get(column, ""), reason))
            continue
        a, b = sorted((cells["code_a"], cells["code_b"]))
        told = Sameness(word_key(cells["decision"]))
        by, why = cells.get("decided_by", ""), cells.get("reason", "")
        found.append(IdentityDecision(a, b, told, at, by, why))
    return tuple(found), tuple(rejects)


def _fault(cells: dict[str, str]) -> tuple[str, str]:
    for column in ("code_a", "code_b"):
        if not cells[column]:
            return column, "a decision is of two codes"
    if cells["code_a"] == cells["code_b"]:
        return "code_b", "a decision is of two codes"
    if word_key(cells["decision"]) not in set(Sameness):
        return "decision", f"not one of {', '.join(Sameness)}"
    return "", ""


def _reject(file: str, row: Row, column: str, value: str, reason: str) -> Reject:
    return Reject(file, row.number, column, value, reason, kept=False)
