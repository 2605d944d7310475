"""The prepared store on the command line: what it says, what it refuses, what reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from said import case_rows, clew, clew_here, fact_rows, write_rows


@pytest.fixture
def at(tmp_path: Path) -> Path:
    """A folder with the tiny file in two days' parts, and its late facts."""
    rows = case_rows()
    write_rows(tmp_path / "all.csv", rows)
    write_rows(tmp_path / "monday.csv", rows[:7])
    write_rows(tmp_path / "tuesday.csv", rows[6:])
    write_rows(tmp_path / "facts.csv", fact_rows())
    return tmp_path


def filled(at: Path) -> None:
    clew_here("store", "add", "S", "monday.csv", cwd=at).well()
    clew_here("store", "add", "S", "tuesday.csv", "--facts", "facts.csv", cwd=at).well()


def test_it_says_what_was_added_and_what_was_there(at: Path) -> None:
    out = clew_here("store", "add", "S", "monday.csv", cwd=at).well()
    assert "Added to S: 7 cases and 0 facts. Already there: 0." in out
    assert out.splitlines()[-1] == "The store now has 7 cases."
    out = clew_here("store", "add", "S", "tuesday.csv", "--facts", "facts.csv", cwd=at).well()
    assert "Added to S: 5 cases and 3 facts. Already there: 1." in out
    assert "Late facts changed 2 earlier cases." in out
    out = clew_here("store", "check", "S", cwd=at).well()
    assert out.startswith("S: complete. 12 cases in ")
    assert "2 segments" in out


def test_machines_are_told_the_same(at: Path) -> None:
    record = json.loads(clew_here("store", "add", "S", "monday.csv", "--json", cwd=at).well())
    assert (record["new_cases"], record["cases"], record["rejects"]) == (7, 7, [])
    checked = json.loads(clew_here("store", "check", "S", "--json", cwd=at).well())
    assert (checked["cases"], checked["segments"], checked["left_over"]) == (7, 1, 0)
    bad = [{"case_id": "T-0", "reported_at": "2014-06-21"}, {"case_id": "Z", "reported_at": "-"}]
    write_rows(at / "bad.csv", bad)
    words = ("store", "add", "S", "bad.csv", "--rejects", "r.csv")
    out = clew_here(*words, cwd=at).well()
    assert "Not read: 2 rows and 0 fields." in out
    assert "- 1 row, case_id (row 2): the store already has this case with other values" in out
    assert (at / "r.csv").read_text("utf-8").count("bad.csv") == 2


@pytest.mark.parametrize(
    "words", [("link",), ("near", "--lat", "51.5", "--lon", "0.1", "--within-km", "40")]
)
def test_commands_read_it_as_they_read_the_files(at: Path, words: tuple[str, ...]) -> None:
    filled(at)
    command, *rest = words
    out = ["--out", "out"] if command == "link" else []
    said = []
    for cases in (("S",), ("all.csv", "--facts", "facts.csv")):
        record = clew_here(command, *cases, *rest, *out, "--json", cwd=at).well()
        links = (at / "out" / "links.csv").read_bytes() if out else b""
        raw = json.loads(record)
        raw.pop("file", None)
        raw.pop("input")  # a store counts the rows of each file that was added
        said.append((raw, links))
    assert said[0] == said[1]


def test_a_past_day_is_known_from_it(at: Path) -> None:
    filled(at)
    words = ("T-1", "T-0", "--as-of", "2014-07-30")
    from_store = clew_here("explain", "S", *words, cwd=at).well()
    from_files = clew_here("explain", "all.csv", *words, "--facts", "facts.csv", cwd=at).well()
    assert _without_account(from_store) == _without_account(from_files)


def _without_account(said: str) -> list[str]:
    return [line for line in said.splitlines() if not line.startswith("Read: ")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("store", "check", "nothing"), ("nothing", "clew store add")),
        (("store", "add", "S", "none.csv"), ("none.csv", "no such file")),
        (("store", "add", "monday.csv", "tuesday.csv"), ("monday.csv", "is a file")),
        (("store", "add", ".", "monday.csv"), ("has other files",)),
        (("store", "add", "S", "monday.csv", "--timezone", "UTC"), ("Europe/London",)),
        (("store", "add", "S", "monday.csv", "--mapping", "milwaukee"), ("no mapping",)),
        (("link", "S", "--facts", "facts.csv"), ("S is a store", "clew store add")),
        (("near", "S", "--lat", "1", "--lon", "1", "--timezone", "UTC"), ("S is a store",)),
        (("store",), ("Missing command", "clew store --help")),
        (("store", "add"), ("Missing argument",)),
    ],
)
def test_one_clear_line(at: Path, words: tuple[str, ...], expected: tuple[str, ...]) -> None:
    if words[:3] != ("store", "add", "."):
        filled(at)
    line = clew_here(*words, cwd=at).one_line()
    for text in expected:
        assert text in line


def test_a_damaged_store_is_one_clear_line(at: Path) -> None:
    filled(at)
    path = at / "S" / "coded-000002.arrow"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    line = clew("store", "check", "S", cwd=at).one_line()
    assert "S/coded-000002.arrow" in line
    assert "copy" in line
    path.write_bytes(whole)
    (at / "S" / "manifest.json").write_text("{")
    assert "manifest" in clew_here("near", "S", "--lat", "1", "--lon", "1", cwd=at).one_line()


@pytest.mark.parametrize("command", ["add", "check"])
def test_help_has_an_example(command: str, at: Path) -> None:
    out = clew_here("store", command, "--help", cwd=at).well()
    assert "Example" in out
    assert f"clew store {command} " in out
