from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from made_messages import NOW, as_xml, put, toxicology

from clew.errors import InputRejected
from clew.intake.messages.reader import read_items
from clew.intake.messages.toxicology import REPORT
from clew.intake.read import CaseSources
from clew.model.case_file import CaseFile
from clew.workflows.intake import IntakeOptions, take_in, write_messages

CASES = (
    "case_id,reported_at,sex,cause,references\n"
    "A,2021-12-03T08:00,male,PENDING,coroner:ME21-111\nB,2021-12-05,female,Hanging,\n"
)
ISSUED = 1641380400


def read(tmp_path: Path, tree: Any, name: str = "tox.json") -> CaseFile:
    cases = put(tmp_path, "cases.csv", CASES)
    return CaseSources(cases, facts=put(tmp_path, name, tree), now=NOW).read()


def test_a_report_finds_its_case_and_becomes_late_facts(tmp_path: Path) -> None:
    for tree, name in ((toxicology(), "tox.json"), (as_xml(toxicology()), "tox.xml")):
        file = read(tmp_path, tree, name)
        first, late = next(h for h in file.histories if h.case_id == "A").versions
        assert first[1].substances is None
        assert late[0] == ISSUED
        assert late[1].substances == ("ethanol", "fentanyl")
        assert late[1].tested_for == ("cocaine", "ethanol", "fentanyl")
        assert late[1].references == ("coroner:ME21-111", "tox:R21-01578")
        assert file.rejects == ()


def test_an_unknown_case_is_a_rejected_row_with_its_reason(tmp_path: Path) -> None:
    (reject,) = read(tmp_path, toxicology("ME99-1")).rejects
    assert (reject.file, reject.field, reject.value, reject.kept) == (
        "tox.json", "case_id", "ME99-1", False,
    )  # fmt: skip
    assert "no case has this number" in reject.reason


def test_two_cases_of_one_number_are_not_guessed_between(tmp_path: Path) -> None:
    cases = put(tmp_path, "cases.csv", CASES.replace("Hanging,", "Hanging,ME21-111"))
    file = CaseSources(cases, facts=put(tmp_path, "t.json", toxicology()), now=NOW).read()
    assert [len(h.versions) for h in file.histories] == [1, 1]
    assert "several cases" in file.rejects[0].reason


def test_nothing_found_is_none_and_keeps_what_was_tested(tmp_path: Path) -> None:
    tree = toxicology()
    for entry in tree["entry"]:
        told = entry["resource"]
        if told["resourceType"] == "Observation":
            for key in [k for k in told if k.startswith("value")]:
                del told[key]
            told["valueString"] = "None detected"
    case = next(h for h in read(tmp_path, tree).histories if h.case_id == "A").versions[-1][1]
    assert case.substances == ()
    assert case.tested_for == ("cocaine", "ethanol", "fentanyl")


def test_a_message_alone_says_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="but no case") as refused:
        CaseSources(put(tmp_path, "t.json", toxicology())).read()
    assert "--facts" in refused.value.line()


def results(path: Path) -> dict[str, Any]:
    """What matters in a message: case, laboratory's number, time, and every result."""
    (item,) = read_items(path)
    assert item.record is not None
    (kept,) = [text for name, text in item.record.texts.items() if name.startswith(REPORT)]
    told: dict[str, Any] = json.loads(kept)
    return told | {"found": item.record.texts["substances"], "ids": item.record.ids}


def test_round_trip(tmp_path: Path) -> None:
    held, out = tmp_path / "held", tmp_path / "out"
    take_in(put(tmp_path, "c.csv", CASES), None, held, IntakeOptions(at=NOW - 100))
    sent = put(tmp_path, "tox.json", toxicology())
    outcome = take_in(sent, held, held, IntakeOptions(at=NOW))
    assert {row["field"] for row in outcome.changes.facts} == {
        "substances", "tested_for", "references", f"{REPORT} R21-01578",
    }  # fmt: skip
    assert write_messages(held, ["A"], out) == 2
    back = results(out / "tox-A-1.json")
    assert back == results(sent)
    before = (held / "facts.csv").read_bytes()
    again = take_in(out / "tox-A-1.json", held, held, IntakeOptions(at=NOW + 5))
    assert again.changes.facts == []
    assert (held / "facts.csv").read_bytes() == before
    assert write_messages(held, ["A"], tmp_path / "out2") == 2
    for one in out.iterdir():
        assert one.read_bytes() == (tmp_path / "out2" / one.name).read_bytes()


def test_the_case_is_compared_again(tmp_path: Path) -> None:
    """The late facts change what the case says from their time on, and not before."""
    held = tmp_path / "held"
    take_in(put(tmp_path, "c.csv", CASES), None, held, IntakeOptions(at=NOW - 100))
    take_in(put(tmp_path, "tox.json", toxicology()), held, held, IntakeOptions(at=NOW))
    file = CaseSources(held / "cases.parquet", held / "facts.csv", now=NOW).read()
    history = next(h for h in file.histories if h.case_id == "A")
    assert history.as_of(ISSUED - 1).substances is None  # type: ignore[union-attr]
    assert history.as_of(ISSUED).substances == ("ethanol", "fentanyl")  # type: ignore[union-attr]


def test_numbers_go_out_as_they_came(tmp_path: Path) -> None:
    tree = copy.deepcopy(toxicology())
    put(tmp_path, "tox.json", json.dumps(tree).replace("0.145", "0.160"))
    held = tmp_path / "held"
    take_in(put(tmp_path, "c.csv", CASES), None, held, IntakeOptions(at=NOW - 100))
    take_in(tmp_path / "tox.json", held, held, IntakeOptions(at=NOW))
    write_messages(held, ["A"], tmp_path / "out")
    assert '"value": 0.160' in (tmp_path / "out" / "tox-A-1.json").read_text()
