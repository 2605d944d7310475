"""Where people of the force live, and the places where they are found."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from clew.model.values import EARTH_RADIUS_M
from clew.synthetic.rates import Floats, Ints, read_rates

KM_PER_DEGREE = EARTH_RADIUS_M * math.pi / 180 / 1000
WIDTH_KM, HEIGHT_KM = 50.0, 40.0
"""Extent of the force area (declared, about that of a large city force)."""
AREAS = 32
"""Command areas (declared; about the number of boroughs of a large city force)."""
TOWNS = 76
"""Town centres, of which the first `AREAS` are seats of an area (declared)."""
TOWN_SPREAD_KM, DENSITY_SCALE_KM, BETWEEN_TOWNS = 1.6, 14.0, 0.2
"""Spread of homes about a centre; fall of density from the middle; share living between towns
(declared)."""
FIRST_SEAT = (51.537, 0.079)
"""The first area's seat, KD: the town near which the planted record lies (the public record)."""
OUTSIDE_KM = 45.0
"""Standard deviation of how far away those from outside the force live (declared)."""
HOSPICES = 20
"""Hospices in a force area of this size (declared)."""


@dataclass(frozen=True)
class Sites:
    """Shared places of one kind: `xy` (n, 2) km from the centre, `weight` (n,), `first_key`."""

    xy: Floats
    weight: Floats
    first_key: int


@dataclass(frozen=True)
class Geography:
    """Town centres (n, 2) km with weights, sites by premises, and the centre in degrees."""

    centre: tuple[float, float]
    towns: Floats
    town_weight: Floats
    sites: dict[str, Sites]
    area_codes: tuple[str, ...]

    def degrees(self, xy: Floats) -> Floats:
        """Return latitude and longitude (n, 2) of `xy` (n, 2) km east and north of the centre."""
        latitude = self.centre[0] + xy[:, 1] / KM_PER_DEGREE
        scale = KM_PER_DEGREE * math.cos(math.radians(self.centre[0]))
        return np.column_stack([latitude, self.centre[1] + xy[:, 0] / scale])

    def area_of(self, xy: Floats) -> Ints:
        """Return the index of the nearest seat for each point (n, 2)."""
        seats = self.towns[:AREAS]
        square = ((xy[:, None, :] - seats[None, :, :]) ** 2).sum(axis=2)
        return np.asarray(square.argmin(axis=1), dtype=np.int64)

    def homes(self, size: int, rng: np.random.Generator) -> Floats:
        """Draw `size` homes (n, 2) km: about a town, or anywhere with a falling density."""
        town = rng.choice(len(self.towns), size=size, p=self.town_weight)
        about = self.towns[town] + rng.normal(0, TOWN_SPREAD_KM, (size, 2))
        anywhere = _scatter(size, rng)
        return np.where(rng.random((size, 1)) < BETWEEN_TOWNS, anywhere, about)

    def outside_homes(self, size: int, rng: np.random.Generator) -> Floats:
        """Draw `size` homes (n, 2) km of people who live outside the force area."""
        angle = rng.uniform(0, 2 * math.pi, size)
        radius = WIDTH_KM / 2 + np.abs(rng.normal(0, OUTSIDE_KM, size))
        return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])

    def near(self, home: Floats, kind: str, rng: np.random.Generator) -> Ints:
        """Choose a site of `kind` for each home (n, 2), weight times exp(-distance / reach)."""
        rates = read_rates("papers")["sites"]
        reach = rates["hospital_reach_km" if kind == "hospital" else "reach_km"]
        sites = self.sites[kind]
        distance = np.hypot(*(home[:, None, :] - sites.xy[None, :, :]).transpose(2, 0, 1))
        gumbel = rng.gumbel(size=distance.shape)
        score = np.log(sites.weight)[None, :] - distance / reach + gumbel
        return np.asarray(score.argmax(axis=1), dtype=np.int64)

    def stroll(self, home: Floats, rng: np.random.Generator) -> Floats:
        """Return a point (n, 2) at an exponential distance from each home, in any direction."""
        reach = read_rates("papers")["sites"]["reach_km"]
        angle = rng.uniform(0, 2 * math.pi, len(home))
        radius = rng.exponential(reach, len(home))
        return home + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])

    def key_of(self, kind: str, site: int) -> str:
        """Return the place key of site number `site` of a kind."""
        return f"S{self.sites[kind].first_key + site:06d}"

    def agencies(
        self, premises: list[str], areas: Ints, rng: np.random.Generator
    ) -> list[tuple[str, str]]:
        """Return agency and area: the force, transport police, the river unit, an inner force."""
        rates = read_rates("papers")["report"]
        held = []
        drawn = rng.random(len(premises)).tolist()
        for kind, area, chance in zip(premises, areas.tolist(), drawn, strict=True):
            if kind == "railway" and chance < rates["transport_police"]:
                held.append(("BTP", "BTP-L"))
            elif kind == "water" and chance < rates["river_unit"]:
                held.append(("MPS", "MPU"))
            elif kind not in {"railway", "water"} and chance < rates["city_police"]:
                held.append(("CoLP", "CITY"))
            else:
                held.append(("MPS", self.area_codes[area]))
        return held

    def waterside(self, home: Floats, rng: np.random.Generator) -> Floats:
        """Return a point (n, 2) on one of three waters, nearest of five draws to each home.

        A wide river, a tributary and a canal (shapes declared).
        """
        draws = []
        for _ in range(5):
            along = rng.uniform(-0.5, 0.5, len(home))
            river = np.column_stack([along * WIDTH_KM, 2.5 * np.sin(along * 8)])
            tributary = np.column_stack(
                [11 + 1.2 * np.sin(along * 9), (along + 0.5) * HEIGHT_KM / 2]
            )
            canal = np.column_stack([along * WIDTH_KM * 0.7 - 3, 5 + 3 * along])
            which = rng.choice(3, size=len(home), p=[0.6, 0.15, 0.25])
            draws.append(np.stack([river, tributary, canal])[which, np.arange(len(home))])
        drawn = np.stack(draws)
        distance = np.hypot(*(drawn - home[None]).transpose(2, 0, 1))
        return np.asarray(drawn[distance.argmin(axis=0), np.arange(len(home))], dtype=np.float64)


