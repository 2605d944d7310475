"""`clew replay` as people and programs see it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from said import SILENCE, WORDS, Said, clew, clew_here, read_rows

COLUMNS = [
    "at", "case_id", "linked_case_id", "rank", "priority", "weight_bans", "chance_per_case",
    "tier", "relation", "trigger", "alert", "update", "series_alert",
]  # fmt: skip
FILES = {
    "alerts.csv", "below.csv", "rejects.csv", "replay.html", "run.json", "shared.csv",
    "warm-up.csv",
}  # fmt: skip
EXTRA = ("--facts", "facts.csv", "--coverage", "coverage.csv")
WIDE = ("replay", "cases.csv", *EXTRA, "--budget", "0.5", "--from", "2014-03-01")
SIGNED = ("--signed-by", "A. Chief, Commander", "--signed-on", "2014-01-02")


@pytest.fixture(scope="module")
def replayed(folder: Path) -> Said:
    return clew(*WIDE, *SIGNED, "--out", "walked", cwd=folder, seed="1")


def test_replay_says_what_it_walked_and_what_it_alerted(replayed: Said, folder: Path) -> None:
    out = replayed.well()
    assert out.startswith(WORDS)
    assert "Replayed from 1 March 2014 to 24 December 2014: 12 records known by the end" in out
    assert "10 new deaths" not in out, "two came before, and one is no death"
    assert "9 new deaths" in out
    assert "Budget 0.5 alerts per new death (signed by A. Chief, Commander)" in out
    assert "below.csv lists them" in out
    assert "The latest alerts:" in out
    rows = read_rows(folder / "walked/alerts.csv")
    alerts, updates = (sum(row[name] == "1" for row in rows) for name in ("alert", "update"))
    ones = ["alert" if alerts == 1 else "alerts", "record" if updates == 1 else "records"]
    assert f": {alerts} {ones[0]}, and {updates} {ones[1]} added to earlier alerts." in out
    latest = [row for row in rows if "1" in (row["alert"], row["update"])][-1]
    first, second = (rf"    .+ · .+ \({latest[name]}\)\n" for name in ("case_id", "linked_case_id"))
    said = rf": \d+(nd|rd|th) record of its series\n{first}{second}    "
    assert re.search(said, out), "how many records the possible series has by then"
    assert SILENCE in out
    assert "HINDSIGHT" not in out
    assert {path.name for path in (folder / "walked").iterdir()} == FILES
    assert replayed.err == ""


def test_the_curve_says_what_each_budget_costs_and_finds(folder: Path) -> None:
    told = clew(*WIDE, "--curve", "--minutes", "20", "--out", "curved", cwd=folder, seed="1")
    out = told.well()
    assert "What each budget would have cost here" in out
    assert "No budget finds a death that never reaches these records" in out
    assert {path.name for path in (folder / "curved").iterdir()} == FILES | {"curve.csv"}
    rows = read_rows(folder / "curved/curve.csv")
    budgets = ["0.5", "1", "2", "3", "5", "10"]
    assert [row["alerts_allowed_per_hundred"] for row in rows] == budgets
    for row in rows:
        number = {name: float(cell) for name, cell in row.items()}
        assert number["alerts_low"] <= number["alerts_a_year"] <= number["alerts_high"]
        assert number["by_2nd_low"] <= number["by_2nd"] <= number["by_3rd"]
        work = (number["alerts_a_year"] + number["added_a_year"]) * 20 / 60
        assert number["hours_a_year"] == pytest.approx(work, abs=0.06)
        assert re.search(rf"{round(work):,} hours? of reading", out)
    found = [float(row["by_3rd"]) for row in rows]
    assert found == sorted(found), "a larger budget finds no fewer"
    walked = read_rows(folder / "walked/alerts.csv")
    assert read_rows(folder / "curved/alerts.csv") == walked, "counting others changes no row"
    page = (folder / "curved/replay.html").read_text("utf-8")
    assert "What each alert budget costs and finds" in page
    assert "20 minutes of reading" in page


def test_alerts_are_rows_of_the_contract(replayed: Said, folder: Path) -> None:
    replayed.well()
    rows = read_rows(folder / "walked/alerts.csv")
    assert list(rows[0]) == COLUMNS
    assert {row["alert"] for row in rows} == {"0", "1"}
    alerted = [row for row in rows if row["alert"] == "1"]
    assert alerted
    for row in rows:
        reached = "1" in (row["alert"], row["update"])
        assert reached == bool(row["series_alert"])
        assert not reached or row["relation"] in {"lead", "same_household"}
    opened = {row["series_alert"] for row in alerted}
    assert {f"{row['case_id']}+{row['linked_case_id']}" for row in alerted} == opened
    assert {row["series_alert"] for row in rows if row["update"] == "1"} <= opened
    (best,) = [r for r in rows if (r["case_id"], r["rank"]) == ("T-1", "1")]
    assert (best["linked_case_id"], best["tier"]) == ("T-0", "shared_entity")
    assert {row["trigger"] for row in rows} == {"new_case", "new_fact"}
    late = [row for row in rows if row["trigger"] == "new_fact"]
    assert {row["at"] for row in late} == {"2014-08-05T12:00:00+01:00", "2014-12-24T12:00:00+00:00"}
    for row in rows:
        assert 1 <= int(row["rank"]) <= 5
        assert float(row["chance_per_case"]) > 0
    below = read_rows(folder / "walked/below.csv")
    best = [row for row in rows if row["rank"] == "1"]
    assert below == [row for row in best if (row["alert"], row["update"]) == ("0", "0")]


def test_the_run_is_its_own_record(replayed: Said, folder: Path) -> None:
    replayed.well()
    run = json.loads((folder / "walked/run.json").read_text("utf-8"))
    assert (run["budget_share"], run["signed_by"]) == (0.5, "A. Chief, Commander")
    assert (run["words"], run["silence"]) == (WORDS, SILENCE)
    assert (run["cases"], run["deaths"], run["hindsight"]) == (12, 9, False)
    assert [c["system"] for c in run["coverage"] if not c["records"]] == ["Transport police"]


def test_what_machines_read_is_the_run_s_record_and_the_same_bytes(
    replayed: Said, folder: Path
) -> None:
    said = clew(*WIDE, *SIGNED, "--out", "again", "--json", cwd=folder, seed="2")
    assert said.err == ""
    run = json.loads(said.well())
    assert run == json.loads((folder / "walked/run.json").read_text("utf-8"))
    assert run["alerts"] == sum(r["alert"] == "1" for r in read_rows(folder / "again/alerts.csv"))
    for name in FILES:
        first, second = ((folder / where / name).read_bytes() for where in ("walked", "again"))
        assert first == second, name


def test_judgements_change_no_alert(replayed: Said, folder: Path) -> None:
    words = (*WIDE, *SIGNED, "--judgements", "judgements.csv", "--out", "judged")
    clew_here(*words, cwd=folder).well()
    for name in ("alerts.csv", "shared.csv", "below.csv", "warm-up.csv"):
        first, second = ((folder / where / name).read_bytes() for where in ("walked", "judged"))
        assert first == second, name
    (refused,) = read_rows(folder / "judged/rejects.csv")
    assert (refused["row"], refused["value"]) == ("4", "NOBODY")


def test_up_to_a_day_is_the_beginning_of_the_whole(replayed: Said, folder: Path) -> None:
    replayed.well()
    clew_here(*WIDE, "--to", "2014-08-04", "--out", "short", cwd=folder).well()
    short = read_rows(folder / "short/alerts.csv")
    whole = read_rows(folder / "walked/alerts.csv")
    assert short == whole[: len(short)]
    assert short == [row for row in whole if row["at"] < "2014-08-05"]
    assert 0 < len(short) < len(whole)


def test_nobody_signed_and_too_short_a_file_is_said(folder: Path) -> None:
    out = clew_here("replay", "cases.csv", "--out", "young", cwd=folder).well()
    assert "The file is too short to learn what is ordinary. That takes 200 cases" in out
    assert "Replayed to 9 September 2014: 12 records known by the end, 0 new deaths." in out
    assert "(not signed by anyone): 0 alerts, and 0 records added to earlier alerts." in out
    assert read_rows(folder / "young/alerts.csv") == []
    assert json.loads((folder / "young/run.json").read_text("utf-8"))["from"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("replay", "none.csv"), "none.csv"),
        (("replay", "cases.csv", "--budget", "0"), "a budget of 0 alerts per new death"),
        (("replay", "cases.csv", "--budget", "1.5"), "at most 1"),
        (("replay", "cases.csv", "--budget", "much"), "--budget"),
        (("replay", "cases.csv", "--from", "someday"), "--from someday is not a time"),
        (("replay", "cases.csv", "--to", "someday"), "--to someday is not a time"),
        (("replay", "cases.csv", "--from", "2016-01-01"), "--from is after the last fact"),
        ((*WIDE, "--to", "2014-02-20"), "--from is after the last fact or --to"),
        (("replay", "cases.csv", "--to", "2014-01-01"), "1 case is known by then"),
        (("replay", "cases.csv", "--engine", "none"), "unknown engine 'none'"),
        (("replay", "cases.csv", "--out", "cases.csv"), "cases.csv"),
        (("replay", "cases.csv", "--weights", "none.json"), "none.json"),
    ],
)
def test_bad_use_is_one_clear_line(folder: Path, words: tuple[str, ...], said: str) -> None:
    assert said in clew_here(*words, cwd=folder).one_line()


def test_a_table_trained_later_is_refused_in_one_line_or_said_loudly(folder: Path) -> None:
    text = (Path(__file__).parents[2] / "src/clew/comparison/weights/declared.json").read_text(
        "utf-8"
    )
    table = json.loads(text) | {"trained_until": 1_420_000_000}
    (folder / "later.json").write_text(json.dumps(table), "utf-8")
    words = (*WIDE, "--weights", "later.json", "--out", "hindsight")
    assert (
        "trained on cases after the start of the replay" in clew_here(*words, cwd=folder).one_line()
    )
    out = clew_here(*words, "--allow-hindsight", cwd=folder).well()
    assert "HINDSIGHT: the weight table was trained on cases after" in out
    assert json.loads((folder / "hindsight/run.json").read_text("utf-8"))["hindsight"] is True


def test_help_has_an_example() -> None:
    said = clew_here("replay", "--help", cwd=Path.cwd()).well()
    words = " ".join(re.sub(r"[│╭╮╰╯─]", " ", said).split())
    assert "clew replay deaths.csv --facts facts.csv --budget 0.01 --from 2014-06-01" in words
