"""The series of an earlier run, as `clew link` wrote them: what a later run is compared with."""

from __future__ import annotations

import math
from pathlib import Path

from clew.intake.tables import Row, Table, open_table, require_columns
from clew.model.case_file import Reject
from clew.model.cells import unsafe_cell
from clew.model.finding import ADOPTED, ENGINE, Member, Series

COLUMNS = ("series_id", "view", "case_id", "chance")
HINT = "Give the series.csv that an earlier clew link wrote"


def read_earlier_series(path: Path) -> tuple[tuple[Series, ...], tuple[Reject, ...]]:
    """Return the series of an earlier run in the order of the file, and the rows not taken.

    Only who stood together is read, and the chance; how a case joined is left out. A row said
    twice is one.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.
    """
    table = open_table(path)
    places = require_columns(table, COLUMNS, HINT)
    found: dict[tuple[str, str], dict[str, None]] = {}
    chances: dict[tuple[str, str], float | None] = {}
    rejects: list[Reject] = []
    for row in table.rows():
        if row.fault:
            rejects.append(Reject(table.name, row.number, "", "", row.fault, kept=False))
            continue
        name, view, case, chance = (unsafe_cell(row.cells[places[column]]) for column in COLUMNS)
        fault = _fault(name, view, case, chance)
        if fault:
            rejects.append(_reject(table, row, *fault))
            continue
        key = (name, view)
        found.setdefault(key, {})[case] = None
        chances.setdefault(key, float(chance) if chance else None)
    series = tuple(
        Series(name, view, tuple(Member(c, None, 0) for c in cases), 0, chances[name, view])
        for (name, view), cases in found.items()
    )
    return series, tuple(rejects)


def _fault(name: str, view: str, case: str, chance: str) -> tuple[str, str, str] | None:
    """Return column, value and reason of what is wrong with a row; None: nothing."""
    if not name:
        return "series_id", "", "a row needs the id of its series"
    if not case:
        return "case_id", "", "a row needs the id of its case"
    if view not in (ENGINE, ADOPTED):
        return "view", view, f"is neither {ENGINE} nor {ADOPTED}"
    try:
        number = float(chance or "0")
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        return "chance", chance, "is no number of 0 or more; leave it empty where there is none"
    return None


def _reject(table: Table, row: Row, column: str, value: str, reason: str) -> Reject:
    return Reject(table.name, row.number, column, value, reason, kept=False)
