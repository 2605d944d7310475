"""Rows of one sheet of an XLSX workbook, its container checked before, and of a Parquet file."""

from __future__ import annotations

import json
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import python_calamine as calamine

from clew.errors import InputRejected
from clew.intake.tables.header import PEEKED, Wanted, has_table
from clew.intake.tables.sheet_marks import SheetMarks, read_marks, sheet_member
from clew.intake.tables.table import MAX_CELL, MIB, CountedRows
from clew.model.input_account import InputAccount, NotRead, account_from_json

MAX_UNPACKED, MAX_RATIO = 1024 * MIB, 200
"""Unpacked bytes of the whole container; and of one member against its packed size."""
SMALL_MEMBER = 16 * MIB
"""Members below this may pack as well as they like."""
MAX_CELLS = 20_000_000
"""Cells between the first and the last used one; the reader holds them all."""
MAX_COLUMNS, MAX_ROWS = 16_384, 1_048_576
"""The last column and row of a sheet, XFD and 1048576 (Excel's specifications and limits)."""

_REFERENCE = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{0,20})([0-9]{0,20})""")
_CELL_OR_ROW = re.compile(rb"<(?:\w{1,20}:)?(?:c|row)\b")
_CHUNK, _OVERLAP = MIB, 64

ZONE_KEY = b"clew.timezone"
"""Names the zone of a Parquet file's naive times, in the file's own metadata."""
ACCOUNT_KEY = b"clew.account"
"""Says, in the file's own metadata, what was taken of the files that it was made of."""
BATCH_ROWS = 4_096
MAX_BATCH_BYTES = 512 * 1024 * 1024
"""A batch that unpacks to more is no table of deaths."""
BYTES_A_CHARACTER = 4
"""Of UTF-8, at most (RFC 3629, section 3)."""


