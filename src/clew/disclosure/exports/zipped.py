"""Several files as one, the same bytes for the same input: entries bear the export's instant."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

from clew.disclosure.exports.nouns import Stamp
from clew.disclosure.exports.said import about
from clew.disclosure.words import REASON_TO_LOOK
from clew.model.cells import safe_cell
from clew.model.time_window import Instant

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
