"""How far apart two points are."""

from __future__ import annotations

import numpy as np

from clew.model.columns import Array
from clew.model.values import EARTH_RADIUS_M


def great_circle_m(one: Array, other: Array) -> Array:
    """Return distances in metres between points in degrees, row by row (haversine).

    Shapes (n, 2), latitude and longitude; either may be one row, which is then measured to all.
    """
    a, b = np.radians(one), np.radians(other)
    square = np.sin((b[:, 0] - a[:, 0]) / 2) ** 2
    square += np.cos(a[:, 0]) * np.cos(b[:, 0]) * np.sin((b[:, 1] - a[:, 1]) / 2) ** 2
    metres: Array = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(square, 1.0)))
    return metres
