"""How people write up what they saw: coders disagree, and fields are left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from clew.generator.generated import Row, join_words, split_words
from clew.generator.rates import read_rates, setting_of

FREE_CHOICE = ("posture", "clothing", "scene", "missing_items")
"""Columns whose words a coder chooses freely."""
FLOOR = 0.0005
"""Least weight of a near or extra word that its setting's table does not hold (declared)."""


def keep_probability(agreement: float) -> float:
    """Return the chance k that a coder keeps a word, for two coders to agree on `agreement`.

    A word is kept (k), replaced or dropped (half of 1 - k each), and joined by an extra word
    (half of 1 - k), so lists keep their length s = 1 a word. Two codings then share k^2 words of
    2 - k^2 in their union: agreement g = k^2 / (2 - k^2), k = sqrt(2 g / (1 + g)).
    """
    return math.sqrt(2 * agreement / (1 + agreement))


@cache
def _ordinary(column: str, setting: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the words of a setting with their rates, from the declared tables."""
    rates = read_rates("words")
    table: dict[str, float] = dict(rates.get(f"{column}_one", {}).get(setting, {}))
    for word, chance in rates[column].get(setting, {}).items():
        table[word] = table.get(word, 0.0) + chance
    return tuple(table), tuple(table.values())


@cache
def _near(column: str, word: str, setting: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return what another coder may write for `word`, weighted by what is ordinary there."""
    groups = [group for group in read_rates("words")["near"][column] if word in group]
    words = tuple(dict.fromkeys(near for group in groups for near in group if near != word))
    rates = dict(zip(*_ordinary(column, setting), strict=True))
    return words, tuple(max(FLOOR, rates.get(near, 0.0)) for near in words)


def _choose(words: Sequence[str], weights: Sequence[float], rng: np.random.Generator) -> str:
    """Draw one word with probability in proportion to its weight."""
    left = float(rng.random()) * sum(weights)
    for word, weight in zip(words, weights, strict=True):
        left -= weight
        if left < 0:
            return word
    return words[-1]


def code_words(
    words: Sequence[str], column: str, setting: str, agreement: float, rng: np.random.Generator
) -> list[str]:
    """Return `words` as one coder writes them: kept, replaced, dropped, or joined by another.

    Whoever fills a field in writes at least one word: a blank is for `draw_missing` to make.
    """
    keep = keep_probability(agreement)
    coded: list[str] = []
    for word, (fate, extra) in zip(words, rng.random((len(words), 2)).tolist(), strict=True):
        near = _near(column, word, setting)
        if fate < keep:
            coded.append(word)
        elif fate < (1 + keep) / 2:
            coded.append(_choose(*(near if near[0] else _ordinary(column, setting)), rng))
        if extra < (1 - keep) / 2:
            coded.append(_choose(*_ordinary(column, setting), rng))
    if words and not coded:
        near = _near(column, words[0], setting)
        coded.append(_choose(*(near if near[0] else _ordinary(column, setting)), rng))
    return list(dict.fromkeys(coded))


def code_row(row: Row, agreement: float, rng: np.random.Generator) -> None:
    """Rewrite the free-choice columns of `row` as one coder would, in place."""
    setting = setting_of().get(row.get("premises", ""), "indoors")
    for column in FREE_CHOICE:
        if cell := row.get(column, ""):
            words = code_words(split_words(cell), column, setting, agreement, rng)
            row[column] = join_words(words)


def draw_missing(share: float, rng: np.random.Generator) -> frozenset[str]:
    """Return the fields that one report leaves out: probability `share` times their factor."""
    factors = read_rates("papers")["missing"]
    drawn = rng.random(len(factors)).tolist()
    return frozenset(
        name
        for names, chance in zip(factors, drawn, strict=True)
        if chance < share * factors[names]
        for name in names.split()
    )
