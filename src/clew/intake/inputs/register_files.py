"""Files of a register: our TOML and CSV forms, a tracker's copies, others by a mapping."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from clew.errors import InputRejected
from clew.intake.cases.contract import column_key
from clew.intake.inputs.register_cells import MOST_WORDS, day_in, row_of, whole_in
from clew.intake.tables.header import Wanted
from clew.intake.tables.open import RowRefusedError, Table, open_table
from clew.model.case_file import Reject
from clew.oversight.register.nouns import NOUNS, Row, cell_of
from clew.oversight.register.tracker import STATUSES, Copies, Report

TRACKER = "tracker"
TRACKER_REQUIRED = (
    "seen_on", "status", "ref", "date_of_report", "coroner_area", "sent_to", "replies_count",
)  # fmt: skip
TRACKER_COLUMNS = (*TRACKER_REQUIRED, "date_added", "category", "sent_to_count", "days_overdue")
TRACKER_FORM = "%d/%m/%Y"
"""How the tracker writes days (pfd_register_snapshots: every one of 99,290 cells)."""
MOST_BYTES = 8 * 1024 * 1024
"""Declared: the largest TOML file; the seed's has 20 kB."""
MAPPING_KEYS = frozenset(("noun", "columns", "constants", "date_format", "values"))
EXAMPLE = 'Begin with noun = "finding" and [columns] ours = "Theirs"'
Taken = Row | Report


@dataclass(frozen=True, slots=True)
class RegisterMapping:
    """How a foreign file's columns become a noun's: ours -> theirs, constants, values, days."""

    noun: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_format: str = ""


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """What was taken of a file: rows of nouns, copies of a tracker, how many rows it has."""

    file: str
    read: int
    rows: tuple[Row, ...]
    copies: Copies
    rejects: tuple[Reject, ...]
    notes: tuple[str, ...] = ()


def read_register(
    path: Path, mapping: RegisterMapping | None = None, seen_on: date | None = None
) -> RegisterFile:
    """Read one file of a register.

    Parameters
    ----------
    mapping
        For a table with foreign headers.
    seen_on
        The day of a tracker's copy whose rows do not give it.

    Raises
    ------
    InputRejected
        If the file cannot be read, or nothing says what its rows are.
    """
    if path.suffix.lower() == ".toml":
        return _read_toml(path)
    return _read_table(path, mapping, seen_on)


def _load_toml(path: Path, what: str, remedy: str) -> dict[str, Any]:
    name = path.name
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputRejected(name, f"{what} has more than {MOST_BYTES:,} bytes", "Divide it")
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputRejected(str(path), "there is no such file", "Check the path") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        fault = " ".join(str(error).split())
        raise InputRejected(name, f"{what} cannot be read: {fault}", remedy) from None


def _read_toml(path: Path) -> RegisterFile:
    content = _load_toml(path, "the register", "Begin each row with [[finding]] or another noun")
    rows: list[Row] = []
    rejects: list[Reject] = []
    read = 0
    for noun, tables in content.items():
        for table in tables if isinstance(tables, list) else [tables]:
            read += 1
            try:
                rows.append(_toml_row(noun, table))
            except RowRefusedError as no:
                value = table.get(no.field, "") if isinstance(table, Mapping) else ""
                shown = str(value)[:200]
                rejects.append(Reject(path.name, read, no.field, shown, no.reason, kept=False))
    return RegisterFile(path.name, read, tuple(rows), Copies(), tuple(rejects))


def _toml_row(noun: str, table: Any) -> Row:
    if not isinstance(table, Mapping):
        raise RowRefusedError("", f"not a table; begin it with [[{noun}]]")
    cells = {}
    for name, value in table.items():
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            if any(";" in one for one in value):
                raise RowRefusedError(name, "a semicolon divides a list, and cannot be in it")
            cells[name] = "; ".join(value)
        elif isinstance(value, str | bool | int | float) or type(value) is date:
            cells[name] = cell_of(value)
        else:
            raise RowRefusedError(name, "not a text, a number, a day or a list of texts")
    return row_of(noun, cells)


