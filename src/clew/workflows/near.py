"""What happened near here before: every record within a radius, nearest first.

Needs no kernel and no case objects, so that it answers at once on a scene's terminal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clew.errors import UsageRejected
from clew.model.columns import Array
from clew.model.place import EARTH_RADIUS_M
from clew.model.time_window import Instant
from clew.workflows.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Spot:
    """The asked point and radius.

    Raises
    ------
    UsageRejected
        If the point is not on Earth or the radius not above 0.
    """

    latitude: float
    longitude: float
    within_km: float = 2.0

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise UsageRejected(
                f"there is no place {self.latitude}, {self.longitude}",
                "Give --lat within -90 and 90 and --lon within -180 and 180",
            )
        if not self.within_km > 0:
            raise UsageRejected(
                f"a radius of {self.within_km} km finds nothing", "Give --within-km above 0"
            )


@dataclass(frozen=True, slots=True)
class NearAnswer:
    """Rows of the prepared file, nearest first, with metres; what was and was not searched."""

    rows: Array
    metres: Array
    searched: int
    without_point: int


def find_near(prepared: Prepared, spot: Spot, as_of: Instant | None = None) -> NearAnswer:
    """Return the records within the radius that were known at `as_of`.

    A record known only within a radius of its own counts where that radius reaches.
    """
    rows = prepared.rows_as_of(as_of)
    placed = rows[~np.isnan(prepared.latitude[rows])]
    metres = metres_from(prepared.latitude[placed], prepared.longitude[placed], spot)
    inside = metres <= spot.within_km * 1000 + prepared.precision_m[placed]
    order = np.lexsort((prepared.reported_at[placed][inside], np.round(metres[inside])))
    return NearAnswer(
        placed[inside][order], metres[inside][order], len(rows), len(rows) - len(placed)
    )


def metres_from(latitude: Array, longitude: Array, spot: Spot) -> Array:
    """Return great-circle distances from the spot, metres, by the haversine formula."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    here_lat, here_lon = np.radians([spot.latitude, spot.longitude])
    square = np.sin((lat - here_lat) / 2) ** 2
    square += np.cos(lat) * np.cos(here_lat) * np.sin((lon - here_lon) / 2) ** 2
    metres: Array = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(square, 1)))
    return metres
