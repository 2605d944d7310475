"""What `clew intake` prints, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from said import clew_here

DAY0 = "case_id,reported_at,manner,cause\nA,2021-03-02T07:40,accident,PENDING\nB,2021-03-03,,\n"
DAY1 = DAY0.replace("PENDING", "GHB toxicity").replace("B,2021-03-03,,\n", "")
WHEN = ("--recorded-at", "2021-04-01T08:00")


@pytest.fixture
def at(tmp_path: Path) -> Path:
    (tmp_path / "d0.csv").write_text(DAY0)
    (tmp_path / "d1.csv").write_text(DAY1)
    clew_here("intake", "d0.csv", "--out", "held", cwd=tmp_path).well()
    return tmp_path


def test_it_says_what_changed_and_that_nothing_was_deleted(at: Path) -> None:
    words = ("intake", "d1.csv", "--previous", "held", "--out", "held")
    out = clew_here(*words, *WHEN, cwd=at).well()
    assert out.splitlines() == [
        "Read: 1 of 1 row of d1.csv. Not read: 0 rows and 0 fields.",
        "d1.csv: 1 row; 0 new cases, 1 changed cell in 1 case, 2 facts recorded at"
        " 2021-04-01T08:00:00+01:00.",
        "  A, cause: PENDING -> GHB toxicity",
        "Missing from this file, but kept (1): B.",
        "held now has 2 cases. Nothing was deleted.",
        "In all data so far: 0 kinds of impossible or unreadable value; 0 pairs that may be"
        " one death reported twice. See quality.html.",
    ]
    assert json.loads((at / "held" / "quality.json").read_text())["all"]["records"] == 2
    assert "<html" in (at / "held" / "quality.html").read_text()
    again = clew_here(*words, cwd=at).well()
    assert "already imported at 2021-04-01T08:00:00+01:00" in again
    record = json.loads((at / "held" / "changes.json").read_text())
    assert record["changed"] == [
        {"case_id": "A", "field": "cause", "before": "PENDING", "after": "GHB toxicity"}
    ]
    assert record["vanished"] == ["B"]
    near = clew_here(
        "near", "held/cases.parquet", "--facts", "held/facts.csv", "--lat", "1", "--lon", "1",
        cwd=at,
    )  # fmt: skip
    assert "Searched: 2 records" in near.well()


def test_machines_are_told_the_same(at: Path) -> None:
    words = ("intake", "d1.csv", "--previous", "held", "--out", "held", "--json")
    record = json.loads(clew_here(*words, cwd=at).well())
    assert (record["facts"], record["vanished"], record["cases"]) == (2, ["B"], 2)
    assert json.loads(clew_here(*words, cwd=at).well())["imported_before"]


def test_a_folder_is_watched_once(at: Path) -> None:
    (at / "in").mkdir()
    for name in ("d0.csv", "d1.csv"):
        (at / "in" / name).write_bytes((at / name).read_bytes())
    (at / "in" / "d2.csv").write_text("no header of ours\n")
    words = ("intake", "--watch", "in", "--once", "--out", "box")
    out = clew_here(*words, cwd=at).well()
    assert [line.split(":")[0] for line in out.splitlines() if ".csv: " in line] == [
        "d0.csv", "d1.csv",
    ]  # fmt: skip
    assert "Refused: d2.csv, whole file: the header is missing case_id" in out
    assert clew_here(*words, cwd=at).well() == ""


def test_a_mapping_is_proposed_explained_and_read(at: Path) -> None:
    rows = "\n".join(f"ME{n},3/{n}/2021,{'MF'[n % 2]},x" for n in range(10, 25))
    (at / "foreign.csv").write_text(f"Case Number,Date Reported,Gender,Race\n{rows}\n")
    out = clew_here("intake", "foreign.csv", "--suggest", "--out", "m.toml", cwd=at).well()
    assert "  Case Number -> case_id: by its name and all 15 values differ" in out
    assert "  Race -> group_race: it looks like a sensitive trait" in out
    assert "Tried on 15 rows: 15 can be taken." in out
    clew_here("intake", "foreign.csv", "--mapping", "m.toml", "--out", "f", cwd=at).well()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("intake",), "give one file to import, or --watch"),
        (("intake", "d1.csv", "--watch", "."), "give one file to import, or --watch"),
        (("intake", "d1.csv", "--out", "held"), "has an import already"),
        (("intake", "nowhere.csv", "--out", "x"), "there is no such file"),
        (("intake", "d1.csv", "--previous", "nowhere", "--out", "x"), "there is no such file"),
        (("intake", "--watch", "nowhere", "--once"), "there is no such folder"),
        (("intake", "d1.csv", "--recorded-at", "soon", "--out", "x"), "is not a time"),
        (("near", "held", "--lat", "1", "--lon", "1"), "has a record"),
    ],
)
def test_refusals_are_one_line(at: Path, words: tuple[str, ...], said: str) -> None:
    assert said in clew_here(*words, cwd=at).one_line()
