"""Records near a point: a box by the index of places, then great-circle metres. Nearest first."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from clew.desk.records.models import Case
from clew.model.geography import distance_m
from clew.model.values import EARTH_RADIUS_M, Point

REACH_M = 500.0
"""Declared: a record known only within a radius counts where that reaches, up to this far; more
would widen the box that is read for every search."""


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
    told = boxed.values_list(
        "pk", "latitude", "longitude", "texts__now__location_precision_m", "reported_at"
    )
    found = []
    for number, latitude, longitude, precision, reported in told:
        if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
            continue  # no place on Earth: a slip that came in with a report
        there = Point(latitude, longitude, _radius(precision))
        metres = distance_m(point, there)
        if metres <= within_m + min(there.precision_m or 0.0, REACH_M):
            found.append((round(metres), -reported.timestamp(), Near(number, metres, there)))
    found.sort(key=lambda row: row[:2])
    return [row[2] for row in found]


def _radius(text: object) -> float | None:
    try:
        radius = float(str(text))
    except ValueError:
        return None
    return radius if 0 <= radius < math.inf else None
