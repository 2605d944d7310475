"""Place: how near the two places are, measured against how dense deaths are there.

Four hundred metres mean little in a city centre and much in a village. The distance between the
two points, blurred by how exactly each is known, is compared with the distances between
unrelated cases around the same kind of places in this file. The same address or site counts by
how many cases it has: a hospital with 700 says nothing, a house with 2 says much. Where a point is
missing, the same area says a little. Two people each found far from home count beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from clew.comparison.evidence.levels import level_of, never_rising, repeated, shares, to_micro
from clew.compiling import inlined, looped
from clew.model.columns import F32, F64, I8, I32, Array, Columns
from clew.model.distance import on_unit_sphere
from clew.model.finding import MICRO
from clew.model.values import EARTH_RADIUS_M
from clew.model.weight import WeightTable

DENSITY_CLASSES = 16
DENSITY_RADIUS_M = 1_000.0  # declared: the reach of a neighbourhood on foot
PRECISION_M = (25.0, 75.0, 150.0, 300.0, 750.0, 2_000.0, 6_000.0)  # upper bounds; one more is open
PRECISION_ASSUMED_M = 100.0  # declared: where a file gives a point and no radius
FAR_FROM_HOME_M = 5_000.0  # declared
NEAR_M = 250.0  # declared: nearer than this the premises are nearly implied by the place
PSEUDO_PAIRS = 200.0  # declared: pairs by which a sparse class is drawn to the whole file

SETTINGS = {
    "home": "dwelling",
    "apartment": "dwelling",
    "care_home": "institution",
    "hospital": "institution",
    "institution": "institution",
    "street": "outdoors",
    "open_space": "outdoors",
    "burial_ground": "outdoors",
    "water": "outdoors",
    "railway": "outdoors",
}
"""Kinds of place that are alike in how a body lies there and who comes by. Others have none."""


def setting_of(premises: str | None) -> str | None:
    """Return the setting of a kind of place, None where it is not known or like no other."""
    return SETTINGS.get(premises or "")


def to_xyz(latitude: Array, longitude: Array) -> F32:
    """Turn WGS84 degrees, shape (n,), into Earth-centred metres on a sphere, shape (n, 3).

    The chord between two points is within 0.1 % of the distance along the ground up to 1,000 km;
    single precision keeps it within a metre. Source: EARTH_RADIUS_M.
    """
    return (on_unit_sphere(latitude, longitude) * EARTH_RADIUS_M).astype(np.float32)


@inlined
def metres_between(a: F32, b: F32) -> float:
    """Return the straight distance between two rows of `to_xyz`, metres."""
    x, y, z = np.float64(a[0]) - b[0], np.float64(a[1]) - b[1], np.float64(a[2]) - b[2]
    return np.sqrt(x * x + y * y + z * z)


@inlined
def distance_level(cols: Columns, edges: F64, i: int, j: int) -> int:
    """Return the level of the distance between cases i and j, or -1 where a point is missing."""
    if cols.density[i] < 0 or cols.density[j] < 0:
        return -1
    return level_of(metres_between(cols.xyz[i], cols.xyz[j]), edges)


def density_classes(xyz: F32, known: Array, reference: F32) -> I8:
    """Class every case by the share of reference cases within a kilometre, a class per octave.

    Returns
    -------
    shape (n,), 0 where half or more of the file lies that near, 15 where hardly any; -1 missing.
    """
    near = np.zeros(len(xyz), np.int64)
    if len(reference) and known.any():
        tree = cKDTree(reference)
        near[known] = tree.query_ball_point(xyz[known], DENSITY_RADIUS_M, return_length=True)
    octave = np.floor(-np.log2(np.maximum(near, 1) / max(len(reference), 1)))
    return np.where(known, np.clip(octave, 0, DENSITY_CLASSES - 1), -1).astype(np.int8)


@looped
def count_levels(cols: Columns, edges: F64, rows: Array, others: Array) -> Array:
    """Count the distance levels from sampled rows to others, by density class of the row."""
    counts = np.zeros((16, edges.shape[0] + 1))
    for i in rows:
        for j in others:
            if i != j and not (cols.place_key[i] >= 0 and cols.place_key[i] == cols.place_key[j]):
                level = distance_level(cols, edges, i, j)
                if level >= 0:
                    counts[cols.density[i], level] += 1
    return counts


def weigh_same_value(counts: Array, known: int, m: float, most_bans: float) -> I32:
    """Weigh two cases that hold the same code: m plus chance, over the code's share of the file.

    Parameters
    ----------
    counts
        Cases holding each code, shape (codes,). One of them is the case itself, so the share of
        the others is (count - 1/2) / known: a code seen twice stays rare, never impossible.
    """
    share = np.maximum(counts - 0.5, 0.5) / max(known, 1)
    return to_micro(repeated(m, share), most_bans)


def tabulate(
    cols: Columns,
    table: WeightTable,
    rows: Array,
    others: Array,
    names: tuple[int, int],
    arriving: int,
) -> dict[str, Any]:
    """Estimate the weights of distance, same address, same area and distance from home.

    `names` are the numbers of addresses and of areas; `arriving` cases not in the file count as
    being at each address too. See `Tables` for shapes and units.
    """
    bounds, most = table.bounds, table.bounds["most_bans"]
    place = table.levels["place"]
    edges = np.asarray(place.edges)
    # u is the geometric mean of the two density classes' own shares of unrelated cases at that
    # distance. A point known only within a radius spreads its level over those that it may truly
    # have, and weighs as the mean likelihood ratio over them. A radius is read as two standard
    # deviations of one point; those of two points add up to 2 / sqrt(2) of it.
    counts = count_levels(cols, edges, rows, others)
    levels = counts.shape[1]
    whole = shares(counts.sum(axis=0), 1.0, np.full(levels, 1 / levels))
    log_u = np.log10(shares(counts, PSEUDO_PAIRS, whole))
    bans = np.log10(np.asarray(place.m)) - (log_u[:, None, :] + log_u[None, :, :]) / 2
    ratios = 10 ** never_rising(bans)
    # P(true level | seen level): the true place is drawn on a fixed grid of normal offsets about
    # the seen one, at the seen level's middle distance.
    middles = np.concatenate([[edges[0] / 2], np.sqrt(edges[:-1] * edges[1:]), [edges[-1] * 2]])
    x, y = np.meshgrid(np.linspace(-3, 3, 41), np.linspace(-3, 3, 41))
    mass = np.exp(-(x**2 + y**2) / 2)
    mass /= mass.sum()
    blurs = [np.eye(levels)]
    for radius in (*PRECISION_M[1:], PRECISION_M[-1] * 3):
        sigma = radius / np.sqrt(2)
        blur = [
            np.bincount(
                np.searchsorted(edges, np.hypot(middle + x * sigma, y * sigma).ravel()),
                weights=mass.ravel(),
                minlength=levels,
            )
            for middle in middles
        ]
        blurs.append(np.stack(blur))
    blurred = [np.log10(ratios @ blur.T) for blur in blurs]
    keys, areas = cols.place_key[cols.place_key >= 0], cols.area[cols.area >= 0]
    at_keys = np.bincount(keys, minlength=names[0]) + arriving
    in_areas = np.bincount(areas, minlength=names[1])
    # Far from home: as for shared values, a linked record repeats it steadily, or by its frequency.
    known = cols.far[cols.far >= 0]
    far = (known.sum() + 0.5) / (len(known) + 1)
    keeps, floor = table.sets["far"].consistency, table.sets["far"].floor_bans
    both, neither = (repeated(keeps, u) for u in (far, 1 - far))
    differ = max(np.log10(1 - keeps), floor)
    return {
        "place_edges": edges,
        "place": to_micro(never_rising(np.stack(blurred, axis=2)), most),
        "near_level": int(np.searchsorted(edges, NEAR_M)),
        "place_key": weigh_same_value(at_keys, len(keys) + arriving, bounds["same_address"], most),
        "area": weigh_same_value(in_areas, len(areas), bounds["same_area"], most),
        "area_differs": int(np.rint(np.log10(1 - bounds["same_area"]) * MICRO)),
        "far": to_micro(np.array([[neither, differ], [differ, both]]), most),
    }
