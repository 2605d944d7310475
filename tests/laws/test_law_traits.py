"""Sensitive traits and lifestyle words cannot be reached by any evidence."""

from __future__ import annotations

import ast
import csv
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from made_cases import case_lists, declared
from test_law_judgements import file_of

import clew
from clew.intake.read import read_case_file
from clew.model.case import Case
from clew.vocabulary.load import words
from clew.workflows.link import LinkOptions, link_cases

SOURCE = Path(clew.__file__).parent
BLIND = (
    "comparison",
    "series",
    "surveillance",
    "replay",
    "workflows",
    "disclosure",
    "cli",
    "model",
    "store",
)


def test_a_case_has_no_place_for_a_trait() -> None:
    names = {field.name for field in fields(Case)}
    assert not [n for n in names if n.startswith("group") or n in {"traits", "ethnicity", "race"}]
    assert not hasattr(Case("C", 0), "__dict__"), "nothing may be hung on a case"


@pytest.mark.parametrize("room", BLIND)
def test_no_room_that_compares_or_tells_reads_traits_or_plain_facts(room: str) -> None:
    """`traits` is read by no room but intake; `extra` by none that weighs."""
    weighs = room in {"comparison", "series", "surveillance"}
    forbidden = {"traits"} | ({"extra"} if weighs else set())
    for path in sorted((SOURCE / room).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        read = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        texts = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not forbidden & read, f"{path.name} reads {forbidden & read}"
        assert not [t for t in texts if t.startswith("group_") or t in forbidden], path.name


@given(case_lists(most=6))
@settings(max_examples=15, deadline=None)
def test_traits_change_no_answer(cases: list[Case]) -> None:
    plain = file_of(cases)
    traits = {c.case_id: {"group_ethnicity": f"g{k % 2}"} for k, c in enumerate(cases)}
    options = LinkOptions(declared())
    assert link_cases(plain, options) == link_cases(replace(plain, traits=traits), options)


def test_lifestyle_words_weigh_nothing(tmp_path: Path) -> None:
    """However spelt, a word about how a person lived is gone before anything is compared."""
    vocabulary = words("scene")
    assert len(vocabulary.lifestyle) >= 5
    said = [*vocabulary.lifestyle, "rough sleeper", "NFA", "known drug user", "sex worker"]
    base = [["note", "syringe"], ["note"], ["syringe", "note"], ["note"]]
    rows = []
    for k, scene in enumerate(base):
        rows.append((f"C{k}", f"2014-06-{k + 1:02d}T10:00", "male", "; ".join(scene)))

    def answer(listed: list[tuple[str, ...]]) -> object:
        path = tmp_path / "cases.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("case_id", "reported_at", "sex", "scene"), *listed])
        found = link_cases(read_case_file(path), LinkOptions(declared()))
        return [(link.case_a, link.case_b, link.micro_bans, link.breakdown) for link in found.links]

    plain = answer(rows)
    told = [(i, at, sex, "; ".join([scene, *said])) for i, at, sex, scene in rows]
    assert answer(told) == plain
    different = [(i, at, sex, scene.replace("note", "small bottle")) for i, at, sex, scene in rows]
    assert answer(different[:1] + rows[1:]) != plain, "a scene word does weigh"
