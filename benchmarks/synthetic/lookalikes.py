"""Unrelated deaths that look alike, and one death reported twice: what must stay quiet."""

from __future__ import annotations

import numpy as np

from clew.synthetic.incidents import report_again
from synthetic.background import Background
from synthetic.noise import OverlaySettings
from synthetic.plans import Plan, draw_spots
from synthetic.planting import Ground, Planted, break_ground, gather, other_agency, plant
from synthetic.rates import read_rates

GHB = "unrelated_ghb"


def lookalike_kinds() -> dict[str, Plan]:
    """Return every kind of look-alike by its id; `duplicate` is one death in two reports."""
    table = read_rates("lookalikes")
    return {plan["id"]: plan for plan in (*table["lookalike"], table["duplicate"])}


def draw_lookalikes(
    background: Background, rng: np.random.Generator, noise: OverlaySettings | None = None
) -> list[Planted]:
    """Return one of each kind of look-alike, in the order of the table, the duplicate last.

    Each has a stream of its own: leaving one out changes no other.
    """
    kinds = lookalike_kinds()
    made = []
    for (kind, plan), stream in zip(kinds.items(), rng.spawn(len(kinds)), strict=True):
        ground = break_ground(
            background.donors, background.days, noise or OverlaySettings(), stream
        )
        if kind == "duplicate":
            made.append(_draw_duplicate(plan, ground))
        else:
            made.append(_draw_plan(plan, ground))
    return made


def draw_ghb(
    background: Background,
    rng: np.random.Generator,
    noise: OverlaySettings | None = None,
    count: int = 58,
) -> Planted:
    """Return `count` unrelated GHB deaths spread over the whole span and area."""
    plan = {**lookalike_kinds()[GHB], "deaths": [count, count]}
    return _draw_plan(
        plan, break_ground(background.donors, background.days, noise or OverlaySettings(), rng)
    )


def _draw_plan(plan: Plan, ground: Ground) -> Planted:
    """Return the deaths of a plan as planted records."""
    spots, _ = draw_spots(plan, ground)
    return gather(plan["id"], [plant(spot, ground) for spot in spots], [], ground)


def _draw_duplicate(plan: Plan, ground: Ground) -> Planted:
    """Return one death and its second report, by another coder and, if there is one, agency."""
    spots, _ = draw_spots(plan, ground)
    first = plant(spots[0], ground)
    again = report_again(first, float(ground.rng.random()) * plan["within_days"], ground.world)
    if other := other_agency(again.row["agency"], ground):
        again.row["agency"] = other[0]
        if "area" in again.row:
            again.row["area"] = other[1]
    return gather(plan["id"], [first, again], [], ground)
