"""What a scan is asked: how much each circle and each span of time weighs, and what counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.compiling import looped
from clew.model.columns import F64, I32, I64, Array
from clew.survey.geometry import Geometry

CLOSED = -1


class Design(NamedTuple):
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
) -> Design:
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
) -> Design:
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
    return Design(
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