class XlsxRows(CountedRows):
    """The rows of one visible sheet of a workbook; iterate once. The first is the sheet's row 1.

    It is the first that has the wanted columns, else the first that has anything in it. A hidden
    sheet is never read: nobody who opens the workbook sees what it says. `not_read` names the
    others.
    """

    def __init__(self, path: Path, wanted: Wanted) -> None:
        super().__init__()
        self.path, self.wanted = path, wanted
        self.warnings: list[str] = []
        self.not_read: list[NotRead] = []
        self._notes: list[str] = []
        # What is no workbook, is damaged, or would unpack to more than can be held is refused.
        try:
            with zipfile.ZipFile(path) as container:
                members = container.infolist()
                size = sum(member.file_size for member in members)
                if size > MAX_UNPACKED or any(
                    member.file_size > max(SMALL_MEMBER, MAX_RATIO * max(1, member.compress_size))
                    for member in members
                ):
                    raise InputRejected(
                        path.name,
                        f"the workbook would unpack to {size:,} bytes, far more than its"
                        " size tells",
                        "Check where it comes from; save the table as CSV",
                    )
                spans = [_span(container, member) for member in members]
                if not any(member.filename.startswith("xl/") for member in members):
                    raise _unreadable(path, "the ZIP file contains no workbook")
        except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError) as no:
            # A name that is no UTF-8, or a date that is none, comes as a ValueError from zipfile.
            raise _unreadable(path, str(no)) from None
        except (NotImplementedError, RuntimeError) as no:
            raise _unreadable(path, f"it is packed in an unusual way: {no}") from None
        if any(width > MAX_COLUMNS or height > MAX_ROWS for width, height, _ in spans):
            raise InputRejected(
                path.name,
                f"a cell lies beyond column XFD or row {MAX_ROWS:,}, where a sheet ends",
                "Save it again as XLSX or CSV",
            )
        cells = max((cells for _, _, cells in spans), default=0)
        if cells > MAX_CELLS:
            raise InputRejected(
                path.name,
                f"a sheet spans {cells:,} cells, more than {MAX_CELLS:,}",
                "Delete stray cells far from the table, or save it as CSV",
            )

    def __iter__(self) -> Iterator[list[str] | str]:
        place, sheet = self._sheet()
        self.total = sheet.height
        marks, first_column = self._marks(place), (sheet.start or (0, 0))[1]
        rows_marked = {row for row, _ in marks}
        for number, row in enumerate(sheet.iter_rows()):
            self.done += 1
            cells = ["nan" if value != value else _text(value) for value in row]  # noqa: PLR0124
            if number in rows_marked:
                for column, cell in enumerate(cells):
                    cells[column] = cell or marks.get((number, column + first_column), "")
            yield cells

    def _marks(self, place: int) -> dict[tuple[int, int], str]:
        """Return what the reader gives as blank and is not, by row and column from 0."""
        with zipfile.ZipFile(self.path) as container:
            member = sheet_member(container, place)
            marks = read_marks(container, member) if member else SheetMarks()
        if marks.hidden_rows:
            rows = "1 row is" if marks.hidden_rows == 1 else f"{marks.hidden_rows:,} rows are"
            self._notes.append(
                f"{self.path.name}: {rows} hidden in the sheet, and read like the others"
            )
        if marks.merged:
            cells = "1 cell is" if marks.merged == 1 else f"{marks.merged:,} cells are"
            self._notes.append(
                f"{self.path.name}: {cells} merged with the cell above and read as blank; unmerge"
                " them in the workbook and fill in each"
            )
        return marks.cells

    def notes(self) -> list[str]:
        """Return what was odd about the rows, once all of them are read."""
        return self._notes

    def _sheet(self) -> tuple[int, calamine.CalamineSheet]:
        try:
            book = calamine.load_workbook(self.path)
            sheets = [book.get_sheet_by_index(n) for n in range(len(book.sheet_names))]
            seen = [
                one.visible == calamine.SheetVisibleEnum.Visible for one in book.sheets_metadata
            ]
        except calamine.PasswordError:
            raise InputRejected(
                self.path.name, "the workbook is locked by a password", "Save it without one"
            ) from None
        except Exception as fault:
            raise _unreadable(self.path, str(fault)) from None
        except BaseException as fault:
            if type(fault).__name__ != "PanicException":  # the reader's own, from below Python
                raise
            raise _unreadable(self.path, "the reader gave up") from None
        used = [place for place, sheet in enumerate(sheets) if sheet.height]
        if not used:
            raise InputRejected(self.path.name, "the workbook is empty", "Give one with a header")
        visible = [place for place in used if seen[place]]
        if not visible:
            hidden = ", ".join(sheets[place].name for place in used)
            raise InputRejected(
                self.path.name,
                f"every sheet with anything in it is hidden: {hidden}",
                "Open the workbook and show the sheet with the table, or save it as CSV",
            )
        fits = [place for place in visible if len(visible) > 1 and self._fits(sheets[place])]
        chosen = (fits or visible)[0]
        left = [place for place in used if place != chosen]
        if left:
            names = ", ".join(sheets[n].name + ("" if seen[n] else " (hidden)") for n in left)
            read = sheets[chosen].name
            self.warnings.append(
                f"{self.path.name}: only the sheet '{read}' was read; not read: {names}"
            )
            why = f"only the sheet '{read}' was read"
            self.not_read += [
                NotRead(
                    self.path.name,
                    f"the {'' if seen[n] else 'hidden '}sheet '{sheets[n].name}'"
                    f" ({sheets[n].height:,} rows)",
                    why,
                )
                for n in left
            ]
        return chosen, sheets[chosen]

    def _fits(self, sheet: calamine.CalamineSheet) -> bool:
        """Return whether a sheet has the wanted columns."""
        rows = [[_text(value) for value in row] for row in islice(sheet.iter_rows(), PEEKED)]
        return has_table(rows, self.wanted)


def _span(container: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, int, int]:
    """Read a member to its end, its checksum with it; return how far a sheet may reach.

    The last column and row that are named, and the cells between the first and the last. Members
    that are no sheets reach nowhere. Cells and rows without a reference count as if all were in
    one row and one column.
    """
    is_sheet = member.filename.startswith("xl/") and "sheet" in member.filename.lower()
    width = height = tags = references = chunks = 0
    tail = b""
    with container.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            chunks += 1
            if is_sheet:
                found = _REFERENCE.findall(tail + chunk)
                tags += len(_CELL_OR_ROW.findall(tail + chunk))
                references += len(found)
                for letters, digits in set(found):
                    width, height = max(width, _column(letters)), max(height, int(digits or 0))
                tail = chunk[-_OVERLAP:]
    without = max(0, tags - references - 2 * chunks)  # a tag cut by a chunk's edge may count twice
    return width, height, (width + without) * (height + without)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _unreadable(path: Path, fault: str) -> InputRejected:
    return InputRejected(
        path.name, f"this is not a readable XLSX workbook ({fault})", "Save it again as XLSX or CSV"
    )


