"""What a survey and a search are given: baselines, places to centre circles on, coverage."""

from __future__ import annotations

import re
from pathlib import Path

from clew.errors import InputRejected
from clew.intake.tables.open import RowRefusedError, is_whole, number_in, take_rows
from clew.model.case_file import Coverage, Reject
from clew.model.cluster import BaselineArea
from clew.model.excess import UNIT_KINDS, Expected
from clew.model.values import Point

BASELINE = ("area", "latitude", "longitude", "expected")
CENTRES = ("latitude", "longitude")
COVERAGE = ("system", "agency", "records", "up_to")
COUNTS = ("unit_kind", "unit", "period", "expected")
_PERIOD = re.compile(r"(1[89]|20|21)\d\d(-(0[1-9]|1[0-2]))?")
_MOST = 1e7


def read_baseline(path: Path) -> tuple[tuple[BaselineArea, ...], tuple[Reject, ...]]:
    """Return the areas of a baseline in the order of the file, and the rows not taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, lacks a column, or has no area that can be taken.
    """
    areas: dict[str, BaselineArea] = {}

    def take(cells: dict[str, str]) -> None:
        name = cells["area"]
        if not name or name in areas:
            raise RowRefusedError("area", "empty, or named in an earlier row")
        expected = number_in(cells, "expected")
        if not expected > 0:
            raise RowRefusedError("expected", "not above 0")
        areas[name] = BaselineArea(name, _point(cells), expected)

    rejects = take_rows(path, BASELINE, take, "Give area, latitude, longitude, expected")
    if not areas:
        raise InputRejected(path.name, "no row names an area", "Give area and expected number")
    return tuple(areas.values()), rejects


def read_centres(path: Path) -> tuple[tuple[Point, ...], tuple[Reject, ...]]:
    """Return different points in the order of the file, and the rows not taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, lacks a column, or has no point that can be taken.
    """
    points: dict[Point, None] = {}
    hint = "Give latitude and longitude"
    rejects = take_rows(path, CENTRES, lambda cells: points.update({_point(cells): None}), hint)
    if not points:
        raise InputRejected(path.name, "no row has a point", hint)
    return tuple(points), rejects


def _point(cells: dict[str, str]) -> Point:
    latitude, longitude = number_in(cells, "latitude"), number_in(cells, "longitude")
    try:
        return Point(latitude + 0.0, longitude + 0.0)
    except ValueError as fault:
        raise RowRefusedError("latitude", str(fault)) from None


def read_coverage(path: Path) -> tuple[tuple[Coverage, ...], tuple[Reject, ...]]:
    """Return which systems were searched, or should have been; and the rows not taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.

    """
    systems: list[Coverage] = []

    def take(cells: dict[str, str]) -> None:
        system, agency, records, up_to = (cells[name] for name in COVERAGE)
        if not system:
            raise RowRefusedError("system", "a row of coverage needs a system")
        if not is_whole(records, 15):
            reason = "not a whole number; write 0 for a system that was not searched"
            raise RowRefusedError("records", reason)
        systems.append(Coverage(system, agency, int(records), up_to))

    rejects = take_rows(path, COVERAGE, take)
    return tuple(systems), rejects


def read_baseline_counts(path: Path) -> tuple[tuple[Expected, ...], tuple[Reject, ...]]:
    """Return expected counts by unit and period, for the excess of `clew survey`.

    The rows that could not be taken are returned beside them.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.

    """
    counts: dict[tuple[str, str, str], Expected] = {}

    def take(cells: dict[str, str]) -> None:
        key = unit_kind, unit, period = cells["unit_kind"], cells["unit"], cells["period"]
        if unit_kind not in UNIT_KINDS:
            raise RowRefusedError("unit_kind", f"not one of {', '.join(UNIT_KINDS)}")
        if not unit:
            raise RowRefusedError("unit", "a row of a baseline needs a unit")
        if not _PERIOD.fullmatch(period):
            reason = "not a year such as 1984, nor a month such as 1984-03"
            raise RowRefusedError("period", reason)
        try:
            number = float(cells["expected"])
        except ValueError:
            number = 0
        if not 0 < number <= _MOST:
            raise RowRefusedError("expected", "not a number above 0")
        if key in counts:
            reason = "this unit and period are in an earlier row, which is kept"
            raise RowRefusedError("period", reason)
        counts[key] = Expected(*key, number)

    rejects = take_rows(path, COUNTS, take)
    return tuple(counts.values()), rejects
