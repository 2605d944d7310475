"""A coverage file: which systems were searched, and which should have been and were not."""

from __future__ import annotations

from pathlib import Path

from clew.intake.tables import open_table, require_columns
from clew.model.case_file import Coverage, Reject

REQUIRED = ("system", "agency", "records", "up_to")


def read_coverage(path: Path) -> tuple[tuple[Coverage, ...], tuple[Reject, ...]]:
    """Return the rows of a coverage file, and those that could not be taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.

    """
    table = open_table(path)
    places = require_columns(table, REQUIRED)
    rows: list[Coverage] = []
    rejects: list[Reject] = []
    for row in table.rows():
        if row.fault:
            rejects.append(Reject(table.name, row.number, "", "", row.fault, kept=False))
            continue
        system, agency, records, up_to = (row.cells[places[name]] for name in REQUIRED)
        if not system:
            reason = "a row of coverage needs a system"
            rejects.append(Reject(table.name, row.number, "system", "", reason, kept=False))
        elif not (records.isascii() and records.isdigit() and len(records) < 16):
            reason = "not a whole number; write 0 for a system that was not searched"
            rejects.append(Reject(table.name, row.number, "records", records, reason, kept=False))
        else:
            rows.append(Coverage(system, agency, int(records), up_to))
    return tuple(rows), tuple(rejects)
