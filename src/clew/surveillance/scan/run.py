"""Where a scan runs on one machine: replications over threads, the same for any number of them."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from clew.model.columns import F64, I64, U64
from clew.surveillance.scan.alive import Alive, make_alive_room, trace_alive
from clew.surveillance.scan.every_window import Sorted, make_room, trace_sparse
from clew.surveillance.scan.geometry import (
    Geometry,
    ScanDesign,
)
from clew.surveillance.scan.replicate import (
    Null,
    alive_ages,
    first_of,
    replicate,
    replicate_alive,
)
from clew.surveillance.scan.significance import NullDraws, cut_at

DENSE_CELLS = 8_000_000
"""Declared: places x slots beyond which rows of slots would take 32 MB a thread and more."""
CELL_NS, ROW_SLOTS, WINDOW_NS = 0.18, 20, 14.0
"""Measured on one core of two: a slot added, what a row costs besides, and a window of an event."""
PARTS = 4
"""Parts of a batch for each thread: small enough for an even load."""


@dataclass(frozen=True, slots=True)
class ScanQuestion:
    """One scan. `alive`: only windows that reach up to the last slot."""

    geometry: Geometry
    design: ScanDesign
    null: Null
    alive: bool

    @property
    def dense(self) -> bool:
        """Tell whether adding whole rows of slots costs less than going from event to event.

        Both give the same numbers. Work is estimated from the circles and from how many events
        lie in them.
        """
        geometry, design, slots = self.geometry, self.design, self.slots
        places = len(geometry.back_start) - 1
        if places * slots > DENSE_CELLS:
            return False
        inside = np.repeat(design.stop, np.diff(geometry.start)) > np.arange(len(geometry.place))
        events = np.bincount(self.null.place, minlength=places)[geometry.place[inside]].sum()
        rings = (inside & (design.close == np.arange(len(inside)))).sum()
        rows = int(inside.sum()) + 2 * design.most * int(rings)
        return rows * (slots + ROW_SLOTS) * CELL_NS < int(events) * (design.most + 1.5) * WINDOW_NS

    @property
    def slots(self) -> int:
        """Return how many slots of time there are."""
        return len(self.design.window) - 1


def trace_best(question: ScanQuestion) -> tuple[F64, I64]:
    """Return the best of each centre: its statistic (K,), and entry, first and last slot (K, 3)."""
    geometry, design, null = question.geometry, question.design, question.null
    out = np.zeros(len(design.stop)), np.zeros((len(design.stop), 3), np.int64)
    if question.alive:
        last = question.slots - 1
        alive = Alive(
            null.place[last - null.slot < design.most], alive_ages(null.slot, last, design.most)
        )
        trace_alive(geometry, design, alive, make_alive_room(geometry, design), out)
    else:
        events = Sorted(first_of(null.place, len(geometry.back_start) - 1), null.slot)
        trace_sparse(geometry, design, events, make_room(design), out)
    return out


def draw_null(
    question: ScanQuestion,
    seeds: U64,
    observed: float,
    stop_after: int = 0,
    *,
    threads: int | None = None,
) -> NullDraws:
    """Return the best of each seed's draw, or of fewer once `stop_after` have reached `observed`.

    Stopping is asked after twice `stop_after` draws, then whenever their number has doubled.
    Draws are judged in the order of their seeds, whichever thread made them.
    """
    geometry, design, null = question.geometry, question.design, question.null
    dense = not question.alive and question.dense
    values = np.zeros(len(seeds))

    def run(part: slice) -> None:
        if question.alive:
            alive = make_alive_room(geometry, design)
            replicate_alive(geometry, design, null, alive, seeds[part], values[part])
        else:
            room = make_room(design, len(geometry.back_start) - 1 if dense else 0)
            replicate(geometry, design, null, room, seeds[part], values[part])

    done, size = 0, 2 * stop_after or len(seeds)
    workers = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        while done < len(seeds):
            end = min(done + size, len(seeds))
            each = max(1, math.ceil((end - done) / (workers * PARTS)))
            list(pool.map(run, [slice(k, min(k + each, end)) for k in range(done, end, each)]))
            cut = cut_at(values[:end], observed, stop_after)
            if cut is not None:
                return cut
            done, size = end, size * 2
    return NullDraws(values)
