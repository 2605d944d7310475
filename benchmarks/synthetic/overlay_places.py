"""The geography of a real file: its own points, sites, cities and their police forces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clew.synthetic.generated import Row
from clew.synthetic.places import AREAS, KM_PER_DEGREE, Geography, Sites
from clew.synthetic.rates import Floats, Ints
from synthetic.rates import read_rates

JITTER_KM = 0.2
"""Standard deviation of how far a made-up home lies from a real death (declared)."""
STRIPS, PARTS = 3, 4
"""The largest city is split into strips from west to east, each into parts from south to north."""
KINDS = (
    *("hospital", "care_home", "institution", "hotel", "burial_ground"),
    *("open_space", "railway", "vacant_building", "workplace", "building"),
)
"""Premises that are shared places."""


@dataclass(frozen=True)
class RealGeography(Geography):
    """As `Geography`, with real points to draw from: `dwellings` (n, 2) km, `bank` (m, 2) km.

    `site_keys` are the real place keys of each kind's sites.
    """

    dwellings: Floats
    bank: Floats
    site_keys: Mapping[str, Sequence[str]]

    def homes(self, size: int, rng: np.random.Generator) -> Floats:
        """Draw `size` homes (n, 2) km: near where people lived who died."""
        chosen = rng.integers(len(self.dwellings), size=size)
        return self.dwellings[chosen] + rng.normal(0, JITTER_KM, (size, 2))

    def key_of(self, kind: str, site: int) -> str:
        """Return the real place key of site number `site` of a kind."""
        return self.site_keys[kind][site]

    def agencies(
        self, premises: list[str], areas: Ints, rng: np.random.Generator
    ) -> list[tuple[str, str]]:
        """Return agency and area: every city has a force of its own."""
        del premises, rng
        codes = [self.area_codes[area] for area in areas.tolist()]
        return [(agency_of(code), code) for code in codes]

    def waterside(self, home: Floats, rng: np.random.Generator) -> Floats:
        """Return a point (n, 2) where somebody drowned, nearest of five draws to each home."""
        size = (5, len(home))
        drawn = self.bank[rng.integers(len(self.bank), size=size)]
        drawn = drawn + rng.normal(0, JITTER_KM, (*size, 2))
        distance = np.hypot(*(drawn - home[None]).transpose(2, 0, 1))
        return np.asarray(drawn[distance.argmin(axis=0), np.arange(len(home))])


def agency_of(city: str) -> str:
    """Return the code of a city's police force."""
    return f"PD-{city.upper().replace(' ', '-')}"


def city_of(row: Row) -> str:
    """Return the city of a real row, usual misspellings put right."""
    city = row.get("city", "").strip()
    spelt: str = read_rates("overlay")["spelling"].get(city, city)
    return spelt


def read_points(rows: Sequence[Row]) -> tuple[tuple[float, float], Floats]:
    """Return the middle in degrees, and points (n, 2) km from it, NaN where a row has none."""
    degrees = np.asarray(
        [[float(row.get(name) or "nan") for name in ("latitude", "longitude")] for row in rows]
    )
    middle = np.nanmedian(degrees, axis=0)
    scale = KM_PER_DEGREE * np.cos(np.radians(middle[0]))
    xy = np.column_stack(
        [(degrees[:, 1] - middle[1]) * scale, (degrees[:, 0] - middle[0]) * KM_PER_DEGREE]
    )
    return (float(middle[0]), float(middle[1])), xy


def build_real_geography(rows: Sequence[Row], premises: Sequence[str]) -> tuple[Geography, Floats]:
    """Return the geography of the rows and their points (n, 2) km, all finite.

    A row without a point is put at its city's middle until its point is blanked again.
    """
    centre, xy = read_points(rows)
    cities = np.asarray([city_of(row) for row in rows])
    known = np.isfinite(xy).all(axis=1)
    seats, codes = _seats(cities[known], xy[known])
    for index in np.flatnonzero(~known).tolist():
        same = [seat for seat, code in zip(seats, codes, strict=True) if code == cities[index]]
        xy[index] = same[0] if same else (0.0, 0.0)
    kinds = np.asarray(premises)
    sites, keys, first = {}, {}, 1
    for kind in KINDS:
        here = [i for i in np.flatnonzero((kinds == kind) & known).tolist() if rows[i]["place_key"]]
        if here:
            sites[kind], keys[kind] = _sites(here, rows, xy, first)
            first += len(keys[kind])
    lived = known & np.isin(kinds, ["home", "apartment"])
    wet = known & (kinds == "water")
    land = RealGeography(
        centre,
        np.asarray(seats),
        np.full(len(seats), 1 / len(seats)),
        sites,
        tuple(codes),
        xy[lived],
        xy[wet] if wet.any() else xy[lived],
        keys,
    )
    return land, xy


def _sites(
    here: Sequence[int], rows: Sequence[Row], xy: Floats, first: int
) -> tuple[Sites, list[str]]:
    """Return the shared places of one kind, as popular as they had deaths, and their keys."""
    by_key: dict[str, list[int]] = {}
    for index in here:
        by_key.setdefault(rows[index]["place_key"], []).append(index)
    weight = np.asarray([float(len(group)) for group in by_key.values()])
    middle = np.asarray([xy[group[0]] for group in by_key.values()])
    return Sites(middle, weight, first), list(by_key)


def _seats(cities: np.ndarray, xy: Floats) -> tuple[list[Floats], list[str]]:
    """Return the middles of areas and the city of each: suburbs whole, the largest in parts."""
    names, counts = np.unique(cities[cities != ""], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    largest = names[order[0]]
    seats, codes = [], []
    inner = xy[cities == largest]
    for strip in np.array_split(inner[np.argsort(inner[:, 0])], STRIPS):
        for part in np.array_split(strip[np.argsort(strip[:, 1])], PARTS):
            if len(part):
                seats.append(np.median(part, axis=0))
                codes.append(str(largest))
    for name in names[order[1 : AREAS - len(seats) + 1]].tolist():
        seats.append(np.median(xy[cities == name], axis=0))
        codes.append(str(name))
    return seats, codes