class ParquetRows(CountedRows):
    """The rows of one Parquet file, a batch at a time; iterate once. The first is the header.

    A column of times whose every value is midnight has dates alone, and is handed on as such.
    `timezone` is the zone that the file names for its naive times, as `clew intake` writes it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.timezone: str | None = None
        self.before: InputAccount | None = None

    def __iter__(self) -> Iterator[list[str] | str]:
        try:
            # Texts stay in their dictionaries, where one that is in all rows is held once.
            with pq.ParquetFile(self.path, read_dictionary=_text_columns(self.path)) as file:
                self.total = file.metadata.num_rows
                names = list(file.schema_arrow.names)
                zone = (file.schema_arrow.metadata or {}).get(ZONE_KEY, b"")
                self.timezone = zone.decode("utf-8", "replace") or None
                if held := (file.schema_arrow.metadata or {}).get(ACCOUNT_KEY):
                    with suppress(ValueError, KeyError, TypeError, AttributeError):
                        self.before = account_from_json(json.loads(held))
                yield names
                # A column whose values are all at midnight is one of dates.
                as_days = []
                for name in names:
                    kind = file.schema_arrow.field(name).type if names.count(name) == 1 else None
                    as_day = kind is not None and pa.types.is_timestamp(kind)
                    if as_day:
                        times = file.read(columns=[name]).column(0).drop_null()
                        midnights = pc.equal(times, pc.floor_temporal(times, unit="day"))
                        as_day = len(times) > 0 and bool(pc.all(midnights).as_py())
                    as_days.append(as_day)
                for batch in file.iter_batches(batch_size=BATCH_ROWS):
                    self._check_size(batch)
                    columns = [
                        [_text(value, as_day=as_day) for value in column.to_pylist()]
                        for column, as_day in zip(batch.columns, as_days, strict=True)
                    ]
                    for cells in zip(*columns, strict=True):
                        self.done += 1
                        yield list(cells)
        except (pa.ArrowException, OSError, ValueError, OverflowError) as fault:
            raise InputRejected(
                self.path.name,
                f"this is not a readable Parquet file ({str(fault).splitlines()[0][:120]})",
                "Fetch or write the file again",
            ) from None

    def _check_size(self, batch: pa.RecordBatch) -> None:
        """Refuse rows that would take more memory as cells than a batch may."""
        size = longest = 0
        for column in batch.columns:
            if not pa.types.is_dictionary(column.type):
                size += column.nbytes
                continue
            lengths = pc.binary_length(column.dictionary).cast(pa.int64())
            longest = max(longest, pc.max(lengths).as_py() or 0)
            size += pc.sum(lengths.take(column.indices)).as_py() or 0
        if size > MAX_BATCH_BYTES or longest > MAX_CELL * BYTES_A_CHARACTER:
            raise InputRejected(
                self.path.name,
                f"{BATCH_ROWS:,} rows unpack to {size:,} bytes, and one cell to {longest:,}",
                "Check where it comes from; save the table as CSV",
            )


def _text_columns(path: Path) -> list[str]:
    """Return the columns of texts, none of which is nested; refuse one that unpacks to too much."""
    with pq.ParquetFile(path) as file:
        for group in range(file.metadata.num_row_groups):
            rows = file.metadata.row_group(group)
            if rows.total_byte_size <= MAX_UNPACKED:
                # So no column of it is larger. To ask a column of a damaged file for its size ends
                # the process in pyarrow 26 (found by benchmarks/fuzz_intake.py).
                continue
            for place in range(rows.num_columns):
                size = rows.column(place).total_uncompressed_size
                if size > MAX_UNPACKED:
                    raise InputRejected(
                        path.name, f"a column would unpack to {size:,} bytes",
                        "Check where it comes from; save the table as CSV",
                    )  # fmt: skip
        kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary)
        return [one.name for one in file.schema_arrow if any(kind(one.type) for kind in kinds)]


def _text(value: Any, *, as_day: bool = False) -> str:  # noqa: PLR0911 - one line a type
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if as_day else value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list):
        return ";".join(map(_text, value))
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value)  # a date and a time of day are ISO 8601 so
