"""Two cases compared: findings in plain words, the same either way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clew.comparison.compare import compare
from clew.comparison.weights.weight_table import declared_table
from clew.errors import UsageRejected
from clew.model.case import Case, Entity
from clew.model.finding import Stance
from clew.model.values import DAY, Point

START = 1_400_000_000
CALLER = Entity("caller", "person", "P1")
FIRST = Case(
    "A", START, sex="male", age_years=22.0, point=Point(51.539, 0.081), place_key="churchyard",
    missing_items=("phone",), entities=(CALLER,),
)  # fmt: skip
SECOND = replace(
    FIRST, case_id="B", reported_at=START + 60 * DAY, age_years=23.0, point=Point(51.5391, 0.0811)
)


def test_findings_of_two_cases_are_plain_words() -> None:
    findings = compare(FIRST, SECOND)
    said = {finding.aspect: finding for finding in findings}
    assert said["address"].says == "the same address or site"
    assert said["age"].says == "aged 23 and 22", "the later report first"
    assert said["same person, phone or place"].stance is Stance.AGREES
    assert said["things missing"].value_a == said["things missing"].value_b
    assert said["mechanism"].stance is Stance.MISSING
    assert all(f.micro_bans == 0 for f in findings if f.stance is Stance.MISSING)


def test_they_are_the_same_either_way() -> None:
    assert compare(FIRST, SECOND) == compare(SECOND, FIRST)


def test_how_rare_a_value_is_comes_from_the_other_cases() -> None:
    others = [
        replace(
            FIRST,
            case_id=f"C{k}",
            reported_at=START + k * DAY,
            place_key=f"house {k}",
            entities=None,
        )
        for k in range(40)
    ]
    among_others = {f.aspect: f for f in compare(FIRST, SECOND, [*others, FIRST])}
    assert among_others["address"].rarity.startswith("2 of 42")
    alone = {f.aspect: f for f in compare(FIRST, SECOND)}
    assert among_others["address"].micro_bans > alone["address"].micro_bans
    assert among_others["things missing"].rarity.startswith("42 of 42")


def test_the_table_is_the_declared_one_unless_another_is_given() -> None:
    table = declared_table()
    assert compare(FIRST, SECOND, table=table) == compare(FIRST, SECOND)
    halved = replace(table, kept={"place": 0.5})
    given, plain = compare(FIRST, SECOND, table=halved), compare(FIRST, SECOND)
    assert given[0].micro_bans == round(plain[0].micro_bans / 2)


def test_one_case_is_not_compared_with_itself() -> None:
    with pytest.raises(UsageRejected, match="A cannot be compared with itself"):
        compare(FIRST, FIRST)
