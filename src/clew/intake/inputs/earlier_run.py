"""The series of an earlier run, as `clew link` wrote them: what a later run is compared with."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path

from clew.intake.tables.open import Row, Table, open_table, require_columns
from clew.model.case_file import Reject
from clew.model.cells import unsafe_cell
from clew.model.cluster import EarlierLink
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


# A series file: which cases are known to belong together. Many-to-many.


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


# Read back a links.csv that `clew link` wrote, so that a cluster's cases show their links.


TOLD_LINKS_COLUMNS = ("case_a", "case_b", "rank", "chance_per_case", "tier", "reasons_for")
TOLD_LINKS_HINT = "Give the links.csv that clew link wrote"


def read_told_links(path: Path) -> tuple[tuple[EarlierLink, ...], tuple[Reject, ...]]:
    """Return the links in the order of the file, and the rows not taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.
    """
    table = open_table(path)
    places = require_columns(table, TOLD_LINKS_COLUMNS, TOLD_LINKS_HINT)
    links: list[EarlierLink] = []
    rejects: list[Reject] = []
    for row in table.rows():
        if row.fault:
            rejects.append(Reject(table.name, row.number, "", "", row.fault, kept=False))
            continue
        cells = {name: unsafe_cell(row.cells[places[name]]) for name in TOLD_LINKS_COLUMNS}
        fault = _fault_told_links(cells)
        if fault:
            field, reason = fault
            value = cells[field]
            rejects.append(Reject(table.name, row.number, field, value, reason, kept=False))
            continue
        links.append(
            EarlierLink(
                cells["case_a"], cells["case_b"], int(cells["rank"]),
                float(cells["chance_per_case"]), cells["tier"], cells["reasons_for"],
            )
        )  # fmt: skip
    return tuple(links), tuple(rejects)


def _fault_told_links(cells: dict[str, str]) -> tuple[str, str] | None:
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
