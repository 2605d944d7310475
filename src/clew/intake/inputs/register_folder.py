"""The folder of a register: `rows.jsonl`, every row of every noun, and a tracker's copies.

Both files are sorted, so that the same rows are the same bytes whatever the order of importing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clew.errors import InputRejected, UsageRejected
from clew.intake.inputs.register_cells import row_of
from clew.intake.inputs.register_files import report_of
from clew.intake.tables.open import RowRefusedError
from clew.outputs import output_text
from clew.oversight.register.nouns import Row, cells_of, noun_of
from clew.oversight.register.rows import Register
from clew.oversight.register.tracker import Copies, Report

ROWS, TRACKER = "rows.jsonl", "tracker.jsonl"
ISO = "%Y-%m-%d"
REMEDY = "The register's own files are not edited: import the correction as a new row"


@dataclass(frozen=True, slots=True)
class Held:
    """What a register's folder has."""

    register: Register
    copies: Copies


def load(folder: Path, *, must_exist: bool = True) -> Held:
    """Return what a register's folder has.

    Raises
    ------
    UsageRejected
        If there is no register.
    InputRejected
        If a file of it was edited and can no longer be read.
    """
    there = [folder / name for name in (ROWS, TRACKER) if (folder / name).is_file()]
    if not there:
        if must_exist:
            raise UsageRejected(
                f"there is no register in {folder}",
                "Import a file first: clew register import --help",
            )
        return Held(Register(), Copies())
    rows = [_kept_row(folder / ROWS, *line) for line in _lines(folder / ROWS)]
    reports = [_kept_report(folder / TRACKER, *line) for line in _lines(folder / TRACKER)]
    return Held(Register(rows), Copies(reports))


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    if not path.is_file():
        return
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                cells = json.loads(line)
                if not isinstance(cells, dict) or not all(
                    isinstance(one, str) for one in cells.values()
                ):
                    raise InputRejected(path.name, "not a row of cells", REMEDY, row=number)
                yield number, cells
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as fault:
        raise InputRejected(path.name, f"it cannot be read: {fault}", REMEDY) from None


def _kept_row(path: Path, number: int, cells: dict[str, str]) -> Row:
    try:
        return row_of(cells.pop("noun", ""), cells)
    except RowRefusedError as no:
        raise InputRejected(path.name, no.reason, REMEDY, row=number, field=no.field) from None


def _kept_report(path: Path, number: int, cells: dict[str, str]) -> Report:
    try:
        return report_of(cells, None, ISO)
    except (RowRefusedError, KeyError) as no:
        raise InputRejected(path.name, f"not a row of a copy: {no}", REMEDY, row=number) from None


def save(folder: Path, held: Held) -> None:
    """Write a register's folder; a file that is there is replaced whole."""
    with output_text(folder / ROWS) as file:
        for row in held.register.rows:
            cells = {name: cell for name, cell in cells_of(row).items() if cell}
            file.write(json.dumps({"noun": noun_of(row), **cells}, ensure_ascii=False) + "\n")
    if not held.copies.days:
        return
    with output_text(folder / TRACKER) as file:
        for rows in held.copies.by_day.values():
            for one in rows:
                file.write(json.dumps(report_cells(one), ensure_ascii=False) + "\n")


def report_cells(one: Report) -> dict[str, str]:
    """Return a row of a copy as cells of text."""
    return {
        "seen_on": one.seen_on.isoformat(),
        "status": one.status,
        "ref": one.ref,
        "date_of_report": one.reported.isoformat(),
        "date_added": one.added.isoformat() if one.added else "",
        "coroner_area": one.area,
        "category": one.category,
        "sent_to": " | ".join(one.sent_to),
        "sent_to_count": str(one.addressees),
        "replies_count": str(one.replies),
    }
