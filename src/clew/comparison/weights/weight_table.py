"""Weight tables on disk: JSON with a schema, a fingerprint and a source for every number."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from itertools import pairwise
from typing import Any

from clew.errors import WeightTableMismatch
from clew.model.columns import ITEM_TYPES
from clew.model.weight import LevelWeights, SetWeights, WeightTable

SCHEMA = 1
LEVELS = ("place", "gap", "clock", "weekday", "age")
BOUNDS = (
    "same_address", "same_area", "entity", "entity_by_work", "mention_bans", "most_bans",
    "place_entity_kept", "shrinkage", "rare_given", "near_word_kept",
)  # fmt: skip
SHARES = (
    "same_address", "same_area", "entity", "place_entity_kept", "rare_given", "near_word_kept",
)  # fmt: skip
"""Of the bounds, those between 0 and 1."""
EVIDENCES = (*LEVELS, "far", "sex", *ITEM_TYPES, "entity")
"""Names under which a table may say what share of an evidence's weight is kept."""
MOST_KEPT = 2.0
MOST = 1_000.0
MOST_BANS = 9.0
"""A weight of more than nine bans would overflow sums of micro-bans, and no file supports it."""
REMEDY = "Use the declared table, or one written by this version."


def declared_table() -> WeightTable:
    """Return the priors that ship with Clew, declared before any benchmark was run."""
    return read_weight_table(
        files("clew.comparison.weights").joinpath("declared.json").read_text("utf-8")
    )


def read_weight_table(text: str) -> WeightTable:
    """Read a weight table from JSON.

    Raises
    ------
    WeightTableMismatch
        If it is not JSON, of another schema, incomplete, or has a number out of range.
    """
    try:
        raw: Mapping[str, Any] = json.loads(text)
        if raw["schema"] != SCHEMA:
            raise WeightTableMismatch(f"the weight table has schema {raw['schema']}", REMEDY)
        levels = {name: _level(name, raw["levels"][name]) for name in LEVELS}
        sets = {}
        for name in ("far", "sex", *ITEM_TYPES):
            read = raw["sets"][name]
            consistency, floor = float(read["consistency"]), float(read["floor_bans"])
            if not (0 < consistency < 1 and floor < 0):
                raise ValueError(f"{name}: consistency must lie in (0, 1) and the floor below 0")
            sets[name] = SetWeights(consistency, floor, read["source"])
        bounds = {name: float(raw["bounds"][name]) for name in BOUNDS}
        for name, value in bounds.items():
            most = 1.0 if name in SHARES else MOST_BANS if name.endswith("_bans") else MOST
            if not 0 < value < most:
                raise ValueError(f"{name} must lie between 0 and {most:g}")
        until = raw["trained_until"]
        if until is not None and (not isinstance(until, int) or isinstance(until, bool)):
            raise ValueError("trained_until must be null or whole seconds since 1970")
        kept = {str(name): float(share) for name, share in raw.get("kept", {}).items()}
        for name, share in kept.items():
            if name not in EVIDENCES or not 0 <= share <= MOST_KEPT:
                raise ValueError(
                    f"kept: {name} must be an evidence, and its share 0 to {MOST_KEPT:g}"
                )
        crime, learned = raw.get("crime"), raw.get("learned")
        if not (crime is None or isinstance(crime, str)) or not isinstance(learned, dict | None):
            raise ValueError("crime must be null or a word, and learned null or a table")
        canonical = json.dumps(raw, sort_keys=True, separators=(",", ":")).encode()
        return WeightTable(
            schema=SCHEMA,
            name=str(raw["name"]),
            trained_until=until,
            levels=levels,
            sets=sets,
            bounds=bounds,
            notes=dict(raw["notes"]),
            fingerprint=hashlib.sha256(canonical).hexdigest()[:16],
            kept=kept,
            learned=learned,
            crime=crime,
        )
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as fault:
        raise WeightTableMismatch(f"the weight table cannot be used ({fault!r})", REMEDY) from fault


def prior_odds_against(table: WeightTable, cases: int) -> float:
    """Return log10 of the odds, before any comparison, that two of so many cases are unlinked.

    As many linked pairs per case are taken to be in the file as were among the cases that the table
    was learned from; its offset, which calibrates its weights, is taken off.

    Raises
    ------
    WeightTableMismatch
        If the table does not say what it was learned from.
    """
    try:
        learned = table.learned or {}
        per_case = float(learned["linked_pairs"]) / float(learned["cases"])
        offset = float(learned["offset_bans"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
        raise WeightTableMismatch(
            f"the weight table {table.name} does not say how many linked pairs it was learned from",
            REMEDY,
        ) from fault
    linked = min(per_case / max((cases - 1) / 2, 1.0), 0.5)
    return math.log10((1 - linked) / max(linked, 1e-9)) - offset


def check_crime(table: WeightTable, crime: str, file: str) -> None:
    """Refuse a table that was learned from another kind of crime than that of the file.

    Raises
    ------
    WeightTableMismatch
        If the two differ. Declared priors name no crime, and are never refused.
    """
    if table.crime is not None and table.crime != crime:
        raise WeightTableMismatch(
            f"the weight table {table.name} was learned from cases of {table.crime}, and {file}"
            f" has cases of {crime}",
            "Use the declared table, or one learned from the same kind of crime",
        )


def write_weight_table(table: WeightTable) -> str:
    """Return a weight table as JSON that `read_weight_table` reads; same table, same bytes."""
    raw = {
        "schema": table.schema,
        "name": table.name,
        "crime": table.crime,
        "trained_until": table.trained_until,
        "levels": {name: asdict(table.levels[name]) for name in LEVELS},
        "sets": {name: asdict(weights) for name, weights in table.sets.items()},
        "bounds": dict(table.bounds),
        "notes": dict(table.notes),
        "kept": dict(table.kept),
        "learned": table.learned,
    }
    return json.dumps(raw, indent=1, ensure_ascii=False) + "\n"


def _level(name: str, raw: Mapping[str, Any]) -> LevelWeights:
    edges, m = tuple(map(float, raw["edges"])), tuple(map(float, raw["m"]))
    if len(m) != len(edges) + 1 or any(not a < b for a, b in pairwise((0.0, *edges))):
        raise ValueError(f"{name}: edges must rise, and be one fewer than m")
    if any(not 0 < share < 1 for share in m) or abs(sum(m) - 1) > 1e-6:
        raise ValueError(f"{name}: m must lie in (0, 1) and sum to 1")
    return LevelWeights(raw["unit"], edges, m, bool(raw["monotone"]), raw["source"])
