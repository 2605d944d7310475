"""Cells of an XLSX sheet that the reader of workbooks gives as blank, and that are not.

The reader (python-calamine) returns nothing for an error such as #REF! and for a formula whose
result was never saved, as programs write it that do not calculate. A blank would say that nothing
was recorded, so such cells are found in the sheet's own XML (ECMA-376, part 1, section 18.3.1.4).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

UNSAVED = "#UNSAVED!"
"""Stands for the result of a formula that was not saved; no spreadsheet has an error so named."""
ERRORS = frozenset({
    "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!",
    "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", UNSAVED,
})  # fmt: skip
"""What a spreadsheet shows in place of a result. #N/A is not among them: it is a filler, a value
that is not available."""
NOT_AVAILABLE = "#N/A"
_PIECE = 1 << 20
_MOST_KEPT = 4 << 20
"""Bytes of one row's XML that are kept; the longest row of a sheet of deaths has far fewer."""
_N = rb"(?:\w{1,20}:)?"
_ROW_END = re.compile(rb"</" + _N + rb"row\s*>|<" + _N + rb"row\b[^<>]*/>")
_HIDDEN_ROW = re.compile(rb"<" + _N + rb"row\b[^<>]*\bhidden=[\"'](?:1|true)[\"']")
_CELL = re.compile(
    rb"<" + _N + rb"c\b([^<>]*[^<>/])>\s*"
    rb"(<" + _N + rb"f\b[^<>]*(?:/>|>[^<>]*</" + _N + rb"f\s*>)\s*)?"
    rb"(?:<" + _N + rb"v\b[^<>]*(?:/>|>([^<>]*)</" + _N + rb"v\s*>)\s*)?"
    rb"</" + _N + rb"c\s*>"
)
_MERGED = re.compile(
    rb"<"
    + _N
    + rb"mergeCell\b[^<>]*\bref=[\"']([A-Za-z]{1,3})([0-9]{1,7}):([A-Za-z]{1,3})([0-9]{1,7})"
)
_PLACE = re.compile(rb"\br=[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']")
_TYPE = re.compile(rb"\bt=[\"'](\w+)[\"']")
_SHEET_ID = re.compile(rb"<" + _N + rb"sheet\b[^<>]*?\b\w+:id=[\"']([^\"'<>]+)[\"']")
_RELATION = re.compile(rb"<" + _N + rb"Relationship\b[^<>]*>")
_ATTRIBUTE = re.compile(rb"\b(Id|Target)=[\"']([^\"'<>]+)[\"']")


@dataclass(slots=True)
class SheetMarks:
    """What a sheet has that its cells do not show: text by (row, column) from 0; hidden rows.

    `merged` counts the cells that are merged with one above, and so have no value of their own.
    """

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: int = 0
    merged: int = 0


def sheet_member(container: zipfile.ZipFile, place: int) -> str:
    """Return the name of the file of a workbook's sheet, by its place from 0; "" if not found."""
    try:
        sheets = _SHEET_ID.findall(container.read("xl/workbook.xml"))
        relations = container.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return ""
    targets: dict[bytes, bytes] = {}
    for relation in _RELATION.findall(relations):
        named = dict(_ATTRIBUTE.findall(relation))
        targets[named.get(b"Id", b"")] = named.get(b"Target", b"")
    if place >= len(sheets):
        return ""
    target = targets.get(sheets[place], b"").decode("utf-8", "replace")
    name = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    return name if target and name in container.namelist() else ""


def read_marks(container: zipfile.ZipFile, member: str) -> SheetMarks:
    """Return the cells of a sheet that are no blanks though they are read as blank."""
    marks = SheetMarks()
    for rows in _whole_rows(container, member):
        marks.hidden_rows += len(_HIDDEN_ROW.findall(rows))
        for left, top, right, bottom in _MERGED.findall(rows):
            # A merged first row is a header in two lines.
            below = int(bottom) - int(top) if int(top) > 1 else 0
            marks.merged += max(0, below * (_number(right) - _number(left) + 1))
        if b"<f" not in rows and b":f" not in rows and b'"e"' not in rows and b"'e'" not in rows:
            continue
        for attributes, formula, value in _CELL.findall(rows):
            kind = _TYPE.search(attributes)
            is_error = kind is not None and kind[1] == b"e"
            is_text = kind is not None and kind[1] == b"str"
            place = _PLACE.search(attributes)
            if place is None or not (is_error or (formula and not value and not is_text)):
                continue
            text = value.decode("utf-8", "replace").strip() if is_error else ""
            marks.cells[int(place[2]) - 1, _number(place[1]) - 1] = text or UNSAVED
    return marks


def _number(letters: bytes) -> int:
    """Return the number of a column, from 1, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _whole_rows(container: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """Yield the XML of a sheet in pieces that end where a row ends."""
    held = b""
    with container.open(member) as stream:
        while piece := stream.read(_PIECE):
            held += piece
            ends = [found.end() for found in _ROW_END.finditer(held)]
            if ends:
                yield held[: ends[-1]]
                held = held[ends[-1] :]
            elif len(held) > _MOST_KEPT:
                held = held[-_PIECE:]
    yield held


def why_refused(text: str) -> str:
    """Return why a cell with an error is refused."""
    if text == UNSAVED:
        return "the cell has a formula whose result was not saved in the workbook"
    return f"the cell has the spreadsheet error {text}"
