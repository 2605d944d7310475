"""A mapping: how one source's headers, values and dates become ours, as data (TOML)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from clew.errors import InputRejected, UsageRejected
from clew.intake.cases.contract import COLUMNS, TIME_COLUMNS, TRAIT_PREFIX
from clew.intake.cases.grids import BRITISH, Grid, grid_system
from clew.intake.cases.window_text import ORDERS, WindowText

_KEYS = frozenset([
    "name", "source", "timezone", "columns", "values", "date_format", "date_formats", "constants",
    "window", "substances_from", "traits", "drop", "crime", "planar", "further", "grid",
    "confirmed",
])  # fmt: skip
_MOST_BYTES = 512 * 1024
"""The largest mapping known to us has 4 kB."""
_REMEDY = "See the ready mappings beside clew/intake for an example"


@dataclass(frozen=True, slots=True)
class Planar:
    """A point on a plane: the two columns, and how many metres one unit of theirs is.

    `origin` is subtracted first, in their unit; it should lie amid the cases.
    """

    x: str
    y: str
    metres: float
    origin: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How a file's columns become the contract's.

    Parameters
    ----------
    columns
        Ours -> theirs; several of theirs are joined, lists with `;`, other text with a space.
    values
        Ours, or a name of `further` -> {theirs, case-folded -> ours}; a value that is not named
        stays as it is.
    date_formats
        Ours -> `strptime` formats, tried before ISO 8601; under "" those of all time columns.
        A format without a day means the whole month.
    constants
        Ours -> one value for every row whose own cell is blank.
    traits
        `group_*` -> theirs, held apart.
    drop
        Theirs that are not kept at all.
    substances_from
        Theirs whose text is read for substances together with the cause.
    window
        A column with a window as people write it.
    crime
        The kind of crime that the file is about, one word; `death` where a mapping says nothing.
    planar
        Two columns with a point on a plane, in place of degrees.
    grid
        Columns with a point on a national grid, by EPSG code, in place of degrees.
    further
        A name of the user's -> theirs: further categorical evidence, a word of `further` each.
    confirmed
        Ours -> values that read like fillers and are none.

    """

    name: str = ""
    timezone: str | None = None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_formats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    traits: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    substances_from: tuple[str, ...] = ()
    window: WindowText | None = None
    crime: str = "death"
    planar: Planar | None = None
    grid: Grid | None = None
    further: Mapping[str, str] = field(default_factory=dict)
    confirmed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def ready_mappings() -> tuple[str, ...]:
    """Return the names of the mappings that Clew brings with it."""
    folder = files("clew.intake.cases") / "mappings"
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))


def load_mapping(which: str | Path | None) -> ColumnMapping:
    """Return a ready mapping by name, or the one in a TOML file; None is the contract itself.

    Raises
    ------
    UsageRejected
        If there is neither a ready mapping nor a file of that name.
    InputRejected
        If the TOML is broken or says what a mapping cannot say.

    """
    if which is None:
        return ColumnMapping()
    name = str(which)
    if name in ready_mappings():
        ready = files("clew.intake.cases") / "mappings" / f"{name}.toml"
        return parse_mapping(ready.name, ready.read_text(encoding="utf-8"))
    path = Path(which)
    if not path.is_file():
        raise UsageRejected(
            f"there is no mapping '{name}'",
            f"Give a TOML file, or one of the ready ones: {', '.join(ready_mappings())}",
        )
    if path.stat().st_size > _MOST_BYTES:
        raise InputRejected(path.name, f"a mapping of more than {_MOST_BYTES:,} bytes", _REMEDY)
    try:
        return parse_mapping(path.name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise InputRejected(path.name, f"the mapping cannot be read ({fault})", _REMEDY) from None


def parse_mapping(file: str, text: str) -> ColumnMapping:
    """Return the mapping that a TOML text declares; `file` names it in what is refused.

    Raises
    ------
    InputRejected
        If the TOML is broken or says what a mapping cannot say.

    """
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, OverflowError) as fault:
        raise InputRejected(file, f"the mapping is not valid TOML ({fault})", _REMEDY) from None
    except RecursionError:
        raise InputRejected(file, "the mapping is nested too deeply", _REMEDY) from None

    def reject(reason: str) -> InputRejected:
        return InputRejected(file, reason, _REMEDY)

    if unknown := set(raw) - _KEYS:
        raise reject(f"the mapping has no '{sorted(unknown)[0]}'")
    formats = {"": raw.get("date_format", ()), **_table(raw, "date_formats", reject)}
    further = _texts(_table(raw, "further", reject))
    named = COLUMNS | set(further)
    columns = _ours(_lists(_table(raw, "columns", reject), reject), COLUMNS, reject)
    values = _ours(_values(_table(raw, "values", reject), reject), named, reject)
    date_formats = _ours(_lists(formats, reject), TIME_COLUMNS | {""}, reject)
    constants = _ours(_texts(_table(raw, "constants", reject)), COLUMNS, reject)
    traits = _texts(_table(raw, "traits", reject))
    if strange := [key for key in traits if not key.startswith(TRAIT_PREFIX)]:
        raise reject(f"the trait '{strange[0]}' must begin with {TRAIT_PREFIX}")
    drop = _list(raw.get("drop", ()), reject)
    substances_from = _list(raw.get("substances_from", ()), reject)
    window, typed = None, raw.get("window")
    if typed is not None:
        if not isinstance(typed, dict) or "column" not in typed or typed.get("order") not in ORDERS:
            raise reject(f"'window' needs a column and an order, one of {', '.join(ORDERS)}")
        lag = typed.get("max_days_before_report", float("inf"))
        if isinstance(lag, bool) or not isinstance(lag, (int, float)):
            raise reject("'max_days_before_report' must be a number")
        window = WindowText(str(typed["column"]), str(typed["order"]), float(lag))
    crime = raw.get("crime", "death")
    if not isinstance(crime, str) or not crime.strip():
        raise reject("'crime' must be a word, such as burglary")
    return ColumnMapping(
        name=str(raw.get("name", "")),
        timezone=raw.get("timezone"),
        columns=columns,
        values=values,
        date_formats=date_formats,
        constants=constants,
        traits=traits,
        drop=drop,
        substances_from=substances_from,
        window=window,
        crime=crime.strip(),
        planar=_planar(raw.get("planar"), reject),
        grid=_grid(raw.get("grid"), reject),
        further=further,
        confirmed=_ours(_lists(_table(raw, "confirmed", reject), reject), COLUMNS, reject),
    )


