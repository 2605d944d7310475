"""What was seen: posture, lividity, clothing, injuries, state of the body, scene, missing items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.synthetic.generated import join_words
from clew.synthetic.rates import Floats, WordRates, pick, pick_many, read_rates

COLUMNS = ("posture", "lividity", "clothing", "injuries", "body_state", "scene", "missing_items")
STAGES = (("fresh", 3.0), ("hours", 12.0), ("day", 48.0), ("days", 240.0), ("weeks", float("inf")))
"""Stage of the body and the hours since death at which it ends (declared)."""
FIXED_AFTER_H = 8.0
"""Hours after which settled blood no longer moves (declared; textbooks give 6 to 12)."""
BOTH_SIDES = 0.25
"""Chance that a second place of the same dependent side is noted too (declared)."""


@dataclass(frozen=True)
class SceneGroup:
    """One group of deaths of one class in one setting; `hours` since death (n,)."""

    class_id: str
    setting: str
    hours: Floats

    @property
    def keys(self) -> tuple[str, ...]:
        """Tables that apply, the most general first."""
        return self.setting, self.class_id, f"{self.class_id}@{self.setting}"


def draw_observations(
    seen: SceneGroup, rates: WordRates, rng: np.random.Generator
) -> list[dict[str, str]]:
    """Return for each death of the group its observation columns, empty ones left out."""
    size = len(seen.hours)
    posture = _words("posture", seen, rates, rng)
    lividity = _lividity([words[0] for words in posture], seen, rng)
    clothing = _words("clothing", seen, rates, rng)
    injuries = _words("injuries", seen, rates, rng)
    # Temperature, stiffness and decay by the hours since death.
    states = read_rates("words")["body_state"]
    more = pick_many({**states["also"], **states.get(seen.class_id, {})}, size, rng)
    wet = pick_many(states.get(seen.setting, {}), size, rng)
    by_stage = {stage: pick(states[stage], size, rng) for stage, _ in STAGES}
    stiff = rng.random(size).tolist()
    body_state: list[list[str]] = []
    for index, hours in enumerate(seen.hours.tolist()):
        stage = next(name for name, end in STAGES if hours < end)
        sign, chance = states["rigor"][stage]
        rigor = [sign] if stiff[index] < chance else []
        body_state.append([by_stage[stage][index], *rigor, *more[index], *wet[index]])
    drawn = {
        "posture": posture,
        "lividity": lividity,
        "clothing": clothing,
        "injuries": injuries,
        "body_state": body_state,
        "scene": pick_many(rates.independent("scene", seen.keys), size, rng),
        "missing_items": pick_many(rates.independent("missing_items", seen.keys), size, rng),
    }
    recorded = read_rates("words")["recorded"]
    attended = rng.random(size) < read_rates("words")["observed"][seen.setting]
    written = {name: attended & (rng.random(size) < recorded[name]) for name in COLUMNS}
    return [
        {
            name: join_words(drawn[name][index])
            for name in COLUMNS
            if written[name][index] and drawn[name][index]
        }
        for index in range(size)
    ]


def _words(
    column: str, seen: SceneGroup, rates: WordRates, rng: np.random.Generator
) -> list[list[str]]:
    """Return the one main word and whatever else was noted, for each death."""
    size = len(seen.hours)
    main = pick(rates.one_of(column, seen.keys), size, rng)
    more = pick_many(rates.independent(column, seen.keys), size, rng)
    none = {"none_seen", "not_examined"} if column == "injuries" else set()
    return [
        rest if rest and first in none else [first, *rest]
        for first, rest in zip(main, more, strict=True)
    ]


def _lividity(
    posture: Sequence[str], seen: SceneGroup, rng: np.random.Generator
) -> list[list[str]]:
    """Return lividity that follows the posture, but for the declared share of turned bodies."""
    rates = read_rates("words")["lividity"]
    side: dict[str, list[str]] = rates["posture_side"]
    turned = pick(rates["turned"], len(posture), rng)
    burnt = pick(rates["fire"], len(posture), rng)
    rows: list[list[str]] = []
    for index, (mismatch, which, more, fixed) in enumerate(rng.random((len(posture), 4)).tolist()):
        places = side.get(posture[index], ["posterior"])
        words = [places[int(which * len(places))]]
        if more < BOTH_SIDES:
            words.append(places[0])
        if mismatch < rates["mismatch"]:
            words = [turned[index]]
        if seen.class_id == "fire":
            words = [burnt[index]]
        if fixed < rates["stain_fixed"]:
            words.append("fixed" if seen.hours[index] > FIXED_AFTER_H else "not_fixed")
        rows.append(words)
    return rows
