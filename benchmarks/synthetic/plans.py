"""A plan read from TOML becomes spots: who dies, when, where, and what each death shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from clew.synthetic.medical import MedicalVerdict
from clew.synthetic.rates import Floats, Ints, lognormal, pick
from clew.synthetic.records import UNKEYED, draw_ages, draw_sexes, write_age
from synthetic.noise import pool_member
from synthetic.planting import Ground, Signs, Spot, entry_of, other_agency
from synthetic.rates import read_rates

LAST_PART = 0.6
"""Series lie in the last 60 % of the background's span where they fit (declared)."""
YOUNGEST = 16.0
"""The youngest who is planted, years (declared: no series here is one of children)."""
COLUMNS = ("scene", "posture", "clothing", "injuries", "missing_items")
CODE_PREFIX = {"person": "P", "phone": "T", "handle": "H", "venue": "V"}
Plan = Mapping[str, Any]
Person = tuple[str, str, str]
"""Role, type and code."""
T = TypeVar("T")
RESIDENT = frozenset({"home", "apartment", "care_home", "institution"})
"""Premises where those who die there live."""
TRIES = 200
"""Points drawn to find those on one stretch of water, or in another agency's area."""
ASIDE_KM = 0.15
"""Standard deviation of how far from a line its points lie (declared)."""

Place = tuple[Floats, Floats, str]
"""Home (2,) km, point (2,) km and place key."""


def draw_spots(plan: Plan, ground: Ground) -> tuple[list[Spot], list[tuple[Person, float]]]:
    """Return the deaths of a plan in order of day, and who recurs with what chance."""
    rng = ground.rng
    days = draw_plan_days(plan, ground.days, rng)
    premises = _alike(pick(plan["premises"], len(days), rng), plan)
    places = _alike(_draw_places(plan, premises, ground), plan)
    spots = _spots_at(plan, days, premises, places, ground)
    if plan["place"]["model"] == "spread" and not ground.donors.texts:
        # Every second is another force's: a made-up force has one for all areas. Where the
        # background is a real county's, points in other cities see to that.
        land = ground.world.geography
        [(own, _)] = land.agencies(["street"], land.area_of(np.asarray([spots[0].point])), rng)
        spots = [
            replace(spot, agency=other_agency(own, ground)) if number % 2 else spot
            for number, spot in enumerate(spots)
        ]
    people = _draw_people(plan, places[0], ground)
    return [replace(spot, signs=_draw_signs(plan, people, rng)) for spot in spots], people


def draw_plan_days(plan: Plan, days: int, rng: np.random.Generator) -> Ints:
    """Return the report days of a series: in the last part of the span, or shortened to fit."""
    number = int(rng.integers(plan["deaths"][0], plan["deaths"][1] + 1))
    if plan.get("over_span"):
        return np.sort(rng.integers(days, size=number))
    together = plan.get("together", 1)
    events = max(1, number // together)
    gaps = np.maximum(0.0, lognormal(plan["gap_days"], max(1, events - 1), rng))[: events - 1]
    if "silence" in plan and len(gaps) > 1:
        gaps[len(gaps) // 2] = plan["silence"] * days
    room = days * LAST_PART if gaps.sum() <= days * LAST_PART else float(days - 1)
    gaps *= min(1.0, room / max(1.0, gaps.sum()))
    start = (days - room) + rng.random() * max(0.0, room - gaps.sum() - 1)
    at = np.floor(start + np.concatenate([[0.0], np.cumsum(gaps)])).clip(0, days - 1)
    return np.repeat(at.astype(np.int64), together)


def _alike(values: list[T], plan: Plan) -> list[T]:
    """Return the values with those of deaths that happen together made alike."""
    together = plan.get("together", 1)
    return [values[index - index % together] for index in range(len(values))]


def _spots_at(
    plan: Plan, days: Ints, premises: list[str], places: list[Place], ground: Ground
) -> list[Spot]:
    """Return the deaths: who died, when, where, and what the deaths are taken for."""
    rng, number = ground.rng, len(days)
    ages = draw_ages(plan["ages"], number, rng).tolist()
    sexes = draw_sexes(plan["male"], number, rng)
    classes = pick(plan["classes"], number, rng)
    substances = plan.get("substances", {})
    found = rng.random((number, max(1, len(substances)))) < [list(substances.values()) or [0.0]]
    own = read_rates("hidden_kinds")["hours"]
    hours = own.get(plan["hours"]) or read_rates("papers")["hours"][plan["hours"]]
    said = pick(plan.get("causes") or {"": 1.0}, number, rng)
    spots = []
    for index, (home, point, key) in enumerate(places):
        held = [name for name, is_in in zip(substances, found[index], strict=False) if is_in]
        verdict = MedicalVerdict(said[index] or None, None, tuple(held) if held else None)
        spots.append(
            Spot(
                entry_of(classes[index]),
                int(days[index]),
                premises[index],
                as_pair(home),
                as_pair(point),
                key,
                write_age(float(max(YOUNGEST, ages[index]))),
                sexes[index],
                tuple(hours),
                verdict=verdict,
            )
        )
    return spots


def _draw_people(plan: Plan, place: Place, ground: Ground) -> list[tuple[Person, float]]:
    """Return who recurs in the series, with the chance that a record names him or her."""
    area = int(ground.world.geography.area_of(place[1][None])[0])
    codes: dict[str, str] = {}
    people = []
    for entry in plan.get("person", ()):
        pool, role = entry["pool"], entry["role"]
        if pool.startswith("="):
            code = codes[pool[1:]]
        elif pool:
            code = pool_member(pool, area, ground.rng)
        else:
            code = ground.world.people.once(CODE_PREFIX[entry["type"]])
        codes.setdefault(role, code)
        people.append(((role, entry["type"], code), entry["share"]))
    return people


def _draw_signs(
    plan: Plan, people: Sequence[tuple[Person, float]], rng: np.random.Generator
) -> Signs:
    """Return what one death of the series shows."""
    words = {}
    for column in COLUMNS:
        table = plan.get("words", {}).get(column, {})
        shown = [name for name, chance in table.items() if rng.random() < chance]
        if shown:
            words[column] = shown
    named = [person for person, share in people if rng.random() < share]
    return Signs(words, named)


# Where the deaths lie: at one site, in a quarter, along a line, or spread.


def _draw_places(plan: Mapping[str, Any], premises: list[str], ground: Ground) -> list[Place]:
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
        # Along a straight line through the anchor.
        angle = rng.uniform(0, math.pi)
        along = rng.uniform(-km / 2, km / 2, (number, 1))
        aside = rng.normal(0, ASIDE_KM, (number, 1))
        east, north = math.cos(angle), math.sin(angle)
        points = np.asarray(anchor + along * [[east, north]] + aside * [[-north, east]])
    elif model == "water":
        # On one stretch of water near the anchor.
        bank = land.waterside(np.repeat(anchor, TRIES, axis=0), rng)
        stretch = bank[np.hypot(*(bank - bank[0]).T) <= km / 2]
        points = np.asarray(stretch[rng.integers(len(stretch), size=number)])
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
