"""Tables: a workbook of three sheets, and CSV files in one archive. No cell is ever a formula.

The same input gives the same bytes: every part has the export's instant.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from clew.disclosure.exports.text import (
    LINK_COLUMNS,
    RECORD_COLUMNS,
    Extract,
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
from clew.outputs import csv_begins

FIRST_ZIP_YEAR, LAST_ZIP_YEAR = 1980, 2107
"""A ZIP entry cannot have an earlier or later year (APPNOTE 4.4.6)."""
MOST_IN_CELL = 32_767
"""Characters (UTF-16 units) that fit a cell of a workbook (Excel specifications and limits)."""
CUT = " [cut here: the whole text is in the CSV export]"
MACHINE_LINK_COLUMNS = (*LINK_COLUMNS, "weight_bans")
"""The CSV is for machines: no other export has the weight."""
_WIDE = {"narrative", "cause", "reasons_for", "reasons_against", "how_often", "missing"}
"""Columns that are read as prose."""


def entry(name: str, at: Instant) -> zipfile.ZipInfo:
    """Return a compressed entry of an archive with the instant in UTC."""
    when = datetime.fromtimestamp(at, UTC)
    year = min(max(when.year, FIRST_ZIP_YEAR), LAST_ZIP_YEAR)
    info = zipfile.ZipInfo(name, (year, when.month, when.day, when.hour, when.minute, when.second))
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
    """Write one table as CSV (RFC 4180). The last two columns are the notice and the export."""
    writer = csv.writer(file)
    writer.writerow((*columns, "notice", "export"))
    for row in rows:
        writer.writerow([*(safe_cell(cell) for cell in row), REASON_TO_LOOK, stamp.reference])


def write_about(file: IO[str], stamp: Stamp) -> None:
    """Write what the export says of itself as a table of two columns."""
    writer = csv.writer(file)
    writer.writerow(("label", "words"))
    writer.writerows((label, safe_cell(words)) for label, words in about(stamp))


def write_csv(extract: Extract, file: IO[bytes]) -> None:
    """Write `about.csv`, `records.csv` and `links.csv` as one ZIP archive, row by row."""
    stamp = extract.stamp
    links = ((*link_cells(row), f"{row.micro_bans / MICRO:.6f}") for row in extract.links)
    with zipfile.ZipFile(file, "w") as archive:
        with text_entry(archive, "about.csv", stamp.made_at) as text:
            text.write(csv_begins())
            write_about(text, stamp)
        with text_entry(archive, "records.csv", stamp.made_at) as text:
            text.write(csv_begins())
            write_table(text, RECORD_COLUMNS, map(record_cells, extract.records), stamp)
        with text_entry(archive, "links.csv", stamp.made_at) as text:
            text.write(csv_begins())
            write_table(text, MACHINE_LINK_COLUMNS, links, stamp)


def write_xlsx(extract: Extract, file: IO[bytes]) -> None:
    """Write the workbook, row by row; the same input gives the same bytes."""
    stamp, made = extract.stamp, io.BytesIO()
    book = Workbook(write_only=True)
    book.properties.title = f"{stamp.reference}: {REASON_TO_LOOK}"
    book.properties.creator = "Clew"
    book.properties.created = datetime.fromtimestamp(stamp.made_at, UTC).replace(tzinfo=None)
    _sheet(book, "About", ("", ""), about(stamp), stamp)
    _sheet(book, "Records", RECORD_COLUMNS, map(record_cells, extract.records), stamp)
    _sheet(book, "Links", LINK_COLUMNS, map(link_cells, extract.links), stamp)
    book.save(made)
    # Copied with the export's instant wherever openpyxl wrote the time of day.
    modified = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            with source.open(name) as old, target.open(entry(name, stamp.made_at), "w") as new:
                if name == "docProps/core.xml":
                    new.write(modified.sub(rb"\g<1>" + iso(stamp.made_at).encode(), old.read()))
                else:
                    shutil.copyfileobj(old, new, 1 << 20)


def _sheet(
    book: Workbook, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], stamp: Stamp
) -> None:
    sheet: Any = book.create_sheet(title)
    for k, column in enumerate(columns, 1):
        wide = column in _WIDE or (title == "About" and k == 2)
        sheet.column_dimensions[get_column_letter(k)].width = 60 if wide else 20
    # A footer prints on each page; & would begin a code in it, and there is none in these words.
    sheet.oddFooter.center.text = REASON_TO_LOOK
    sheet.oddFooter.left.text = stamp.reference
    sheet.page_setup.orientation = "landscape"
    if any(columns):
        sheet.freeze_panes = "B2"
        sheet.append([_cell(sheet, column, bold=True) for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, text) for text in row])


def _cell(sheet: Any, text: str, *, bold: bool = False) -> Any:
    shown, units = text, text.encode("utf-16-le")
    if len(units) // 2 > MOST_IN_CELL:
        shown = units[: (MOST_IN_CELL - 200) * 2].decode("utf-16-le", "ignore") + CUT
    cell: Any = WriteOnlyCell(sheet, value="")
    # So that a workbook reads `_x0041_` as these seven characters, not as A.
    cell.value = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", shown)
    # openpyxl takes a text that begins with = for a formula, and #N/A for an error.
    cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    if text.startswith(("=", "+", "-", "@", "\t", "'")):
        cell._style.quotePrefix = 1  # editing the cell leaves it a text
    return cell
