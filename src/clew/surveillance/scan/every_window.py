"""Every window of every circle, where events lie sparse and where they lie dense.

Sparse: only windows that begin and end on an event are tried. A window with an empty first or last
slot contains no more than the one without it, and more is expected there; so does a ring that
brings no event, against the circle before it. Neither can be the best, so the work grows with the
events within reach of each centre, not with places x slots.

Dense: whole rows of slots are added at once. A block of windows of one length is passed over where
its highest count, against the least that is expected in the block, cannot reach the best: the
ratio rises with the count and falls with what is expected. Both find the same best; only the sparse
scan records where it is.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from clew.compiling import inlined, looped
from clew.model.columns import F64, I32, I64
from clew.surveillance.scan.geometry import CLOSED, Geometry, ScanDesign

BLOCK = 64
"""Windows passed over together: a few machine words of counts."""


@inlined
def likelihood_ratio(c: int, e: float, n: int) -> float:
    """Return the log likelihood ratio of Kulldorff's scan statistics; 0 unless c > e.

    With c events seen, e expected and n in all: c ln(c/e) + (n - c) ln((n - c)/(n - e)) (Kulldorff
    1997, Communications in Statistics 26, 1481; for the permutation model Kulldorff, Heffernan,
    Hartman, Assuncao and Mostashari 2005, PLoS Medicine 2, e59).
    """
    if c <= e:
        return 0.0
    value = c * math.log(c / e)
    if c < n:
        value += (n - c) * math.log((n - c) / (n - e))
    return value


@looped
def reset(limit: F64) -> None:
    """Forget every bound: c events only matter where fewer are expected."""
    for c in range(len(limit)):
        limit[c] = c


@inlined
def offer(c: int, e: float, n: int, best: float, limit: F64) -> float:
    """Return the better of `best` and the ratio of c against e.

    `limit[c]` is an expected number from which on c events are known not to reach the best: the
    ratio rises with c and falls with e, so most circles need no logarithm.
    """
    if e >= limit[c]:
        return best
    value = likelihood_ratio(c, e, n)
    if value > best:
        return value
    limit[c] = e
    return best


class Sorted(NamedTuple):
    """Events by place: `slot[first[p]:first[p + 1]]` are those of place p."""

    first: I64  # (P + 1,)
    slot: I32  # (n,)


class ScanBuffers(NamedTuple):
    """What one thread scans in, made once. `cell`, `span` and `thin` are of the dense scan."""

    counts: I32  # (slots,) events of the circle in each slot; all 0 between centres
    seen: I64  # (slots,) the entry at whose closing the slot's windows were tried
    limit: F64  # (n + 1,) see `offer`
    found: I64  # (3,) entry, first slot and last slot of the best
    cell: I32  # (P, slots) events of each place in each slot; (0, slots): sparse
    span: I32  # (slots,) events of the circle in the window that begins at each slot
    thin: F64  # (lengths, blocks) least weight of a window of the length in the block


def make_room(design: ScanDesign, places: int = 0) -> ScanBuffers:
    """Return room for one thread; with `places` for the dense scan, else for the sparse one."""
    slots = len(design.window) - 1
    lengths, blocks = (design.most - design.least + 1, -(-slots // BLOCK)) if places else (0, 0)
    thin = np.full((lengths, blocks), np.inf)
    for n in range(lengths):
        length = design.least + n
        weight = design.window[length:] - design.window[: slots - length + 1]
        for block in range(-(-len(weight) // BLOCK)):
            thin[n, block] = weight[block * BLOCK : (block + 1) * BLOCK].min()
    return ScanBuffers(
        counts=np.zeros(slots, np.int32),
        seen=np.full(slots, -1, np.int64),
        limit=np.empty(design.total + 1),
        found=np.zeros(3, np.int64),
        cell=np.zeros((places, slots), np.int32),
        span=np.zeros(slots, np.int32),
        thin=thin,
    )


@looped
def scan_sparse(geometry: Geometry, design: ScanDesign, events: Sorted, room: ScanBuffers) -> float:
    """Return the best of all circles and windows; 0 where none exceeds what is expected."""
    reset(room.limit)
    room.seen[:] = -1
    return scan_centres(geometry, design, events, room)


@inlined
def scan_centres(
    geometry: Geometry, design: ScanDesign, events: Sorted, room: ScanBuffers
) -> float:
    """Return the best of all centres; see `alive.go_through` on why this loop is inlined."""
    best = 0.0
    for k in range(len(design.stop)):
        best = scan_centre(geometry, design, events, room, k, best)
    return best


@looped
def trace_sparse(
    geometry: Geometry, design: ScanDesign, events: Sorted, room: ScanBuffers, out: tuple[F64, I64]
) -> None:
    """Fill the best of each centre: its statistic (K,), and entry, first and last slot (K, 3)."""
    value, found = out
    room.seen[:] = -1
    for k in range(len(design.stop)):
        reached = 0
        for e in range(geometry.start[k], design.stop[k]):
            p = geometry.place[e]
            reached += events.first[p + 1] - events.first[p]
        if reached > 0:
            reset(room.limit[: reached + 1])
            value[k] = scan_centre(geometry, design, events, room, k, 0.0)
            found[k] = room.found


@inlined
def scan_centre(
    geometry: Geometry, design: ScanDesign, events: Sorted, room: ScanBuffers, k: int, best: float
) -> float:
    """Return the better of `best` and the best of one centre's circles."""
    count, first, slot = room.counts, events.first, events.slot
    opened = geometry.start[k]
    for e in range(geometry.start[k], design.stop[k]):
        p = geometry.place[e]
        for i in range(first[p], first[p + 1]):
            count[slot[i]] += 1
        if geometry.ring_end[e] != e:
            continue
        if design.close[e] != CLOSED:
            for f in range(opened, e + 1):
                q = geometry.place[f]
                for i in range(first[q], first[q + 1]):
                    if room.seen[slot[i]] != e:
                        room.seen[slot[i]] = e
                        best = windows_with(design, room, e, slot[i], best)
        opened = e + 1
    for e in range(geometry.start[k], design.stop[k]):
        p = geometry.place[e]
        for i in range(first[p], first[p + 1]):
            count[slot[i]] = 0
    return best


