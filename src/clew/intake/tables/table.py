"""A table's rows and header, whatever kind of file they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from clew.intake.messages.message import MessageRecord, Odd
from clew.model.input_account import NotRead

MIB = 1024 * 1024
MAX_CELL = MIB
"""Characters in one cell. The longest narrative known to us has under 60,000."""
MAX_ROW = 16 * MIB
"""Characters in one row, its quoted line ends included."""
NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""NUL and halves of characters: JSON, XLSX and Parquet can bring them, and no file or database
that Clew writes can hold them."""


def _text_fault(cells: Sequence[str]) -> str:
    """Return why a row's cells are no text of bearable length, "" where they are."""
    row = "".join(cells)
    if len(row) > MAX_ROW:
        return f"the row has {len(row):,} characters, more than {MAX_ROW:,}"
    if len(row) > MAX_CELL and (longest := max(map(len, cells))) > MAX_CELL:
        return f"a cell has {longest:,} characters, more than {MAX_CELL:,}"
    if NO_TEXT.search(row):
        return "a cell has a NUL or half a character in it"
    return ""


class RowSource(Protocol):
    """Where a table's rows come from: the header first."""

    def progress(self) -> tuple[int, int]:
        """Return how much has been read, and how much there is."""
        ...

    def __iter__(self) -> Iterator[list[str] | str]: ...


class CountedRows:
    """Rows that are counted as they are handed on."""

    def __init__(self, total: int = 0) -> None:
        self.done, self.total = 0, total

    def progress(self) -> tuple[int, int]:
        """Return rows handed on so far, and rows in all."""
        return self.done, self.total


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data: `number` from 1; `fault` says why its cells could not be taken.

    `file` is the message it came from, "" where the table is one file.
    """

    number: int
    file: str
    cells: list[str]
    fault: str = ""


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
    `timezone` is the zone that the file itself names; `not_read` are parts of the file that were
    not read: other sheets, what is above the header.
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

    def progress(self) -> tuple[int, int]:
        """Return how much of the file has been read, and how much there is, in one unit."""
        return self._source.progress()

    def rows(self) -> Iterator[Row]:
        """Yield every row that is not wholly empty, cells stripped, as many as the header."""
        width = len(self.header)
        number = 0
        for item in self._cells:
            if isinstance(item, str):
                number += 1
                yield Row(*self._item(number), [], fault=item)
                continue
            cells = [cell.strip() for cell in item]
            if fault := _text_fault(cells):
                number += 1
                yield Row(*self._item(number), [], fault=fault)
                continue
            if not any(cells):
                self.empty_rows += 1
                number += bool(cells)  # a blank line is no row; a row of empty cells is one
                continue
            number += 1
            if len(cells) > width and any(cells[width:]):
                reason = f"{len(cells)} cells, but the header has {width}"
                fault = f"{reason}; quote cells that hold a separator"
                yield Row(*self._item(number), cells, fault=fault)
                continue
            full = cells[:width] + [""] * (width - len(cells))
            yield Row(*self._item(number), full)
        if self.empty_rows:
            self.warnings.append(f"{self.name}: rows with nothing in them: {self.empty_rows}")

    def _item(self, number: int) -> tuple[int, str]:
        return self.items[number - 1] if number <= len(self.items) else (number, "")
