"""Read back a links.csv that `clew link` wrote, so that a cluster's cases show their links."""

from __future__ import annotations

import math
from pathlib import Path

from clew.intake.tables import open_table, require_columns
from clew.model.case_file import Reject
from clew.model.cells import unsafe_cell
from clew.model.cluster import ToldLink

COLUMNS = ("case_a", "case_b", "rank", "chance_per_case", "tier", "reasons_for")
HINT = "Give the links.csv that clew link wrote"


def read_told_links(path: Path) -> tuple[tuple[ToldLink, ...], tuple[Reject, ...]]:
    """Return the links in the order of the file, and the rows not taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.
    """
    table = open_table(path)
    places = require_columns(table, COLUMNS, HINT)
    links: list[ToldLink] = []
    rejects: list[Reject] = []
    for row in table.rows():
        if row.fault:
            rejects.append(Reject(table.name, row.number, "", "", row.fault, kept=False))
            continue
        cells = {name: unsafe_cell(row.cells[places[name]]) for name in COLUMNS}
        fault = _fault(cells)
        if fault:
            field, reason = fault
            value = cells[field]
            rejects.append(Reject(table.name, row.number, field, value, reason, kept=False))
            continue
        links.append(
            ToldLink(
                cells["case_a"], cells["case_b"], int(cells["rank"]),
                float(cells["chance_per_case"]), cells["tier"], cells["reasons_for"],
            )
        )  # fmt: skip
    return tuple(links), tuple(rejects)


def _fault(cells: dict[str, str]) -> tuple[str, str] | None:
    """Return the field that is wrong and why; None: nothing is."""
    for name in ("case_a", "case_b"):
        if not cells[name]:
            return name, "every link names two cases"
    rank = cells["rank"]
    if not (rank.isascii() and rank.isdigit() and len(rank) < 10 and int(rank) >= 1):
        return "rank", "a rank is a whole number from 1"
    try:
        chance = float(cells["chance_per_case"])
    except ValueError:
        chance = math.nan
    if not (math.isfinite(chance) and chance >= 0):
        return "chance_per_case", "an expected number is a number of 0 or more"
    return None
