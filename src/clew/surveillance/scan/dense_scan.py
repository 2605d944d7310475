"""Every window of every circle, where events lie thick: whole rows of slots are added at once.

The answer is that of `spread`, and only the best is kept, not where it is. A block of windows of
one length is passed over where its highest count, against the least that is expected in the block,
cannot reach the best: the ratio rises with the count and falls with what is expected.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.compiling import inlined, looped
from clew.model.columns import F64, I32
from clew.surveillance.scan.geometry import CLOSED, Geometry, ScanDesign
from clew.surveillance.scan.sparse_scan import Sorted, likelihood_ratio, offer, reset

BLOCK = 64
"""Windows passed over together: a few machine words of counts."""


class DenseRoom(NamedTuple):
    """What one thread scans in."""

    cell: I32  # (P, slots) events of each place in each slot
    counts: I32  # (slots,) events of the circle in each slot
    span: I32  # (slots,) events of the circle in the window that begins at each slot
    thin: F64  # (lengths, blocks) least weight of a window of the length in the block
    limit: F64  # (n + 1,) see `offer`


def make_dense_room(places: int, design: ScanDesign) -> DenseRoom:
    """Return room for one thread."""
    slots = len(design.window) - 1
    lengths, blocks = design.most - design.least + 1, -(-slots // BLOCK)
    thin = np.full((lengths, blocks), np.inf)
    for n in range(lengths):
        length = design.least + n
        weight = design.window[length:] - design.window[: slots - length + 1]
        for block in range(blocks):
            inside = weight[block * BLOCK : (block + 1) * BLOCK]
            if len(inside):
                thin[n, block] = inside.min()
    return DenseRoom(
        np.zeros((places, slots), np.int32), np.zeros(slots, np.int32),
        np.zeros(slots, np.int32), thin, np.empty(design.total + 1),
    )  # fmt: skip


@looped
def scan_dense(geometry: Geometry, design: ScanDesign, events: Sorted, room: DenseRoom) -> float:
    """Return the best of all circles and windows; 0 where none exceeds what is expected."""
    cell = room.cell
    cell[:] = 0
    for p in range(len(events.first) - 1):
        for i in range(events.first[p], events.first[p + 1]):
            cell[p, events.slot[i]] += 1
    reset(room.limit)
    return scan_all_rows(geometry, design, room)


@inlined
def scan_all_rows(geometry: Geometry, design: ScanDesign, room: DenseRoom) -> float:
    """Return the best of all centres; see `alive.go_through` on why this loop is inlined."""
    best = 0.0
    for k in range(len(design.stop)):
        best = scan_rows(geometry, design, room, k, best)
    return best


@inlined
def scan_rows(
    geometry: Geometry, design: ScanDesign, room: DenseRoom, k: int, best: float
) -> float:
    """Return the better of `best` and the best of one centre's circles."""
    count = room.counts
    for t in range(len(count)):
        count[t] = 0
    for e in range(geometry.start[k], design.stop[k]):
        row = room.cell[geometry.place[e]]
        for t in range(len(count)):
            count[t] += row[t]
        if geometry.ring_end[e] == e and design.close[e] != CLOSED:
            best = scan_circle(design, room, design.weight[e], best)
    return best


@inlined
def scan_circle(design: ScanDesign, room: DenseRoom, weight: float, best: float) -> float:
    """Return the better of `best` and the best window of one circle."""
    count, span = room.counts, room.span
    slots = len(count)
    for t in range(slots):
        span[t] = count[t]
    for length in range(1, design.most + 1):
        if length > 1:  # slices that begin at 0 are added eight at a time; offsets are not
            longer, added = span[: slots - length + 1], count[length - 1 :]
            for t in range(len(longer)):
                longer[t] += added[t]
        if length >= design.least:
            best = scan_length(design, room, weight, length, best)
    return best


@inlined
def scan_length(
    design: ScanDesign, room: DenseRoom, weight: float, length: int, best: float
) -> float:
    """Try the windows of one length, block by block."""
    span, limit, n = room.span, room.limit, length - design.least
    starts = len(span) - length + 1
    for low in range(0, starts, BLOCK):
        high = min(low + BLOCK, starts)
        block, top = span[low:high], np.int32(0)
        for t in range(len(block)):
            top = max(top, block[t])
        if top < design.min_events:
            continue
        least = weight * room.thin[n, low // BLOCK] / design.whole
        if least >= limit[top]:
            continue
        if least > 0.0 and likelihood_ratio(int(top), least, design.total) <= best:
            limit[top] = least
            continue
        for t in range(low, high):
            if span[t] >= design.min_events:
                expected = weight * (design.window[t + length] - design.window[t]) / design.whole
                best = offer(span[t], expected, design.total, best, limit)
    return best
