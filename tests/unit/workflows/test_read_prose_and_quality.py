"""The two jobs on prose and on quality, as the command line runs them."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clew.cli.app import app
from clew.errors import InputRejected
from clew.intake.cases.row_parsers import FROM_PROSE
from clew.intake.read import read_case_file

CASES = """case_id,reported_at,area,age_years,sex,scene,injuries,clothing,narrative
A-1,2015-03-02T07:40,KD,22,male,,,,"{}"
A-2,2015-03-02T09:00,KD,22,male,syringe,none_seen; gunshot,,"{}"
A-3,2015-05-02,KE,140,male,,,fully_dressed; undressed,
""".format(
    "Sat against wall. No phone. Small bottle in pocket. No needle marks.",
    "No syringe was found, but a vial was. ?GHB",
)
RUN = CliRunner()


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    (tmp_path / "cases.csv").write_text(CASES, "utf-8")
    return tmp_path / "cases.csv"


def run(*arguments: object) -> str:
    done = RUN.invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_read_prints_facts_with_their_words_and_writes_a_facts_file(cases: Path) -> None:
    out = cases.parent / "out"
    said = run("read", cases, "--out", out)
    assert '= missing_items: phone [18-26 "No phone"] seen' in said
    assert '- injuries: needle mark [52-67 "No needle marks"] seen' in said
    assert "? substances: ghb" in said
    facts = rows(out / "facts.csv")
    assert {(f["case_id"], f["field"], f["value"]) for f in facts} == {
        ("A-1", "posture", "sitting"),
        ("A-1", "posture", "against_wall"),
        ("A-1", "missing_items", "phone"),
        ("A-1", "scene", "small_bottle"),
    }
    assert all("unconfirmed" in f["source"] for f in facts)
    drawn = rows(out / "drawn.csv")
    texts = {row["case_id"]: row["narrative"] for row in rows(cases)}
    for fact in drawn:
        assert texts[fact["case_id"]][int(fact["start"]) : int(fact["end"])] == fact["quote"]


def test_what_a_person_says_of_each_fact_rules(cases: Path) -> None:
    out = cases.parent / "out"
    run("read", cases, "--out", out)
    sheet = rows(out / "drawn.csv")
    answers = {"phone": "no", "needle_mark": "yes", "sitting": "yes"}
    for fact in sheet:
        fact["confirmed"] = answers.get(fact["value"], "")
    filled = cases.parent / "filled.csv"
    with filled.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(sheet[0]))
        writer.writeheader()
        writer.writerows(sheet)
    said = run("read", cases, "--confirm", filled, "--out", out)
    assert "confirmed: 2; rejected: 1" in said
    history = read_case_file(cases, facts=out / "facts.csv").histories[0]
    case = history.versions[-1][1]
    assert case.missing_items is None
    assert case.posture == ("against_wall", "sitting")
    assert case.scene == ("small_bottle",)
    assert FROM_PROSE not in case.extra
    assert "A-1,missing_items,set,,2015-03-02" in (out / "facts.csv").read_text("utf-8")


def test_a_sheet_with_another_answer_is_refused_in_one_line(cases: Path) -> None:
    out = cases.parent / "out"
    run("read", cases, "--out", out)
    text = (out / "drawn.csv").read_text("utf-8").replace("Sat,", "Sat,perhaps", 1)
    (out / "wrong.csv").write_text(text, "utf-8")
    with pytest.raises(InputRejected, match="is not allowed there"):
        run("read", cases, "--confirm", out / "wrong.csv", "--out", out)


def test_one_report_as_text(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Female in bed, no phone.", "utf-8")
    line = json.loads(run("read", tmp_path / "note.txt", "--json", "--out", tmp_path / "out"))
    assert [f["value"] for f in line["facts"] if f["drawn"]] == ["in_bed", "phone"]


def test_quality_counts_what_is_there_and_changes_nothing(cases: Path) -> None:
    out = cases.parent / "out"
    said = run("quality", cases, "--out", out)
    told = json.loads((out / "quality.json").read_text("utf-8"))
    assert told["all"]["records"] == 3
    assert told["all"]["filled"]["sex"] == 3
    assert told["all"]["filled"]["posture"] == 0, "what only prose tells is not complete"
    assert [unit["name"] for unit in told["units"]] == ["KD", "KE"]
    assert [(m["name"], m["records"]) for m in told["months"]] == [("2015-03", 2), ("2015-05", 1)]
    kinds = {(one["field"], one["count"]) for one in told["impossible"]}
    assert {("age_years", 1), ("injuries", 1), ("clothing", 1)} <= kinds
    scene = next(one for one in told["agreement"] if one["field"] == "scene")
    assert (scene["both"], scene["agree"], scene["contrary"]) == (1, 0, 1)
    assert scene["examples"] == ["A-2: syringe"]
    assert "scene: in prose and column 1, with the same value 0; prose denies the column 1" in said
    page = (out / "quality.html").read_text("utf-8")
    assert "<script" not in page
    assert "A reason to look, not a finding." in page


def test_doubles_are_told_by_place_and_by_all_being_alike(tmp_path: Path) -> None:
    head = "case_id,reported_at,latitude,longitude,area,age_years,sex,cause\n"
    lines = [
        "B-1,2020-01-01,51.5,0.1,KD,40,male,Heroin toxicity",
        "B-2,2020-01-02,51.5,0.1,KD,40,male,",
        "B-3,2020-02-01,,,KD,50,female,Fall",
        "B-4,2020-02-01,,,KD,50,female,Fall",
        "B-5,2020-02-01,,,KD,51,female,Fall",
    ]
    (tmp_path / "cases.csv").write_text(head + "\n".join(lines) + "\n", "utf-8")
    run("quality", tmp_path / "cases.csv", "--out", tmp_path / "out")
    told = json.loads((tmp_path / "out" / "quality.json").read_text("utf-8"))
    assert {(one["case_a"], one["case_b"]) for one in told["doubles"]} == {
        ("B-1", "B-2"),
        ("B-3", "B-4"),
    }
