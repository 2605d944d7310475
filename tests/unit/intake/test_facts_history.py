from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clew.errors import InputRejected
from clew.intake.read import CaseSources
from clew.model.case import Case
from clew.model.case_file import CaseFile

ReadRows = Callable[..., CaseFile]
REPORT = int(datetime(2014, 6, 19, 3, 5, tzinfo=UTC).timestamp())


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


def versions(file: CaseFile) -> list[tuple[int, Case]]:
    return list(file.histories[0].versions)


def test_without_facts_there_is_one_version(read_rows: ReadRows) -> None:
    assert [since for since, _ in versions(read_rows([{"cause": "Hanging"}]))] == [REPORT]


def test_facts_rule_over_the_case_file(read_rows: ReadRows) -> None:
    facts = [{"field": "cause", "value": "GHB toxicity", "known_at": "2014-08-01T10:00"}]
    file = read_rows([{"cause": "Hanging", "sex": "m"}], facts)
    (first, before), (then, after) = versions(file)
    assert (first, then) == (REPORT, utc(2014, 8, 1, 9))
    assert (before.cause, before.mechanism, before.substances) == (None, None, None)
    assert (after.cause, after.sex) == ("GHB toxicity", "male")
    assert after.substances == ("ghb",)


def test_a_rejected_fact_still_rules_its_field(read_rows: ReadRows) -> None:
    file = read_rows([{"age_years": "22"}], [{"field": "age_years", "value": "old"}])
    assert [case.age_years for _, case in versions(file)] == [None]
    (reject,) = file.rejects
    assert (reject.file, reject.row, reject.field) == ("facts.csv", 2, "age_years")
    assert (reject.value, reject.kept) == ("old", False)


def test_add_and_withdraw_change_one_element(read_rows: ReadRows) -> None:
    facts = [
        {"field": "scene", "value": "note; bottle", "known_at": "2014-06-19T04:05"},
        {"field": "scene", "op": "add", "value": "Farewell note", "known_at": "2014-06-20"},
        {"field": "scene", "op": "add", "value": "curtains", "known_at": "2014-06-21"},
        {"field": "scene", "op": "withdraw", "value": "suicide note", "known_at": "2014-06-22"},
        {"field": "scene", "op": "withdraw", "value": "piano", "known_at": "2014-06-23"},
        {"field": "scene", "value": "", "known_at": "2014-06-24"},
        {"field": "scene", "op": "add", "value": "note", "known_at": "2014-06-25"},
        {"field": "scene", "op": "withdraw", "value": "note", "known_at": "2014-06-26"},
    ]
    file = read_rows([{}], facts)
    scenes = [case.scene for _, case in versions(file)]
    assert [None if s is None else len(s) for s in scenes] == [2, 3, 2, None, 1, None]
    assert scenes[2] is not None
    assert "note" not in scenes[2]
    assert [(r.row, r.kept) for r in file.rejects] == [(6, False)]


def test_none_then_an_element(read_rows: ReadRows) -> None:
    facts = [
        {"field": "substances", "value": "none", "known_at": "2014-06-19T04:05"},
        {"field": "substances", "op": "add", "value": "ghb", "known_at": "2014-08-01"},
    ]
    assert [case.substances for _, case in versions(read_rows([{}], facts))] == [(), ("ghb",)]


def test_entities_are_withdrawn_whatever_their_spelling(read_rows: ReadRows) -> None:
    facts = [
        {"field": "entities", "value": "caller:person:P1; finder:person:W1"},
        {
            "field": "entities",
            "op": "withdraw",
            "value": "Caller : person:P1",
            "known_at": "2014-07-02",
        },
    ]
    last = versions(read_rows([{}], facts))[-1][1]
    assert last.entities is not None
    assert [entity.code for entity in last.entities] == ["W1"]


def test_early_facts_hold_from_the_first_version(read_rows: ReadRows) -> None:
    facts = [
        {"field": "manner", "value": "accident", "known_at": "2014-06-01"},
        {"field": "sex", "value": "f", "known_at": "2014-06-19T04:05"},
    ]
    ((since, case),) = versions(read_rows([{}], facts))
    assert (since, case.manner, case.sex) == (REPORT, "accident", "female")


def test_ties_follow_the_file_and_halves_wait_for_each_other(read_rows: ReadRows) -> None:
    facts = [
        {"field": "manner", "value": "accident"},
        {"field": "longitude", "value": "0.081"},
        {"field": "manner", "value": "suicide"},
        {"field": "latitude", "value": "51.535"},
        {"field": "home_latitude", "value": "51.5", "known_at": "2014-07-02"},
        {"field": "home_longitude", "value": "0.1", "known_at": "2014-07-03"},
        {"field": "latest", "value": "2014-06-16", "known_at": "2014-07-04"},
        {"field": "earliest", "value": "2014-06-15", "known_at": "2014-07-04"},
        {"field": "earliest", "value": "2014-06-17", "known_at": "2014-07-05"},
        {"field": "latest", "value": "2014-06-18", "known_at": "2014-07-05"},
    ]
    file = read_rows([{}], facts)
    assert file.rejects == ()
    second, last = versions(file)[1][1], versions(file)[-1][1]
    assert second.manner == "suicide"
    assert second.point is not None
    assert last.home is not None
    assert last.window is not None
    assert last.window.earliest == utc(2014, 6, 16, 23)


