"""Every CSV file that people open begins with a byte-order mark; `--no-bom` leaves it out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clew.intake.read import read_case_file
from clew.outputs import BOM, csv_begins, no_byte_order_mark, output_csv

sys.path.insert(0, str(Path(__file__).parents[1] / "transcripts"))
from said import clew_here

ROWS = """case_id,reported_at,latitude,longitude,age_years,sex,cause,scene,narrative
Ñ-1,2021-03-02T07:40,51.5012,-0.1201,81,female,Drowning,café receipt,Syringe found
Ñ-2,2021-03-09T22:15,51.5013,-0.1202,80,female,Drowning,café receipt,
Ñ-3,soon,51.5013,-0.1202,80,female,Drowning,,
"""
COMMANDS = {
    "link": ("links.csv", "series.csv", "rejects.csv"),
    "survey": ("clusters.csv", "excess.csv", "rejects.csv"),
    "replay": ("alerts.csv", "below.csv", "shared.csv", "warm-up.csv", "rejects.csv"),
    "read": ("drawn.csv", "facts.csv", "rejects.csv"),
    "quality": ("rejects.csv",),
    "intake": ("facts.csv", "rejects.csv", "warnings.csv"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_files_begin_with_the_mark_unless_a_program_asks(command: str, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(ROWS, encoding="utf-8")
    clew_here(command, "c.csv", "--out", "marked", cwd=tmp_path).well()
    clew_here(command, "c.csv", "--no-bom", "--out", "plain", cwd=tmp_path).well()
    for name in COMMANDS[command]:
        marked, plain = ((tmp_path / out / name).read_bytes() for out in ("marked", "plain"))
        assert marked[:3] == b"\xef\xbb\xbf", name
        assert plain[:3] != b"\xef\xbb\xbf", name
        if command != "intake":  # each import is recorded at its own time
            assert marked[3:] == plain


def test_register_files_too(tmp_path: Path) -> None:
    rows = [f"P{n},person,Ann Smith,1960-01-0{n}" for n in (1, 1)]
    text = "\n".join(["code,type,name,date_of_birth", rows[0], rows[1].replace("P1", "P2")])
    (tmp_path / "r.csv").write_text(text + "\n", encoding="utf-8")
    clew_here("resolve", "r.csv", "--out", "who", cwd=tmp_path).well()
    for name in ("identities.csv", "undecided.csv", "rejects.csv"):
        assert (tmp_path / "who" / name).read_bytes()[:3] == b"\xef\xbb\xbf"


def test_what_begins_with_the_mark_is_read_back(tmp_path: Path) -> None:
    for start in ("", BOM, BOM + BOM):
        path = tmp_path / "c.csv"
        path.write_bytes((start + ROWS).encode())
        assert [h.case_id for h in read_case_file(path).histories] == ["Ñ-1", "Ñ-2"]
    clew_here("read", "c.csv", "--out", "prose", cwd=tmp_path).well()
    said = clew_here("read", "c.csv", "--confirm", "prose/drawn.csv", "--out", "b", cwd=tmp_path)
    assert "rejected: 0" in said.well()
    words = ("explain", "c.csv", "Ñ-1", "Ñ-2", "--facts", "prose/facts.csv")
    assert "Not read: 1 row and 0 fields" in clew_here(*words, cwd=tmp_path).well()


def test_the_setting_ends_with_its_command(tmp_path: Path) -> None:
    with no_byte_order_mark():
        assert csv_begins() == ""
        with output_csv(tmp_path / "x.csv") as file:
            file.write("a")
    assert csv_begins() == BOM
    assert (tmp_path / "x.csv").read_bytes() == b"a"
