"""excess.csv: every watched unit with two records or more, and every temporal alert."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from clew.model.cells import safe_cell
from clew.model.excess import EXCESS_COLUMNS, ExcessAnswer


def write_excess(path: Path, answer: ExcessAnswer) -> None:
    """Write excess.csv in the order of the alphabet: units are never ranked."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(EXCESS_COLUMNS)
        writer.writerows([safe_cell(cell) for cell in row] for row in excess_rows(answer))


def excess_rows(answer: ExcessAnswer) -> Iterator[tuple[str, ...]]:
    """Yield the cells of EXCESS_COLUMNS, sorted by kind, unit and period."""
    rows = [
        (
            unit.kind,
            unit.unit,
            unit.period,
            str(unit.observed),
            f"{unit.expected:.4g}",
            f"{unit.statistic:.6f}",
            unit.signal_date or "",
            f"{unit.p_value:.4g}",
            f"{unit.p_corrected:.4g}",
            str(unit.watched),
            unit.method,
        )
        for unit in answer.units
    ]
    rows += [
        (
            alert.kind,
            alert.subject,
            f"{alert.first_week}/{alert.last_week}",
            str(alert.observed),
            f"{alert.expected:.4g}",
            f"{alert.score:.6f}",
            alert.signal_date,
            f"{alert.p_value:.4g}",
            "",
            str(alert.watched),
            alert.method,
        )
        for alert in answer.alerts
    ]
    yield from sorted(rows)


def excess_records(answer: ExcessAnswer) -> list[dict[str, str]]:
    """Return the rows of excess.csv, ready for JSON."""
    return [dict(zip(EXCESS_COLUMNS, row, strict=True)) for row in excess_rows(answer)]
