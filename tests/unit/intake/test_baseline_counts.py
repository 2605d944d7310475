"""The baseline of expected counts: what it takes, what it refuses, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.errors import InputRejected
from clew.intake.inputs.baselines import read_baseline_counts
from clew.model.excess import Expected

HEAD = "unit_kind,unit,period,expected\n"


def read(tmp_path: Path, text: str) -> tuple:
    path = tmp_path / "b.csv"
    path.write_text(text, encoding="utf-8")
    return read_baseline_counts(path)


def test_rows_are_read(tmp_path: Path) -> None:
    rows, rejects = read(tmp_path, HEAD + "certifier,D1,1984,4.47\ncertifier,D1,1985-03,2\n")
    assert rejects == ()
    assert rows[0] == Expected("certifier", "D1", "1984", 4.47)
    assert rows[1].period == "1985-03"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("doctor,D1,1984,1", "unit_kind"),
        ("certifier,,1984,1", "unit"),
        ("certifier,D1,1984-13,1", "period"),
        ("certifier,D1,84,1", "period"),
        ("certifier,D1,1984,0", "expected"),
        ("certifier,D1,1984,nan", "expected"),
        ("certifier,D1,1984,inf", "expected"),
        ("certifier,D1,1984,many", "expected"),
    ],
)
def test_what_cannot_be_taken_is_kept_with_its_reason(tmp_path: Path, row: str, field: str) -> None:
    rows, (reject,) = read(tmp_path, HEAD + row + "\n")
    assert rows == ()
    assert (reject.row, reject.field, reject.kept) == (2, field, False)


def test_of_two_rows_for_one_period_the_first_stands(tmp_path: Path) -> None:
    text = HEAD + "area,N,1984,1\narea,N,1984,2\n"
    rows, rejects = read(tmp_path, text)
    assert [row.expected for row in rows] == [1.0]
    assert len(rejects) == 1


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRejected):
        read(tmp_path, "unit_kind,unit,period\narea,N,1984\n")


cell = st.text(st.characters(codec="utf-8", exclude_characters='\x00\r\n",'), max_size=8)
likely = st.sampled_from(["area", "place", "1984", "1984-02", "3.5", "-1", "1e9", " 7 "])


@given(st.lists(st.tuples(*[cell | likely] * 4), max_size=6))
@settings(max_examples=60, deadline=None)
def test_every_row_is_taken_or_rejected(table: list[tuple[str, ...]]) -> None:
    table = [row for row in table if any(part.strip() for part in row)]
    with TemporaryDirectory() as folder:
        lines = "".join(",".join(row) + "\n" for row in table)
        rows, rejects = read(Path(folder), HEAD + lines)
    assert len(rows) + len(rejects) == len(table)
    assert all(row.expected > 0 for row in rows)
