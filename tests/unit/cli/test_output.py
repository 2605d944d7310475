"""What commands print: groups of codes, few days before a scan, how to install what is missing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from clew.cli.options import install_command
from clew.intake.read import read_case_file
from clew.model.identity import Proposal, Resolution, groups_of
from clew.workflows.survey import say_few_days

sys.path.insert(0, str(Path(__file__).parents[2] / "transcripts"))
from said import clew_here


def proposal(a: str, b: str, probability: float, group: str) -> Proposal:
    return Proposal(a, b, "person", probability, (), group=group)


def test_proposals_come_as_groups_the_weakest_pair_first() -> None:
    pairs = (
        proposal("P1", "P2", 0.999, "P1"), proposal("Q1", "Q2", 0.98, "Q1"),
        proposal("P1", "P3", 0.96, "P1"), proposal("P2", "P3", 0.97, "P1"),
    )  # fmt: skip
    first, second = groups_of(Resolution(pairs, ()))
    assert (first.codes, second.codes) == (("P1", "P2", "P3"), ("Q1", "Q2"))
    assert [pair.probability for pair in first.proposals] == [0.96, 0.97, 0.999]
    assert sum(len(group.proposals) for group in (first, second)) == len(pairs)
    assert groups_of(Resolution((), ())) == ()


def test_twelve_codes_of_one_phone_are_one_group_and_not_66_pairs(tmp_path: Path) -> None:
    rows = ["code,type,phone", *(f"T{n:02},phone,07700 900123" for n in range(12))]
    (tmp_path / "r.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = clew_here("resolve", "r.csv", "--out", "who", cwd=tmp_path).well()
    assert "Proposed: 1 group of codes that may be one, from 66 pairs." in said
    assert said.count("weakest pair:") == 1
    assert "T00, T01, T02" in said
    assert "Read: 12 of 12 rows of r.csv. Not read: 0 rows and 0 fields." in said
    record = json.loads(clew_here("resolve", "r.csv", "--json", "--out", "b", cwd=tmp_path).well())
    assert [len(group["codes"]) for group in record["groups"]] == [12]


@pytest.mark.parametrize(
    ("days", "warns"),
    [
        ([1] * 20, True), ([1] * 8 + [2] * 2 + [3, 4, 5], True), (list(range(1, 21)), False),
        ([1, 1, 2], False), ([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7], False),
        ([1] * 6 + list(range(2, 8)), True), ([1] * 4 + list(range(2, 12)), False),
    ],
)  # fmt: skip
def test_few_days_that_hold_most_reports_are_named(
    days: list[int], warns: bool, tmp_path: Path
) -> None:
    rows = ["case_id,reported_at", *(f"C{n},2021-03-{day:02}" for n, day in enumerate(days))]
    (tmp_path / "c.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = say_few_days(read_case_file(tmp_path / "c.csv"))
    assert bool(said) == warns
    if warns:
        assert "1 March 2021" in said[0]
        assert "Check the dates" in said[0]


def test_a_missing_extra_is_installed_from_this_checkout() -> None:
    command = install_command("entities")
    assert command.startswith(sys.executable)
    assert "[entities]" in command
    assert "constraints.txt" in command
