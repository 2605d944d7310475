"""Which of all circles and windows are told: the most likely first, no two sharing a place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.model.columns import F64, I64, Array
from clew.survey.geometry import Geometry


class Found(NamedTuple):
    """One circle and window. `place`: numbers of the known places in it."""

    centre: int
    entry: int
    first_slot: int
    last_slot: int
    statistic: float
    place: Array


def choose_apart(geometry: Geometry, best: tuple[F64, I64], known: Array, most: int) -> list[Found]:
    """Return up to `most` clusters, of each centre its best alone.

    Of equal statistics the smaller circle comes first, then the centre that comes first.

    Parameters
    ----------
    best
        Of each centre: its statistic (K,), 0 for none; entry, first and last slot (K, 3).
    known
        Shape (P,): whether the place was known to be one; others belong to no cluster.
    """
    value, found = best
    alive = np.flatnonzero(value > 0)
    order = alive[np.lexsort((alive, geometry.reach_mm[found[alive, 0]], -value[alive]))]
    taken = np.zeros(len(known), bool)
    chosen: list[Found] = []
    for k in order.tolist():
        if len(chosen) == most:
            break
        entry, first, last = found[k].tolist()
        place = geometry.place[geometry.start[k] : entry + 1]
        place = place[known[place]]
        if not taken[place].any():
            taken[place] = True
            chosen.append(Found(k, entry, first, last, float(value[k]), np.sort(place)))
    return chosen
