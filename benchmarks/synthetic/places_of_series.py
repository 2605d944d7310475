"""Where the deaths of a hidden series lie: at one site, in a quarter, along a line, or spread."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from clew.synthetic.rates import Floats
from clew.synthetic.records import UNKEYED
from synthetic.planting import Ground
from synthetic.rates import read_rates

RESIDENT = frozenset({"home", "apartment", "care_home", "institution"})
"""Premises where those who die there live."""
TRIES = 200
"""Points drawn to find those on one stretch of water, or in another agency's area."""
ASIDE_KM = 0.15
"""Standard deviation of how far from a line its points lie (declared)."""

Place = tuple[Floats, Floats, str]
"""Home (2,) km, point (2,) km and place key."""


def draw_places(plan: Mapping[str, Any], premises: list[str], ground: Ground) -> list[Place]:
    """Return a place for each death of a series, by the plan's model."""
    land, rng = ground.world.geography, ground.rng
    anchor = land.homes(1, rng)
    model, km = plan["place"]["model"], plan["place"]["km"]
    number = len(premises)
    if model == "spread":
        points = _in_other_areas(number, ground)
    elif model == "anywhere":
        points = land.homes(number, rng)
    elif model == "line":
        points = _along_line(anchor, km, number, rng)
    elif model == "water":
        points = _along_water(anchor, km, number, ground)
    else:
        points = anchor + rng.normal(0, km, (number, 2))
    if model == "address":
        return [settle(premises[0], anchor[0], ground)] * number
    moved = rng.random(number) < plan["place"]["moved"]
    points = np.where(moved[:, None], land.stroll(points, rng), points)
    shared = next(iter(plan["premises"])) if model == "site" else ""
    site = int(land.near(anchor, shared, rng)[0]) if shared else -1
    if shared:
        points += land.sites[shared].xy[site] - anchor
    return [
        settle(kind, point, ground, site if kind == shared else -1)
        for kind, point in zip(premises, points, strict=True)
    ]


def settle(kind: str, point: Floats, ground: Ground, site: int = -1) -> Place:
    """Return home, point and key of one death: at a site where its premises have such."""
    land, rng = ground.world.geography, ground.rng
    key = "" if kind in UNKEYED else ground.world.people.once("L")
    if kind in land.sites:
        if site < 0:
            site = int(np.hypot(*(land.sites[kind].xy - point).T).argmin())
        point, key = land.sites[kind].xy[site], land.key_of(kind, site)
    home = land.stroll(point[None], rng)[0]
    outside = land.outside_homes(1, rng)[0]
    if rng.random() < read_rates("papers")["report"]["outside_force"]:
        home = outside
    return (point if kind in RESIDENT else home), point, key


def _along_line(anchor: Floats, km: float, number: int, rng: np.random.Generator) -> Floats:
    """Return points (number, 2) along a straight line of length `km` through the anchor."""
    angle = rng.uniform(0, math.pi)
    along = rng.uniform(-km / 2, km / 2, (number, 1))
    aside = rng.normal(0, ASIDE_KM, (number, 1))
    east, north = math.cos(angle), math.sin(angle)
    return np.asarray(anchor + along * [[east, north]] + aside * [[-north, east]])


def _along_water(anchor: Floats, km: float, number: int, ground: Ground) -> Floats:
    """Return points (number, 2) on one stretch of water, `km` long, near the anchor."""
    bank = ground.world.geography.waterside(np.repeat(anchor, TRIES, axis=0), ground.rng)
    near = np.hypot(*(bank - bank[0]).T) <= km / 2
    stretch = bank[near]
    return np.asarray(stretch[ground.rng.integers(len(stretch), size=number)])


def _in_other_areas(number: int, ground: Ground) -> Floats:
    """Return homes (number, 2), no two next to each other in one area."""
    land = ground.world.geography
    drawn = land.homes(TRIES, ground.rng)
    codes = [land.area_codes[area] for area in land.area_of(drawn).tolist()]
    chosen = [0]
    for index, code in enumerate(codes):
        if len(chosen) == number:
            break
        if index and code not in {codes[held] for held in chosen[-2:]}:
            chosen.append(index)
    return drawn[np.resize(np.asarray(chosen), number)]


def as_pair(point: Floats) -> tuple[float, float]:
    """Return a point (2,) as a pair of numbers, km."""
    return float(point[0]), float(point[1])
