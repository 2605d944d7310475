"""`clew learn` and what takes its table, as people and programs see them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from said import WORDS, clew_here, write_rows

from clew.disclosure.series import BY_MEANS

MAPPING = """crime = "burglary"
[planar]
x = "x"
y = "y"
metres = 1.0
[further]
"way in" = "entry"
"""


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty burglaries, eight series of three near one another, learned into w.json."""
    at = tmp_path_factory.mktemp("solved")
    rows = [
        {
            "case_id": f"B{k:02d}",
            "reported_at": f"2020-{1 + k // 20:02d}-{1 + k % 20:02d}T08:00",
            "x": str(900 * (k // 5) + 37 * (k % 5) + (8000 if k % 5 > 2 else 0)),
            "y": str(700 * (k // 5 % 3) + 11 * k),
            "entry": "rear" if k // 5 % 2 else "front",
        }
        for k in range(40)
    ]
    write_rows(at / "cases.csv", rows)
    series = [{"series_id": f"S{k // 5}", "case_id": f"B{k:02d}"} for k in range(40) if k % 5 < 3]
    write_rows(at / "series.csv", [*series, {"series_id": "S9", "case_id": "NOBODY"}])
    (at / "m.toml").write_text(MAPPING)
    said = clew_here(
        "learn",
        "cases.csv",
        "--series",
        "series.csv",
        "--mapping",
        "m.toml",
        "--out",
        "w.json",
        cwd=at,
    )
    (at / "said.txt").write_text(said.well())
    return at


def test_it_says_what_was_learned_how_it_held_and_what_it_is_not_for(solved: Path) -> None:
    said = (solved / "said.txt").read_text()
    assert said.startswith(WORDS)
    assert "Learned from 8 series in 8 groups: 24 linked pairs, 16 independent links." in said
    assert "There are few series, so the declared prior still outweighs" in said
    assert "Read: 40 of 40 rows of cases.csv. Not read: 1 row and 0 fields." in said
    assert "- 1 row of series.csv, case_id (row" in said
    assert "On held-out series: log-likelihood-ratio cost" in said
    assert "Use this table only for cases of burglary." in said
    assert "NOBODY" in (solved / "w.rejects.csv").read_text()
    table = json.loads((solved / "w.json").read_text())
    assert table["crime"] == "burglary"
    assert table["learned"]["few"] is True
    assert set(table["learned"]["held_out"]) >= {
        "cllr_bits",
        "cllr_90",
        "cllr_declared",
        "reliability",
    }


def test_link_takes_the_table_and_explain_adds_up(solved: Path) -> None:
    options = ("--mapping", "m.toml", "--weights", "w.json")
    assert (
        "learned-burglary"
        in clew_here("link", "cases.csv", *options, "--out", "o", "--json", cwd=solved).well()
    )
    said = clew_here("explain", "cases.csv", "B01", "B00", *options, cwd=solved).well()
    assert "way in: front in both" in said


@pytest.fixture(scope="module")
def plain_to_see(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty burglaries as above, weeks apart; each series has a tool and a loot of its own."""
    at = tmp_path_factory.mktemp("plain")
    rows = [
        {
            "case_id": f"B{k:02d}",
            "reported_at": (datetime(2020, 1, 1, 8) + timedelta(days=8 * k)).isoformat()[:16],
            "x": str(900 * (k // 5) + 37 * (k % 5) + (8000 if k % 5 > 2 else 0)),
            "y": str(700 * (k // 5 % 3) + 11 * k),
            "entry": "rear" if k // 5 % 2 else "front",
            "tool": f"tool {k // 5 if k % 5 < 3 else k + 100}",
            "loot": f"thing {k // 5}" if k % 5 < 3 else "",
        }
        for k in range(40)
    ]
    write_rows(at / "cases.csv", rows)
    series = [{"series_id": f"S{k // 5}", "case_id": f"B{k:02d}"} for k in range(40) if k % 5 < 3]
    write_rows(at / "series.csv", series)
    (at / "m.toml").write_text(f'{MAPPING}"tool" = "tool"\n"loot" = "loot"\n')
    learn = ("learn", "cases.csv", "--series", "series.csv", "--mapping", "m.toml")
    clew_here(*learn, "--out", "w.json", cwd=at).well()
    return at


def test_link_forms_series_by_means_with_a_learned_table_alone_and_says_so(
    plain_to_see: Path,
) -> None:
    def words(*command: str) -> str:
        return " ".join(clew_here(*command, cwd=plain_to_see).well().split())

    options = ("--mapping", "m.toml", "--weights", "w.json")
    assert BY_MEANS in words("link", "cases.csv", *options, "--out", "by-means")
    assert BY_MEANS in (plain_to_see / "by-means" / "report.html").read_text("utf-8")
    answer = json.loads(words("link", "cases.csv", *options, "--out", "o", "--json"))
    assert answer["series_formed"] == BY_MEANS
    formed = {
        series["series_id"]: sorted(case["case_id"] for case in series["cases"])
        for series in answer["series"]
        if series["view"] == "engine"
    }
    assert formed == {
        f"S-B{k:02d}": [f"B{k:02d}", f"B{k + 1:02d}", f"B{k + 2:02d}"] for k in range(0, 40, 5)
    }, "as they were solved"
    assert "of 37 other records" in words("like", "cases.csv", "S-B00", *options), (
        "three are its own"
    )
    plain = ("link", "cases.csv", "--mapping", "m.toml", "--out", "by-chance")
    assert BY_MEANS[:40] not in words(*plain)
    assert BY_MEANS[:40] not in (plain_to_see / "by-chance" / "report.html").read_text("utf-8")
    assert "series_formed" not in json.loads(words(*plain, "--json"))


def test_a_table_for_another_kind_of_crime_is_refused(solved: Path) -> None:
    for command in (("link", "other.csv"), ("explain", "other.csv", "B01", "B00")):
        rows = [{"case_id": f"B0{k}", "reported_at": f"2021-01-0{k + 1}"} for k in range(3)]
        write_rows(solved / "other.csv", rows)
        line = clew_here(*command, "--weights", "w.json", cwd=solved).one_line()
        assert "learned from cases of burglary" in line
        assert "other.csv has cases of death" in line


def test_too_few_series_are_refused(solved: Path) -> None:
    write_rows(solved / "one.csv", [{"series_id": "S", "case_id": c} for c in ("B00", "B01")])
    line = clew_here(
        "learn", "cases.csv", "--series", "one.csv", "--mapping", "m.toml", cwd=solved
    ).one_line()
    assert "at least two series" in line
