"""Hidden series: deaths of one hand, officially of several classes, drawn after the public record.

Every death starts as any record of its class does; then it is given what the record of its kind
says such deaths showed, with the declared probability. See `rates/hidden_kinds.toml`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clew.synthetic.records import OLDEST, write_age
from synthetic.background import Background
from synthetic.earlier import draw_before
from synthetic.noise import OverlaySettings
from synthetic.plans import YOUNGEST, Plan, draw_spots
from synthetic.planting import Planted, Spot, break_ground, gather, plant
from synthetic.rates import read_rates

__all__ = ["Planted", "draw_series", "series_kinds"]

SWAPPED = {"male": "female", "female": "male"}


def series_kinds() -> dict[str, Plan]:
    """Return every kind of hidden series by its id."""
    return {plan["id"]: plan for plan in read_rates("hidden_kinds")["kind"]}


def draw_series(
    kind: str,
    background: Background,
    rng: np.random.Generator,
    *,
    sex: str | None = None,
    age_shift: float = 0.0,
    noise: OverlaySettings | None = None,
) -> Planted:
    """Return one series of a kind, drawn at random into the background's span and places.

    `sex` "swap" swaps the sex of all its people, "female" or "male" sets it; `age_shift` is added
    to their ages, years. Neither takes a draw: the same stream gives the same series but for that.
    """
    plan = series_kinds()[kind]
    ground = break_ground(background.donors, background.days, noise or OverlaySettings(), rng)
    deaths, people = draw_spots(plan, ground)
    before = draw_before(plan, deaths, people, ground)
    changed = [[_change(spot, sex, age_shift) for spot in group] for group in (deaths, before)]
    drafts = [[plant(spot, ground) for spot in group] for group in changed]
    return gather(kind, drafts[0], drafts[1], ground)


def _change(spot: Spot, sex: str | None, age_shift: float) -> Spot:
    """Return the spot with another sex and age, everything else as drawn."""
    chosen = SWAPPED[spot.sex] if sex == "swap" else sex or spot.sex
    age = spot.age
    if age_shift:
        age = write_age(float(np.clip(float(age) + age_shift, YOUNGEST, OLDEST)))
    return replace(spot, sex=chosen, age=age)
