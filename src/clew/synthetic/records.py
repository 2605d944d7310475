"""The part every kind of record shares: who, where, when, and the papers of one class at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from clew.synthetic.entities import People
from clew.synthetic.generated import Row
from clew.synthetic.places import Geography
from clew.synthetic.rates import Floats, Ints, WordRates, pick, read_rates, setting_of
from clew.synthetic.times import Times, draw_times, write_time

OLDEST = 104.0
"""Greatest age drawn, years (declared)."""
UNKEYED = frozenset({"street", "water", "vehicle", "other"})
"""Premises with no address or site of their own, hence no `place_key` (declared)."""


def draw_ages(mixture: Sequence[Sequence[float]], size: int, rng: np.random.Generator) -> Floats:
    """Draw ages in years from [weight, mean, standard deviation] rows, clipped to [0, 104].

    Whole years from two on, as reports write them; infants keep one decimal.
    """
    rows = np.asarray(mixture, dtype=np.float64)
    part = rng.choice(len(rows), size=size, p=rows[:, 0] / rows[:, 0].sum())
    age = rng.normal(rows[part, 1], rows[part, 2])
    age = np.clip(np.abs(age), 0.0, OLDEST)
    written: Floats = np.where(age < 2, np.round(age, 1), np.floor(age))
    return written


def draw_sexes(male: float, size: int, rng: np.random.Generator) -> list[str]:
    """Draw `male` with probability `male`, else `female`."""
    return ["male" if draw < male else "female" for draw in rng.random(size).tolist()]


def write_age(age: float) -> str:
    """Return an age as reports write it: whole years without a decimal."""
    return f"{age:.0f}" if age == int(age) else f"{age:.1f}"


@dataclass(frozen=True)
class World:
    """What all records of one force have in common."""

    first: date
    geography: Geography
    people: People
    words: WordRates
    agreement: float
    missing_share: float
    rng: np.random.Generator


@dataclass(frozen=True)
class Batch:
    """Records of one class: `rows` as yet without papers, `areas` (n,), `times`, `settings`."""

    rows: list[Row]
    areas: Ints
    times: Times
    settings: list[str]


@dataclass(frozen=True)
class Spots:
    """Where: `home` and `point` (n, 2) km from the centre, premises and place key of each."""

    premises: list[str]
    home: Floats
    point: Floats
    keys: list[str]


def start_batch(entry: Mapping[str, Any], days: Ints, world: World) -> Batch:
    """Draw who, where and when for the records of one class, reported on `days` (n,)."""
    rng, size = world.rng, len(days)
    premises = pick(entry["premises"], size, rng)
    lone = {"lone": entry.get("lone", 0.0)}
    times = draw_times(world.first, days, lone, read_rates("papers")["hours"][entry["hours"]], rng)
    spots = Spots(premises, *_places(entry["id"], premises, world))
    ages = draw_ages(entry["ages"], size, rng).tolist()
    sexes = draw_sexes(entry["male"], size, rng)
    return write_batch(spots, times, [write_age(age) for age in ages], sexes, world)


def write_batch(
    spots: Spots, times: Times, ages: list[str], sexes: list[str], world: World
) -> Batch:
    """Write who, where and when as reports do, and draw how exactly each writes them."""
    rng, size = world.rng, len(ages)
    rates = read_rates("papers")["report"]
    areas = world.geography.area_of(spots.point)
    precision = pick(rates["precision_m"], size, rng)
    date_alone = (rng.random(size) < rates["date_alone"]).tolist()
    decimals = rates["decimals"]
    where = world.geography.degrees(spots.point).tolist()
    homes = world.geography.degrees(spots.home).tolist()
    agencies = world.geography.agencies(spots.premises, areas, rng)
    rows = []
    for index in range(size):
        when = write_time(times.reported[index], date_alone=date_alone[index])
        row = {"reported_at": when, "premises": spots.premises[index]}
        row["place_key"] = spots.keys[index]
        row["latitude"], row["longitude"] = (f"{part:.{decimals}f}" for part in where[index])
        row["location_precision_m"] = precision[index]
        row["home_latitude"], row["home_longitude"] = (f"{p:.{decimals}f}" for p in homes[index])
        row["agency"], row["area"] = agencies[index]
        row["age_years"], row["sex"] = ages[index], sexes[index]
        rows.append(row)
    settings = [setting_of()[name] for name in spots.premises]
    return Batch(rows, areas, times, settings)


def _places(class_id: str, premises: list[str], world: World) -> tuple[Floats, Floats, list[str]]:
    """Return home (n, 2) km, point (n, 2) km and the place key of each record."""
    rng, land, size = world.rng, world.geography, len(premises)
    home = land.homes(size, rng)
    point = home.copy()
    keys = ["" if kind in UNKEYED else world.people.once("L") for kind in premises]
    kinds = np.asarray(premises)
    for kind in sorted(set(premises)):
        here = np.flatnonzero(kinds == kind)
        site_kind = "hospice" if class_id == "natural_hospice" else kind
        if site_kind in land.sites:
            chosen = land.near(home[here], site_kind, rng)
            sites = land.sites[site_kind]
            point[here] = sites.xy[chosen]
            for index, site in zip(here.tolist(), chosen.tolist(), strict=True):
                keys[index] = land.key_of(site_kind, site)
        elif kind == "water":
            point[here] = land.waterside(home[here], rng)
        elif kind in UNKEYED:
            point[here] = land.stroll(home[here], rng)
    resident = np.isin(kinds, ["care_home", "institution"])
    away = ~np.isin(kinds, ["home", "apartment", "care_home", "institution"])
    outside = away & (rng.random(size) < read_rates("papers")["report"]["outside_force"])
    home[resident] = point[resident]
    home[outside] = land.outside_homes(int(outside.sum()), rng)
    return home, point, keys
