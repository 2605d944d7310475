"""Distances on Earth agree with published ones, and with chords of the sphere."""

from __future__ import annotations

import numpy as np
import pytest

from clew.model.distance import distance_m, great_circle_m, on_unit_sphere
from clew.model.values import EARTH_RADIUS_M, Point

RNG = np.random.default_rng(19)
LATITUDES, LONGITUDES = RNG.uniform(-90, 90, (2, 500)), RNG.uniform(-180, 180, (2, 500))
LANDS_END = Point(50 + 3 / 60 + 58.76 / 3600, -5 - 42 / 60 - 53.10 / 3600)
JOHN_O_GROATS = Point(58 + 38 / 60 + 38.48 / 3600, -3 - 4 / 60 - 12.34 / 3600)


@pytest.mark.parametrize(
    ("a", "b", "km", "radius_km"),
    [
        # Nashville to Los Angeles: Rosetta Code, haversine formula.
        (Point(36.12, -86.67), Point(33.94, -118.40), 2887.2599506, 6372.8),
        # Movable Type Scripts, distance by haversine, given to 0.1 km.
        (LANDS_END, JOHN_O_GROATS, 968.9, 6371.0),
    ],
    ids=["Nashville to Los Angeles", "Land's End to John o' Groats"],
)
def test_published_great_circles(a: Point, b: Point, km: float, radius_km: float) -> None:
    assert distance_m(a, b) / EARTH_RADIUS_M * radius_km == pytest.approx(km, abs=0.05)


def test_the_sphere_is_within_six_thousandths_of_the_ellipsoid() -> None:
    # Vincenty's formula on WGS84 (Movable Type Scripts), and a quarter of the meridian.
    assert distance_m(LANDS_END, JOHN_O_GROATS) == pytest.approx(969_954.166, rel=6e-3)
    assert distance_m(Point(0, 0), Point(90, 0)) == pytest.approx(10_001_965.729, rel=6e-3)


def test_two_points_and_one_against_many_are_the_same() -> None:
    here = Point(51.5391, 0.0761)
    points = np.column_stack([LATITUDES[0], LONGITUDES[0]])
    many = great_circle_m(np.array([[here.latitude, here.longitude]]), points)
    there = Point(LATITUDES[0][3], LONGITUDES[0][3])
    assert distance_m(here, there) == distance_m(there, here)
    assert distance_m(here, there) == pytest.approx(many[3])


@pytest.mark.parametrize("apart_deg", [180.0, 1e-4], ids=["anywhere", "in one street"])
def test_chords_of_the_unit_sphere_are_those_of_the_great_circle(apart_deg: float) -> None:
    a = (LATITUDES[0], LONGITUDES[0])
    b = (LATITUDES[1], LONGITUDES[1])
    if apart_deg < 1:
        b = tuple(degrees + RNG.uniform(-apart_deg, apart_deg, 500) for degrees in a)
    chords = np.linalg.norm(on_unit_sphere(*a) - on_unit_sphere(*b), axis=1)
    by_chord = 2 * np.arcsin(chords / 2) * EARTH_RADIUS_M
    metres = great_circle_m(np.column_stack(a), np.column_stack(b))
    np.testing.assert_allclose(metres, by_chord, rtol=1e-6, atol=1e-6)
