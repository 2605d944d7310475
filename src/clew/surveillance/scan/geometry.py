"""Circles, and what a scan asks of them.

Around each centre lie the places within the largest radius, the nearest first. These circles are
made once for a set of places; a design says what each circle and span of time weighs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from clew.compiling import looped
from clew.model.columns import F64, I32, I64, Array
from clew.model.distance import great_circle_m, on_unit_sphere
from clew.model.values import EARTH_RADIUS_M


class Geometry(NamedTuple):
    """K centres, P places, and one entry for every place within reach of a centre.

    Entries of a centre lie together, the nearest place first; places at the same distance, to
    the millimetre, form one ring, and a circle contains a ring wholly or not at all.
    """

    start: I64  # (K + 1,) slice of the entries of each centre
    place: I32  # (m,) number of the place
    reach_mm: I64  # (m,) its distance from the centre, whole millimetres
    ring_end: I64  # (m,) the last entry of the ring that the entry is in
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
    chord = 2 * np.sin(min(radius_m / EARTH_RADIUS_M, np.pi) / 2)
    trees = [cKDTree(on_unit_sphere(*points.T)) for points in (centres, places)]
    near = trees[0].sparse_distance_matrix(
        trees[1], chord * (1 + 1e-9) + 1e-12, output_type="coo_matrix"
    )
    centre, place = near.row.astype(np.int64), near.col.astype(np.int64)
    metres = great_circle_m(centres[centre], places[place])
    return lay_out_circles((centre, place), metres, radius_m, (len(centres), len(places)))


def lay_out_circles(
    pairs: tuple[Array, Array], metres: Array, radius_m: float, sizes: tuple[int, int]
) -> Geometry:
    """Order pairs of centre and place by centre and distance, and find the rings.

    `pairs` and `metres`, shape (any,): all pairs within the radius, and others; `sizes`: how many
    centres and places there are.
    """
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
        back_start=_slices(place[back], sizes[1]),
        back=back.astype(np.int64),
        back_owner=centre[back].astype(np.int32),
    )


def _slices(sorted_numbers: Array, count: int) -> Array:
    return np.searchsorted(sorted_numbers, np.arange(count + 1)).astype(np.int64)


CLOSED = -1


class ScanDesign(NamedTuple):
    """Expected = weight of the circle x weight of the window / `whole`.

    Space-time permutation (Kulldorff and others 2005): both weights are counts of events, `whole`
    is all of them. Poisson: the circle weighs its baseline, the window its length.
    """

    weight: F64  # (m,) weight of the circle up to the end of the entry's ring
    close: I32  # (m,) the entry at whose end a circle closes that holds it; CLOSED where none may
    back_close: I32  # (m,) the same in the order of `Geometry.back`
    stop: I64  # (K,) the entry behind the last one of the centre's largest circle
    window: F64  # (slots + 1,) weight of time before each slot
    whole: float
    total: int  # events
    least: int  # shortest window, slots
    most: int  # longest window, slots
    min_events: int  # fewest events in a circle and window


class Limits(NamedTuple):
    """What circles and windows are tried. `max_share`: of all weight, in a circle at most."""

    least: int
    most: int
    min_events: int = 2
    max_share: float = 0.5


def lay_out_permutation(
    geometry: Geometry,
    place: Array,
    slot: Array,
    slots: int,
    limits: Limits,
    known: Array | None = None,
) -> ScanDesign:
    """Return the design of the space-time permutation model; margins are the events' own."""
    total = len(place)
    weights = np.bincount(place, minlength=len(geometry.back_start) - 1).astype(np.float64)
    window = np.concatenate([[0.0], np.cumsum(np.bincount(slot, minlength=slots))])
    return lay_out(geometry, weights, (window, float(total)), total, limits, known)


def lay_out(
    geometry: Geometry,
    weights: Array,
    time: tuple[Array, float],
    total: int,
    limits: Limits,
    known: Array | None = None,
) -> ScanDesign:
    """Return the design of any model.

    Parameters
    ----------
    weights
        Shape (P,), at least 0: of each place. A ring without weight makes no new circle.
    time
        Weight of time before each slot, shape (slots + 1,); and what the product of circle and
        window is divided by.
    """
    window, whole = time
    m, centres = len(geometry.place), len(geometry.start) - 1
    weight, close = np.zeros(m), np.full(m, CLOSED, np.int32)
    back_close, stop = np.empty(m, np.int32), geometry.start[:-1].copy()
    open_to = np.ones(centres, bool) if known is None else known
    most = limits.max_share * float(weights.sum())
    weights = weights.astype(np.float64)
    _close_circles(geometry, weights, most, open_to, (weight, close, stop, back_close))
    return ScanDesign(
        weight, close, back_close, stop, np.asarray(window, np.float64), whole, total,
        limits.least, limits.most, limits.min_events,
    )  # fmt: skip


@looped
def _close_circles(
    geometry: Geometry, weights: F64, most: float, known: Array, out: tuple[F64, I32, I64, I32]
) -> None:
    """Add up the rings of each known centre until they weigh more than `most`."""
    weight, close, stop, back_close = out
    for k in range(len(stop)):
        held, e = 0.0, geometry.start[k]
        while known[k] and e < geometry.start[k + 1]:
            end = geometry.ring_end[e]
            added = 0.0
            for f in range(e, end + 1):
                added += weights[geometry.place[f]]
            if held + added > most:
                break
            held += added
            for f in range(e, end + 1):
                weight[f] = held
                if added > 0.0:
                    close[f] = end
            e = end + 1
            if added > 0.0:
                stop[k] = e
    for b in range(len(back_close)):
        back_close[b] = close[geometry.back[b]]
