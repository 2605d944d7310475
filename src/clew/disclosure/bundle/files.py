"""The two lists that somebody hands in with a bundle: exhibits, and texts to withhold (CSV)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

from clew.disclosure.bundle.content import Exhibit, Use
from clew.disclosure.bundle.withhold import FEWEST, Withheld, is_long_enough
from clew.errors import InputRejected
from clew.intake.cases.times import instant_of
from clew.model.values import Instant

EXHIBIT_COLUMNS = ("number", "title", "file", "known_at")
WITHHOLD_COLUMNS = ("text", "ground")
MOST_BYTES = 512 * 1024 * 1024
"""Declared: bytes of one document; half of what a bundle of a thousand pages may take."""


def read_exhibits(path: Path, timezone: str, as_of: Instant) -> tuple[list[Exhibit], int]:
    """Return the documents known by then, in order, and how many became known later.

    Columns: number, title, file (beside the list), known_at; dated, known_to, source, use
    (exhibit, unused, unused_sensitive) and late (yes, no) where they are recorded. A file that is
    not there is an exhibit all the same: its page says so.

    Raises
    ------
    InputRejected
        If the list cannot be read, or a row of it lacks what it needs.
    """
    made: list[Exhibit] = []
    later = 0
    seen: set[str] = set()
    for row, cells in _rows(path, EXHIBIT_COLUMNS):
        number = cells["number"]
        if number in seen:
            raise InputRejected(
                path.name,
                f"the number {number} is used twice",
                "Give each document a number of its own",
                row=row,
                field="number",
            )
        seen.add(number)
        known = instant_of(cells["known_at"], timezone, "known_at")
        if known is None or known > as_of:
            later += 1
            continue
        use = cells.get("use", "") or Use.EXHIBIT
        if use not in set(Use):
            raise InputRejected(
                path.name,
                f"{use} is no use of a document",
                f"Write one of: {', '.join(Use)}",
                row=row,
                field="use",
            )
        data = _data(path, cells["file"], row) if use == Use.EXHIBIT else b""
        digest = hashlib.sha256(data).hexdigest() if use == Use.EXHIBIT else ""
        made.append(
            Exhibit(
                number,
                cells["title"],
                cells["file"],
                data,
                digest,
                cells.get("dated", ""),
                known,
                cells.get("known_to", ""),
                cells.get("source", ""),
                Use(use),
                cells.get("late", "") == "yes",
            )
        )
    return made, later


def read_withheld(path: Path) -> list[Withheld]:
    """Return the texts to withhold, with their grounds.

    Raises
    ------
    InputRejected
        If the list cannot be read, or a text is too short to be found safely.
    """
    made = []
    for row, cells in _rows(path, WITHHOLD_COLUMNS):
        if not is_long_enough(cells["text"]):
            raise InputRejected(
                path.name,
                f"a text to withhold has fewer than {FEWEST} letters or digits",
                "Give a longer text",
                row=row,
                field="text",
            )
        made.append(Withheld(cells["text"], cells["ground"]))
    return made


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputRejected(
            path.name, "the list cannot be read", "Save it as CSV in UTF-8 and check its path"
        ) from fault
    read = csv.DictReader(io.StringIO(text), strict=True)
    missing = [name for name in needed if name not in (read.fieldnames or [])]
    if missing:
        raise InputRejected(
            path.name,
            f"missing columns: {', '.join(missing)}",
            f"The first row must name: {', '.join(needed)}",
        )
    try:
        for row, given in enumerate(read, 2):
            cells = {name: (value or "").strip() for name, value in given.items() if name}
            empty = next((name for name in needed if not cells[name]), None)
            if empty:
                raise InputRejected(
                    path.name, "the cell is empty", "Fill it in", row=row, field=empty
                )
            yield row, cells
    except csv.Error as fault:
        raise InputRejected(path.name, f"the list is not CSV ({fault})", "Save it as CSV") from None


def _data(path: Path, name: str, row: int) -> bytes:
    """Return the bytes of a document, which lies beside the list or in a folder below it."""
    folder = path.parent.resolve()
    file = (folder / name).resolve()
    if not file.is_relative_to(folder):
        raise InputRejected(
            path.name,
            f"{name} is outside the folder of the list",
            "Put the document beside the list",
            row=row,
            field="file",
        )
    if not file.is_file():
        raise InputRejected(
            path.name,
            f"there is no file {name} beside the list",
            "Check its name",
            row=row,
            field="file",
        )
    if file.stat().st_size > MOST_BYTES:
        raise InputRejected(
            path.name,
            f"{name} has more than {MOST_BYTES:,} bytes",
            "Split it",
            row=row,
            field="file",
        )
    return file.read_bytes()