def _read_table(path: Path, mapping: RegisterMapping | None, seen_on: date | None) -> RegisterFile:
    known = {"noun", *TRACKER_COLUMNS}
    for kind in NOUNS.values():
        known |= set(kind.__dataclass_fields__)
    if mapping is not None:
        known = {*mapping.columns.values()}
    table = open_table(path, Wanted(known=frozenset(map(column_key, known))))
    places = {column_key(name): at for at, name in enumerate(table.header)}
    take = _taker(path, table, places, mapping, seen_on)
    rows: list[Row] = []
    reports: list[Report] = []
    rejects: list[Reject] = []
    read = 0
    for row in table.rows():
        read += 1
        cells: dict[str, str] = {}
        try:
            if row.fault:
                raise RowRefusedError("", row.fault)
            cells = {name: row.cells[at] for name, at in places.items()}
            taken = take(cells)
            (reports if isinstance(taken, Report) else rows).append(taken)  # type: ignore[arg-type]
        except RowRefusedError as no:
            value = cells.get(no.field, "")[:200]
            rejects.append(Reject(path.name, row.number, no.field, value, no.reason, kept=False))
    notes = (*table.warnings, *table.notes, *(f"{n.part}: {n.why}" for n in table.not_read))
    return RegisterFile(path.name, read, tuple(rows), Copies(reports), tuple(rejects), notes)


def _taker(
    path: Path,
    table: Table,
    places: Mapping[str, int],
    mapping: RegisterMapping | None,
    seen_on: date | None,
) -> Callable[[dict[str, str]], Taken]:
    """Return what makes rows of this table's cells."""
    if mapping is not None:
        absent = [one for one in mapping.columns.values() if column_key(one) not in places]
        if absent:
            raise InputRejected(
                path.name, f"the header has no {', '.join(absent)}",
                f"It has: {', '.join(table.header[:40])}; correct the mapping",
            )  # fmt: skip
        return lambda cells: _mapped(mapping, cells, seen_on)
    needed = [one for one in TRACKER_REQUIRED if one != "seen_on" or seen_on is None]
    if set(needed) <= places.keys():
        return lambda cells: report_of(cells, seen_on)
    stem = re.sub(r"\.(csv|tsv|txt|gz|xlsx|parquet)$", "", re.sub(r"\.gz$", "", path.name.lower()))
    noun = next((one for one in NOUNS if stem in {one, f"{one}s", f"{one[:-1]}ies"}), "")
    if "noun" in places:
        return lambda cells: row_of(cells.pop("noun"), cells)
    if noun:
        return lambda cells: row_of(noun, cells)
    missing = [one for one in needed if one not in places]
    raise InputRejected(
        path.name,
        "nothing says what its rows are",
        f"Add a column noun, name the file after one ({', '.join(list(NOUNS)[:4])}, ...), give"
        f" --mapping, or give a tracker's copy ({', '.join(missing)} missing)",
    )


def _mapped(mapping: RegisterMapping, cells: dict[str, str], seen_on: date | None) -> Taken:
    ours = {
        name: cells[column_key(theirs)] or mapping.constants.get(name, "")
        for name, theirs in mapping.columns.items()
    }
    ours |= {name: text for name, text in mapping.constants.items() if name not in ours}
    for name, values in mapping.values.items():
        if name in ours:
            ours[name] = values.get(ours[name].casefold(), ours[name])
    if mapping.noun == TRACKER:
        return report_of(ours, seen_on, mapping.date_format or TRACKER_FORM)
    if mapping.date_format:
        hints = {name for name, hint in _day_columns(mapping.noun)}
        ours |= {
            name: day_in(name, text, mapping.date_format).isoformat()
            for name, text in ours.items()
            if name in hints and text and name not in mapping.constants
        }
    return row_of(mapping.noun, ours)