_Reject = Callable[[str], InputRejected]
_T = TypeVar("_T")


def _table(raw: Mapping[str, Any], key: str, reject: _Reject) -> dict[str, Any]:
    table = raw.get(key, {})
    if not isinstance(table, dict):
        raise reject(f"'{key}' must be a table")
    return table


def _list(value: object, reject: _Reject) -> tuple[str, ...]:
    items = (value,) if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise reject(f"'{value}' must be a text or a list of texts")
    return tuple(items)


def _lists(table: Mapping[str, Any], reject: _Reject) -> dict[str, tuple[str, ...]]:
    return {key: _list(value, reject) for key, value in table.items()}


def _texts(table: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in table.items()}


def _values(table: Mapping[str, Any], reject: _Reject) -> dict[str, Mapping[str, str]]:
    for key, pairs in table.items():
        if not isinstance(pairs, dict):
            raise reject(f"'values.{key}' must be a table")
    return {
        key: {theirs.strip().casefold(): str(ours) for theirs, ours in pairs.items()}
        for key, pairs in table.items()
    }


def _ours(table: dict[str, _T], allowed: frozenset[str], reject: _Reject) -> dict[str, _T]:
    for key in table:
        if key not in allowed:
            raise reject(f"'{key}' is not a column that can be used here")
    return table


def _planar(raw: object, reject: _Reject) -> Planar | None:
    if raw is None:
        return None
    entry = raw if isinstance(raw, dict) else {}
    try:
        x, y = entry.get("origin", (0.0, 0.0))
        metres, origin = float(entry["metres"]), (float(x), float(y))
        planar = Planar(str(entry["x"]), str(entry["y"]), metres, origin)
    except (KeyError, TypeError, ValueError):
        planar = None
    if planar is None or not 0 < planar.metres < float("inf"):
        raise reject("'planar' needs x, y (two columns) and metres (of one unit, more than 0)")
    return planar


def _grid(raw: object, reject: _Reject) -> Grid | None:
    if raw is None:
        return None
    entry = raw if isinstance(raw, dict) else {}
    code = str(entry.get("epsg", "")).upper().removeprefix("EPSG:").strip()
    names = {name: entry.get(name, "") for name in ("easting", "northing", "reference")}
    if not all(isinstance(name, str) for name in names.values()):
        raise reject("'grid' needs the names of columns as texts")
    if not code.isdecimal() or not (names["reference"] or (names["easting"] and names["northing"])):
        raise reject("'grid' needs epsg (a number, 27700 for Britain), easting and northing")
    if names["reference"] and int(code) != BRITISH:
        raise reject("'reference' is of the British National Grid: epsg = 27700")
    try:
        grid_system(int(code))
    except ValueError as fault:
        raise reject(f"'grid': {fault}") from None
    return Grid(int(code), **names)
