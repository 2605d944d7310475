"""A baseline file of expected counts by unit and period, for the excess of `clew survey`."""

from __future__ import annotations

import math
import re
from pathlib import Path

from clew.intake.tables import open_table, require_columns
from clew.model.case_file import Reject
from clew.model.excess import UNIT_KINDS, Expected

REQUIRED = ("unit_kind", "unit", "period", "expected")
_PERIOD = re.compile(r"(1[89]|20|21)\d\d(-(0[1-9]|1[0-2]))?")
_MOST = 1e7


def read_expected(path: Path) -> tuple[tuple[Expected, ...], tuple[Reject, ...]]:
    """Return the rows of a baseline of expected counts, and those that could not be taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.

    """
    table = open_table(path)
    places = require_columns(table, REQUIRED)
    rows: list[Expected] = []
    rejects: list[Reject] = []
    seen: set[tuple[str, str, str]] = set()
    for row in table.rows():
        if row.fault:
            rejects.append(Reject(table.name, row.number, "", "", row.fault, kept=False))
            continue
        cells = {name: row.cells[places[name]].strip() for name in REQUIRED}
        field, reason = _fault(cells, seen)
        if reason:
            value = cells.get(field, "")
            rejects.append(Reject(table.name, row.number, field, value, reason, kept=False))
            continue
        key = cells["unit_kind"], cells["unit"], cells["period"]
        seen.add(key)
        rows.append(Expected(*key, float(cells["expected"])))
    return tuple(rows), tuple(rejects)


def _fault(cells: dict[str, str], seen: set[tuple[str, str, str]]) -> tuple[str, str]:
    """Return the column at fault and why, or two empty words."""
    if cells["unit_kind"] not in UNIT_KINDS:
        return "unit_kind", f"not one of {', '.join(UNIT_KINDS)}"
    if not cells["unit"]:
        return "unit", "a row of a baseline needs a unit"
    if not _PERIOD.fullmatch(cells["period"]):
        return "period", "not a year such as 1984, nor a month such as 1984-03"
    try:
        number = float(cells["expected"])
    except ValueError:
        number = math.nan
    if not 0 < number <= _MOST:
        return "expected", "not a number above 0"
    if (cells["unit_kind"], cells["unit"], cells["period"]) in seen:
        return "period", "this unit and period stand in an earlier row, which is kept"
    return "", ""
