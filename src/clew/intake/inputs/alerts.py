"""Read back an alerts.csv, or its sisters shared.csv and below.csv, that `clew replay` wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from clew.errors import InputRejected
from clew.intake.cases.cleaning import read_number
from clew.intake.cases.times import TimeReader
from clew.intake.tables.open import open_table, require_columns
from clew.model.alert import AlertRow, Trigger
from clew.model.cells import unsafe_cell
from clew.model.contract import ALERT_COLUMNS, KEY_COLUMNS, SHEET_COLUMNS
from clew.model.finding import MICRO, Relation, Tier
from clew.model.sample import Key, SampledPair, SampleReading

_FAR_FUTURE = 7_258_118_400
"""2200-01-01: a file that `clew replay` wrote may reach past the reader's own clock."""
_MOST_BANS = 2_147.483_647
"""A weight is a sum of whole micro-bans in 32 bits."""
_REMEDY = "Give the file as `clew replay` wrote it"

_Word = TypeVar("_Word", bound=StrEnum)


def read_alerts(path: Path, timezone: str) -> tuple[AlertRow, ...]:
    """Return the rows of an alerts file, in its order.

    The file holds neither how many records were compared nor which fields changed: `compared` is
    0 and `changed` empty in every row.

    Parameters
    ----------
    path
        A file with the columns of alerts.csv.
    timezone
        Zone of times that have none; those that `clew replay` writes have one.

    Raises
    ------
    InputRejected
        If the file cannot be read, lacks a column, or has a row that is no row of alerts.csv.

    """
    table = open_table(path)
    places = require_columns(table, ALERT_COLUMNS, _REMEDY)
    times = TimeReader(timezone, _FAR_FUTURE)
    rows = []
    for row in table.rows():
        if row.fault:
            raise InputRejected(table.name, row.fault, _REMEDY, row=row.number)
        cells = {name: row.cells[places[name]] for name in ALERT_COLUMNS}
        rows.append(_AlertCells(table.name, row.number, cells).read(times))
    return tuple(rows)


class _AlertCells:
    """The cells of one row, each read with an error that names its file, row and field."""

    def __init__(self, file: str, number: int, cells: Mapping[str, str]) -> None:
        self.file, self.number, self.cells = file, number, cells

    def read(self, times: TimeReader) -> AlertRow:
        """Return the row."""
        case_id, linked = self._case("case_id"), self._case("linked_case_id")
        if case_id == linked:
            raise self._refused("linked_case_id", "a pair is of two cases")
        rank = self._rank()
        return AlertRow(
            at=self._at(times),
            case_id=case_id,
            linked_case_id=linked,
            rank=rank,
            priority=self._number("priority"),
            micro_bans=self._micro_bans(),
            chance=self._chance(),
            compared=0,
            tier=self._word("tier", Tier),
            relation=self._word("relation", Relation),
            trigger=self._word("trigger", Trigger),
            alert=self._alert(rank),
        )

    def _refused(self, field: str, reason: str) -> InputRejected:
        said = reason if self.cells[field] else f"it is empty; {reason}"
        return InputRejected(self.file, said, _REMEDY, row=self.number, field=field)

    def _case(self, field: str) -> str:
        case_id = unsafe_cell(self.cells[field])
        if not case_id:
            raise self._refused(field, "every row names two cases")
        return case_id

    def _at(self, times: TimeReader) -> int:
        text = self.cells["at"]
        try:
            if not text:
                raise ValueError("every row has a time")
            return times.read(text).end
        except ValueError as fault:
            raise self._refused("at", str(fault)) from None

    def _number(self, field: str) -> float:
        try:
            return read_number(self.cells[field])
        except ValueError as fault:
            raise self._refused(field, str(fault)) from None

    def _rank(self) -> int:
        text = self.cells["rank"]
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= 1):
            raise self._refused("rank", "a rank is a whole number from 1")
        return int(text)

    def _micro_bans(self) -> int:
        bans = self._number("weight_bans")
        if abs(bans) > _MOST_BANS:
            raise self._refused("weight_bans", f"no weight is beyond {_MOST_BANS:,.0f} bans")
        return round(bans * MICRO)

    def _chance(self) -> float:
        chance = self._number("chance_per_case")
        if chance < 0:
            raise self._refused("chance_per_case", "an expected number is not negative")
        return chance

    def _word(self, field: str, words: type[_Word]) -> _Word:
        try:
            return words(self.cells[field].casefold())
        except ValueError:
            raise self._refused(field, f"not one of {', '.join(words)}") from None

    def _alert(self, rank: int) -> bool:
        text = self.cells["alert"]
        if text not in {"0", "1"}:
            raise self._refused("alert", "neither 1 (alerted) nor 0")
        if text == "1" and rank != 1:
            raise self._refused("alert", "only rank 1 can alert")
        return text == "1"


# Read the sheet that a reader filled in blind, and the key that says what each pair was.


_SHEET = "Give the sheet that `clew sample-below` wrote, filled in"
_KEY = "Give the sample-key.csv that was written with the sheet"
_ANSWER = {"yes": True, "y": True, "no": False, "n": False, "": None}
_BELOW = {"below": True, "control": False}

_Line = tuple[int, dict[str, str]]


def read_sheet(path: Path) -> tuple[SampleReading, ...]:
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
            SampleReading(
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
    drawn: list[SampledPair] = []
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
        drawn.append(SampledPair(cells["sample_id"], cells["case_a"], cells["case_b"], is_below))
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
