"""What the generator makes: rows, facts and coverage as text (docs/reference/columns.md)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from clew.model.contract import CASE_COLUMNS, COVERAGE_COLUMNS, FACT_COLUMNS
from clew.outputs import output_folder, output_text

Row = dict[str, str]


@dataclass(frozen=True)
class Generated:
    """Case rows, facts rows and coverage rows; a key that is absent is a missing value."""

    rows: list[Row] = field(default_factory=list)
    facts: list[Row] = field(default_factory=list)
    coverage: list[Row] = field(default_factory=list)


def join_words(words: Iterable[str]) -> str:
    """Return a list cell: each word once, in the order given."""
    return "; ".join(dict.fromkeys(words))


def split_words(cell: str) -> list[str]:
    """Return the words of a list cell; an empty cell has none."""
    return [word for word in (part.strip() for part in cell.split(";")) if word]


def write_generated(generated: Generated, folder: Path) -> None:
    """Write cases.csv, facts.csv and coverage.csv into `folder`, made if need be.

    UTF-8 with Unix line ends, the same bytes for the same rows.
    """
    for name, columns, rows in (
        ("cases.csv", CASE_COLUMNS, generated.rows),
        ("facts.csv", FACT_COLUMNS, generated.facts),
        ("coverage.csv", COVERAGE_COLUMNS, generated.coverage),
    ):
        with output_folder(folder), output_text(folder / name) as file:
            writer = csv.DictWriter(file, list(columns), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
