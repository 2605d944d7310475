"""Circles: around each centre the places within the largest radius, the nearest first.

Made once for a set of places; how many events each circle holds is another matter (`circles.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from clew.model.columns import I32, I64, Array
from clew.model.place import EARTH_RADIUS_M

Measure = Callable[[Array, Array], Array]
"""Metres between rows of two arrays of points, row by row."""


class Geometry(NamedTuple):
    """K centres, P places, and one entry for every place within reach of a centre.

    Entries of a centre lie together, the nearest place first; places at the same distance, to
    the millimetre, form one ring, and a circle holds a ring wholly or not at all.
    """

    start: I64  # (K + 1,) slice of the entries of each centre
    place: I32  # (m,) number of the place
    reach_mm: I64  # (m,) its distance from the centre, whole millimetres
    ring_end: I64  # (m,) the last entry of the ring that the entry is in
    owner: I32  # (m,) number of the centre
    back_start: I64  # (P + 1,) slice of `back`
    back: I64  # (m,) the entries of each place, ascending
    back_owner: I32  # (m,) the centres of these entries


def build_geometry(places: Array, centres: Array, radius_m: float) -> Geometry:
    """Return the circles on a sphere of Earth's mean radius.

    Parameters
    ----------
    places, centres
        Shape (P, 2) and (K, 2): WGS84 degrees, latitude and longitude. Places are all different.
    radius_m
        The largest radius, metres, at least 0.
    """
    on_sphere = _on_unit_sphere(places), _on_unit_sphere(centres)
    chord = 2 * np.sin(min(radius_m / EARTH_RADIUS_M, np.pi) / 2)
    pairs = _near_pairs(on_sphere[1], on_sphere[0], chord * (1 + 1e-9) + 1e-12)
    metres = great_circle_m(centres[pairs[0]], places[pairs[1]])
    return _lay_out(pairs, metres, radius_m, (len(centres), len(places)))


def build_planar(places: Array, centres: Array, radius_m: float) -> Geometry:
    """Return the circles on a plane; points are (x, y) in metres, else as `build_geometry`."""
    pairs = _near_pairs(centres, places, radius_m * (1 + 1e-9) + 1e-6)
    metres = np.hypot(*(centres[pairs[0]] - places[pairs[1]]).T)
    return _lay_out(pairs, metres, radius_m, (len(centres), len(places)))


def great_circle_m(one: Array, other: Array) -> Array:
    """Return distances in metres between points in degrees, row by row (haversine)."""
    a, b = np.radians(one), np.radians(other)
    square = np.sin((b[:, 0] - a[:, 0]) / 2) ** 2
    square += np.cos(a[:, 0]) * np.cos(b[:, 0]) * np.sin((b[:, 1] - a[:, 1]) / 2) ** 2
    metres: Array = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(square, 1.0)))
    return metres


def _on_unit_sphere(points: Array) -> Array:
    lat, lon = np.radians(points).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _near_pairs(centres: Array, places: Array, reach: float) -> tuple[Array, Array]:
    """Return centre and place of every pair within `reach`, in the trees' own unit."""
    near = cKDTree(centres).sparse_distance_matrix(cKDTree(places), reach, output_type="coo_matrix")
    return near.row.astype(np.int64), near.col.astype(np.int64)


def _lay_out(
    pairs: tuple[Array, Array], metres: Array, radius_m: float, sizes: tuple[int, int]
) -> Geometry:
    """Order the pairs by centre and distance, and find the rings."""
    whole = np.round(metres * 1000).astype(np.int64)
    inside = whole <= round(radius_m * 1000)
    centre, place, whole = pairs[0][inside], pairs[1][inside], whole[inside]
    order = np.lexsort((place, whole, centre))
    centre, place, whole = centre[order], place[order], whole[order]
    m = len(order)
    ends = np.ones(m, bool)
    ends[:-1] = (centre[1:] != centre[:-1]) | (whole[1:] != whole[:-1])
    last = np.flatnonzero(ends)
    back = np.argsort(place, kind="stable")
    return Geometry(
        start=_slices(centre, sizes[0]),
        place=place.astype(np.int32),
        reach_mm=whole,
        ring_end=last[np.searchsorted(last, np.arange(m))].astype(np.int64),
        owner=centre.astype(np.int32),
        back_start=_slices(place[back], sizes[1]),
        back=back.astype(np.int64),
        back_owner=centre[back].astype(np.int32),
    )


def _slices(sorted_numbers: Array, count: int) -> Array:
    return np.searchsorted(sorted_numbers, np.arange(count + 1)).astype(np.int64)
