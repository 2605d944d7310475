"""Law: whatever a file loses on its way in, every answer says how much, why, and how to mend it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.disclosure.input_words import input_json, say_input
from clew.intake.read import read_case_file
from clew.model.input_account import InputAccount, account_from_json

sys.path.insert(0, str(Path(__file__).parents[1] / "transcripts"))
from said import Said, clew_here

HEADER = "case_id,reported_at,latitude,longitude,age_years,sex,cause,narrative"
GOOD = [
    f"G-{n},2021-03-{n:02}T07:4{n % 10},51.50{n:02},-0.12{n:02},{20 + n},male,Drowning,Syringe"
    for n in range(1, 13)
]
REFUSED = [
    "R-1,12/13/2021,51.5,-0.1,30,male,Drowning,",
    ",2021-04-01,51.5,-0.1,30,male,Drowning,",
    "R-3,2021-04-02,51.5,-0.1,30,male,Drowning,a,b,c",
]
WITH_BAD_FIELDS = [
    "F-1,2021-04-03T10:00,51.5,-0.1,abc,male,Drowning,",
    "F-2,2021-04-04T10:00,97.5,-0.1,30,male,Drowning,",
]
ROWS, FIELDS = "3 rows", "2 fields"
NEAR = ("--lat", 51.5, "--lon", -0.12, "--within-km", 20)


def _file(folder: Path) -> Path:
    path = folder / "lossy.csv"
    known = [f"S{n // 3},G-{n + 1}" for n in range(12)]
    (folder / "series.csv").write_text("\n".join(["series_id,case_id", *known]) + "\n", "utf-8")
    lines = [HEADER, *GOOD[:6], *REFUSED, *WITH_BAD_FIELDS, *GOOD[6:]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


COMMANDS: dict[str, Sequence[object]] = {
    "near": ("near", "lossy.csv", *NEAR),
    "explain": ("explain", "lossy.csv", "G-1", "G-2"),
    "link": ("link", "lossy.csv", "--out", "linked"),
    "like": ("like", "lossy.csv", "G-1", "G-2"),
    "survey": ("survey", "lossy.csv", "--replications", 19, "--out", "surveyed"),
    "replay": ("replay", "lossy.csv", "--out", "replayed"),
    "read": ("read", "lossy.csv", "--out", "prose"),
    "quality": ("quality", "lossy.csv", "--out", "assessed"),
    "intake": ("intake", "lossy.csv", "--out", "held"),
    "learn": ("learn", "lossy.csv", "--series", "series.csv", "--out", "learned.json"),
    "store add": ("store", "add", "kept", "lossy.csv"),
}
PAGES = {
    "link": "linked/report.html",
    "survey": "surveyed/survey.html",
    "replay": "replayed/replay.html",
    "quality": "assessed/quality.html",
    "intake": "held/quality.html",
}


def _says_all(text: str) -> None:
    assert ROWS in text
    assert FIELDS in text
    for reason in (
        "order of day and month",
        "an id of its own",
        "the header has 8",
        "not a number",
    ):
        assert reason in text, reason


@pytest.mark.parametrize("name", COMMANDS)
def test_every_screen_json_and_page_says_what_was_lost(name: str, tmp_path: Path) -> None:
    _file(tmp_path)
    said = clew_here(*COMMANDS[name], cwd=tmp_path)
    _says_all(said.well())
    assert "rejects" in said.out
    if page := PAGES.get(name):
        _says_all((tmp_path / page).read_text("utf-8"))
    if name == "store add":  # what is there already is not added again
        (tmp_path / "kept").rename(tmp_path / "before")
    again = [f"{word}2" if word == "held" else word for word in COMMANDS[name]]
    record = _json(clew_here(*again, "--json", cwd=tmp_path))["input"]
    assert (record["refused_rows"], record["refused_fields"]) == (3, 2)
    assert (record["rows"], record["taken"]) == (17, 14)
    assert all(one["reason"] and one["remedy"] for one in record["reasons"])
    assert sum(one["count"] for one in record["reasons"]) == 5


def _json(said: Said) -> Any:
    text = said.well()
    try:
        return json.loads(text)
    except json.JSONDecodeError:  # a line for each record, what was taken first
        return json.loads(text.splitlines()[0])


def test_the_prepared_copy_and_the_store_keep_the_account(tmp_path: Path) -> None:
    _file(tmp_path)
    first = clew_here(*COMMANDS["near"], cwd=tmp_path).well()
    assert clew_here(*COMMANDS["near"], cwd=tmp_path).well() == first
    clew_here(*COMMANDS["store add"], cwd=tmp_path).well()
    clew_here(*COMMANDS["store add"], cwd=tmp_path).well()  # twice has no effect
    of_store = clew_here("near", "kept", *NEAR, cwd=tmp_path).well()
    assert "Read: 14 of 17 rows of kept. Not read: 3 rows and 2 fields." in of_store
    clew_here(*COMMANDS["intake"], cwd=tmp_path).well()
    of_import = clew_here("near", "held/cases.parquet", *NEAR, cwd=tmp_path).well()
    assert "Not read: 3 rows and" in of_import


@pytest.mark.parametrize("case_id", ["R-1", "R-3"])
def test_an_id_that_was_refused_is_answered_with_the_reason(case_id: str, tmp_path: Path) -> None:
    _file(tmp_path)
    why = {"R-1": "order of day and month", "R-3": "the header has 8"}[case_id]
    for words in (("explain", "lossy.csv", "G-1", case_id), ("like", "lossy.csv", case_id)):
        line = clew_here(*words, cwd=tmp_path).one_line()
        assert f"{case_id} was refused: lossy.csv, row" in line
        assert why in line
    for words in (("explain", "lossy.csv", "G-1", "X-9"), ("like", "lossy.csv", "X-9")):
        line = clew_here(*words, cwd=tmp_path).one_line()
        assert "has no case" in line
        assert "1 refused row has no id that could be read" in line
    clew_here(*COMMANDS["store add"], cwd=tmp_path).well()
    assert why in clew_here("explain", "kept", "G-1", case_id, cwd=tmp_path).one_line()


def test_facts_judgements_and_series_about_a_refused_case_say_so(tmp_path: Path) -> None:
    _file(tmp_path)
    facts = ["case_id,field,op,value,known_at", "R-1,cause,set,Hanging,2021-05-01"]
    facts.append("G-1,age_years,set,x,2021-05-01")
    (tmp_path / "facts.csv").write_text("\n".join(facts) + "\n", encoding="utf-8")
    (tmp_path / "judged.csv").write_text("case_a,case_b,judgement\nG-1,R-1,linked\n", "utf-8")
    words = (
        *("explain", "lossy.csv", "G-1", "G-2", "--facts", "facts.csv"),
        *("--judgements", "judged.csv"),
    )
    assert "Not read: 6 rows and 2 fields." in clew_here(*words, cwd=tmp_path).well()
    record = _json(clew_here(*words, "--json", cwd=tmp_path))["input"]
    why = {(one["file"], one["reason"][:36]) for one in record["reasons"]}
    assert ("facts.csv", "its case was refused: row 8, the ord") in why
    assert ("judged.csv", "its case was refused: row 8, the ord") in why


@pytest.mark.parametrize(
    "words",
    [
        ("near", "none.csv", *NEAR), ("explain", "none.csv", "A", "B"), ("like", "none.csv", "A"),
        ("link", "none.csv"), ("survey", "none.csv"), ("replay", "none.csv"), ("read", "none.csv"),
        ("quality", "none.csv"), ("intake", "none.csv", "--out", "held"),
        ("store", "add", "kept", "none.csv"), ("resolve", "register.csv"),
    ],
)  # fmt: skip
def test_a_file_of_which_every_row_is_refused_ends_with_2(
    words: tuple[object, ...], tmp_path: Path
) -> None:
    lines = [HEADER, *REFUSED]
    (tmp_path / "none.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "register.csv").write_text("code,type,name\n,person,A\n,person,B\n", "utf-8")
    assert "can be taken; the first" in clew_here(*words, cwd=tmp_path).one_line()


def test_an_import_of_which_every_row_is_refused_changes_nothing(tmp_path: Path) -> None:
    _file(tmp_path)
    clew_here("intake", "lossy.csv", "--out", "held", cwd=tmp_path).well()
    before = (tmp_path / "held" / "intake.json").read_bytes()
    (tmp_path / "none.csv").write_text("\n".join([HEADER, *REFUSED]) + "\n", encoding="utf-8")
    said = clew_here("intake", "none.csv", "--previous", "held", "--out", "held", cwd=tmp_path)
    assert "none of its 3 rows" in said.one_line()
    assert (tmp_path / "held" / "intake.json").read_bytes() == before


def test_a_row_that_cannot_be_read_this_time_is_not_called_gone(tmp_path: Path) -> None:
    rows = [HEADER, *GOOD]
    (tmp_path / "monday.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    rows[3] = rows[3].replace("2021-03-03T07:43", "32.3.2021")
    (tmp_path / "tuesday.csv").write_text("\n".join(rows[:-1]) + "\n", encoding="utf-8")
    clew_here("intake", "monday.csv", "--out", "held", cwd=tmp_path).well()
    said = clew_here(
        "intake", "tuesday.csv", "--previous", "held", "--out", "held", cwd=tmp_path
    ).well()
    assert "Missing from this file, but kept (1): G-12." in said
    assert "Row could not be read this time, earlier values kept (1): G-3." in said


kinds = st.lists(
    st.sampled_from(["good", "date", "id", "cells", "age", "twice", "blank"]),
    min_size=1,
    max_size=20,
)


@settings(max_examples=40)
@given(kinds)
def test_the_account_counts_what_was_written(tmp_path_factory: Any, of: list[str]) -> None:
    lines, k, f, taken = ["case_id,reported_at,age_years", "C,2021-01-01,30"], 0, 0, 1
    for n, kind in enumerate(of):
        row = {
            "date": f"C{n},soon,30", "id": ",2021-01-01,30", "cells": f"C{n},2021-01-01,30,x,y",
            "age": f"C{n},2021-01-01,old", "twice": "C,2021-01-01,30", "blank": ",,",
        }.get(kind, f"C{n},2021-01-01,30")  # fmt: skip
        lines.append(row)
        k += kind in {"date", "id", "cells", "twice"}
        f += kind == "age"
        taken += kind in {"good", "age"}
    path = tmp_path_factory.mktemp("law") / "c.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    account = read_case_file(path).account
    assert (account.refused, account.fields, account.taken) == (k, f, taken)
    assert account.rows == taken + k
    assert account_from_json(json.loads(json.dumps(account.to_json()))) == account
    text = " ".join(say_input(account))
    assert f"{k} row" in text
    assert f"{f} field" in text
    record = input_json(account)
    assert sum(one["count"] for one in record["reasons"]) == k + f
    first_bad = next((n for n, kind in enumerate(of) if kind == "date"), None)
    if first_bad is not None:
        assert account.ids[f"C{first_bad}"].row == first_bad + 3  # the header is row 1
    assert "C" not in account.ids


def test_an_answer_made_of_no_file_says_nothing_of_one() -> None:
    assert say_input(InputAccount()) == ()


def test_further_files_count_beside_a_store_and_by_near(tmp_path: Path) -> None:
    _file(tmp_path)
    clew_here(*COMMANDS["store add"], cwd=tmp_path).well()
    (tmp_path / "coverage.csv").write_text(
        "system,agency,records,up_to\nhospitals,,many,\nstations,,0,\n", encoding="utf-8"
    )
    (tmp_path / "who.csv").write_text("code_a,code_b,decision\nP1,P1,same\n", encoding="utf-8")
    near = ("near", "kept", *NEAR, "--coverage", "coverage.csv", "--identities", "who.csv")
    assert "Not read: 5 rows and 2 fields." in clew_here(*near, cwd=tmp_path).well()
    explain = ("explain", "kept", "G-1", "G-2", "--coverage", "coverage.csv")
    assert "Not read: 4 rows and 2 fields." in clew_here(*explain, cwd=tmp_path).well()


FACTS = [
    "case_id,field,op,value,known_at", "G-1,age_years,set,x,2021-05-01",
    "G-2,cause,set,Hanging,", "Z-9,cause,set,Hanging,2021-05-01", "G-3,area,set,KD,2021-05-01",
]  # fmt: skip


@pytest.mark.parametrize("name", ["near", "explain", "link", "like", "survey", "replay", "quality"])
def test_every_answer_counts_what_facts_lost(name: str, tmp_path: Path) -> None:
    _file(tmp_path)
    (tmp_path / "facts.csv").write_text("\n".join(FACTS) + "\n", encoding="utf-8")
    command = (*COMMANDS[name], "--facts", "facts.csv")
    text = clew_here(*command, cwd=tmp_path).well()
    assert "Not read: 6 rows and 2 fields." in text
    record = _json(clew_here(*command, "--json", cwd=tmp_path))["input"]
    of_facts = [one for one in record["reasons"] if one["file"] == "facts.csv"]
    assert sorted(one["field"] for one in of_facts) == ["age_years", "case_id", "known_at"]
    if page := PAGES.get(name):
        assert "6 rows" in (tmp_path / page).read_text("utf-8")


def test_a_register_says_what_it_lost(tmp_path: Path) -> None:
    rows = ["code,type,given_names,family_name,date_of_birth", "P1,person,Ann,Smith,1990-01-02"]
    rows += ["P2,person,Bob,Jones,1980-13-45", ",person,Carl,Dean,1970-01-01", "P5,person,D,P,,x"]
    (tmp_path / "register.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    command = ("resolve", "register.csv", "--out", "who")
    said = clew_here(*command, cwd=tmp_path).well()
    assert "Read: 2 of 4 rows of register.csv. Not read: 2 rows and 1 field." in said
    for reason in ("a row needs the code it is about", "the header has 5", "date_of_birth"):
        assert reason in said, reason
    record = _json(clew_here(*command, "--json", cwd=tmp_path))["input"]
    assert (record["rows"], record["taken"]) == (4, 2)
    assert (record["refused_rows"], record["refused_fields"]) == (2, 1)
    assert all(one["reason"] and one["remedy"] for one in record["reasons"])
