"""Read the sheet that a reader filled in blind, and the key that says what each pair was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from clew.errors import InputRejected
from clew.intake.tables import open_table, require_columns
from clew.model.cells import unsafe_cell
from clew.model.contract import KEY_COLUMNS, SHEET_COLUMNS
from clew.model.sample import Drawn, Key, Reading

_SHEET = "Give the sheet that `clew sample-below` wrote, filled in"
_KEY = "Give the sample-key.csv that was written with the sheet"
_ANSWER = {"yes": True, "y": True, "no": False, "n": False, "": None}
_BELOW = {"below": True, "control": False}

_Line = tuple[int, dict[str, str]]


def read_sheet(path: Path) -> tuple[Reading, ...]:
    """Return what the reader said of each pair; a blank answer is one not read.

    Raises
    ------
    InputRejected
        If the file is no such sheet, or an answer is neither yes, no nor blank.

    """
    said = []
    for number, cells in _lines(path, SHEET_COLUMNS, _SHEET):
        answer = cells["worth_a_second_look"].casefold()
        if answer not in _ANSWER:
            raise InputRejected(
                path.name,
                f"'{answer[:40]}' is neither yes, no nor blank",
                "Write yes or no, or leave it blank where the pair was not read",
                row=number,
                field="worth_a_second_look",
            )
        said.append(
            Reading(
                cells["sample_id"],
                cells["case_a"],
                cells["case_b"],
                _ANSWER[answer],
                cells["reader"],
            )
        )
    return tuple(said)


def read_key(path: Path) -> Key:
    """Return the key of a sample.

    Raises
    ------
    InputRejected
        If the file is no key, is empty, or speaks of more than one sample.

    """
    drawn: list[Drawn] = []
    samples: set[tuple[str, int, int]] = set()
    for number, cells in _lines(path, KEY_COLUMNS, _KEY):
        if cells["drawn_from"] not in _BELOW:
            raise InputRejected(
                path.name, "neither below nor control", _KEY, row=number, field="drawn_from"
            )
        for name in ("below_in_week", "seed"):
            text = cells[name]
            if not (text.isascii() and text.isdigit() and len(text) < 19):
                raise InputRejected(path.name, "not a whole number", _KEY, row=number, field=name)
        is_below = _BELOW[cells["drawn_from"]]
        drawn.append(Drawn(cells["sample_id"], cells["case_a"], cells["case_b"], is_below))
        samples.add((cells["week"], int(cells["below_in_week"]), int(cells["seed"])))
    if len(samples) != 1:
        what = "it has no rows" if not samples else "it speaks of more than one sample"
        raise InputRejected(path.name, what, _KEY)
    week, below_in_week, seed = samples.pop()
    return Key(week, below_in_week, seed, tuple(drawn))


def _lines(path: Path, columns: tuple[str, ...], remedy: str) -> Iterator[_Line]:
    """Yield each row's number and cells; a sample's id stands once and is never empty."""
    table = open_table(path)
    places = require_columns(table, columns, remedy)
    seen: set[str] = set()
    for row in table.rows():
        if row.fault:
            raise InputRejected(table.name, row.fault, remedy, row=row.number)
        cells = {name: unsafe_cell(row.cells[places[name]]) for name in columns}
        sample_id = cells["sample_id"]
        if not sample_id or sample_id in seen:
            what = "there twice" if sample_id else "empty"
            raise InputRejected(
                table.name, f"the id is {what}", remedy, row=row.number, field="sample_id"
            )
        seen.add(sample_id)
        yield row.number, cells
