"""A series file: which cases are known to belong together. Many-to-many."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from clew.intake.tables import open_table, require_columns
from clew.model.case_file import Reject

REQUIRED = ("series_id", "case_id")


def read_series(
    path: Path, case_ids: Collection[str]
) -> tuple[dict[str, tuple[str, ...]], tuple[Reject, ...]]:
    """Return the cases of every series, sorted by series, and the rows that could not be taken.

    A case may stand in several series: an offence of two offenders does. A row said twice is one.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.

    """
    table = open_table(path)
    places = require_columns(table, REQUIRED)
    known = frozenset(case_ids)
    found: dict[str, set[str]] = {}
    rejects: list[Reject] = []
    for row in table.rows():
        if row.fault:
            rejects.append(Reject(table.name, row.number, "", "", row.fault, kept=False))
            continue
        series, case = (row.cells[places[name]] for name in REQUIRED)
        if not series:
            reason = "a row needs the id of its series"
            rejects.append(Reject(table.name, row.number, "series_id", "", reason, kept=False))
        elif case not in known:
            reason = "the case file has no case of this id"
            rejects.append(Reject(table.name, row.number, "case_id", case, reason, kept=False))
        else:
            found.setdefault(series, set()).add(case)
    return {name: tuple(sorted(found[name])) for name in sorted(found)}, tuple(rejects)
