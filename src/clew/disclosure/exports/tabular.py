"""A workbook of three sheets: about it, records, links. No cell of it is ever a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from clew.disclosure.exports.text import (
    LINK_COLUMNS,
    RECORD_COLUMNS,
    Extract,
    LinkRow,
    Stamp,
    about,
    iso,
    link_cells,
    record_cells,
)
from clew.disclosure.words import REASON_TO_LOOK
from clew.model.cells import safe_cell
from clew.model.finding import MICRO
from clew.model.values import Instant

# Several files as one, the same bytes for the same input: entries bear the export's instant.


FIRST_ZIP_YEAR, LAST_ZIP_YEAR = 1980, 2107
"""A ZIP entry cannot bear an earlier or later year (APPNOTE 4.4.6)."""


def entry(name: str, at: Instant) -> zipfile.ZipInfo:
    """Return an entry that bears the instant in UTC, compressed."""
    told = datetime.fromtimestamp(at, UTC)
    year = min(max(told.year, FIRST_ZIP_YEAR), LAST_ZIP_YEAR)
    info = zipfile.ZipInfo(name, (year, told.month, told.day, told.hour, told.minute, told.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


@contextmanager
def text_entry(archive: zipfile.ZipFile, name: str, at: Instant) -> Iterator[IO[str]]:
    """Open one text of an archive for writing: UTF-8, line ends as they are written."""
    with archive.open(entry(name, at), "w", force_zip64=True) as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()


def write_table(
    file: IO[str], columns: Sequence[str], rows: Iterable[Sequence[str]], stamp: Stamp
) -> None:
    """Write one table as CSV (RFC 4180). The last two columns bear the notice and the export."""
    writer = csv.writer(file)
    writer.writerow((*columns, "notice", "export"))
    for row in rows:
        writer.writerow([*(safe_cell(cell) for cell in row), REASON_TO_LOOK, stamp.reference])


def write_about(file: IO[str], stamp: Stamp) -> None:
    """Write what the export says of itself as a table of two columns."""
    writer = csv.writer(file)
    writer.writerow(("label", "words"))
    writer.writerows((label, safe_cell(words)) for label, words in about(stamp))


MOST_IN_CELL = 32_767
"""Characters (UTF-16 units) that a cell of a workbook holds (Excel specifications and limits)."""
CUT = " [cut here: the whole text is in the CSV export]"
_WIDE = {"narrative", "cause", "reasons_for", "reasons_against", "how_often", "missing"}
"""Columns that are read as prose."""


def write_xlsx(extract: Extract, file: IO[bytes]) -> None:
    """Write the workbook, row by row; the same input gives the same bytes."""
    book = Workbook(write_only=True)
    _properties(book, extract.stamp)
    _sheet(book, "About", ("", ""), about(extract.stamp), extract.stamp)
    _sheet(book, "Records", RECORD_COLUMNS, map(record_cells, extract.records), extract.stamp)
    _sheet(book, "Links", LINK_COLUMNS, map(link_cells, extract.links), extract.stamp)
    made = io.BytesIO()
    book.save(made)
    _write_again(made, file, extract.stamp)


def _properties(book: Workbook, stamp: Stamp) -> None:
    told = book.properties
    told.title = f"{stamp.reference}: {REASON_TO_LOOK}"
    told.creator = "Clew"
    told.created = datetime.fromtimestamp(stamp.made_at, UTC).replace(tzinfo=None)


def _sheet(
    book: Workbook, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], stamp: Stamp
) -> None:
    sheet: Any = book.create_sheet(title)
    for k, column in enumerate(columns):
        wide = column in _WIDE or (title == "About" and k == 1)
        sheet.column_dimensions[_letter(k)].width = 60 if wide else 20
    # A footer prints on each page; & would begin a code in it, and there is none in these words.
    sheet.oddFooter.center.text = REASON_TO_LOOK
    sheet.oddFooter.left.text = stamp.reference
    sheet.page_setup.orientation = "landscape"
    if any(columns):
        sheet.freeze_panes = "B2"
        sheet.append([_cell(sheet, column, bold=True) for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, text) for text in row])


def _letter(k: int) -> str:
    return chr(ord("A") + k) if k < 26 else f"A{chr(ord('A') + k - 26)}"


def _cell(sheet: Any, text: str, *, bold: bool = False) -> Any:
    cell: Any = WriteOnlyCell(sheet, value="")
    cell.value = _escaped(_fitting(text))
    # openpyxl takes a text that begins with = for a formula, and #N/A for an error.
    cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    if text.startswith(("=", "+", "-", "@", "\t", "'")):
        cell._style.quotePrefix = 1  # editing the cell leaves it a text
    return cell


def _escaped(text: str) -> str:
    """Write `_x0041_` so that a workbook reads it as these seven characters, not as A."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def _fitting(text: str) -> str:
    if len(text.encode("utf-16-le")) // 2 <= MOST_IN_CELL:
        return text
    return text.encode("utf-16-le")[: (MOST_IN_CELL - 200) * 2].decode("utf-16-le", "ignore") + CUT


def _write_again(made: IO[bytes], file: IO[bytes], stamp: Stamp) -> None:
    """Copy the workbook with the export's instant wherever openpyxl wrote its own clock."""
    modified = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            with source.open(name) as old, target.open(entry(name, stamp.made_at), "w") as new:
                if name == "docProps/core.xml":
                    new.write(modified.sub(rb"\g<1>" + iso(stamp.made_at).encode(), old.read()))
                else:
                    while chunk := old.read(1 << 20):
                        new.write(chunk)


# CSV: records, links and what the export says of itself, in one archive.
#
# For machines: `weight_bans` is a column here, and in no other export.


MACHINE_LINK_COLUMNS = (*LINK_COLUMNS, "weight_bans")


def write_csv(extract: Extract, file: IO[bytes]) -> None:
    """Write `about.csv`, `records.csv` and `links.csv` as one ZIP archive, row by row."""
    stamp = extract.stamp
    with zipfile.ZipFile(file, "w") as archive:
        with text_entry(archive, "about.csv", stamp.made_at) as text:
            write_about(text, stamp)
        with text_entry(archive, "records.csv", stamp.made_at) as text:
            write_table(text, RECORD_COLUMNS, map(record_cells, extract.records), stamp)
        with text_entry(archive, "links.csv", stamp.made_at) as text:
            write_table(text, MACHINE_LINK_COLUMNS, _weighed(extract), stamp)


def _weighed(extract: Extract) -> Iterator[tuple[str, ...]]:
    def cells(row: LinkRow) -> tuple[str, ...]:
        return (*link_cells(row), f"{row.micro_bans / MICRO:.6f}")

    return map(cells, extract.links)
