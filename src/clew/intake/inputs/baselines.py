"""Files that a survey may be given: a baseline by area, and the places to centre circles on."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

from clew.errors import InputRejected
from clew.intake.cases.cleaning import read_number
from clew.intake.tables.open import Row, open_table, require_columns
from clew.model.case_file import Coverage, Reject
from clew.model.cluster import BaselineArea
from clew.model.excess import UNIT_KINDS, Expected
from clew.model.values import Point

BASELINE = ("area", "latitude", "longitude", "expected")
CENTRES = ("latitude", "longitude")


def read_baseline(path: Path) -> tuple[tuple[BaselineArea, ...], tuple[Reject, ...]]:
    """Return the areas of a baseline in the order of the file, and the rows not taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, lacks a column, or has no area that can be taken.
    """
    found: dict[str, BaselineArea] = {}

    def take(cells: dict[str, str]) -> None:
        if not cells["area"] or cells["area"] in found:
            raise _Wrong("area", cells["area"], "empty, or named in an earlier row")
        expected = _number(cells, "expected")
        if not expected > 0:
            raise _Wrong("expected", cells["expected"], "not above 0")
        found[cells["area"]] = BaselineArea(cells["area"], _point(cells), expected)

    rejects = _take_rows(path, BASELINE, "Give area, latitude, longitude, expected", take)
    if not found:
        raise InputRejected(path.name, "no row names an area", "Give area and expected number")
    return tuple(found.values()), rejects


def read_centres(path: Path) -> tuple[tuple[Point, ...], tuple[Reject, ...]]:
    """Return different points in the order of the file, and the rows not taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, lacks a column, or has no point that can be taken.
    """
    found: dict[Point, None] = {}

    def take(cells: dict[str, str]) -> None:
        found.setdefault(_point(cells))

    rejects = _take_rows(path, CENTRES, "Give latitude and longitude", take)
    if not found:
        raise InputRejected(path.name, "no row holds a point", "Give latitude and longitude")
    return tuple(found), rejects


def _take_rows(
    path: Path, columns: tuple[str, ...], remedy: str, take: Callable[[dict[str, str]], None]
) -> tuple[Reject, ...]:
    """Hand each row's cells to `take`; return those rows that it, or the table, refused."""
    table = open_table(path)
    places = require_columns(table, columns, remedy)
    rejects: list[Reject] = []
    for row in table.rows():
        try:
            take(_cells(row, places))
        except _Wrong as wrong:
            rejects.append(_reject(table.name, row, wrong))
    return tuple(rejects)


class _Wrong(Exception):
    """A field, its text, and what is wrong with it."""


def _cells(row: Row, places: dict[str, int]) -> dict[str, str]:
    if row.fault:
        raise _Wrong("", "", row.fault)
    return {name: row.cells[place] for name, place in places.items()}


def _number(cells: dict[str, str], field: str) -> float:
    try:
        value = read_number(cells[field])
    except ValueError as fault:
        raise _Wrong(field, cells[field], str(fault)) from None
    if not math.isfinite(value):
        raise _Wrong(field, cells[field], "no finite number")
    return value


def _point(cells: dict[str, str]) -> Point:
    latitude, longitude = _number(cells, "latitude"), _number(cells, "longitude")
    try:
        return Point(latitude + 0.0, longitude + 0.0)
    except ValueError as fault:
        raise _Wrong("latitude", cells["latitude"], str(fault)) from None


def _reject(file: str, row: Row, wrong: _Wrong) -> Reject:
    field, value, reason = wrong.args
    return Reject(file, row.number, field, value, reason, kept=False)


# A coverage file: which systems were searched, and which should have been and were not.


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


# A baseline file of expected counts by unit and period, for the excess of `clew survey`.


EXPECTED_REQUIRED = ("unit_kind", "unit", "period", "expected")
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
    places = require_columns(table, EXPECTED_REQUIRED)
    rows: list[Expected] = []
    rejects: list[Reject] = []
    seen: set[tuple[str, str, str]] = set()
    for row in table.rows():
        if row.fault:
            rejects.append(Reject(table.name, row.number, "", "", row.fault, kept=False))
            continue
        cells = {name: row.cells[places[name]].strip() for name in EXPECTED_REQUIRED}
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
