"""Rows of a CSV file, plain or gzipped, read as a stream within bounded memory."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from clew.errors import InputRejected
from clew.intake.cases.contract import column_key
from clew.intake.tables.header import LEAST_KNOWN, Wanted
from clew.intake.tables.table import MAX_CELL, MAX_ROW, MIB

BOMB_BYTES, BOMB_RATIO = 256 * MIB, 200
"""Beyond this size, a file that was packed better than 200 to 1 is no table of deaths."""

_SEPARATORS = ",;\t|"
_DECLARED = re.compile(r"""(?i)"?sep=([^\w"'\s]|\t)"?[,;\t| ]*\r?\n?""")
SAMPLE_LINES, SAMPLE_CHARACTERS = 200, 256 * 1024
"""Declared: of how many lines the separator is found; a title block and rows enough below it."""
SAMPLE_CELLS = 50_000
"""Declared: cells that are looked at for each separator, so that a very wide file takes no longer
than others; a thousand columns are seen for fifty rows."""
_NO_UTF8 = re.compile("[\udc80-\udcff]")
_ESCAPED = 0xDC00
"""Python writes a byte that is no UTF-8 as this and the byte (PEP 383)."""
_SAVE_AGAIN = "Save it again as CSV in UTF-8"


class CsvRows:
    """The rows of one CSV file; iterate once. The first row is the header.

    Each item is the cells, or a text that says why this row could not be split into cells.
    """

    def __init__(self, path: Path, wanted: Wanted, *, packed: bool) -> None:
        self.path, self.packed, self.wanted = path, packed, wanted
        self.western: tuple[int, int] | None = None
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
                # What is no UTF-8 comes as halves of characters, which no text has; see _Lines.
                errors = "surrogateescape" if self.encoding == "utf-8-sig" else "strict"
                with io.TextIOWrapper(source, self.encoding, errors, newline="") as text:
                    yield from self._rows(_Lines(text, self))
        except UnicodeDecodeError:
            raise InputRejected(
                self.path.name, f"the file is not {self.encoding} text", _SAVE_AGAIN
            ) from None
        except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
            raise InputRejected(
                self.path.name,
                f"the gzip file is damaged or cut short ({fault})",
                "Fetch the file again",
            ) from None

    def notes(self) -> list[str]:
        """Return, once all rows are read, which lines are in another character set."""
        if not self.western:
            return []
        first, count = self.western
        lines = "1 line is" if count == 1 else f"{count:,} lines are"
        return [
            f"{self.path.name}: {lines} not UTF-8 text (the first: line {first}) and was read as"
            " Windows-1252; if accents look wrong, save the file again as CSV in UTF-8"
        ]

    def _rows(self, lines: _Lines) -> Iterator[list[str] | str]:
        separator = lines.declared() or find_separator(lines.sample(), self.wanted)
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
                        f"line {begins} has a cell of more than {MAX_CELL:,} characters",
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
        self._rows = rows
        self._name, self._size, self._packed = rows.path.name, rows.size, rows.packed
        self._held: deque[str] = deque()
        self.number = self.characters = self.total = 0

    def __iter__(self) -> _Lines:
        return self

    def declared(self) -> str:
        """Return the separator that a first line `sep=;` declares, which is no row; else "".

        Excel writes and obeys such a line, and shows the next one as its row 1.
        """
        first = self._read(MAX_ROW + 1)
        if found := _DECLARED.fullmatch(first.lstrip("\ufeff")):
            self.number += 1
            return found[1]
        if first:
            self._held.append(first)
        return ""

    def sample(self) -> list[str]:
        """Return the first lines, and keep them for the reader."""
        size = sum(map(len, self._held))
        while len(self._held) < SAMPLE_LINES and size < SAMPLE_CHARACTERS:
            if not (line := self._read(MAX_ROW + 1)):
                break
            self._held.append(line)
            size += len(line)
        return list(self._held)

    def __next__(self) -> str:
        line = self._held.popleft() if self._held else self._read(MAX_ROW + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.characters += len(line)
        self.total += len(line)
        if self.characters > MAX_ROW:
            raise InputRejected(
                self._name,
                f"a row that reaches line {self.number} is longer than {MAX_ROW:,} characters",
                "This is not a table with one case per row; check how it was exported",
            )
        if not line.isascii() and _NO_UTF8.search(line):
            line = self._western(line)
        if "\0" in line:
            raise InputRejected(
                self._name, f"line {self.number} has a NUL byte, so this is not text", _SAVE_AGAIN
            )
        if self._packed and self.total > BOMB_BYTES and self.total > BOMB_RATIO * self._size:
            raise InputRejected(
                self._name,
                f"it unpacks to more than {BOMB_RATIO} times its size",
                "Unpack it yourself and check what it is",
            )
        return line

    def _western(self, line: str) -> str:
        """Return a line of which some bytes are no UTF-8, with these read as Windows-1252."""
        try:
            text = _NO_UTF8.sub(
                lambda byte: bytes([ord(byte[0]) - _ESCAPED]).decode("cp1252"), line
            )
        except UnicodeDecodeError:
            raise InputRejected(
                self._name,
                f"line {self.number} is neither UTF-8 nor Windows-1252 text",
                _SAVE_AGAIN,
            ) from None
        first, count = self._rows.western or (self.number, 0)
        self._rows.western = (first, count + 1)
        return text


def find_separator(lines: Sequence[str], wanted: Wanted) -> str:
    """Return the separator of a table's first lines: `,`, `;`, tab or `|`.

    Records are split at each of them in turn, quoted cells respected. It is the one that splits a
    record into the wanted names; else the one by which most records have one width, the widest
    where several do.
    """

    def score(separator: str) -> tuple[int, float, int]:
        records: list[list[str]] = []
        cells = 0
        with suppress(csv.Error):
            for record in csv.reader(lines, delimiter=separator):
                records.append(record)
                cells += len(record)
                if cells > SAMPLE_CELLS:
                    break
        widths = [len(record) for record in records if any(map(str.strip, record))]
        if len(widths) > 2 and len(lines) >= SAMPLE_LINES:
            widths.pop()
        usual, count = Counter(widths).most_common(1)[0] if widths else (1, 0)
        if usual == 1:
            wide = [width for width in widths if width > 1]
            return (
                _names_in(records, wanted),
                len(wide) / 2 / max(len(widths), 1),
                max(wide, default=1),
            )
        return (_names_in(records, wanted), count / len(widths), usual)

    return max(_SEPARATORS, key=score)


def _names_in(records: Sequence[Sequence[str]], wanted: Wanted) -> int:
    """Return how many of the wanted names one record has at most; one alone may be a value."""
    names = wanted.required | wanted.known
    found = max((len(names & {column_key(cell) for cell in one}) for one in records), default=0)
    return found if found >= LEAST_KNOWN else 0
