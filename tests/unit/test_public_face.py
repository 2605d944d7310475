"""What `import clew` offers: the names, what they return, and what importing costs."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import clew

PUBLIC = {
    "Answer", "Case", "CaseFile", "ClewError", "Judgement", "WeightTable", "audit", "compare",
    "explain", "learn", "like", "link", "near", "read_cases", "replay", "survey",
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = ["case_id,reported_at,latitude,longitude,premises,age_years,sex,missing_items,entities"]
    rows += [
        f"A-{k},2021-0{k}-02T07:40,51.5{k},-0.12,home,8{k},female,keys,finder:person:F{k % 2}"
        for k in range(1, 8)
    ]
    file = tmp_path / "cases.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def test_the_names_are_these_and_sorted() -> None:
    assert set(clew.__all__) == PUBLIC
    assert clew.__all__ == sorted(clew.__all__)
    assert set(dir(clew)) >= PUBLIC
    assert all(callable(getattr(clew, name)) for name in PUBLIC)
    with pytest.raises(AttributeError):
        _ = clew.no_such_name


def test_replay_is_the_function_after_its_room_was_imported() -> None:
    program = "import clew.replay.budget, clew; clew.link; assert clew.replay.__name__ == 'replay'"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_importing_loads_nothing_heavy() -> None:
    program = (
        "import sys, clew; print(sorted({'numpy', 'pyarrow', 'numba', 'django', 'typer'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_answers_are_tables_and_are_saved(path: Path, tmp_path: Path, capsys: object) -> None:
    cases = clew.read_cases(path)
    answer = clew.link(cases, as_of="2021-06-30")
    assert isinstance(answer, clew.Answer)
    table = answer.to_arrow()
    assert table.column_names[:3] == ["case_a", "case_b", "rank"]
    read = sum(link.to_be_read for link in answer.links)
    assert 0 < read < len(answer.links), "the others stay columns"
    assert table.num_rows == read == len(answer.to_frame())
    assert "A reason to look, not a finding." in answer._repr_html_()
    assert "bans" not in answer._repr_html_()
    answer.save(tmp_path / "out")
    written = {file.name for file in (tmp_path / "out").iterdir()}
    assert written == {"links.csv", "links.parquet", "series.csv", "report.html"}
    assert clew.explain(path, "A-2", "A-1").to_arrow().num_rows > 5
    assert clew.like(cases, ["A-1"], top=3).to_arrow()["rank"].to_pylist() == [1, 2, 3]
    near = clew.near(cases, 51.51, -0.12, within_km=1)
    assert next(row["case_id"] for row in near.records()) == "A-1"
    scans = clew.survey(cases)
    scans.save(tmp_path / "survey")
    assert (tmp_path / "survey" / "survey.html").is_file()
    assert scans.to_arrow().num_rows == sum(len(scan.clusters) for scan in scans.scans.scans)
    assert capsys.readouterr().out == ""  # type: ignore[attr-defined]


def test_times_are_text_datetimes_or_seconds(path: Path) -> None:
    cases = clew.read_cases(path, timezone="UTC")
    end = datetime(2021, 6, 30, 23, 59, 59, tzinfo=UTC)
    instants = {
        clew.link(cases, as_of=at).as_of
        for at in ("2021-06-30", end, end.replace(tzinfo=None), int(end.timestamp()))
    }
    assert instants == {int(end.timestamp())}
    with pytest.raises(clew.ClewError, match="as_of never is not a time"):
        clew.link(cases, as_of="never")


def test_two_cases_are_compared(path: Path) -> None:
    cases = {h.case_id: h.versions[-1][1] for h in clew.read_cases(path).histories}
    findings = clew.compare(cases["A-1"], cases["A-3"])
    assert {f.aspect for f in findings} >= {"distance", "age", "sex"}
    with pytest.raises(clew.ClewError):
        clew.compare(cases["A-1"], cases["A-1"])
