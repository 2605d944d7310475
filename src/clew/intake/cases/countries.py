"""The country that a zone of time belongs to, and whether a point lies in it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from clew.model.values import Point

MARGIN_DEGREES = 0.25
"""Degrees beyond a country's box that still count as within it, for coasts and slips (declared)."""


LEAST_POINTS = 3
"""Points from which on they say something of a file, as for every profile (decision 39)."""


@dataclass(frozen=True, slots=True)
class Country:
    """A country: its name, and the box that it lies in, in WGS84 degrees.

    `west` greater than `east`: the box crosses the meridian of 180 degrees.
    """

    name: str
    south: float
    north: float
    west: float
    east: float

    def contains(self, latitude: float, longitude: float) -> bool:
        """Say whether a point lies in the country's box, or close beside it."""
        if not self.south - MARGIN_DEGREES <= latitude <= self.north + MARGIN_DEGREES:
            return False
        west, east = self.west - MARGIN_DEGREES, self.east + MARGIN_DEGREES
        if self.west <= self.east:
            return west <= longitude <= east
        return longitude >= west or longitude <= east


def country_of_zone(zone: str) -> Country | None:
    """Return the country that a zone of time is of; None for UTC, and where none is known.

    Source
    ------
    countries.toml: the tz database's zone.tab and extents of the EPSG dataset.
    """
    return _of_zone(zone)


def note_abroad(points: Sequence[Point], zone: str) -> str:
    """Return a warning where most points lie outside the zone's country; "" where they do not."""
    country = country_of_zone(zone)
    if country is None or len(points) < LEAST_POINTS:
        return ""
    abroad = sum(not country.contains(p.latitude, p.longitude) for p in points)
    if 2 * abroad <= len(points):
        return ""
    turned = sum(country.contains(p.longitude, p.latitude) for p in points)
    if turned > len(points) - abroad:
        return (
            f"{turned:,} of {len(points):,} points lie in {country.name} only with latitude and"
            " longitude exchanged. Exchange the two columns in the mapping"
        )
    return (
        f"{abroad:,} of {len(points):,} points lie outside {country.name}, the country of the time"
        f" zone {zone}: times may be wrong by hours. Give the zone of the file with --timezone"
    )


@cache
def _of_zone(zone: str) -> Country | None:
    """Parse the one table that names the zone: all 249 take longer than 2,000 rows of a file."""
    text = (files("clew.intake.cases") / "countries.toml").read_text(encoding="utf-8")
    for table in text.split("\n[")[1:]:
        if f'"{zone}"' not in table:
            continue
        (entry,) = tomllib.loads("[" + table).values()
        if zone in entry["zones"]:
            return Country(entry["name"], *map(float, entry["box"]))
    return None
