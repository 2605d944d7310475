"""What the generator hands out: rows, facts and coverage as text, in docs/columns.md's columns."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Row = dict[str, str]

CASE_COLUMNS = (
    "case_id",
    "kind",
    "reported_at",
    "earliest",
    "latest",
    "latitude",
    "longitude",
    "location_precision_m",
    "place_key",
    "premises",
    "home_latitude",
    "home_longitude",
    "agency",
    "area",
    "age_years",
    "sex",
    "posture",
    "lividity",
    "clothing",
    "injuries",
    "body_state",
    "moved_after_death",
    "identity_status",
    "last_seen_alive",
    "category",
    "manner",
    "manner_said_by",
    "cause",
    "substances",
    "tested_for",
    "scene",
    "missing_items",
    "entities",
    "mentions",
    "allegation",
    "allegation_status",
    "references",
    "narrative",
)
"""Columns of a case file, in the order of docs/columns.md."""

FACT_COLUMNS = (
    "case_id",
    "field",
    "op",
    "value",
    "known_at",
    "recorded_at",
    "known_to",
    "basis",
    "source",
)
COVERAGE_COLUMNS = ("system", "agency", "records", "up_to")
LIST_COLUMNS = frozenset(
    [
        "posture",
        "lividity",
        "clothing",
        "injuries",
        "body_state",
        "substances",
        "tested_for",
        "scene",
        "missing_items",
        "entities",
        "mentions",
        "references",
    ]
)


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
