"""What happened near here before: every record within a radius, nearest first.

Needs no kernel, so that it answers at once on a scene's terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.errors import UsageRejected
from clew.model.case import Case
from clew.model.place import EARTH_RADIUS_M


@dataclass(frozen=True, slots=True)
class Near:
    """A record and its distance from the asked point, metres."""

    case: Case
    metres: float


def find_near(
    cases: Sequence[Case], latitude: float, longitude: float, within_km: float
) -> tuple[tuple[Near, ...], int]:
    """Return records within `within_km`, nearest first, and how many have no point at all.

    A record known only within a radius counts where that radius reaches.

    Raises
    ------
    UsageRejected
        If the point is not on Earth or the radius not above 0.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise UsageRejected(
            f"there is no place {latitude}, {longitude}",
            "Give --lat in -90..90, --lon in -180..180",
        )
    if not within_km > 0:
        raise UsageRejected(f"a radius of {within_km} km finds nothing", "Give --within-km above 0")
    placed = [case for case in cases if case.point is not None]
    if not placed:
        return (), len(cases)
    at = np.radians([(c.point.latitude, c.point.longitude) for c in placed if c.point is not None])
    here = np.radians([latitude, longitude])
    half = (at - here) / 2
    chord = np.sin(half[:, 0]) ** 2 + np.cos(here[0]) * np.cos(at[:, 0]) * np.sin(half[:, 1]) ** 2
    metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord, 1)))
    reach = np.array([(c.point.precision_m if c.point else 0) or 0 for c in placed])
    inside = np.flatnonzero(metres <= within_km * 1000 + reach)
    order = sorted(inside, key=lambda k: (metres[k], placed[k].reported_at, placed[k].case_id))
    return tuple(Near(placed[k], float(metres[k])) for k in order), len(cases) - len(placed)