@inlined
def windows_with(design: ScanDesign, room: ScanBuffers, e: int, t: int, best: float) -> float:
    """Try every window that contains slot t, begins and ends on an event, and is long enough."""
    count = room.counts
    slots, least, most = len(count), design.least, design.most
    near = 0
    for a in range(max(t - most + 1, 0), min(t + most, slots)):
        near += count[a]
    span = design.window[t + 1] - design.window[t]
    if near < design.min_events or design.weight[e] * span / design.whole >= room.limit[near]:
        return best
    left = 0
    for a in range(t, max(t - most, -1), -1):
        left += count[a]
        if count[a] == 0:
            continue
        c = left
        for b in range(t, min(a + most, slots)):
            if b > t:
                c += count[b]
                if count[b] == 0:
                    continue
            if b - a + 1 >= least:
                best = try_window(design, room, (e, a, b), c, best)
    if least > 1:
        for a in range(max(t - least + 1, 0), min(t, slots - least) + 1):
            c = 0
            for b in range(a, a + least):
                c += count[b]
            best = try_window(design, room, (e, a, a + least - 1), c, best)
    return best


@inlined
def try_window(
    design: ScanDesign, room: ScanBuffers, where: tuple[int, int, int], c: int, best: float
) -> float:
    """Return the better of `best` and one circle's window, and keep where it is."""
    if c < design.min_events:
        return best
    e, a, b = where
    expected = design.weight[e] * (design.window[b + 1] - design.window[a]) / design.whole
    value = offer(c, expected, design.total, best, room.limit)
    if value > best:
        room.found[0] = e
        room.found[1] = a
        room.found[2] = b
    return value


@looped
def scan_dense(geometry: Geometry, design: ScanDesign, events: Sorted, room: ScanBuffers) -> float:
    """Return the best of all circles and windows; 0 where none exceeds what is expected."""
    cell = room.cell
    cell[:] = 0
    for p in range(len(events.first) - 1):
        for i in range(events.first[p], events.first[p + 1]):
            cell[p, events.slot[i]] += 1
    reset(room.limit)
    return scan_rows(geometry, design, room)


@inlined
def scan_rows(geometry: Geometry, design: ScanDesign, room: ScanBuffers) -> float:
    """Return the best of all centres; see `alive.go_through` on why this loop is inlined."""
    best, count, span = 0.0, room.counts, room.span
    slots = len(count)
    for k in range(len(design.stop)):
        for t in range(slots):
            count[t] = 0
        for e in range(geometry.start[k], design.stop[k]):
            row = room.cell[geometry.place[e]]
            for t in range(slots):
                count[t] += row[t]
            if geometry.ring_end[e] != e or design.close[e] == CLOSED:
                continue
            for t in range(slots):
                span[t] = count[t]
            for length in range(1, design.most + 1):
                if length > 1:  # slices that begin at 0 are added eight at a time; offsets are not
                    longer, added = span[: slots - length + 1], count[length - 1 :]
                    for t in range(len(longer)):
                        longer[t] += added[t]
                if length >= design.least:
                    best = scan_length(design, room, design.weight[e], length, best)
    return best


@inlined
def scan_length(
    design: ScanDesign, room: ScanBuffers, weight: float, length: int, best: float
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