def test_a_fact_that_breaks_a_window_is_rejected_and_the_window_stays(read_rows: ReadRows) -> None:
    facts = [
        {"field": "earliest", "value": "2014-06-18"},
        {"field": "latest", "value": "2014-06-19"},
        {"field": "latest", "value": "2014-06-01", "known_at": "2014-07-05"},
    ]
    file = read_rows([{}], facts)
    assert [(r.row, r.field) for r in file.rejects] == [(4, "latest")]
    assert len(versions(file)) == 2
    assert versions(file)[-1][1].window is not None


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"field": "reported_at", "value": "2014-01-01"}, "field"),
        ({"field": "case_id", "value": "C9"}, "field"),
        ({"field": "sex", "value": "f", "case_id": "C99"}, "case_id"),
        ({"field": "sex", "value": "f", "case_id": ""}, "case_id"),
        ({"field": "sex", "value": "f", "op": "erase"}, "op"),
        ({"field": "sex", "value": "f", "op": "add"}, "op"),
        ({"field": "scene", "value": "", "op": "add"}, "value"),
        ({"field": "sex", "value": "f", "known_at": "soon"}, "known_at"),
        ({"field": "sex", "value": "f", "known_at": ""}, "known_at"),
        ({"field": "sex", "value": "f", "recorded_at": "03/04/2015"}, "recorded_at"),
        ({"field": "sex", "value": "banana"}, "sex"),
        ({"field": "entities", "value": "P1"}, "entities"),
    ],
)
def test_bad_facts_are_rejected_with_row_and_field(
    read_rows: ReadRows, row: dict[str, str], field: str
) -> None:
    good = {"field": "manner", "value": "accident"}
    file = read_rows([{}], [good, row])
    (reject,) = file.rejects
    assert (reject.file, reject.row, reject.field, reject.kept) == ("facts.csv", 3, field, False)
    assert versions(file)[-1][1].manner == "accident"


def test_recorded_time_rules_unless_the_claimed_one_is_asked_for(
    read_rows: ReadRows, tmp_path: Path
) -> None:
    fact = {
        "field": "manner",
        "value": "accident",
        "known_at": "2014-07-01T12:00",
        "recorded_at": "2014-09-01T12:00",
    }
    recorded = read_rows([{}], [fact])
    assert versions(recorded)[1][0] == utc(2014, 9, 1, 11)
    cases, facts = tmp_path / "cases.csv", tmp_path / "facts.csv"
    claimed = CaseSources(cases, facts=facts, by="known_at").read()
    assert versions(claimed)[1][0] == utc(2014, 7, 1, 11)


def test_odd_facts_are_warned_of(read_rows: ReadRows) -> None:
    fact = {
        "field": "manner",
        "value": "accident",
        "recorded_at": "2014-06-20",
        "basis": "dreamt",
    }
    file = read_rows([{}], [fact])
    assert any("known later than they were recorded" in w for w in file.warnings)
    assert any("dreamt" in w for w in file.warnings)


def test_facts_on_traits_and_unknown_columns(read_rows: ReadRows) -> None:
    facts = [
        {"field": "group_ethnicity", "value": "B"},
        {"field": "religion", "value": "R"},
        {"field": "tattoo", "value": "anchor"},
    ]
    file = read_rows([{"group_ethnicity": "A", "tattoo": "none"}], facts)
    assert [case.extra for _, case in versions(file)] == [{}, {"tattoo": "anchor"}]
    assert file.traits == {"C1": {"group_ethnicity": "B", "group_religion": "R"}}


def test_other_text_that_says_the_same_is_silent_where_facts_rule(
    read_rows: ReadRows, tmp_path: Path
) -> None:
    toml = tmp_path / "m.toml"
    toml.write_text('substances_from = ["notes"]\n[window]\ncolumn = "when"\norder = "day_first"\n')
    row = {"notes": "cocaine toxicity", "when": "18/06/2014"}
    facts = [
        {"field": "substances", "value": "ghb"},
        {"field": "earliest", "value": "2014-06-18"},
    ]
    ruled = versions(read_rows([row], facts, mapping=toml))[0][1]
    assert (ruled.substances, ruled.window) == (None, None)
    free = versions(read_rows([row], mapping=toml))[0][1]
    assert free.substances == ("cocaine",)
    assert free.window is not None


def test_a_facts_file_needs_its_five_columns(read_rows: ReadRows, tmp_path: Path) -> None:
    read_rows([{}])
    (tmp_path / "f.csv").write_text("case_id,field\nC1,sex\n")
    with pytest.raises(InputRejected, match="is missing op, value, known_at"):
        CaseSources(tmp_path / "cases.csv", facts=tmp_path / "f.csv").read()
