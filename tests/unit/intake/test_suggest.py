from __future__ import annotations

import csv
from pathlib import Path

import pytest

from clew.intake.cases.mapping import load_mapping
from clew.intake.read import CaseSources
from clew.intake.suggest.propose import suggest_mapping
from clew.intake.suggest.suggestion import Suggestion


def put(folder: Path, header: list[str], rows: list[list[str]]) -> Path:
    path = folder / "foreign.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def kept(suggestion: Suggestion, folder: Path) -> Path:
    path = folder / "m.toml"
    path.write_text(suggestion.toml(), encoding="utf-8")
    return path


HEADER = [
    "Case Number", "Date Reported", "Date of Death", "Lat", "Lng", "Decedent Age", "Gender",
    "Manner of Death", "Primary Cause Line A", "Primary Cause Line B", "Secondary Cause", "Race",
    "Sexual Orientation", "SSN", "Suspect", "Death Location Type", "Notes", "Odd \"one\"\\",
]  # fmt: skip
ROWS = [
    [f"ME-{n}", f"{n % 12 + 1}/{n % 28 + 1}/2021 9:0{n % 10}", f"{n % 12 + 1}/{n % 28 + 1}/21",
     f"41.{n}", f"-87.{n}", str(n), "MF"[n % 2], ("NAT", "Acident", "HOM", "odd")[n % 4],
     "Gunshot wound", "", "fentanyl", "x", "y", "999-00-1234", "z", "Apartment", "word " * 30, "q"]
    for n in range(1, 60)
]  # fmt: skip


def test_a_foreign_file_is_mapped_and_read(tmp_path: Path) -> None:
    path = put(tmp_path, HEADER, ROWS)
    found = suggest_mapping(path)
    assert found.columns == {
        "case_id": ["Case Number"], "reported_at": ["Date Reported"], "earliest": ["Date of Death"],
        "latitude": ["Lat"], "longitude": ["Lng"], "age_years": ["Decedent Age"], "sex": ["Gender"],
        "manner": ["Manner of Death"], "premises": ["Death Location Type"], "narrative": ["Notes"],
        "cause": ["Primary Cause Line A", "Primary Cause Line B"],
    }  # fmt: skip
    assert {x.theirs for x in found.lines_of("trait")} == {"Race", "Sexual Orientation"}
    assert [x.theirs for x in found.lines_of("drop")] == ["SSN"]
    assert [x.theirs for x in found.lines_of("substances_from")] == ["Secondary Cause"]
    assert {x.theirs for x in found.lines_of("plain")} == {"Suspect", 'Odd "one"\\'}
    assert {x.ours: x.extra for x in found.lines_of("date_format")} == {
        "reported_at": "%m/%d/%Y %H:%M", "earliest": "%m/%d/%y",
    }  # fmt: skip
    meant = dict(line.extra.split("\x1f") for line in found.lines_of("value"))
    assert meant == {"NAT": "natural", "Acident": "accident", "HOM": "homicide", "odd": ""}
    assert all(line.why for line in found.lines)
    assert found.tried[0] == "Tried on 59 rows: 59 can be taken."
    file = CaseSources(path, mapping=kept(found, tmp_path)).read()
    case = next(h for h in file.histories if h.case_id == "ME-3").versions[-1][1]
    assert (case.manner, case.sex, case.substances) == ("odd", "female", ("fentanyl",))
    assert case.premises == "apartment"
    assert file.traits is not None
    assert file.traits["ME-3"] == {"group_race": "x", "group_sexual_orientation": "y"}
    assert "999-00-1234" not in str(file.histories)


def test_day_and_month_that_cannot_be_told_apart_are_for_a_person(tmp_path: Path) -> None:
    rows = [[str(n), f"0{n}/0{n + 1}/2021"] for n in range(1, 8)]
    found = suggest_mapping(put(tmp_path, ["id", "report_date"], rows))
    assert found.lines_of("date_format") == []
    assert any("day and month could be either way round" in one for one in found.lacking)
    rows.append(["9", "25/12/2021"])
    found = suggest_mapping(put(tmp_path, ["id", "report_date"], rows))
    assert [x.extra for x in found.lines_of("date_format")] == ["%d/%m/%Y"]


def test_what_lacks_is_said(tmp_path: Path) -> None:
    found = suggest_mapping(put(tmp_path, ["case_number", "x"], [["1", "a"], ["1", "a"]]))
    assert any("1 rows repeat a value" in one for one in found.lacking)
    assert any("when the case was reported" in one for one in found.lacking)
    assert "cannot be read with this mapping yet" in found.tried[0]
    load_mapping(kept(found, tmp_path))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("DOD", "earliest"), ("IncidentDate", "earliest"), ("VicSex", "sex"),
        ("VicAge", "age_years"), ("incident_city", "area"), ("Borough", "area"),
        ("UPRN", "place_key"), ("caseno", "case_id"),
        ("Manner_of_Death", "manner"), ("Date notified", "reported_at"), ("drug_1", "substances"),
        ("Body position", "posture"), ("Police reference", "references"), ("X_LON", "longitude"),
    ],
)  # fmt: skip
def test_headers_in_the_wild(tmp_path: Path, theirs: str, ours: str) -> None:
    values = {
        "earliest": "2021-03-0{n}", "reported_at": "2021-03-0{n}", "age_years": "2{n}",
        "longitude": "-0.{n}", "case_id": "K{n}", "sex": "male", "manner": "natural",
        "substances": "ghb",
    }  # fmt: skip
    rows = [[values.get(ours, "Word {n}").format(n=n)] for n in range(1, 9)]
    found = suggest_mapping(put(tmp_path, [theirs], rows))
    assert found.columns.get(ours) == [theirs]


@pytest.mark.parametrize(
    "header",
    ["Ethnicity", "self defined ethnicity", "RELIGION", "Nationality", "Latino", "VicRace",
     "gender identity", "Mental Health Flag", "homeless", "Immigration status", "IC code"],
)  # fmt: skip
def test_sensitive_headers_are_held_apart(tmp_path: Path, header: str) -> None:
    rows = [[str(n), "2021-03-02", "male"] for n in range(5)]
    found = suggest_mapping(put(tmp_path, ["id", "reported", header], rows))
    assert [x.theirs for x in found.lines_of("trait")] == [header]
