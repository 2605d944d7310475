"""Files that a survey may be given: rows are taken or rejected, whatever they hold."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputRejected
from clew.intake.inputs.baselines import read_baseline, read_centres
from clew.intake.inputs.earlier_run import read_declared_links

CELL = st.one_of(
    st.sampled_from(["", "1", "-1", "0", "51.5", "91", "nan", "inf", "1e400", "A1", "=A1", "x y"]),
    st.text(st.characters(exclude_characters=',"\r\n\x00', exclude_categories=("Cs",)), max_size=6),
)


def written(folder: Path, header: str, rows: list[list[str]]) -> Path:
    path = folder / "given.csv"
    lines = [header, *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@given(rows=st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=6))
def test_a_baseline_is_taken_or_rejected_row_by_row(
    rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = written(tmp_path_factory.mktemp("b"), "area,latitude,longitude,expected", rows)
    filled = sum(any(cell.strip() for cell in row) for row in rows)
    try:
        areas, rejects = read_baseline(path)
    except InputRejected:
        return  # no row names an area
    assert len(areas) + len(rejects) == filled
    assert len({one.area for one in areas}) == len(areas)
    assert all(one.expected > 0 and math.isfinite(one.expected) for one in areas)
    assert all(one.reason for one in rejects)


@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=6))
def test_centres_are_different_points(
    rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = written(tmp_path_factory.mktemp("c"), "latitude,longitude", rows)
    try:
        points, rejects = read_centres(path)
    except InputRejected:
        return  # no row has a point
    assert len(set(points)) == len(points)
    assert all(one.reason and not one.kept for one in rejects)


@given(rows=st.lists(st.lists(CELL, min_size=6, max_size=6), max_size=6))
def test_links_are_taken_or_rejected_row_by_row(
    rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    header = "case_a,case_b,rank,chance_per_case,tier,reasons_for"
    links, rejects = read_declared_links(written(tmp_path_factory.mktemp("l"), header, rows))
    filled = sum(any(cell.strip() for cell in row) for row in rows)
    assert len(links) + len(rejects) == filled
    assert all(one.rank >= 1 and one.chance >= 0 for one in links)


def test_a_file_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    for read in (read_baseline, read_centres, read_declared_links):
        with pytest.raises(InputRejected, match="header is missing"):
            read(written(tmp_path, "area,longitude", [["A", "1"]]))
