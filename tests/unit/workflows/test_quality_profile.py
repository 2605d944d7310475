"""`clew quality` shows what each reading of a column explains: on screen, in JSON, on the page."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "transcripts"))
from said import clew_here

MAPPING = """name = "m"
[columns]
case_id = "ID"
reported_at = ["Day", "Hour"]
age_years = "Age"
latitude = "Lat"
earliest = "Serial"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [f'A-{n},2021-03-0{n}T00:00,{n}47,3{n},"51,5{n}",4425{n}' for n in range(1, 9)]
    rows[0] = rows[0].replace(",31,", ",young,")
    text = "\n".join(["ID,Day,Hour,Age,Lat,Serial", *rows]) + "\n"
    (tmp_path / "a.csv").write_text(text, "utf-8")
    (tmp_path / "m.toml").write_text(MAPPING, "utf-8")
    return tmp_path


def test_every_reading_has_its_share(folder: Path) -> None:
    command = ("quality", "a.csv", "--mapping", "m.toml")
    screen = clew_here(*command, cwd=folder).well()
    assert "How columns were read:" in screen
    assert (
        "reported_at ('Day') is read as dates: every clock in the column is midnight. Of 8 cells:"
        " as written 100%, a date at midnight 100%" in screen
    )
    assert "reported_at (clock) ('Hour') is read as hours and minutes without a mark" in screen
    assert "age_years ('Age') is read as written. Of 8 cells: as written 88%" in screen
    assert "latitude ('Lat') is read with a decimal comma" in screen
    assert "earliest ('Serial') is read as a spreadsheet's day numbers" in screen
    record = json.loads((folder / "clew-out" / "quality.json").read_text("utf-8"))["profile"]
    shares = {one["column"]: one["shares"] for one in record}
    assert shares["age_years"]["as written"] == 0.875
    assert shares["earliest"]["a spreadsheet's day number"] == 1
    assert shares["earliest"]["a date alone"] == 0
    assert shares["reported_at (clock)"]["hours and minutes without a mark"] == 1
    assert shares["latitude"] == {
        "as written": 0, "with a decimal comma": 1, "with commas between thousands": 0,
    }  # fmt: skip
    page = (folder / "clew-out" / "quality.html").read_text("utf-8")
    assert "How columns were read" in page
    assert "a spreadsheet&#39;s day number 100%" in page
    said = json.loads(clew_here(*command, "--json", cwd=folder).well())
    assert said["profile"] == record


def test_an_import_shows_the_profile_of_the_file_that_came(folder: Path) -> None:
    clew_here("intake", "a.csv", "--mapping", "m.toml", "--out", "held", cwd=folder).well()
    record = json.loads((folder / "held" / "quality.json").read_text("utf-8"))["profile"]
    assert {one["file"] for one in record} == {"a.csv"}
    assert "earliest" in {one["column"] for one in record}


def test_a_share_is_never_rounded_to_none_or_all(folder: Path) -> None:
    rows = [f"A-{n},2021-03-01T0{n % 10}:0{n % 7},30" for n in range(1000)]
    rows[5] = rows[5].replace("T", " at ")
    text = "\n".join(["case_id,reported_at,age_years", *rows]) + "\n"
    (folder / "b.csv").write_text(text, "utf-8")
    assert "Of 1,000 cells: as written >99%" in clew_here("quality", "b.csv", cwd=folder).well()
