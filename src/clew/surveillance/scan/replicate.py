"""What would be found where nothing is: the best of many files in which time or place is drawn.

Every replication has a seed of its own, so that chance is the same on any machine and number of
threads. SplitMix64 (Steele, Lea and Flood 2014, OOPSLA, 453) drives Fisher and Yates' shuffle
(Durstenfeld 1964, Communications of the ACM 7, 420), with Lemire's bounded numbers (2019, ACM
Transactions on Modeling and Computer Simulation 29, 3), which are without bias.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.compiling import inlined, looped
from clew.model.columns import F64, I32, I64, U64
from clew.surveillance.scan.alive import Alive, AliveRoom, scan_alive
from clew.surveillance.scan.every_window import ScanBuffers, Sorted, scan_dense, scan_sparse
from clew.surveillance.scan.geometry import Geometry, ScanDesign

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_A, _MIX_B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_WHOLE = np.uint64(1 << 32)


@inlined
def next_number(state: U64) -> np.uint64:
    """Return the next 64 bits of a generator whose state is `state[0]`."""
    state[0] += _STEP
    z = state[0]
    z = (z ^ (z >> _S30)) * _MIX_A
    z = (z ^ (z >> _S27)) * _MIX_B
    return np.uint64(z ^ (z >> _S31))


@inlined
def below(state: U64, n: int) -> np.int64:
    """Return a whole number from 0 to n - 1, each as likely as any; 0 < n < 2^32."""
    wide = np.uint64(n)
    product = (next_number(state) >> _S32) * wide
    if (product & _LOW) < wide:
        refused = (_WHOLE - wide) % wide
        while (product & _LOW) < refused:
            product = (next_number(state) >> _S32) * wide
    return np.int64(product >> _S32)


@inlined
def unit(state: U64) -> float:
    """Return a number in [0, 1), 53 bits."""
    return np.float64(next_number(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@looped
def shuffle(values: I32, state: U64) -> None:
    """Put `values` into an order drawn at random, each order as likely as any."""
    for i in range(len(values) - 1, 0, -1):
        j = below(state, i + 1)
        values[i], values[j] = values[j], values[i]


@looped
def draw_apart(chosen: I64, order: I64, state: U64) -> None:
    """Fill `chosen` with different numbers drawn from `order`, which is left as it was found."""
    n, count = len(order), len(chosen)
    swapped = np.empty(count, np.int64)
    for i in range(count):
        j = i + below(state, n - i)
        swapped[i] = j
        order[i], order[j] = order[j], order[i]
        chosen[i] = order[i]
    for i in range(count - 1, -1, -1):
        j = swapped[i]
        order[i], order[j] = order[j], order[i]


class Null(NamedTuple):
    """What is drawn. Permutation: the events' times, over their places (events, not pairs).

    Poisson: every event's place by `share`, and its slot, each as likely as any.
    """

    place: I32  # (n,) ascending
    slot: I32  # (n,)
    share: F64  # (P,) cumulative share of the baseline up to and with each place; (0,): permutation


@inlined
def place_of(share: F64, drawn: float) -> int:
    """Return the place whose part of the cumulative `share` contains `drawn`, in [0, 1)."""
    low, high = 0, len(share) - 1
    while low < high:
        middle = (low + high) // 2
        if share[middle] > drawn:
            high = middle
        else:
            low = middle + 1
    return low


@looped
def replicate(
    geometry: Geometry, design: ScanDesign, null: Null, room: ScanBuffers, seeds: U64, out: F64
) -> None:
    """Fill `out` with the best statistic of each seed's draw, by the scan that has room."""
    places, slots = len(geometry.back_start) - 1, len(room.counts)
    events = Sorted(first_of(null.place, places), np.empty_like(null.slot))
    first, slot = events.first, events.slot
    state = np.empty(1, np.uint64)
    for r in range(len(seeds)):
        state[0] = seeds[r]
        if len(null.share) == 0:
            slot[:] = null.slot
            shuffle(slot, state)
        else:
            first[:] = 0
            for _ in range(len(slot)):
                first[place_of(null.share, unit(state)) + 1] += 1
            for p in range(places):
                first[p + 1] += first[p]
            for i in range(len(slot)):
                slot[i] = below(state, slots)
        if len(room.cell) > 0:
            out[r] = scan_dense(geometry, design, events, room)
        else:
            out[r] = scan_sparse(geometry, design, events, room)


@looped
def replicate_alive(
    geometry: Geometry, design: ScanDesign, null: Null, room: AliveRoom, seeds: U64, out: F64
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
