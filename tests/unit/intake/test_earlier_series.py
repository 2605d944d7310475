"""The series of an earlier run, read again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import ClewError, InputRejected
from clew.intake.inputs.earlier_run import read_earlier_series
from clew.model.finding import Member, Series

HEADER = "series_id,view,case_id,added_by,weight_bans,chance\n"


def test_series_come_back_with_their_cases_and_chance(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text(
        HEADER + "S-A,engine,A,,2.5,0.01\nS-A,engine,'=B,A,2.5,0.01\nS-A,engine,A,,2.5,0.01\n"
        "A-C,adopted,C,,,\nA-C,adopted,D,C,,\n"
    )
    series, rejects = read_earlier_series(path)
    assert rejects == ()
    assert series == (
        Series("S-A", "engine", (Member("A", None, 0), Member("=B", None, 0)), 0, 0.01),
        Series("A-C", "adopted", (Member("C", None, 0), Member("D", None, 0)), 0, None),
    )


def test_what_cannot_be_taken_is_told_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text(
        HEADER + ",engine,A,,,\nS-A,engine,,,,\nS-A,ours,A,,,\nS-A,engine,A,,,nan\n"
        "S-A,engine,A,,,-1\nS-A,engine,A,,,x\nS-A,engine,A,,,1\n"
    )
    series, rejects = read_earlier_series(path)
    assert [one.series_id for one in series] == ["S-A"]
    assert [(r.row, r.field) for r in rejects] == [
        (2, "series_id"), (3, "case_id"), (4, "view"), (5, "chance"), (6, "chance"), (7, "chance"),
    ]  # fmt: skip


def test_another_file_is_refused_with_what_to_give(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("case_id,sex\nA,male\n")
    with pytest.raises(InputRejected, match="is missing series_id, view, chance") as said:
        read_earlier_series(path)
    assert said.value.remedy == "Give the series.csv that an earlier clew link wrote"


@given(st.binary(max_size=300))
def test_no_bytes_break_it(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "series.csv"
    path.write_bytes(HEADER.encode() + raw)
    try:
        series, rejects = read_earlier_series(path)
    except ClewError:
        return
    assert all(one.members for one in series)
    assert all(reject.reason for reject in rejects)
