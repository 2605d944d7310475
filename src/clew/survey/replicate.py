"""What would be found where nothing is: the best of many files in which time or place is drawn.

Every replication has a seed of its own, so that it does not matter which thread runs it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.compiling import inlined, looped
from clew.model.columns import F64, I32, I64, U64
from clew.survey.alive import Alive, AliveRoom, scan_alive
from clew.survey.circles import Design
from clew.survey.dense import DenseRoom, scan_dense
from clew.survey.geometry import Geometry
from clew.survey.shuffle import below, draw_apart, shuffle, unit
from clew.survey.spread import Room, Sorted, scan_spread


class Null(NamedTuple):
    """What is drawn. Permutation: the events' times, over their places (events, not pairs).

    Poisson: every event's place by `share`, and its slot, each as likely as any.
    """

    place: I32  # (n,) ascending
    slot: I32  # (n,)
    share: F64  # (P,) cumulative share of the baseline up to and with each place; (0,): permutation


@looped
def draw_sorted(null: Null, events: Sorted, slots: int, state: U64) -> None:
    """Fill `events` with one draw; for a permutation its `first` stands already."""
    first, slot = events.first, events.slot
    if len(null.share) == 0:
        slot[:] = null.slot
        shuffle(slot, state)
        return
    first[:] = 0
    places = len(null.share)
    for _ in range(len(slot)):
        p = place_of(null.share, unit(state))
        first[p + 1] += 1
    for p in range(places):
        first[p + 1] += first[p]
    for i in range(len(slot)):
        slot[i] = below(state, slots)


@inlined
def place_of(share: F64, drawn: float) -> int:
    """Return the place whose part of the cumulative `share` holds `drawn`, in [0, 1)."""
    low, high = 0, len(share) - 1
    while low < high:
        middle = (low + high) // 2
        if share[middle] > drawn:
            high = middle
        else:
            low = middle + 1
    return low


@looped
def replicate_spread(
    geometry: Geometry, design: Design, null: Null, room: Room, seeds: U64, out: F64
) -> None:
    """Fill `out` with the best statistic of each seed's draw."""
    places, slots = len(geometry.back_start) - 1, len(room.counts)
    events = Sorted(first_of(null.place, places), np.empty_like(null.slot))
    state = np.empty(1, np.uint64)
    for r in range(len(seeds)):
        state[0] = seeds[r]
        draw_sorted(null, events, slots, state)
        out[r] = scan_spread(geometry, design, events, room)


@looped
def replicate_dense(
    geometry: Geometry, design: Design, null: Null, room: DenseRoom, seeds: U64, out: F64
) -> None:
    """Fill `out` as `replicate_spread` does, with the same numbers."""
    places, slots = len(geometry.back_start) - 1, len(room.counts)
    events = Sorted(first_of(null.place, places), np.empty_like(null.slot))
    state = np.empty(1, np.uint64)
    for r in range(len(seeds)):
        state[0] = seeds[r]
        draw_sorted(null, events, slots, state)
        out[r] = scan_dense(geometry, design, events, room)


@looped
def replicate_alive(
    geometry: Geometry, design: Design, null: Null, room: AliveRoom, seeds: U64, out: F64
) -> None:
    """Fill `out` with the best statistic of each seed's draw, windows up to the last slot alone."""
    n, last = len(null.slot), len(design.window) - 2
    ages = alive_ages(null.slot, last, design.most)
    order, state = np.arange(n), np.empty(1, np.uint64)
    chosen = np.empty(len(ages), np.int64)
    place, age = np.empty(n, np.int32), np.empty(n, np.int32)
    for r in range(len(seeds)):
        state[0] = seeds[r]
        alive = 0
        if len(null.share) == 0:
            draw_apart(chosen, order, state)
            for i in range(len(chosen)):
                place[i], age[i] = null.place[chosen[i]], ages[i]
            alive = len(chosen)
        else:
            for _ in range(n):
                t = below(state, last + 1)
                p = place_of(null.share, unit(state))
                if last - t < design.most:
                    place[alive], age[alive] = p, last - t
                    alive += 1
        out[r] = scan_alive(geometry, design, Alive(place[:alive], age[:alive]), room)


@looped
def first_of(place: I32, places: int) -> I64:
    """Return where each place's events begin, shape (P + 1,); `place` ascends."""
    first = np.zeros(places + 1, np.int64)
    for i in range(len(place)):
        first[place[i] + 1] += 1
    for p in range(places):
        first[p + 1] += first[p]
    return first


@looped
def alive_ages(slot: I32, last: int, most: int) -> I32:
    """Return how many slots before the last the events of the longest window fell."""
    ages = np.empty(len(slot), np.int32)
    count = 0
    for i in range(len(slot)):
        if last - slot[i] < most:
            ages[count] = last - slot[i]
            count += 1
    return ages[:count]
