"""A plan of a file's columns: which cell becomes which column of ours, settled once a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from clew.intake.tables.header import PEEKED, Wanted
from clew.intake.tables.open import Table, refuse_doubled
from clew.model.contract import LIST_COLUMNS
from clew.model.values import EARTH_RADIUS_M

WINDOW_TEXT, SUBSTANCE_TEXT, FURTHER = "window_text", "substance_text", "further"
"""Columns of a row that only a mapping makes: a typed window; text to be read for substances;
further categorical evidence, `name: value` each."""

DOUBTFUL = "unknown"
"""What a cell that reads like a filler is read as."""
Rewrite = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Source:
    """The cells that make one column of ours.

    `rewrites` are those of each place, by the column profile. `doubtful` are cells, case-folded,
    that read like fillers: they are missing until a mapping confirms them.
    """

    places: tuple[int, ...]
    joint: str
    values: dict[str, str]
    rewrites: tuple[Rewrite | None, ...] = ()
    doubtful: frozenset[str] = frozenset()

    def all_places(self) -> tuple[int, ...]:
        """Return the places of a row that it reads."""
        return self.places

    def cell(self, cells: list[str]) -> str:
        """Return the text of a row's cells."""
        if len(self.places) == 1:
            text = cells[self.places[0]]
        else:
            text = self.joint.join(filter(None, (cells[place] for place in self.places)))
        if self.values and (meant := self.values.get(text.casefold())) is not None:
            return meant
        if self.rewrites and text:
            text = self._rewritten(cells)
        if self.doubtful and text.casefold() in self.doubtful:
            return DOUBTFUL
        return text

    def _rewritten(self, cells: list[str]) -> str:
        parts = [
            cells[place] if rewrite is None or not cells[place] else rewrite(cells[place])
            for place, rewrite in zip(self.places, self.rewrites, strict=True)
        ]
        if len(parts) > 1 and parts[0] and missing_cause(parts[0]) is not None:
            return parts[0]  # a clock on a day that is not known
        return self.joint.join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit, which another column gives or the header.

    `unit` is the header's own, `codes` leads from cells of the column of units to units that are
    known, `needed` says that units differ, so that a number without one is refused.
    """

    number: Source
    place: int | None
    unit: str
    codes: Mapping[str, str]
    needed: bool = False

    def all_places(self) -> tuple[int, ...]:
        """Return the places of a row that it reads, the unit's too."""
        return self.number.places if self.place is None else (*self.number.places, self.place)

    def cell(self, cells: list[str]) -> str:
        """Return the number with its unit, in words that the reader of quantities knows."""
        text = self.number.cell(cells)
        if not text or not text[-1].isdigit() or missing_cause(text, numeric=True) is not None:
            return text  # it names its own unit, or is none
        given = "" if self.place is None else cells[self.place]
        if self.place is None:
            return f"{text} {self.unit}"
        if not given or missing_cause(given) is not None:
            return f"{text} (no unit)" if self.needed else text
        named = self.codes.get(given.casefold(), f"({given})")
        if self.unit and named != self.unit:
            return f"{text} {self.unit} ({given})"  # header and cell contradict each other
        return f"{text} {named}"


@dataclass(frozen=True, slots=True)
class _Degrees:
    """A planar column read as degrees about (0, 0): metres on the ground stay what they are."""

    place: int
    unit_m: float
    origin: float

    def all_places(self) -> tuple[int, ...]:
        return (self.place,)

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

    def all_places(self) -> tuple[int, ...]:
        return self.point.places

    def cell(self, cells: list[str]) -> str:
        return self.point.texts(cells)[self.which]


@dataclass(frozen=True, slots=True)
class _Further:
    """Named columns as words `name: value`; blanks and placeholders are left out."""

    sources: tuple[tuple[str, Source], ...]

    def all_places(self) -> tuple[int, ...]:
        return tuple(place for _, source in self.sources for place in source.places)

    def cell(self, cells: list[str]) -> str:
        values = [(name, source.cell(cells)) for name, source in self.sources]
        return "\n".join(f"{n}: {v}" for n, v in values if v and missing_cause(v) is None)


_Cell = Source | Quantity | _Degrees | _OnGrid | _Further


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Where every cell of a row goes. `warnings` says what was unexpected about the header."""

    sources: dict[str, _Cell]
    constants: dict[str, str]
    extras: dict[str, int]
    traits: dict[str, int]
    warnings: list[str] = field(default_factory=list)
    header: tuple[str, ...] = ()

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

    def as_written(self, cells: list[str]) -> dict[str, str]:
        """Return the cells of a row that read like fillers, as plain facts by their column."""
        return {
            f"{column}, as written": cells[source.places[0]]
            for column, source in self.sources.items()
            if isinstance(source, Source)
            and source.doubtful
            and cells[source.places[0]].casefold() in source.doubtful
        }


def wanted_columns(mapping: ColumnMapping) -> Wanted:
    """Return by which names the header of a case file is known, read with this mapping."""
    required = [name for ours in REQUIRED for name in mapping.columns.get(ours, (ours,))]
    known = [
        *COLUMNS,
        *(name for theirs in mapping.columns.values() for name in theirs),
        *mapping.traits.values(),
        *mapping.drop,
        *mapping.substances_from,
        *mapping.further.values(),
    ]
    return Wanted.from_names(required, known, of_cases=True)


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
            sources[ours] = Source(places, joint, dict(mapping.values.get(ours, {})))
    sources |= _planar(header, mapping)
    sources |= _on_grid(header, mapping)
    further = tuple(
        (name, Source(places, " ", dict(mapping.values.get(name, {}))))
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
    header.drop(mapping.drop)
    extras: dict[str, int] = {}
    for place, name in enumerate(table.header):
        key = column_key(name)
        if place in header.used:
            continue
        if key in COLUMNS and key not in sources:
            header.refuse_doubled(key)
            sources[key] = Source((place,), " ", dict(mapping.values.get(key, {})))
        elif key.startswith(TRAIT_PREFIX):
            header.refuse_doubled(key)
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
        sources[SUBSTANCE_TEXT] = Source(places, "; ", {})
    if absent := [name for name in REQUIRED if name not in sources]:
        named = {name: f"{name} ({' or '.join(of)})" for name, of in mapping.columns.items()}
        raise InputRejected(
            table.name,
            f"the header is missing {', '.join(named.get(name, name) for name in absent)};"
            f" it has: {', '.join(table.header[:40])}{_where_looked(table, header)}",
            "Rename the columns, or let clew intake FILE --suggest propose a mapping",
        )
    constants = dict(mapping.constants)
    return ColumnPlan(sources, constants, extras, traits, header.warnings, table.header)


def _where_looked(table: Table, header: _Header) -> str:
    """Say that a header may be too far down, where the row that was taken has no column of ours."""
    if (
        header.used
        or not table.header_row
        or any(column_key(name) in COLUMNS for name in table.header)
    ):
        return ""
    return f". The first {PEEKED} rows were searched for a header; delete what is above it"


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
        for name in theirs:
            self.refuse_doubled(column_key(name))
        present = tuple(place for place in places if place is not None)
        self.used.update(present)
        return present

    def drop(self, theirs: tuple[str, ...]) -> None:
        """Mark columns as used that are not kept at all, each as often as it is there."""
        for name in theirs:
            key = column_key(name)
            if key in self._table.doubled:
                self.used.update(self._table.doubled[key])
            else:
                self.use((name,))

    def refuse_doubled(self, key: str) -> None:
        """Refuse a column that is used, and is in the header more than once."""
        if key in self._table.doubled:
            raise refuse_doubled(self._table.name, [key])
