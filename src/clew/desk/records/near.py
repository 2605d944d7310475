"""Records near a point: a box by the index of places, then the search of `clew near`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from django.db.models import Q, QuerySet

from clew.desk.records.models import Case
from clew.model.values import EARTH_RADIUS_M, Point
from clew.workflows.near import points_within

REACH_M = 500.0
"""Declared: a record known only within a radius counts where that reaches, up to this far; more
would widen the box that is read for every search."""
AREA_WITHIN_M = 2_000.0
"""Declared: how far the nearest record may be for its area to be taken as a place's area. Half the
radius of a circle as large as a mean London borough: 33 on 1,572 km2 (Office for National
Statistics, Standard Area Measurements), so 48 km2 and a radius of 3.9 km each."""


@dataclass(frozen=True, slots=True)
class Near:
    """One record and how far it lies, metres between the points."""

    number: int
    metres: float
    point: Point


def box(point: Point, metres: float) -> Q:
    """Return the box that holds all within `metres`, across the date line and at the poles too."""
    high = math.degrees(metres / EARTH_RADIUS_M)
    south, north = point.latitude - high, point.latitude + high
    found = Q(latitude__gte=south, latitude__lte=north)
    if north >= 90 or south <= -90:
        return found & Q(longitude__isnull=False)
    shrink = math.cos(math.radians(max(abs(south), abs(north))))
    wide = math.degrees(metres / EARTH_RADIUS_M) / shrink
    west, east = point.longitude - wide, point.longitude + wide
    if wide >= 180:
        return found & Q(longitude__isnull=False)
    if west < -180:
        return found & (Q(longitude__gte=west + 360) | Q(longitude__lte=east))
    if east > 180:
        return found & (Q(longitude__gte=west) | Q(longitude__lte=east - 360))
    return found & Q(longitude__gte=west, longitude__lte=east)


def near(cases: QuerySet[Case], point: Point, within_m: float) -> list[Near]:
    """Return all of `cases` within the radius, nearest first, the newer first of equals."""
    boxed = cases.filter(box(point, within_m + REACH_M)).order_by()
    rows = boxed.values_list(
        "pk", "latitude", "longitude", "texts__now__location_precision_m", "reported_at"
    )
    numbers, places = [], []
    for number, latitude, longitude, precision, _ in sorted(rows, key=lambda r: -r[4].timestamp()):
        if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
            continue  # no place on Earth: a slip that came in with a report
        try:
            radius = float(str(precision))
        except ValueError:
            radius = math.nan
        numbers.append(number)
        places.append(Point(latitude, longitude, radius if 0 <= radius < math.inf else None))
    found, metres = points_within(
        (point.latitude, point.longitude),
        np.array([(p.latitude, p.longitude) for p in places]).reshape(-1, 2),
        np.array([min(p.precision_m or 0.0, REACH_M) for p in places]),
        within_m,
    )
    hits = zip(found.tolist(), metres.tolist(), strict=True)
    return [Near(numbers[k], far, places[k]) for k, far in hits]


def area_of_place(point: Point) -> str:
    """Return the area of the nearest record that has one, at most AREA_WITHIN_M away; "" if none.

    Sealed records do not count: the answer would tell that they are there.
    """
    hits = near(Case.objects.filter(sealed=False).exclude(area=""), point, AREA_WITHIN_M)
    nearest = min(hits, key=lambda hit: hit.metres, default=None)
    if nearest is None or nearest.metres > AREA_WITHIN_M:
        return ""
    return Case.objects.get(pk=nearest.number).area
