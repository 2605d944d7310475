"""Propose a national grid where a file has eastings and northings in place of degrees."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from clew.intake.cases.cleaning import missing_cause
from clew.intake.cases.contract import column_key
from clew.intake.cases.countries import country_of_zone
from clew.intake.cases.grids import (
    BRITISH,
    IRISH,
    IRISH_ITM,
    grid_system,
    metres_of,
    of_letters,
)
from clew.intake.suggest.profile import ColumnProfile
from clew.intake.suggest.suggestion import Suggestion, SuggestionLine

_FITS = 0.95
"""Share of a column's values that must lie on a grid (declared); the others are slips."""
_NATIONAL = {"the United Kingdom": (BRITISH,), "Ireland": (IRISH_ITM, IRISH)}
"""Grids by the country of the zone, the newest first. Other countries have several: say which."""
_LEAST_M = 1_000.0
"""Metres from which on a number is no degree."""


@cache
def _names() -> dict[str, dict[str, list[str]]]:
    text = (files("clew.intake.suggest") / "grids.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def propose_grid(profiles: Sequence[ColumnProfile], suggestion: Suggestion, zone: str) -> None:
    """Add the lines of a grid where a file has one and no degrees; where unclear, a question."""
    if _has_degrees(profiles):
        return
    for profile in profiles:
        if column_key(profile.header) in _names()["reference"]["firm"] and _lettered(profile):
            why = "lettered references of the British National Grid"
            line = SuggestionLine("grid", profile.header, "reference", why, str(BRITISH))
            suggestion.lines.append(line)
            return
    pair = _pair(profiles, "firm") or _pair(profiles, "loose")
    if pair is None:
        return
    easting, northing = pair
    country = country_of_zone(zone)
    for epsg in _NATIONAL.get(country.name if country else "", ()):
        if _on_grid(easting, northing, epsg):
            why = (
                f"metres of {grid_system(epsg).name} (EPSG:{epsg}), as its values fit: please check"
            )
            suggestion.lines += [
                SuggestionLine("grid", easting.header, "easting", why, str(epsg)),
                SuggestionLine("grid", northing.header, "northing", why, str(epsg)),
            ]
            return
    suggestion.lacking.append(
        f"{easting.header} and {northing.header} look like eastings and northings: say which"
        f' grid, as [grid] epsg = ..., easting = "{easting.header}", northing ='
        f' "{northing.header}"; without it no record has a place'
    )


def _has_degrees(profiles: Sequence[ColumnProfile]) -> bool:
    """Say whether two columns are named latitude and longitude, with values that can be."""
    found = set()
    for profile in profiles:
        numbers = profile.numbers
        for name, limit in (("lat", 90.0), ("lon", 180.0), ("lng", 180.0)):
            words = column_key(profile.header).split("_")
            own = any(word.startswith(name) for word in words)
            if own and numbers and max(map(abs, numbers)) <= limit:
                found.add(name.replace("lng", "lon"))
    return found == {"lat", "lon"}


def _pair(
    profiles: Sequence[ColumnProfile], how: str
) -> tuple[ColumnProfile, ColumnProfile] | None:
    """Return the two columns of a point by their names, whose values are metres."""
    found = [
        next(
            (p for p in profiles if column_key(p.header) in _names()[part][how] and _is_metres(p)),
            None,
        )
        for part in ("easting", "northing")
    ]
    return (found[0], found[1]) if found[0] and found[1] else None


def _metres(profile: ColumnProfile) -> list[float | None]:
    values = [text for text in profile.counts if missing_cause(text, numeric=True) is None]
    return [metres_of(text) for text in values]


def _is_metres(profile: ColumnProfile) -> bool:
    metres = _metres(profile)
    large = sum(value is not None and abs(value) >= _LEAST_M for value in metres)
    return bool(metres) and large >= _FITS * len(metres)


def _lettered(profile: ColumnProfile) -> bool:
    values = [text for text in profile.counts if missing_cause(text) is None]
    return bool(values) and sum(of_letters(t) is not None for t in values) >= _FITS * len(values)


def _on_grid(easting: ColumnProfile, northing: ColumnProfile, epsg: int) -> bool:
    """Say whether the least, the middle and the greatest of two columns lie on a grid."""
    system = grid_system(epsg)
    ranges = [sorted(v for v in _metres(p) if v is not None) for p in (easting, northing)]
    middle = (ranges[0][len(ranges[0]) // 2], ranges[1][len(ranges[1]) // 2])
    edge = round((1 - _FITS) * len(ranges[0]))
    low = (ranges[0][min(edge, len(ranges[0]) - 1)], ranges[1][min(edge, len(ranges[1]) - 1)])
    return all(system.to_degrees(*point) is not None for point in (middle, low))