def _day_columns(noun: str) -> Iterator[tuple[str, Any]]:
    for name, one in NOUNS[noun].__dataclass_fields__.items():
        if "date" in str(one.type):
            yield name, one


def report_of(
    cells: Mapping[str, str], seen_on: date | None = None, form: str = TRACKER_FORM
) -> Report:
    """Return one row of a tracker's copy.

    Raises
    ------
    RowRefusedError
        If a required cell is blank or is not of its kind.
    """
    seen_text = cells.get("seen_on", "")
    seen = day_in("seen_on", seen_text) if seen_text or seen_on is None else seen_on
    status = cells["status"].strip().casefold()
    if status not in STATUSES:
        raise RowRefusedError("status", f"not one of: {', '.join(STATUSES)}")
    sent_to = tuple(" ".join(part.split()) for part in cells["sent_to"].split("|") if part.strip())
    for name in ("ref", "coroner_area", "category", "sent_to"):
        if len(cells.get(name, "")) > MOST_WORDS:
            raise RowRefusedError(name, f"more than {MOST_WORDS:,} characters")
    named = cells.get("sent_to_count", "")
    added = cells.get("date_added", "")
    return Report(
        seen_on=seen,
        ref=" ".join(cells["ref"].split()),
        reported=day_in("date_of_report", cells["date_of_report"], form),
        area=" ".join(cells["coroner_area"].split()),
        sent_to=sent_to,
        occurrence=0,
        added=day_in("date_added", added, form) if added else None,
        category=" ".join(cells.get("category", "").split()),
        addressees=whole_in("sent_to_count", named) if named else len(sent_to),
        replies=whole_in("replies_count", cells["replies_count"] or "0"),
        status=status,
    )


def read_register_mapping(path: Path) -> RegisterMapping:
    """Return the mapping of a TOML file.

    Raises
    ------
    InputRejected
        If it cannot be read, names no noun, or a column that the noun does not have.
    """
    content = _load_toml(path, "the mapping", EXAMPLE)
    name = path.name
    if unknown := sorted(set(content) - MAPPING_KEYS):
        raise InputRejected(
            name, f"a mapping of a register has no {', '.join(unknown)}",
            f"Use {', '.join(sorted(MAPPING_KEYS))}",
        )  # fmt: skip
    noun = content.get("noun")
    if noun != TRACKER and noun not in NOUNS:
        raise InputRejected(
            name, "noun is none of the register", f"Use {', '.join(NOUNS)}, {TRACKER}"
        )
    tables = {}
    for key in ("columns", "constants"):
        table = content.get(key, {})
        if not isinstance(table, Mapping) or not all(
            isinstance(one, str) for one in table.values()
        ):
            raise InputRejected(name, f"{key} is not a table of texts", EXAMPLE)
        tables[key] = dict(table)
    columns = set(TRACKER_COLUMNS) if noun == TRACKER else set(NOUNS[noun].__dataclass_fields__)
    if unknown := sorted({*tables["columns"], *tables["constants"]} - columns):
        raise InputRejected(
            name,
            f"a {noun} has no column {', '.join(unknown)}",
            f"Use {', '.join(sorted(columns))}",
        )
    values = content.get("values", {})
    if not isinstance(values, Mapping) or not all(
        isinstance(one, Mapping) and all(isinstance(w, str) for w in one.values())
        for one in values.values()
    ):
        raise InputRejected(name, "values is not a table of tables of texts", EXAMPLE)
    form = content.get("date_format", "")
    if not isinstance(form, str) or not _is_form(form):
        raise InputRejected(name, "date_format is not a form such as %d/%m/%Y", EXAMPLE)
    folded = {k: {w.casefold(): v for w, v in one.items()} for k, one in values.items()}
    return RegisterMapping(noun, tables["columns"], tables["constants"], folded, form)


def _is_form(form: str) -> bool:
    day = date(2021, 12, 10)
    try:
        return not form or datetime.strptime(day.strftime(form), form).date() == day
    except ValueError:
        return False
