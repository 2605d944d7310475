"""Small case files for the tests of intake."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from clew.intake.read import read_case_file
from clew.model.case import Case
from clew.model.case_file import CaseFile

Rows = Sequence[Mapping[str, str]]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write rows (dicts of one shape or several) as a CSV file, and return its path."""

    def write_rows(rows: Rows, name: str = "cases.csv") -> Path:
        columns = list(dict.fromkeys(key for row in rows for key in row))
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write_rows


@pytest.fixture
def read_rows(write: Write) -> Callable[..., CaseFile]:
    """Read case rows, and facts rows if there are any; ids and report times are filled in."""

    def read(rows: Rows, facts: Rows | None = None, **options: Any) -> CaseFile:
        full = [
            {"case_id": f"C{n}", "reported_at": "2014-06-19T04:05"} | dict(row)
            for n, row in enumerate(rows, start=1)
        ]
        if facts is not None:
            base = {"case_id": "C1", "op": "set", "value": "", "known_at": "2014-07-01T12:00"}
            options["facts"] = write([base | dict(row) for row in facts], "facts.csv")
        return read_case_file(write(full), **options)

    return read


@pytest.fixture
def read_one(read_rows: Callable[..., CaseFile]) -> Callable[..., Case]:
    """Read one case from its columns."""

    def read(**columns: str) -> Case:
        return read_rows([columns]).histories[0].versions[-1][1]

    return read
