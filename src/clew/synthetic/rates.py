"""The declared rates, read once from the TOML files in `rates/`. No rate is in code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Weights = Mapping[str, float]

RARE_BELOW = 0.05
"""Words declared rarer than this in their class follow `scene_rate` (declared)."""
CEILING = 0.5
"""No rare word becomes commoner than this by its multiplier (declared)."""


@cache
def read_rates(name: str) -> dict[str, Any]:
    """Return one table of `rates/`, such as `classes`, as read from its TOML file."""
    text = (files("clew.synthetic") / "rates" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def setting_of() -> dict[str, str]:
    """Return premises -> setting, what an officer sees there."""
    groups = read_rates("words")["setting"]
    return {premises: setting for setting, members in groups.items() for premises in members}


@dataclass(frozen=True)
class WordRates:
    """Word rates with the multipliers of `ForceSettings` applied to rare words."""

    scene_rate: float = 1.0
    missing_item_rate: float = 1.0

    def independent(self, column: str, keys: tuple[str, ...]) -> Weights:
        """Return word -> probability, the tables of all keys added together, at most 1."""
        tables = read_rates("words")[column]
        rate = self.missing_item_rate if column == "missing_items" else self.scene_rate
        total: dict[str, float] = {}
        for key in keys:
            for word, chance in tables.get(key, {}).items():
                raised = raise_rare(chance, rate)
                total[word] = min(1.0, total.get(word, 0.0) + raised)
        return total

    def one_of(self, column: str, keys: tuple[str, ...]) -> Weights:
        """Return word -> weight from the most specific key that has a table (the last)."""
        tables = read_rates("words")[f"{column}_one"]
        for key in reversed(keys):
            if key in tables:
                found: Weights = tables[key]
                return {word: raise_rare(weight, self.scene_rate) for word, weight in found.items()}
        return {}


def raise_rare(chance: float, rate: float) -> float:
    """Return `chance` times `rate` where it is rare, never above `CEILING`."""
    return min(CEILING, chance * rate) if chance < RARE_BELOW else chance


def pick(weights: Weights, size: int, rng: np.random.Generator) -> list[str]:
    """Draw `size` keys of `weights`, independently, with probability in proportion."""
    words = list(weights)
    share = np.fromiter(weights.values(), dtype=np.float64)
    drawn = rng.choice(len(words), size=size, p=share / share.sum())
    return [words[index] for index in drawn]


def pick_many(weights: Weights, size: int, rng: np.random.Generator) -> list[list[str]]:
    """Draw for each of `size` records every word independently with its own probability."""
    words = list(weights)
    if not words:
        return [[] for _ in range(size)]
    chance = np.fromiter(weights.values(), dtype=np.float64)
    rows, columns = np.nonzero(rng.random((size, len(words))) < chance)
    drawn: list[list[str]] = [[] for _ in range(size)]
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        drawn[row].append(words[column])
    return drawn


def lognormal(entry: Mapping[str, float], size: int, rng: np.random.Generator) -> Floats:
    """Draw lognormal times with the entry's `median` and `sigma`, in the entry's own unit."""
    return entry["median"] * np.exp(entry["sigma"] * rng.standard_normal(size))
