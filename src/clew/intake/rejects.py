"""Write what could not be taken, so that nothing is dropped in silence."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from clew.model.case_file import Reject
from clew.model.cells import safe_cell


class RowRefusedError(Exception):
    """A row that cannot be taken: the field at fault ("" = the row as such), and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


COLUMNS = ("file", "row", "field", "value", "reason", "kept")


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Write rejects as CSV in UTF-8, in the order given; `kept` is yes where the row was kept."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)  # CRLF, so that a lone CR in a cell is quoted too
        writer.writerow(COLUMNS)
        for reject in rejects:
            texts = (reject.field, reject.value, reject.reason)
            field, value, reason = map(safe_cell, texts)
            kept = "yes" if reject.kept else "no"
            writer.writerow((safe_cell(reject.file), reject.row, field, value, reason, kept))
