"""Where: a point with the radius within which it lies."""

from __future__ import annotations

from dataclasses import dataclass

EARTH_RADIUS_M = 6_371_008.8
"""Mean Earth radius R1, metres (IUGG; Moritz 2000, Geodetic Reference System 1980)."""


@dataclass(frozen=True, slots=True)
class Point:
    """WGS84 degrees; `precision_m` is the radius in metres within which the point lies.

    Raises
    ------
    ValueError
        If latitude is outside [-90, 90], longitude outside [-180, 180] or the radius negative.
    """

    latitude: float
    longitude: float
    precision_m: float | None = None

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError("latitude must lie in [-90, 90] and longitude in [-180, 180]")
        if self.precision_m is not None and not self.precision_m >= 0:
            raise ValueError("a precision is a radius in metres and cannot be negative")
