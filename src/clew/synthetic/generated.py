"""What the generator makes: rows, facts and coverage as text (docs/reference/columns.md)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clew.model.contract import CASE_COLUMNS, COVERAGE_COLUMNS, FACT_COLUMNS

Row = dict[str, str]


@dataclass(frozen=True)
class Generated:
    """Case rows, facts rows and coverage rows; a key that is absent is a missing value."""

    rows: list[Row] = field(default_factory=list)
    facts: list[Row] = field(default_factory=list)
    coverage: list[Row] = field(default_factory=list)


def make_fact(
    case_id: str, name: str, value: str, recorded_at: str, *, known_to: str, basis: str
) -> Row:
    """Return one facts row that sets `name` to `value`; it is known when it is recorded."""
    return {
        "case_id": case_id,
        "field": name,
        "op": "set",
        "value": value,
        "known_at": recorded_at,
        "recorded_at": recorded_at,
        "known_to": known_to,
        "basis": basis,
        "source": "generated",
    }


def join_words(words: Iterable[str]) -> str:
    """Return a list cell: each word once, in the order given."""
    return "; ".join(dict.fromkeys(words))


def split_words(cell: str) -> list[str]:
    """Return the words of a list cell; an empty cell has none."""
    return [word for word in (part.strip() for part in cell.split(";")) if word]


def write_generated(generated: Generated, folder: Path) -> None:
    """Write cases.csv, facts.csv and coverage.csv into `folder`, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "cases.csv", CASE_COLUMNS, generated.rows)
    _write(folder / "facts.csv", FACT_COLUMNS, generated.facts)
    _write(folder / "coverage.csv", COVERAGE_COLUMNS, generated.coverage)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows as UTF-8 CSV with Unix line ends, the same bytes for the same rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
