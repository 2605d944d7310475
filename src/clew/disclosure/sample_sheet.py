"""Write the sheet of the weekly blind sample, and its key, which the reader must not see."""

from __future__ import annotations

import csv
import io

from clew.model.cells import safe_cell
from clew.model.contract import KEY_COLUMNS, SHEET_COLUMNS
from clew.model.sample import Key


def sheet_text(key: Key) -> str:
    """Return sample.csv: two ids a line and room for an answer; no rank, no priority, no chance."""
    return _text(SHEET_COLUMNS, [(d.sample_id, d.case_a, d.case_b, "", "") for d in key.drawn])


def key_text(key: Key) -> str:
    """Return sample-key.csv: which pairs fell below the budget, and out of how many."""
    same = (key.week, str(key.below_in_week), str(key.seed))
    return _text(
        KEY_COLUMNS,
        [
            (d.sample_id, d.case_a, d.case_b, "below" if d.below else "control", *same)
            for d in key.drawn
        ],
    )


def _text(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return file.getvalue()
