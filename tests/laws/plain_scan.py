"""The scan said plainly: every circle and every window in NumPy, nothing passed over."""

from __future__ import annotations

import math

import numpy as np


def ratio(c: float, e: float, n: float) -> float:
    if c <= e:
        return 0.0
    rest = (n - c) * math.log((n - c) / (n - e)) if c < n else 0.0
    return c * math.log(c / e) + rest


def circles_of(xy: np.ndarray, radius: float) -> list[tuple[int, int, frozenset[int]]]:
    """Centre, reach in millimetres, and places of every circle; centres are the places."""
    found = []
    for k in range(len(xy)):
        reach = np.round(np.hypot(*(xy - xy[k]).T) * 1000).astype(np.int64)
        found += [
            (k, int(edge), frozenset(np.flatnonzero(reach <= edge).tolist()))
            for edge in np.unique(reach[reach <= round(radius * 1000)])
        ]
    return found


def best_of_all(
    xy: np.ndarray, place: np.ndarray, slot: np.ndarray, slots: int, radius: float, limits: tuple
) -> float:
    """The best statistic; limits: shortest, longest, fewest events, share, only up to the end."""
    least, most, fewest, share, alive = limits
    n = len(place)
    cell = np.zeros((len(xy), slots), int)
    np.add.at(cell, (place, slot), 1)
    by_place, by_slot = cell.sum(1), cell.sum(0)
    best = 0.0
    for k, _, inside in circles_of(xy, radius):
        held = by_place[list(inside)].sum()
        if by_place[k] == 0 or held > share * n:
            continue
        for a in range(slots):
            for b in range(a + least - 1, min(a + most, slots)):
                c = cell[list(inside), a : b + 1].sum()
                if c >= fewest and not (alive and b != slots - 1):
                    expected = held * by_slot[a : b + 1].sum() / n
                    best = max(best, ratio(c, expected, n))
    return best
