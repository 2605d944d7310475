"""Weight tables: what is read, and one clear line for what cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from clew.comparison.weights.weight_table import (
    BOUNDS,
    LEVELS,
    declared_table,
    prior_odds_against,
    read_weight_table,
)
from clew.errors import WeightTableMismatch
from clew.model.columns import ITEM_TYPES

DECLARED = files("clew.comparison.weights").joinpath("declared.json").read_text("utf-8")


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    raw = json.loads(DECLARED)
    change(raw)
    return json.dumps(raw)


def refused(text: str) -> str:
    with pytest.raises(WeightTableMismatch) as refusal:
        read_weight_table(text)
    line = refusal.value.line()
    assert "\n" not in line
    assert "weight table" in line
    assert line.endswith(".")
    return line


def test_the_declared_priors_are_whole_and_sourced() -> None:
    table = declared_table()
    assert set(table.levels) == set(LEVELS)
    assert set(table.sets) == {"far", "sex", *ITEM_TYPES}
    assert set(table.bounds) == set(BOUNDS)
    assert table.trained_until is None, "declared, not trained"
    for level in table.levels.values():
        assert abs(sum(level.m) - 1) < 1e-6
        assert level.source
    assert all(one.source for one in table.sets.values())
    assert set(table.bounds) <= set(table.notes), "every bound has its source"


def test_the_fingerprint_is_of_the_content_and_not_of_the_writing() -> None:
    table = declared_table()
    raw = json.loads(DECLARED)
    turned = json.dumps(dict(reversed(raw.items())), indent=9)
    assert read_weight_table(turned).fingerprint == table.fingerprint
    other = changed(lambda raw: raw["bounds"].update(entity=0.13))
    assert read_weight_table(other).fingerprint != table.fingerprint


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "7", '"x"', "{}", DECLARED[:-40]])
def test_what_is_no_weight_table(text: str) -> None:
    refused(text)


def test_another_schema_is_named() -> None:
    assert "schema 2" in refused(changed(lambda raw: raw.update(schema=2)))


def _drop(raw: dict[str, Any], *path: str) -> None:
    for key in path[:-1]:
        raw = raw[key]
    del raw[path[-1]]


@pytest.mark.parametrize(
    "path",
    [
        ("schema",),
        ("name",),
        ("trained_until",),
        ("notes",),
        ("levels", "gap"),
        ("levels", "gap", "source"),
        ("sets", "scene"),
        ("sets", "scene", "floor_bans"),
        ("bounds", "most_bans"),
    ],
)
def test_an_incomplete_table_names_what_it_lacks(path: tuple[str, ...]) -> None:
    assert path[-1] in refused(changed(lambda raw: _drop(raw, *path)))


def _put(name: str, key: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw["levels"][name].update({key: value})


@pytest.mark.parametrize(
    "change",
    [
        _put("gap", "edges", [3, 2, 1]),
        _put("gap", "m", [0.5, 0.5]),
        _put("gap", "edges", [float("inf")] * 12),
        _put("weekday", "m", [0.5, 0.6]),
        _put("weekday", "m", [0.0, 1.0]),
        _put("weekday", "m", [float("nan"), 0.5]),
        _put("weekday", "m", ["half", 0.5]),
        lambda raw: raw["sets"]["scene"].update(consistency=1),
        lambda raw: raw["sets"]["scene"].update(consistency=0),
        lambda raw: raw["sets"]["scene"].update(consistency=float("nan")),
        lambda raw: raw["sets"]["scene"].update(floor_bans=0.2),
        lambda raw: raw["bounds"].update(most_bans=0),
        lambda raw: raw["bounds"].update(most_bans=-3),
        lambda raw: raw["bounds"].update(entity=float("nan")),
        lambda raw: raw["bounds"].update(entity="many"),
        lambda raw: raw.update(levels=[]),
    ],
)
def test_numbers_out_of_range(change: Callable[[dict[str, Any]], object]) -> None:
    refused(changed(change))


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw["bounds"].update(same_area=1.0),
        lambda raw: raw["bounds"].update(entity=1.5),
        lambda raw: raw["bounds"].update(place_entity_kept=2.0),
        lambda raw: raw["bounds"].update(most_bans=float("inf")),
        lambda raw: raw["bounds"].update(most_bans=5_000),
        lambda raw: raw.update(trained_until="tomorrow"),
        _put("weekday", "edges", [float("nan")]),
    ],
)
def test_numbers_that_would_break_the_arithmetic(
    change: Callable[[dict[str, Any]], object],
) -> None:
    refused(changed(change))


def test_prior_odds_come_from_the_linked_pairs_of_what_was_learned() -> None:
    learned = {"linked_pairs": 50, "cases": 1_000, "offset_bans": 0.0}
    table = replace(declared_table(), learned=learned)
    # As many linked pairs per case in a file of 2,001: 100 of 2,001,000 pairs.
    assert prior_odds_against(table, 2_001) == pytest.approx(4.3010, abs=1e-4)
    assert prior_odds_against(table, 20_001) == pytest.approx(5.3010, abs=1e-4)
    offset = replace(table, learned=learned | {"offset_bans": 0.5})
    assert prior_odds_against(offset, 2_001) == pytest.approx(3.8010, abs=1e-4)
    assert prior_odds_against(table, 2) > 0


@pytest.mark.parametrize("learned", [None, {}, {"linked_pairs": 5, "cases": 0, "offset_bans": 0}])
def test_a_table_that_does_not_say_what_it_learned_from_is_refused(learned: Any) -> None:
    with pytest.raises(WeightTableMismatch) as refusal:
        prior_odds_against(replace(declared_table(), learned=learned), 100)
    assert "linked pairs" in refusal.value.line()
