"""Only windows that reach up to the last slot: what a daily scan asks. Work grows with new events.

Each event within the longest window is handed to the circles that contain its place; the other
events only say what is expected, and those counts are known beforehand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.compiling import inlined, looped
from clew.model.columns import F64, I32, I64
from clew.surveillance.scan.every_window import offer, reset
from clew.surveillance.scan.geometry import CLOSED, Geometry, ScanDesign

HALF, LOW = 32, 0xFFFFFFFF
"""Two numbers below 2^31 in one: which sorts by the first."""
MANY = 3
"""With more than one event for so many places, circles go through their places (measured)."""
SHORT = 32
"""Declared: only where windows are no longer than so many slots, which are added one by one."""


class Alive(NamedTuple):
    """Events of the last slots; `age` 0 is the last slot, below the longest window."""

    place: I32  # (alive,)
    age: I32  # (alive,)


class AliveRoom(NamedTuple):
    """What one thread scans in. Lists are chains: a head, and for each element the next, or -1."""

    event: I64  # (P,) head of each place's events; -1 between scans
    event_next: I64  # (n,)
    node: I32  # (K,) head of each centre's nodes; -1 between scans
    node_next: I32  # (m,)
    node_close: I32  # (m,) the entry at which the circle closes that holds the node's place
    node_place: I32  # (m,)
    tally: I64  # (K,) events within reach; 0 between scans
    touched: I64  # (K,) centres that an event reaches
    listed: I64  # (most entries of a centre,) where circles close, and nodes, in one number
    cell: I32  # (P, most) events of each place by age, where circles go through their places
    counts: I32  # (most,) events of the circle by age
    limit: F64  # (n + 1,) see `offer`
    found: I64  # (3,) entry, first slot and last slot of the best


def make_alive_room(geometry: Geometry, design: ScanDesign) -> AliveRoom:
    """Return room for one thread."""
    centres, places = len(geometry.start) - 1, len(geometry.back_start) - 1
    return AliveRoom(
        event=np.full(places, -1, np.int64),
        event_next=np.empty(design.total, np.int64),
        node=np.full(centres, -1, np.int32),
        node_next=np.empty(len(geometry.place), np.int32),
        node_close=np.empty(len(geometry.place), np.int32),
        node_place=np.empty(len(geometry.place), np.int32),
        tally=np.zeros(centres, np.int64),
        touched=np.empty(centres, np.int64),
        listed=np.empty(int(np.diff(geometry.start).max(initial=0)), np.int64),
        cell=np.zeros((places if design.most <= SHORT else 0, design.most), np.int32),
        counts=np.zeros(design.most, np.int32),
        limit=np.empty(design.total + 1),
        found=np.zeros(3, np.int64),
    )


@looped
def scan_alive(geometry: Geometry, design: ScanDesign, alive: Alive, room: AliveRoom) -> float:
    """Return the best statistic of all circles; 0 where none is above what is expected."""
    reset(room.limit[: len(alive.place) + 1])
    best = 0.0
    if design.most <= SHORT and MANY * len(alive.place) > len(room.event):
        for i in range(len(alive.place)):
            room.cell[alive.place[i], alive.age[i]] += 1
        best = go_through(geometry, design, room)
        for i in range(len(alive.place)):
            room.cell[alive.place[i], alive.age[i]] = 0
    else:
        best = scan_handed(design, alive, room, hand_out(geometry, design, alive, room))
    take_back(alive, room)
    return best


@looped
def trace_alive(
    geometry: Geometry, design: ScanDesign, alive: Alive, room: AliveRoom, out: tuple[F64, I64]
) -> None:
    """Fill the best of each centre: its statistic (K,), and entry, first and last slot (K, 3)."""
    value, found = out
    for j in range(hand_out(geometry, design, alive, room)):
        k = room.touched[j]
        reset(room.limit[: room.tally[k] + 1])
        value[k] = scan_touched(design, alive, room, k, 0.0)
        found[k] = room.found
    take_back(alive, room)


@inlined
def take_back(alive: Alive, room: AliveRoom) -> None:
    """Empty the lists of places again."""
    for i in range(len(alive.place)):
        room.event[alive.place[i]] = -1


@inlined
def go_through(geometry: Geometry, design: ScanDesign, room: AliveRoom) -> float:
    """Return the best of all centres' circles, place by place.

    A loop that is inlined counts references once, not for each centre. Where most places have an
    event this costs less than handing events out; the answer is the same.
    """
    best, counts = 0.0, room.counts
    for k in range(len(design.stop)):
        for e in range(geometry.start[k], design.stop[k]):
            row = room.cell[geometry.place[e]]
            for age in range(len(counts)):
                counts[age] += row[age]
            if design.close[e] == e:
                best = windows_up_to_now(design, room, e, best)
        for age in range(len(counts)):
            counts[age] = 0
    return best


@inlined
def scan_handed(design: ScanDesign, alive: Alive, room: AliveRoom, centres: int) -> float:
    """Return the best of the first so many touched centres."""
    best = 0.0
    for j in range(centres):
        best = scan_touched(design, alive, room, room.touched[j], best)
    return best


@looped
def hand_out(geometry: Geometry, design: ScanDesign, alive: Alive, room: AliveRoom) -> int:
    """Give every event to the circles around its place; return how many centres it reached."""
    for i in range(len(alive.place)):
        room.event_next[i] = room.event[alive.place[i]]
        room.event[alive.place[i]] = i
    centres, nodes = 0, 0
    for i in range(len(alive.place)):
        p = alive.place[i]
        if room.event[p] != i:  # the head stands for its place once
            continue
        events, j = 0, room.event[p]
        while j >= 0:
            events += 1
            j = room.event_next[j]
        for b in range(geometry.back_start[p], geometry.back_start[p + 1]):
            if design.back_close[b] == CLOSED:
                continue
            k = geometry.back_owner[b]
            if room.node[k] < 0:
                room.touched[centres] = k
                centres += 1
            room.node_close[nodes] = design.back_close[b]
            room.node_place[nodes] = p
            room.node_next[nodes] = room.node[k]
            room.node[k] = nodes
            room.tally[k] += events
            nodes += 1
    return centres


@inlined
def scan_touched(design: ScanDesign, alive: Alive, room: AliveRoom, k: int, best: float) -> float:
    """Return the better of `best` and the best of one centre's circles, and empty its lists."""
    if room.tally[k] >= design.min_events:
        count, length = room.counts, 0
        node = np.int64(room.node[k])
        while node >= 0:
            room.listed[length] = np.int64(room.node_close[node]) << HALF | node
            length += 1
            node = np.int64(room.node_next[node])
        sort_entries(room.listed, length)
        for at in range(length):
            node = room.listed[at] & LOW
            i = room.event[room.node_place[node]]
            while i >= 0:
                count[alive.age[i]] += 1
                i = room.event_next[i]
            e = room.listed[at] >> HALF
            if at + 1 == length or room.listed[at + 1] >> HALF != e:
                best = windows_up_to_now(design, room, e, best)
        for age in range(len(count)):
            count[age] = 0
    room.node[k] = -1
    room.tally[k] = 0
    return best


@inlined
def windows_up_to_now(design: ScanDesign, room: AliveRoom, e: int, best: float) -> float:
    """Try every length of window.

    Passing over those that begin on no event would cost more: whether one does is hard to guess,
    and that a window cannot reach the best is nearly always so.
    """
    last, weight = len(design.window) - 1, design.weight[e]
    c = 0
    for length in range(1, design.most + 1):
        c += room.counts[length - 1]
        if length < design.least or c < design.min_events:
            continue
        span = design.window[last] - design.window[last - length]
        value = offer(c, weight * span / design.whole, design.total, best, room.limit)
        if value > best:
            best = value
            room.found[0] = e
            room.found[1] = last - length
            room.found[2] = last - 1
    return best


@inlined
def sort_entries(values: I64, length: int) -> None:
    """Sort the first `length` values upwards (Shell 1959; gaps of Ciura 2001)."""
    for gap in (132, 57, 23, 10, 4, 1):
        for i in range(gap, length):
            value, j = values[i], i - gap
            while j >= 0 and values[j] > value:
                values[j + gap] = values[j]
                j -= gap
            values[j + gap] = value
