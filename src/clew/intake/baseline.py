"""Files that a survey may be given: a baseline by area, and the places to centre circles on."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from clew.errors import InputRejected
from clew.intake.cleaning import read_number
from clew.intake.tables import Row, open_table, require_columns
from clew.model.baseline import BaselineArea
from clew.model.case_file import Reject
from clew.model.place import Point

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
