"""Of which class a real row is, and what finer premises its coarse ones mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clew.synthetic.generated import Row
from clew.synthetic.rates import Weights, pick
from synthetic.rates import read_rates

OUT = "natural_out"
NATURAL = "natural"


def class_of(row: Row) -> str:
    """Return the class that a real row's manner, type and cause say, by the first rule that fits.

    Natural deaths are `natural` until their premises are known, and a homicide that has neither
    type nor cause is `homicide_unknown`.
    """
    cause = row.get("cause", "").lower()
    for rule in read_rates("overlay")["rule"]:
        if rule["manner"] and row.get("manner", "") not in rule["manner"]:
            continue
        if rule["types"] and row.get("death_type", "") not in rule["types"]:
            continue
        if not rule["words"] or any(word in cause for word in rule["words"]):
            return str(rule["class"])
    return NATURAL


def classify(rows: Sequence[Row], rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Return the class and the finer premises of each real row."""
    classes = [class_of(row) for row in rows]
    unknown = [index for index, name in enumerate(classes) if name == "homicide_unknown"]
    drawn = pick(read_rates("overlay")["homicide_unknown"], len(unknown), rng)
    for index, name in zip(unknown, drawn, strict=True):
        classes[index] = name
    premises = _finer(rows, classes, rng)
    natural: Mapping[str, str] = read_rates("overlay")["natural"]
    for index, name in enumerate(classes):
        if name == NATURAL:
            classes[index] = natural.get(premises[index], OUT)
    return classes, premises


def _finer(rows: Sequence[Row], classes: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Return the premises of each row: one kind for each address, by the class of its first."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.get("place_key", "")] = counts.get(row.get("place_key", ""), 0) + 1
    chosen: dict[tuple[str, str], str] = {}
    premises = []
    for row, name in zip(rows, classes, strict=True):
        key, coarse = row.get("place_key", ""), row.get("premises", "") or "building"
        if (key, coarse) in chosen:
            premises.append(chosen[key, coarse])
            continue
        weights = _site_weights(coarse, counts[key]) or _weights(name, coarse)
        kind = pick(weights, 1, rng)[0]
        if key and kind != "water":
            chosen[key, coarse] = kind
        premises.append(kind)
    return premises


def _site_weights(coarse: str, deaths: int) -> Weights:
    """Return what an institution is, by how many deaths it had; empty for other premises."""
    site: dict[str, Any] = read_rates("overlay")["site"]
    if coarse != "institution":
        return {}
    return {"hospital": 1.0} if deaths >= site["hospital_at_least"] else site["other"]


def _weights(name: str, coarse: str) -> Weights:
    """Return finer premises -> weight: those of the class that the file would word so."""
    table = read_rates("overlay")
    if coarse in (own := table["finer"].get(name, {})):
        found: Weights = own[coarse]
        return found
    entries = {entry["id"]: entry for entry in read_rates("classes")["class"]}
    of_class: Weights = entries.get(name, {}).get("premises", {})
    fitting = {
        kind: weight
        for kind, weight in of_class.items()
        if table["coarse"].get(kind, kind) == coarse
    }
    usual: Weights = table["finer"]["any"].get(coarse, {coarse: 1.0})
    return fitting or usual
