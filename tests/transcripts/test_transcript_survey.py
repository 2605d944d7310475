"""`clew survey` as people and programs see it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from said import SILENCE, WORDS, Said, clew, clew_here, read_rows, write_rows

from clew.model.contract import CLUSTER_COLUMNS

CONTRACT = [
    "cluster_id", "model", "stratum", "latitude", "longitude", "radius_km", "first_day",
    "last_day", "observed", "expected", "statistic", "p_value", "recurrence_days", "case_ids",
]  # fmt: skip
QUICK = ("--replications", "99")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town with a death every other day, and six within four days in one churchyard."""
    at = tmp_path_factory.mktemp("town")
    rows = [
        {
            "case_id": f"S-{n:03d}",
            "reported_at": f"2014-{1 + n // 14:02d}-{1 + 2 * (n % 14):02d}",
            "latitude": f"{51.5 + 0.02 * (n * 7 % 9):.3f}",
            "longitude": f"{0.05 * (n * 5 % 11):.3f}",
            "age_years": "80",
        }
        for n in range(80)
    ]
    rows += [
        {
            "case_id": f"C-{n}", "reported_at": f"2014-06-{14 + n % 4}T09:00",
            "latitude": "51.535", "longitude": "0.076", "age_years": "22",
        }
        for n in range(6)
    ]  # fmt: skip
    rows.append({"case_id": "N-1", "reported_at": "2014-06-15"})
    rows.append(
        {"case_id": "=BAD", "reported_at": "2014-06-15", "latitude": "51.535", "longitude": "0.076"}
    )
    write_rows(at / "town.csv", rows)
    (at / "links.csv").write_text(
        "case_a,case_b,rank,chance_per_case,tier,reasons_for\n"
        "C-1,C-0,1,0.001,similarity,<b>bottle</b> at both scenes\n"
        "C-1,S-001,2,0.5,similarity,\n",
        encoding="utf-8",
    )
    return at


@pytest.fixture(scope="module")
def surveyed(town: Path) -> Said:
    return clew("survey", "town.csv", *QUICK, "--links", "links.csv", "--out", "once", cwd=town)


def test_it_says_what_is_unusual_and_what_was_not_scanned(surveyed: Said, town: Path) -> None:
    out = surveyed.well()
    assert out.startswith(WORDS)
    assert "7 deaths at one place around 51.535, 0.076, in 4 days" in out
    assert "This count is unusual. It does not say why, and names no one." in out
    assert "Not scanned: 1 record, no point is recorded" in out
    assert "Only this file was searched." in out
    assert "Counted: 0 units of 0 kinds" in out
    assert out.rstrip().endswith(SILENCE)
    assert {p.name for p in (town / "once").iterdir()} == {
        "clusters.csv", "excess.csv", "survey.html", "rejects.csv",
    }  # fmt: skip


def test_clusters_are_rows_of_the_contract(surveyed: Said, town: Path) -> None:
    surveyed.well()
    rows = read_rows(town / "once/clusters.csv")
    assert list(rows[0]) == list(CLUSTER_COLUMNS)
    assert list(rows[0])[: len(CONTRACT)] == CONTRACT
    first = rows[0]
    assert first["case_ids"].startswith("C-0; ")
    assert (first["first_day"], first["last_day"]) == ("2014-06-14", "2014-06-17")
    assert first["p_value"] == "0.01"
    assert first["recurrence_days"] == "", "one scan of the past does not recur"
    assert all(float(row["statistic"]) > 0 for row in rows)


def test_the_page_shows_cases_links_and_other_explanations(surveyed: Said, town: Path) -> None:
    surveyed.well()
    page = (town / "once/survey.html").read_text("utf-8")
    assert "This count is unusual" in page
    assert "&lt;b&gt;bottle&lt;/b&gt;" in page
    assert "<b>bottle" not in page
    assert "Person, 22 · 15 Jun 2014 (C-1) and Person, 22 · 14 Jun 2014 (C-0)" in page
    assert "S-001" not in re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert "Other explanations to check" in page
    assert "one death reported twice" in page
    assert "no point is recorded" in page
    assert "<script" not in page
    assert page.count("<svg") >= 3


