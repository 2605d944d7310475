"""A table's rows and header, whatever kind of file they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from clew.intake.messages.message import MessageRecord, Odd
from clew.intake.tables.header import why_no_record
from clew.intake.tables.sheet_marks import ERRORS, why_refused
from clew.model.input_account import InputAccount, NotRead

MIB = 1024 * 1024
MAX_CELL = MIB
"""Characters in one cell. The longest narrative known to us has under 60,000."""
MAX_ROW = 16 * MIB
"""Characters in one row, its quoted line ends included."""
NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""NUL and halves of characters: JSON, XLSX and Parquet can bring them, and no file or database
that Clew writes can hold them."""


_NO_ERRORS: Mapping[int, str] = {}


def _text_fault(cells: Sequence[str], row: str) -> str:
    """Return why a row's cells, joined in `row`, are no text of bearable length; "" if they are."""
    if len(row) > MAX_ROW:
        return f"the row has {len(row):,} characters, more than {MAX_ROW:,}"
    if len(row) > MAX_CELL and (longest := max(map(len, cells))) > MAX_CELL:
        return f"a cell has {longest:,} characters, more than {MAX_CELL:,}"
    if NO_TEXT.search(row):
        return "a cell has a NUL or half a character in it"
    return ""


def _errors(cells: list[str]) -> dict[int, str]:
    """Blank the cells that show a spreadsheet's error, and return each by its place."""
    errors = {place: cell for place, cell in enumerate(cells) if cell in ERRORS}
    for place in errors:
        cells[place] = ""
    return errors


_WRAPPED = re.compile(r'="([^"]*)"')


def _unwrapped(cell: str) -> str:
    """Return the text of a cell such as `="00123"`, as exports keep a spreadsheet from reading it.

    A formula of a text and nothing else is that text.
    """
    found = _WRAPPED.fullmatch(cell)
    return cell if found is None else found[1].strip()


class RowSource(Protocol):
    """Where a table's rows come from: the header first."""

    def progress(self) -> tuple[int, int]:
        """Return how much has been read, and how much there is."""
        ...

    def notes(self) -> list[str]:
        """Return what was odd about the rows, once all of them are read."""
        ...

    def __iter__(self) -> Iterator[list[str] | str]: ...


class CountedRows:
    """Rows that are counted as they are handed on."""

    def __init__(self, total: int = 0) -> None:
        self.done, self.total = 0, total

    def progress(self) -> tuple[int, int]:
        """Return rows handed on so far, and rows in all."""
        return self.done, self.total

    def notes(self) -> list[str]:
        """Return nothing: these rows are read without doubt."""
        return []


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data: `fault` says why its cells could not be taken.

    `number` is its number as a spreadsheet shows it; of messages and Parquet files, which have no
    header row, it counts from 1. `file` is the message it came from, "" where the table is one
    file. `errors` are cells that show a spreadsheet's error, by place; they are blank in `cells`.
    """

    number: int
    file: str
    cells: list[str]
    fault: str = ""
    errors: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Late:
    """A message's record that is no case of its own but came later. `row` counts items."""

    file: str
    row: int
    record: MessageRecord
    sha256: str

    @property
    def source(self) -> str:
        """Return the words that name this message as the source of a fact."""
        return f"{self.file} sha256:{self.sha256[:16]}"


@dataclass(frozen=True, slots=True)
class OddPlace:
    """What was odd, and in which file and item of it."""

    file: str
    row: int
    odd: Odd


@dataclass(slots=True)
class Table:
    """An open table: its header, then its rows, once. Rows that are wholly empty are counted.

    For messages, `items` has number and file of each row, `late` what is no case of its own, `odd`
    what was odd; `partial` says that they are some messages, and no extract of all cases.
    `timezone` is the zone that the file itself names. `not_read` are parts of the file that were
    not read: other sheets, what is above the header; `notes` what was in doubt about the rest.
    `header_row` is the header's number as a spreadsheet shows it, 0 where there is none.
    `of_cases`: the reader checks error cells, and `doubled` names with their places, itself.
    `before` is the account of the files from which an earlier import made this one.
    """

    name: str
    header: tuple[str, ...]
    _cells: Iterator[list[str] | str]
    _source: RowSource
    warnings: list[str] = field(default_factory=list)
    empty_rows: int = 0
    items: list[tuple[int, str]] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    odd: list[OddPlace] = field(default_factory=list)
    timezone: str | None = None
    partial: bool = False
    not_read: list[NotRead] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    header_row: int = 0
    of_cases: bool = False
    before: InputAccount | None = None
    doubled: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def progress(self) -> tuple[int, int]:
        """Return how much of the file has been read, and how much there is, in one unit."""
        return self._source.progress()

    def rows(self) -> Iterator[Row]:
        """Yield every row that is not wholly empty, cells stripped, as many as the header.

        A row is numbered as a spreadsheet shows it, empty ones counted.
        """
        width = len(self.header)
        number = self.header_row
        for item in self._cells:
            number += 1
            if isinstance(item, str):
                yield Row(*self._item(number), [], fault=item)
                continue
            cells = [cell.strip() for cell in item]
            text = "".join(cells)
            if not text:
                self.empty_rows += 1
                continue
            if fault := _text_fault(cells, text):
                yield Row(*self._item(number), [], fault=fault)
                continue
            if len(cells) > width and any(cells[width:]):
                reason = f"{len(cells)} cells, but the header has {width}"
                fault = f"{reason}; quote cells that contain a separator"
                yield Row(*self._item(number), cells, fault=fault)
                continue
            full = cells[:width] + [""] * (width - len(cells))
            if '="' in text:
                full = [_unwrapped(cell) for cell in full]
            if self.header_row and (fault := why_no_record(full, self.header)):
                yield Row(*self._item(number), full, fault=fault)
                continue
            if "#" in text and (errors := _errors(full)):
                yield Row(*self._item(number), full, self._fault_of(errors), errors)
                continue
            yield Row(*self._item(number), full, "", _NO_ERRORS)
        if self.empty_rows:
            self.warnings.append(f"{self.name}: rows with nothing in them: {self.empty_rows}")
        self.notes += self._source.notes()

    def _fault_of(self, errors: dict[int, str]) -> str:
        """Return why a row with error cells cannot be taken, "" where its reader checks cells."""
        if self.of_cases:
            return ""
        place, text = next(iter(errors.items()))
        return f"column {self.header[place]}: {why_refused(text)}"

    def _item(self, number: int) -> tuple[int, str]:
        return self.items[number - 1] if number <= len(self.items) else (number, "")
