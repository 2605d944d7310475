"""A map without a base map: the points, how exact each is, a scale and north. And its table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from clew.disclosure.figures.charts import draw, tag
from clew.model.distance import distance_m
from clew.model.values import EARTH_RADIUS_M, Point

WIDTH, HEIGHT, EDGE = 320.0, 220.0, 32.0
_LEAST_SPAN_M = 150.0
_NEAR_PX = 19.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A record with the letter that marks it in every figure; `point` None where missing."""

    letter: str
    case_id: str
    point: Point | None


@dataclass(frozen=True, slots=True)
class _Spot:
    letter: str
    x: float
    y: float
    radius: float


def length_words(metres: float) -> str:
    """Return a length no more exact than it deserves: '350 m', '1.4 km', '27 km'."""
    if metres < 995:
        return f"{math.floor(metres / 10 + 0.5) * 10} m" if metres >= 10 else f"{round(metres)} m"
    return f"{metres / 1000:.1f} km" if metres < 9_950 else f"{round(metres / 1000):,} km"


def distance_words(a: Point, b: Point) -> str:
    """Return the distance with the slack that both precisions leave, or that they are missing."""
    apart = distance_m(a, b)
    if a.precision_m is None or b.precision_m is None:
        return f"about {length_words(apart)}, precision not recorded"
    slack = a.precision_m + b.precision_m
    if slack == 0:
        return length_words(apart)
    return f"about {length_words(apart)}, give or take {length_words(slack)}"


def precision_words(point: Point) -> str:
    """Return how exact the point is."""
    if point.precision_m is None:
        return "precision not recorded"
    return f"within {length_words(point.precision_m)}"


def _place(known: Sequence[tuple[str, Point]]) -> tuple[list[_Spot], float]:
    """Project points to the picture; return the spots in pixels, and pixels per metre.

    Metres are east and south of the first point (equirectangular, mean latitude).
    """
    origin = known[0][1]
    middle = sum(point.latitude for _, point in known) / len(known)
    shrink = max(math.cos(math.radians(middle)), 0.01)
    spots = []
    for letter, point in known:
        east = math.remainder(point.longitude - origin.longitude, 360.0)
        x = math.radians(east) * EARTH_RADIUS_M * shrink
        y = math.radians(origin.latitude - point.latitude) * EARTH_RADIUS_M
        spots.append(_Spot(letter, x, y, point.precision_m or 0.0))
    left, right = min(s.x - s.radius for s in spots), max(s.x + s.radius for s in spots)
    top, bottom = min(s.y - s.radius for s in spots), max(s.y + s.radius for s in spots)
    wide, high = max(right - left, _LEAST_SPAN_M), max(bottom - top, _LEAST_SPAN_M)
    scale = min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / high)
    x0, y0 = WIDTH / 2 - scale * (left + right) / 2, HEIGHT / 2 - scale * (top + bottom) / 2
    return [
        _Spot(s.letter, x0 + s.x * scale, y0 + s.y * scale, s.radius * scale) for s in spots
    ], scale


@dataclass(frozen=True, slots=True)
class Circle:
    """A zone around a point, drawn beneath the records."""

    centre: Point
    radius_m: float


def draw_map(places: Sequence[Placed], ident: str, zone: Circle | None = None) -> Markup | None:
    """Return the map as SVG, or None where no record has a point."""
    known = [(p.letter, p.point) for p in places if p.point is not None]
    if not known:
        return None
    if zone is not None:
        known.append(("", Point(zone.centre.latitude, zone.centre.longitude, zone.radius_m)))
    spots, scale = _place(known)
    # The grid, whose squares are one scale bar wide, the scale bar and north. The bar is the
    # longest of 1, 2 or 5 times a power of ten metres that fits 110 pixels.
    power = 10.0 ** math.floor(math.log10(110 / scale))
    length = max(step * power for step in (1, 2, 5) if step * power <= 110 / scale)
    step = length * scale
    parts = [tag("rect", class_="ground", x=0.5, y=0.5, width=WIDTH - 1, height=HEIGHT - 1, rx=4)]
    parts += [
        tag("line", class_="grid", x1=i * step, x2=i * step, y1=1, y2=HEIGHT - 1)
        for i in range(1, int(WIDTH / step) + 1)
    ]
    parts += [
        tag("line", class_="grid", x1=1, x2=WIDTH - 1, y1=i * step, y2=i * step)
        for i in range(1, int(HEIGHT / step) + 1)
    ]
    parts += [
        tag("path", class_="rule", d=f"M12 {HEIGHT - 18:g}v6H{12 + step:.1f}v-6"),
        tag("text", length_words(length), x=12, y=HEIGHT - 23),
        tag("path", class_="rule", d=f"M{WIDTH - 20:g} 40V14m-5 8l5 -9l5 9"),
        tag("text", "N", class_="mid", x=WIDTH - 20, y=54),
    ]
    if zone is not None:
        ring = spots.pop()
        parts.append(tag("circle", class_="zone", cx=ring.x, cy=ring.y, r=max(ring.radius, 3.0)))
    parts += [
        tag("circle", class_="precision", cx=s.x, cy=s.y, r=s.radius) for s in spots if s.radius > 0
    ]
    # Letters that would lie on one another share one marker.
    groups: list[list[_Spot]] = []
    for spot in spots:
        near = (g for g in groups if math.dist((g[0].x, g[0].y), (spot.x, spot.y)) < _NEAR_PX)
        if (group := next(near, None)) is None:
            groups.append([spot])
        else:
            group.append(spot)
    for group in groups:
        x = sum(s.x for s in group) / len(group)
        y = sum(s.y for s in group) / len(group)
        letters = ", ".join(s.letter for s in group[:4])
        text = letters if len(group) < 5 else f"{letters} +{len(group) - 4}"
        half = max(10.0, 4.4 * len(text) + 4)
        box = {"x": x - half, "y": y - 10, "width": 2 * half, "height": 20, "rx": 10}
        parts += [tag("rect", class_="mark", **box), tag("text", text, class_="on", x=x, y=y + 5)]
    named = "; ".join(
        f"{p.letter} is {p.case_id}, {precision_words(p.point)}" for p in places if p.point
    )
    title = "Where they were found, as points with a circle for how exact each is"
    ring_words = "" if zone is None else f" The zone has a radius of {length_words(zone.radius_m)}."
    return draw(ident, (WIDTH, HEIGHT), title, f"North is up. {named}.{ring_words}", parts)