def test_daily_scans_signal_and_repeat_themselves(town: Path) -> None:
    words = (
        "survey", "town.csv", "--prospective", "--from", "2014-06-10", "--to", "2014-06-20",
        "--signal-days", "50", "--strata", "young", *QUICK,
    )  # fmt: skip
    out = clew_here(*words, "--out", "daily", cwd=town).well()
    assert "11 daily scans, 10 June 2014 to 20 June 2014" in out
    rows = read_rows(town / "daily/clusters.csv")
    signals = [row for row in rows if row["signal"] == "1"]
    assert signals
    assert signals[0]["scanned_on"] >= "2014-06-15"
    for row in rows:
        assert row["last_day"] <= row["scanned_on"]
        assert float(row["recurrence_days"]) == pytest.approx(1 / float(row["p_corrected"]))
        assert row["recurrence_source"] == "monte_carlo"
    again = json.loads(clew_here(*words, "--json", "--out", "again", cwd=town).well())
    assert (town / "again/clusters.csv").read_bytes() == (town / "daily/clusters.csv").read_bytes()
    assert (town / "again/survey.html").read_bytes() == (town / "daily/survey.html").read_bytes()
    assert again["prospective"] is True
    assert len(again["scans"]) == 22


def test_drawing_stops_early(town: Path) -> None:
    words = (
        "survey", "town.csv", "--prospective", "--to", "2014-05-20", "--stop-after", "5",
        "--max-days", "60", "--max-radius-km", "30",
    )  # fmt: skip
    clew_here(*words, "--out", "early", cwd=town).well()
    first = read_rows(town / "early/clusters.csv")[0]
    assert int(first["replications"]) < 999
    assert float(first["p_sequential"]) == pytest.approx(5 / int(first["replications"]), abs=1e-5)
    assert first["recurrence_source"] == "sequential"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--strata", "sad"), "unknown stratum 'sad'"),
        (("--model", "guess"), "unknown model 'guess'"),
        (("--model", "poisson"), "needs a baseline"),
        (("--from", "soon"), "--from soon is not a time"),
        (("--max-radius-km", "-1"), "the largest radius must be 0 or more"),
        (("--baseline", "town.csv"), "the header is missing area"),
        (("--links", "town.csv"), "the header is missing case_a"),
        (("--centres", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_refusals_are_one_line(words: tuple[str, ...], said: str, town: Path) -> None:
    ended = clew("survey", "town.csv", *words, cwd=town)
    assert said in ended.one_line()


def test_every_part_of_a_survey_is_in_the_nouns_of_its_mapping(tmp_path: Path) -> None:
    """Parts of the page were made in an environment of their own, for deaths."""
    rows = [
        f"A-{n},2021-{1 + n % 9:02}-{1 + n % 27:02}T07:40,51.5{n % 7},-0.1{n % 5}"
        for n in range(60)
    ]
    lines = ["case_id,reported_at,latitude,longitude", *rows]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", "utf-8")
    for crime, nouns in (("burglary", "burglar(?:y|ies)"), ("robbery", "robber(?:y|ies)")):
        (tmp_path / "m.toml").write_text(f'name = "m"\ncrime = "{crime}"\n', "utf-8")
        command = ("survey", "a.csv", "--mapping", "m.toml", "--replications", 19)
        clew_here(*command, "--out", crime, cwd=tmp_path).well()
        page = (tmp_path / crime / "survey.html").read_text("utf-8")
        text = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())
        ours, heading, _ = text.partition("What this report must not be used for")
        assert heading
        assert len(re.findall(nouns, ours)) >= 8
        assert not re.findall("deaths?", ours)
