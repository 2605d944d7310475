"""What prose fills, and what it never fills."""

from pathlib import Path

from clew.intake.cases.row_parsers import FROM_PROSE
from clew.intake.read import read_case_file
from clew.model.case import Case, Entity

TEXT = (
    "Sat against wall. No phone. Small bottle. Call from 07700 900123. Last seen yesterday at 6pm."
)
HEAD = "case_id,reported_at,scene,missing_items,narrative\n"


def read(tmp_path: Path, row: str, facts: str = "") -> list[Case]:
    (tmp_path / "cases.csv").write_text(HEAD + row, "utf-8")
    where = None
    if facts:
        where = tmp_path / "facts.csv"
        where.write_text("case_id,field,op,value,known_at\n" + facts, "utf-8")
    (history,) = read_case_file(tmp_path / "cases.csv", facts=where).histories
    return [case for _, case in history.versions]


def test_blank_columns_are_filled_and_marked(tmp_path: Path) -> None:
    (case,) = read(tmp_path, f"A,2015-03-02T08:00,,,{TEXT}\n")
    assert case.posture == ("against_wall", "sitting")
    assert case.missing_items == ("phone",)
    assert case.scene == ("small_bottle",)
    assert case.entities == (Entity("caller", "phone", "07700 900123"),)
    assert case.last_seen_alive is not None
    assert case.extra[FROM_PROSE] == "posture; scene; missing_items; entities; last_seen_alive"


def test_a_column_that_says_something_stands(tmp_path: Path) -> None:
    (case,) = read(tmp_path, f"A,2015-03-02T08:00,syringe,none,{TEXT}\n")
    assert case.scene == ("syringe",)
    assert case.missing_items == ()
    assert case.posture == ("against_wall", "sitting")


def test_a_column_that_facts_rule_is_never_filled(tmp_path: Path) -> None:
    first, last = read(tmp_path, f"A,2015-03-02T08:00,,,{TEXT}\n", "A,scene,set,note,2015-04-01\n")
    assert first.scene is None
    assert last.scene == ("note",)
    assert first.missing_items == last.missing_items == ("phone",)


def test_prose_that_comes_later_fills_from_then_on(tmp_path: Path) -> None:
    facts = f"A,narrative,set,{TEXT},2015-04-01\nA,narrative,set,He was in bed.,2015-05-01\n"
    first, second, third = read(tmp_path, "A,2015-03-02T08:00,,,\n", facts)
    assert first.posture is None
    assert FROM_PROSE not in first.extra
    assert second.posture == ("against_wall", "sitting")
    assert third.posture == ("in_bed",)
    assert third.missing_items is None
