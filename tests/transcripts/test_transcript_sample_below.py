"""`clew sample-below` as people and programs see it: draw, fill in, read."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from said import SILENCE, WORDS, Said, clew, clew_here, read_rows, write_rows

WEEK = ("--week", "2014-08-28")
DRAW = ("sample-below", "alerts.csv", *WEEK, "--size", "20", "--seed", "7", "--out", "drawn")
READ = ("--read", "drawn/sample.csv", "--key", "drawn/sample-key.csv")
FORBIDDEN = re.compile(r"\b(victims?|suspects?|killers?|offenders?|confidence|probability|AI)\b")


def alert_rows() -> list[dict[str, str]]:
    """A week with sixty best matches below the budget, three alerts and one double report."""
    rows = []
    for n in range(64):
        kind = "alert" if n >= 61 else "double" if n == 60 else "below"
        rows.append(
            {
                "at": f"2014-08-{25 + n % 7:02d}T0{n % 10}:30:00+01:00",
                "case_id": f"BD-2014-{500 + n}",
                "linked_case_id": f"BD-2013-{100 + n}",
                "rank": "1",
                "priority": "3.100000" if kind == "alert" else "0.700000",
                "weight_bans": "1.000000",
                "chance_per_case": "0.2",
                "tier": "similarity",
                "relation": "duplicate_report" if kind == "double" else "lead",
                "trigger": "new_case",
                "alert": "1" if kind == "alert" else "0",
                "update": "0",
                "series_alert": f"BD-2014-{500 + n}+BD-2013-{100 + n}" if kind == "alert" else "",
            }
        )
    return rows


@pytest.fixture
def at(tmp_path: Path) -> Path:
    """A folder with alerts.csv."""
    write_rows(tmp_path / "alerts.csv", alert_rows())
    return tmp_path


def fill(at: Path, worth_below: int, worth_controls: int, blank: int = 0) -> None:
    """Answer as a reader might; the key is used here only to know what was answered."""
    key = {row["sample_id"]: row["drawn_from"] for row in read_rows(at / "drawn/sample-key.csv")}
    left = {"below": worth_below, "control": worth_controls}
    rows = read_rows(at / "drawn/sample.csv")
    for row in rows:
        kind = key[row["sample_id"]]
        row["worth_a_second_look"] = "yes" if left[kind] > 0 else "no"
        row["reader"] = "R. Singh"
        left[kind] -= 1
    for row in [r for r in rows if r["worth_a_second_look"] == "no"][:blank]:
        row["worth_a_second_look"] = ""
    write_rows(at / "drawn/sample.csv", rows)


def test_it_draws_a_sheet_that_tells_the_reader_nothing(at: Path) -> None:
    out = clew(*DRAW, cwd=at).well()
    assert out.startswith(WORDS)
    assert (
        "Week of 25 August 2014 (2014-W35): 60 best matches fell below the budget."
        " Drawn at random: 20 (seed 7)." in out
    )
    assert "Mixed in: 3 that alerted. The reader cannot tell which they are." in out
    assert "Do not give drawn/sample-key.csv to the reader." in out
    assert not FORBIDDEN.search(out)
    sheet = (at / "drawn/sample.csv").read_text("utf-8-sig")
    assert sheet.splitlines()[0] == "sample_id,case_a,case_b,worth_a_second_look,reader"
    rows = read_rows(at / "drawn/sample.csv")
    assert len(rows) == 23
    assert {(r["worth_a_second_look"], r["reader"]) for r in rows} == {("", "")}
    key = read_rows(at / "drawn/sample-key.csv")
    assert [r["sample_id"] for r in key] == [r["sample_id"] for r in rows]
    assert [r["drawn_from"] for r in key].count("control") == 3
    assert "BD-2014-560" not in sheet, "a double report is not drawn"


def test_any_day_of_the_week_and_any_hash_seed_draws_the_same_bytes(at: Path) -> None:
    for n, day in enumerate(("2014-08-25", "2014-08-31", "2014-W35")):
        words = ("sample-below", "alerts.csv", "--week", day, "--seed", "7", "--out", f"d{n}")
        clew(*words, cwd=at, seed=str(n)).well()
        for name in ("sample.csv", "sample-key.csv"):
            assert (at / f"d{n}" / name).read_bytes() == (at / "d0" / name).read_bytes()


def test_without_a_seed_the_week_is_the_seed(at: Path) -> None:
    out = clew_here("sample-below", "alerts.csv", *WEEK, "--out", "drawn", cwd=at).well()
    assert "(seed 20140825)" in out


def read_back(at: Path, *more: str) -> Said:
    return clew_here("sample-below", "alerts.csv", *WEEK, *READ, *more, cwd=at)


def test_it_says_what_the_reader_found_and_what_that_does_not_say(at: Path) -> None:
    clew_here(*DRAW, cwd=at).well()
    fill(at, worth_below=2, worth_controls=3, blank=1)
    out = read_back(at).well()
    assert out.startswith(WORDS)
    assert "Read: 19 of 20 drawn from below the budget." in out
    assert "Worth a second look: 2 of those 19." in out
    assert "For all 60 below the budget: about 6 (95 % interval 2 to 17)." in out
    assert "Alerts mixed in: 3 of the 3 read were worth a second look." in out
    assert "Read by: R. Singh." in out
    assert "What this does not say:" in out
    assert SILENCE in out
    assert not FORBIDDEN.search(out)


def test_for_machines(at: Path) -> None:
    drawn = json.loads(clew_here(*DRAW, "--json", cwd=at).well())
    assert (drawn["below_in_week"], drawn["drawn"], drawn["controls"]) == (60, 20, 3)
    fill(at, worth_below=0, worth_controls=1)
    record = json.loads(read_back(at, "--json").well())
    assert record["read"] == 20
    assert record["estimate"] == 0
    assert record["interval_95"][0] == 0
    assert 0 < record["interval_95"][1] < 12
    assert record["controls_worth_a_second_look"] == 1
    assert record["silence"] == SILENCE


def test_a_reader_who_says_no_to_alerts_is_told_of(at: Path) -> None:
    clew_here(*DRAW, cwd=at).well()
    fill(at, worth_below=0, worth_controls=0)
    assert (
        "If a reader rejects alerts too, the answers say little about those below."
        in read_back(at).out
    )


def test_an_unread_sheet_estimates_nothing(at: Path) -> None:
    clew_here(*DRAW, cwd=at).well()
    out = read_back(at).well()
    assert "No pair was read, so there is no estimate." in out
    assert "No alert that was mixed in was read" in out


def test_a_reader_s_answers_are_never_written_over(at: Path) -> None:
    clew_here(*DRAW, cwd=at).well()
    clew_here(*DRAW, cwd=at).well()
    fill(at, worth_below=1, worth_controls=1)
    before = (at / "drawn/sample.csv").read_bytes()
    assert "may have a reader's answers" in clew_here(*DRAW, cwd=at).one_line()
    assert (at / "drawn/sample.csv").read_bytes() == before


def _spoil(at: Path, name: str, **change: str) -> None:
    rows = read_rows(at / "drawn" / name)
    write_rows(at / "drawn" / name, [rows[0] | change, *rows[1:]])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.csv", *WEEK), "none.csv"),
        (("alerts.csv", "--week", "someday"), "--week someday is not a date"),
        (
            ("alerts.csv", "--week", "2014-09-01"),
            "has rows from 24 August 2014 to 31 August 2014",
        ),
        (("alerts.csv", "--week", "9999-12-31"), "edge of the calendar"),
        (("alerts.csv", *WEEK, "--size", "0"), "--size"),
        (("alerts.csv", *WEEK, "--seed", "-1"), "--seed"),
        (("alerts.csv", *WEEK, "--timezone", "Mars/Base"), "Mars/Base"),
        (("alerts.csv", *WEEK, "--read", "drawn/sample.csv"), "--read and --key go together"),
        (("alerts.csv", *WEEK, "--read", "alerts.csv", "--key", "alerts.csv"), "alerts.csv"),
        (("drawn/sample.csv", *WEEK), "is missing at, case_id"),
        (("alerts.csv", "--week", "2014-09-03", *READ), "the key is of week 2014-W35"),
        (("alerts.csv",), "--week"),
    ],
)
def test_bad_use_is_one_clear_line(at: Path, words: tuple[str, ...], said: str) -> None:
    clew_here(*DRAW, cwd=at).well()
    assert said in clew_here("sample-below", *words, cwd=at).one_line()


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("sample.csv", {"worth_a_second_look": "perhaps"}, "row 2, field worth_a_second_look"),
        ("sample.csv", {"case_a": "X"}, "sheet and key differ"),
        ("sample.csv", {"sample_id": ""}, "row 2, field sample_id"),
        ("sample-key.csv", {"drawn_from": ""}, "row 2, field drawn_from"),
        ("sample-key.csv", {"seed": "8"}, "more than one sample"),
    ],
)
def test_a_spoilt_sheet_is_one_clear_line(
    at: Path, name: str, change: dict[str, str], said: str
) -> None:
    clew_here(*DRAW, cwd=at).well()
    _spoil(at, name, **change)
    assert said in read_back(at).one_line()


def test_another_alerts_file_is_refused(at: Path) -> None:
    clew_here(*DRAW, cwd=at).well()
    write_rows(at / "alerts.csv", alert_rows()[5:])
    assert "55 pairs below the budget" in read_back(at).one_line()


def test_a_sheet_saved_by_a_spreadsheet_is_read(at: Path) -> None:
    clew_here(*DRAW, cwd=at).well()
    fill(at, worth_below=1, worth_controls=3)
    rows = read_rows(at / "drawn/sample.csv")
    with (at / "drawn/sample.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    assert "Worth a second look: 1 of those 20." in read_back(at).well()


def test_help_has_an_example() -> None:
    said = clew_here("sample-below", "--help", cwd=Path.cwd()).well()
    assert "clew sample-below alerts.csv --week 2014-08-25" in " ".join(said.split())
