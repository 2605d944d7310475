"""Rows of a CSV file, plain or gzipped, read as a stream within bounded memory."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from clew.errors import InputRejected
from clew.intake.tables.table import MAX_CELL, MAX_ROW, MIB

BOMB_BYTES, BOMB_RATIO = 256 * MIB, 200
"""Beyond this size, a file that was packed better than 200 to 1 is no table of deaths."""

_SEPARATORS = ",;\t|"
_SAVE_AGAIN = "Save it again as CSV in UTF-8"


class CsvRows:
    """The rows of one CSV file; iterate once. The first row is the header.

    Each item is the cells, or a text that says why this row could not be split into cells.
    """

    def __init__(self, path: Path, *, packed: bool) -> None:
        self.path, self.packed = path, packed
        self.size = path.stat().st_size
        self._disk: BinaryIO | None = None
        try:
            with self._open() as source:
                start = source.read(4)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            start = b""  # reading the rows will say what is wrong
        self.encoding = "utf-16" if start[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"

    def _open(self) -> BinaryIO | gzip.GzipFile:
        return gzip.open(self.path) if self.packed else self.path.open("rb")

    def progress(self) -> tuple[int, int]:
        """Return bytes of the file read so far, and its size."""
        if self._disk is None or self._disk.closed:
            return self.size, self.size
        return self._disk.tell(), self.size

    def __iter__(self) -> Iterator[list[str] | str]:
        csv.field_size_limit(max(MAX_CELL, csv.field_size_limit()))
        try:
            with self.path.open("rb") as disk:
                self._disk = disk
                source = gzip.GzipFile(fileobj=disk) if self.packed else disk
                with io.TextIOWrapper(source, encoding=self.encoding, newline="") as text:
                    yield from self._rows(_Lines(text, self))
        except UnicodeDecodeError:
            where = "the file"
            if self.encoding == "utf-8-sig":
                with self._open() as again:
                    for number, line in enumerate(iter(lambda: again.readline(MAX_ROW), b""), 1):
                        if line.decode("utf-8", "ignore").encode() != line:
                            where = f"line {number}"
                            break
            raise InputRejected(
                self.path.name, f"{where} is not {self.encoding} text", _SAVE_AGAIN
            ) from None
        except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
            raise InputRejected(
                self.path.name,
                f"the gzip file is damaged or cut short ({fault})",
                "Fetch the file again",
            ) from None

    def _rows(self, lines: _Lines) -> Iterator[list[str] | str]:
        first = lines.first()
        separator = max(_SEPARATORS, key=first.count)
        reader = csv.reader(lines, delimiter=separator, strict=True)
        while True:
            begins = lines.number + 1
            lines.characters = 0
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as fault:
                # One row's quotation marks are at fault, or all is lost.
                if "unexpected end of data" in str(fault):
                    raise InputRejected(
                        self.path.name,
                        f"a quotation mark that opens in line {begins} is never closed",
                        'Close it, or write a quotation mark inside a cell as ""',
                    ) from None
                if "field larger" in str(fault):
                    raise InputRejected(
                        self.path.name,
                        f"line {begins} holds a cell of more than {MAX_CELL:,} characters",
                        "Look for a quotation mark that is never closed, and keep long papers"
                        " elsewhere",
                    ) from None
                where = f"lines {begins} to {lines.number}"
                where = f"line {begins}" if lines.number == begins else where
                yield f'quotation marks are misplaced in {where}; write one inside a cell as ""'


class _Lines:
    """The lines of a text stream, each read no further than the bounds allow."""

    def __init__(self, text: io.TextIOWrapper, rows: CsvRows) -> None:
        self._read: Callable[[int], str] = text.readline
        self._name, self._size, self._packed = rows.path.name, rows.size, rows.packed
        self._held = ""
        self.number = self.characters = self.total = 0

    def __iter__(self) -> _Lines:
        return self

    def first(self) -> str:
        """Return the first line, and keep it for the reader."""
        self._held = self._read(MAX_ROW + 1)[: MAX_ROW + 1]
        return self._held

    def __next__(self) -> str:
        line, self._held = self._held or self._read(MAX_ROW + 1), ""
        if not line:
            raise StopIteration
        self.number += 1
        self.characters += len(line)
        self.total += len(line)
        if self.characters > MAX_ROW:
            raise InputRejected(
                self._name,
                f"a row that reaches line {self.number} is longer than {MAX_ROW:,} characters",
                "This is no table with one case a row; check how it was exported",
            )
        if "\0" in line:
            raise InputRejected(
                self._name, f"line {self.number} holds a NUL byte, so this is not text", _SAVE_AGAIN
            )
        if self._packed and self.total > BOMB_BYTES and self.total > BOMB_RATIO * self._size:
            raise InputRejected(
                self._name,
                f"it unpacks to more than {BOMB_RATIO} times its size",
                "Unpack it yourself and check what it is",
            )
        return line
