"""A plan of a file's columns: which cell becomes which column of ours, settled once a file."""

from __future__ import annotations

from collections.abc import Mapping
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
class _Further:
    """Named columns as words `name: value`; blanks and placeholders are left out."""

    sources: tuple[tuple[str, _Source], ...]

    def cell(self, cells: list[str]) -> str:
        told = [(name, source.cell(cells)) for name, source in self.sources]
        return "\n".join(f"{n}: {v}" for n, v in told if v and missing_cause(v) is None)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where every cell of a row goes. `warnings` says what was unexpected about the header."""

    sources: dict[str, _Source | _Degrees | _Further]
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

    def extra_of(self, cells: list[str]) -> dict[str, str]:
        """Return the plain facts of one row: columns that Clew does not know."""
        return {name: cells[place] for name, place in self.extras.items() if cells[place]}

    def traits_of(self, cells: list[str]) -> dict[str, str]:
        """Return the sensitive traits of one row."""
        return {name: cells[place] for name, place in self.traits.items() if cells[place]}


def plan_columns(table: Table, mapping: ColumnMapping) -> Plan:
    """Return the plan for a table's header.

    Raises
    ------
    InputRejected
        If no column gives `case_id` or `reported_at`.

    """
    header = _Header(table)
    sources: dict[str, _Source | _Degrees | _Further] = {}
    wanted = dict(mapping.columns)
    if mapping.window:
        wanted[WINDOW_TEXT] = (mapping.window.column,)
    for ours, theirs in wanted.items():
        if found := header.use(theirs, needed=ours in REQUIRED):
            joint = ";" if ours in LIST_COLUMNS else " "
            sources[ours] = _Source(found, joint, dict(mapping.values.get(ours, {})))
    sources |= _planar(header, mapping)
    sources |= _further(header, mapping)
    traits = {
        ours: found[0]
        for ours, theirs in mapping.traits.items()
        if (found := header.use((theirs,)))
    }
    header.use(mapping.drop)
    extras: dict[str, int] = {}
    for place, name in header.unused():
        key = column_key(name)
        if key in COLUMNS and key not in sources:
            sources[key] = _Source((place,), " ", dict(mapping.values.get(key, {})))
        elif key.startswith(TRAIT_PREFIX) or looks_sensitive(name):
            traits[trait_name(name)] = place
            header.warn_of_trait(name)
        else:
            extras[name] = place
    if found := header.use(mapping.substances_from):
        sources[SUBSTANCE_TEXT] = _Source(found, "; ", {})
    _require(table, sources, mapping)
    return Plan(sources, dict(mapping.constants), extras, traits, header.warnings)


def _planar(header: _Header, mapping: ColumnMapping) -> dict[str, _Degrees]:
    """Return the sources of a point on a plane; both columns or none."""
    flat = mapping.planar
    if flat is None or len(found := header.use((flat.x, flat.y))) < 2:
        return {}
    header.warnings.append(
        "points are planar: distances are true near the origin, latitude and longitude are made up,"
        " and a map shows no real place"
    )
    (x, y), (east, north) = found, flat.origin
    return {
        "longitude": _Degrees(x, flat.metres, east),
        "latitude": _Degrees(y, flat.metres, north),
    }


def _further(header: _Header, mapping: ColumnMapping) -> dict[str, _Further]:
    sources = tuple(
        (name, _Source(found, " ", dict(mapping.values.get(name, {}))))
        for name, theirs in mapping.further.items()
        if (found := header.use((theirs,)))
    )
    return {FURTHER: _Further(sources)} if sources else {}


class _Header:
    """A table's header while it is planned: which columns have been used, what was odd."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._places = {column_key(name): place for place, name in enumerate(table.header)}
        self._used: set[int] = set()
        self.warnings: list[str] = []

    def use(self, theirs: tuple[str, ...], *, needed: bool = False) -> tuple[int, ...]:
        """Return the places of the columns that are there, and mark them as used."""
        keys = [column_key(name) for name in theirs]
        found = tuple(self._places[key] for key in keys if key in self._places)
        lacking = [n for n, key in zip(theirs, keys, strict=True) if key not in self._places]
        if lacking and not needed:
            self.warnings.append(
                f"{self._table.name}: columns that the mapping names are not there: "
                + ", ".join(lacking)
            )
        self._used.update(found)
        return found

    def unused(self) -> list[tuple[int, str]]:
        """Return place and name of every column that has not been used."""
        return [(p, name) for p, name in enumerate(self._table.header) if p not in self._used]

    def warn_of_trait(self, name: str) -> None:
        """Say that a column without `group_` is held apart."""
        if not column_key(name).startswith(TRAIT_PREFIX):
            self.warnings.append(
                f"{self._table.name}: the column '{name}' looks like a sensitive trait and is"
                f" held apart as {trait_name(name)}"
            )


def _require(table: Table, sources: Mapping[str, object], mapping: ColumnMapping) -> None:
    absent = [name for name in REQUIRED if name not in sources]
    if not absent:
        return
    wanted = ", ".join(
        f"{name} ({' or '.join(mapping.columns[name])})" if name in mapping.columns else name
        for name in absent
    )
    raise InputRejected(
        table.name,
        f"the header lacks {wanted}; it has: {', '.join(table.header[:40])}",
        "Rename the column, or say with --mapping which one is meant",
    )
