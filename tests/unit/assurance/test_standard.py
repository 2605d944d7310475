"""Standards: the shipped one cites its sources; a force's own is checked; the old one is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.assurance.standard import CLASSES, READ, default_standard, in_force, parse_standard
from clew.errors import InputRejected

OWN = """
id = "own"
title = "A force's own"
in_force_from = 2025-01-01
source = "Force policy 12 of 2025"

[[line]]
id = "identity"
title = "Identified"
classes = ["unexpected_under_investigation"]
place = "later"
due_hours = 12
source = "Force policy 12 of 2025"
read = "read"
"""


def test_every_shipped_line_has_a_source_and_says_how_well_it_is_known() -> None:
    standard = default_standard()
    assert len(standard.lines) > 18
    for line in standard.lines:
        assert line.source, line.id
        assert line.read in READ
        assert line.read != "read" or any(ch.isdigit() for ch in line.source), line.id


@pytest.mark.parametrize("needed", [
    "identity", "next_of_kin", "photographs", "body_examined", "lividity_posture",
    "phones_devices", "finder_caller", "last_contacts", "cctv", "house_to_house", "note_compared",
    "items_tested", "toxicology", "post_mortem", "other_records", "similar_deaths", "exhibits",
    "coroners_report",
])  # fmt: skip
def test_what_barking_lacked_is_a_line_of_every_death_under_investigation(needed: str) -> None:
    lines = default_standard().lines_for("unexpected_under_investigation", {"note"})
    assert needed in {line.id for line in lines}


def test_an_expected_death_has_a_route_of_a_minute() -> None:
    assert [line.id for line in default_standard().lines_for("expected")] == ["medical_history"]


def test_a_note_brings_its_line() -> None:
    standard = default_standard()
    without = {line.id for line in standard.lines_for("homicide")}
    assert {line.id for line in standard.lines_for("homicide", {"note"})} - without == {
        "note_compared"
    }


def test_an_old_death_keeps_the_standard_of_its_day() -> None:
    own, shipped = parse_standard(OWN, "own.toml"), default_standard()
    both = (own, shipped)
    assert in_force(both, date(2024, 12, 31)) is shipped
    assert in_force(both, date(2025, 1, 1)) is own
    assert in_force(both, date(2014, 6, 19)) is shipped


@pytest.mark.parametrize(("change", "row", "field"), [
    (('title = "Identified"', ""), 1, "title"),
    (('place = "later"', 'place = "soon"'), 1, "place"),
    (("due_hours = 12", "due_hours = 0"), 1, "due_hours"),
    (("due_hours = 12", "due_hours = true"), 1, "due_hours"),
    (('"unexpected_under_investigation"', '"unexplained"'), 1, "classes"),
    (('read = "read"', 'read = "heard"'), 1, "read"),
    (('read = "read"', 'read = "read"\nshade = 1'), 1, "shade"),
    (("in_force_from = 2025-01-01", ""), None, "in_force_from"),
    (("[[line]]", "[[row]]"), None, "line"),
])  # fmt: skip
def test_a_fault_is_named_with_its_place(
    change: tuple[str, str], row: int | None, field: str
) -> None:
    with pytest.raises(InputRejected) as refused:
        parse_standard(OWN.replace(*change), "own.toml")
    assert (refused.value.row, refused.value.field) == (row, field)
    assert "own.toml" in refused.value.line()


def test_a_line_stands_once() -> None:
    twice = OWN + OWN[OWN.index("[[line]]") :]
    with pytest.raises(InputRejected, match="is used twice"):
        parse_standard(twice, "own.toml")


@given(st.text(max_size=200))
def test_no_text_is_anything_but_a_standard_or_one_clear_refusal(text: str) -> None:
    with pytest.raises(InputRejected):
        parse_standard(text, "x.toml")


@given(st.sampled_from(CLASSES))
def test_every_class_has_lines(category: str) -> None:
    assert default_standard().lines_for(category)


def test_the_page_of_lines_says_what_the_standard_says() -> None:
    page = (Path(__file__).parents[3] / "docs" / "desk" / "standard.md").read_text("utf-8")
    rows = [row for row in page.splitlines() if row.startswith("| `")]
    standard = default_standard()
    assert [row.split("`")[1] for row in rows] == [line.id for line in standard.lines]
    for row, line in zip(rows, standard.lines, strict=True):
        assert line.title in row
        assert f"{line.due_hours} h" in row
        assert line.source in row
