"""A plan of a file's columns: which cell becomes which column of ours, settled once a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import degrees

from clew.errors import InputRejected
from clew.intake.cases.cleaning import missing_cause
from clew.intake.cases.contract import (
    COLUMNS,
    REQUIRED,
    TRAIT_PREFIX,
    column_key,
    looks_sensitive,
    trait_name,
)
from clew.intake.cases.grids import GridPoint, grid_system
from clew.intake.cases.mapping import ColumnMapping
from clew.intake.tables.open import Table
from clew.model.contract import LIST_COLUMNS
from clew.model.values import EARTH_RADIUS_M

WINDOW_TEXT, SUBSTANCE_TEXT, FURTHER = "window_text", "substance_text", "further"
"""Columns of a row that only a mapping makes: a typed window; text to be read for substances;
further categorical evidence, `name: value` each."""


@dataclass(frozen=True, slots=True)
class _Source:
    places: tuple[int, ...]
    joint: str
    values: dict[str, str]

    def cell(self, cells: list[str]) -> str:
        if len(self.places) == 1:
            text = cells[self.places[0]]
        else:
            text = self.joint.join(filter(None, (cells[place] for place in self.places)))
        return self.values.get(text.casefold(), text) if self.values else text


@dataclass(frozen=True, slots=True)
class _Degrees:
    """A planar column read as degrees about (0, 0): metres on the ground stay what they are."""

    place: int
    unit_m: float
    origin: float

    def cell(self, cells: list[str]) -> str:
        text = cells[self.place]
        try:
            metres = (float(text) - self.origin) * self.unit_m
        except ValueError:
            return text  # a placeholder, or what the reader of numbers will refuse
        return f"{degrees(metres / EARTH_RADIUS_M):.9f}"


@dataclass(frozen=True, slots=True)
class _OnGrid:
    """One of the two degrees of a point on a national grid."""

    point: GridPoint
    which: int

    def cell(self, cells: list[str]) -> str:
        return self.point.texts(cells)[self.which]


@dataclass(frozen=True, slots=True)
class _Further:
    """Named columns as words `name: value`; blanks and placeholders are left out."""

    sources: tuple[tuple[str, _Source], ...]

    def cell(self, cells: list[str]) -> str:
        values = [(name, source.cell(cells)) for name, source in self.sources]
        return "\n".join(f"{n}: {v}" for n, v in values if v and missing_cause(v) is None)


_Cell = _Source | _Degrees | _OnGrid | _Further


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Where every cell of a row goes. `warnings` says what was unexpected about the header."""

    sources: dict[str, _Cell]
    constants: dict[str, str]
    extras: dict[str, int]
    traits: dict[str, int]
    warnings: list[str] = field(default_factory=list)

    def columns(self) -> frozenset[str]:
        """Return the columns of ours that this file can fill."""
        return frozenset(self.sources) | frozenset(self.constants)

    def texts(self, cells: list[str]) -> dict[str, str]:
        """Return our columns' texts of one row; blank ones are left out."""
        texts = dict(self.constants)
        for column, source in self.sources.items():
            text = source.cell(cells)
            if text:
                texts[column] = text
        return texts


def plan_columns(table: Table, mapping: ColumnMapping) -> ColumnPlan:
    """Return the plan for a table's header.

    Raises
    ------
    InputRejected
        If no column gives `case_id` or `reported_at`.

    """
    header = _Header(table)
    sources: dict[str, _Cell] = {}
    wanted = dict(mapping.columns)
    if mapping.window:
        wanted[WINDOW_TEXT] = (mapping.window.column,)
    for ours, theirs in wanted.items():
        if places := header.use(theirs, needed=ours in REQUIRED):
            joint = ";" if ours in LIST_COLUMNS else " "
            sources[ours] = _Source(places, joint, dict(mapping.values.get(ours, {})))
    sources |= _planar(header, mapping)
    sources |= _on_grid(header, mapping)
    further = tuple(
        (name, _Source(places, " ", dict(mapping.values.get(name, {}))))
        for name, column in mapping.further.items()
        if (places := header.use((column,)))
    )
    if further:
        sources[FURTHER] = _Further(further)
    traits = {
        ours: places[0]
        for ours, column in mapping.traits.items()
        if (places := header.use((column,)))
    }
    header.use(mapping.drop)
    extras: dict[str, int] = {}
    for place, name in enumerate(table.header):
        key = column_key(name)
        if place in header.used:
            continue
        if key in COLUMNS and key not in sources:
            sources[key] = _Source((place,), " ", dict(mapping.values.get(key, {})))
        elif key.startswith(TRAIT_PREFIX):
            traits[key] = place
        elif looks_sensitive(name):
            traits[trait_name(name)] = place
            header.warnings.append(
                f"{table.name}: the column '{name}' looks like a sensitive trait and is"
                f" held apart as {trait_name(name)}"
            )
        else:
            extras[name] = place
    if places := header.use(mapping.substances_from):
        sources[SUBSTANCE_TEXT] = _Source(places, "; ", {})
    if absent := [name for name in REQUIRED if name not in sources]:
        named = {name: f"{name} ({' or '.join(of)})" for name, of in mapping.columns.items()}
        raise InputRejected(
            table.name,
            f"the header lacks {', '.join(named.get(name, name) for name in absent)};"
            f" it has: {', '.join(table.header[:40])}",
            "Rename the column, or say with --mapping which one is meant",
        )
    return ColumnPlan(sources, dict(mapping.constants), extras, traits, header.warnings)


def _planar(header: _Header, mapping: ColumnMapping) -> dict[str, _Degrees]:
    """Return the sources of a point on a plane; both columns or none."""
    flat = mapping.planar
    if flat is None or len(places := header.use((flat.x, flat.y))) < 2:
        return {}
    header.warnings.append(
        "points are planar: distances are true near the origin, latitude and longitude are made up,"
        " and a map shows no real place"
    )
    (x, y), (east, north) = places, flat.origin
    return {
        "longitude": _Degrees(x, flat.metres, east),
        "latitude": _Degrees(y, flat.metres, north),
    }


def _on_grid(header: _Header, mapping: ColumnMapping) -> dict[str, _OnGrid]:
    """Return the sources of a point on a national grid; both or none."""
    grid = mapping.grid
    if grid is None:
        return {}
    names = (grid.reference,) if grid.reference else (grid.easting, grid.northing)
    if len(places := header.use(names)) < len(names):
        return {}
    system = grid_system(grid.epsg)
    metres = system.accuracy_m
    exact = "how exactly is not known" if metres is None else f"exact to about {metres:g} m"
    header.warnings.append(
        f"points are of {system.name} (EPSG:{grid.epsg}), converted to WGS84 without a network:"
        f" {exact}"
    )
    point = GridPoint(system, places)
    return {"latitude": _OnGrid(point, 0), "longitude": _OnGrid(point, 1)}


class _Header:
    """A table's header while it is planned: which columns have been used, what was odd."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._places = {column_key(name): place for place, name in enumerate(table.header)}
        self.used: set[int] = set()
        self.warnings: list[str] = []

    def use(self, theirs: tuple[str, ...], *, needed: bool = False) -> tuple[int, ...]:
        """Return the places of the columns that are there, and mark them as used."""
        places = [self._places.get(column_key(name)) for name in theirs]
        absent = [name for name, place in zip(theirs, places, strict=True) if place is None]
        if absent and not needed:
            self.warnings.append(
                f"{self._table.name}: columns that the mapping names are not there: "
                + ", ".join(absent)
            )
        present = tuple(place for place in places if place is not None)
        self.used.update(present)
        return present