def build_geography(centre: tuple[float, float], rng: np.random.Generator) -> Geography:
    """Lay out towns and shared places at random; the first seat is at `FIRST_SEAT`."""
    towns = _scatter(TOWNS, rng)
    scale = KM_PER_DEGREE * math.cos(math.radians(centre[0]))
    towns[0] = (FIRST_SEAT[1] - centre[1]) * scale, (FIRST_SEAT[0] - centre[0]) * KM_PER_DEGREE
    weight = rng.lognormal(0, 0.4, TOWNS)  # declared: towns differ by about half
    weight[0] = 1.0
    codes = ("KD", *(f"{chr(65 + i // 4)}{chr(81 + i % 4)}" for i in range(AREAS - 1)))
    bare = Geography(centre, towns, weight / weight.sum(), {}, codes)
    rates = read_rates("papers")["sites"]
    numbers = {kind: entry for kind, entry in rates.items() if isinstance(entry, dict)}
    numbers["hospice"] = {"number": HOSPICES, "sigma": rates["institution"]["sigma"]}
    sites, first_key = {}, 1
    for kind, entry in numbers.items():
        number = int(entry["number"])
        popularity = rng.lognormal(0, entry["sigma"], number)
        sites[kind] = Sites(bare.homes(number, rng), popularity, first_key)
        first_key += number
    return Geography(centre, towns, weight / weight.sum(), sites, codes)


def _scatter(size: int, rng: np.random.Generator) -> Floats:
    """Draw points (n, 2) in the force area, denser towards its middle."""
    many = rng.uniform(-0.5, 0.5, (size * 12 + 60, 2)) * (WIDTH_KM, HEIGHT_KM)
    kept = many[
        rng.random(len(many)) < np.exp(-np.hypot(many[:, 0], many[:, 1]) / DENSITY_SCALE_KM)
    ]
    return np.resize(kept, (size, 2)) if len(kept) < size else kept[:size]
