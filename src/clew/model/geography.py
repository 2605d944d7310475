"""Distances on Earth, as a sphere of its mean radius."""

from __future__ import annotations

import numpy as np

from clew.model.columns import Array
from clew.model.values import EARTH_RADIUS_M, Point


def great_circle_m(
    latitude_a: Array | float,
    longitude_a: Array | float,
    latitude_b: Array | float,
    longitude_b: Array | float,
) -> Array:
    """Return great-circle distances, metres, by the haversine formula.

    All in WGS84 degrees; single numbers go with every element of an array. Within 0.6 % of the
    distance on the ellipsoid.
    """
    lat_a, lat_b = np.radians(latitude_a), np.radians(latitude_b)
    lon_a, lon_b = np.radians(longitude_a), np.radians(longitude_b)
    square = np.sin((lat_b - lat_a) / 2) ** 2
    square = square + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    metres: Array = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(square, 1.0)))
    return metres


def distance_m(a: Point, b: Point) -> float:
    """Return the great-circle distance of two points, metres; their precision plays no part."""
    return float(great_circle_m(a.latitude, a.longitude, b.latitude, b.longitude))


def on_unit_sphere(latitude: Array, longitude: Array) -> Array:
    """Turn WGS84 degrees, shape (n,), into Earth-centred points at distance 1, shape (n, 3)."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
