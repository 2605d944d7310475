"""Where a scan runs on one machine: replications over threads, the same for any number of them."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from clew.comparison.ranking.ranked import Progress
from clew.model.columns import F64, I64, U64
from clew.surveillance.scan.alive import Alive, make_alive_room, trace_alive
from clew.surveillance.scan.dense_scan import make_dense_room
from clew.surveillance.scan.geometry import (
    Geometry,
    Limits,
    ScanDesign,
    build_geometry,
    lay_out_permutation,
)
from clew.surveillance.scan.replicate import (
    Null,
    alive_ages,
    first_of,
    replicate_alive,
    replicate_dense,
    replicate_spread,
)
from clew.surveillance.scan.significance import NullDraws, cut_at
from clew.surveillance.scan.sparse_scan import Sorted, make_room, trace_spread

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
        room = make_room(question.slots, design.total)
        trace_spread(geometry, design, events, room, out)
    return out


def draw_null(
    question: ScanQuestion,
    seeds: U64,
    observed: float,
    stop_after: int = 0,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> NullDraws:
    """Return the best of each seed's draw, or of fewer once `stop_after` have reached `observed`.

    Stopping is asked after twice `stop_after` draws, then whenever their number has doubled.
    Draws are judged in the order of their seeds, whichever thread made them.
    """
    values = np.zeros(len(seeds))
    done, size = 0, 2 * stop_after or len(seeds)
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        while done < len(seeds):
            end = min(done + size, len(seeds))
            _run_batch(question, seeds[done:end], values[done:end], pool)
            cut = cut_at(values[:end], observed, stop_after)
            if cut is not None:
                return cut
            done, size = end, size * 2
            if progress is not None:
                progress(done, len(seeds))
    return NullDraws(values)


def compile_scans() -> None:
    """Run every way to scan on four events, so that a first survey need not wait."""
    places = np.array([[51.5, 0.0], [51.6, 0.0]])
    place, slot = np.array([0, 0, 1, 1], np.int32), np.array([0, 1, 1, 1], np.int32)
    geometry = build_geometry(places, places, 1000.0)
    design = lay_out_permutation(geometry, place, slot, 2, Limits(1, 1))
    seeds = np.zeros(1, np.uint64)
    for share in (np.zeros(0), np.array([0.5, 1.0])):
        for alive in (False, True):
            question = ScanQuestion(geometry, design, Null(place, slot, share), alive)
            trace_best(question)
            draw_null(question, seeds, 0.0)
        null, out = Null(place, slot, share), np.zeros(1)
        replicate_dense(geometry, design, null, make_dense_room(2, design), seeds, out)
        replicate_spread(geometry, design, null, make_room(2, len(slot)), seeds, out)


def _run_batch(question: ScanQuestion, seeds: U64, out: F64, pool: ThreadPoolExecutor) -> None:
    geometry, design, null = question.geometry, question.design, question.null
    places, dense = len(geometry.back_start) - 1, not question.alive and question.dense

    def run(part: slice) -> None:
        if question.alive:
            alive = make_alive_room(geometry, design)
            replicate_alive(geometry, design, null, alive, seeds[part], out[part])
        elif dense:
            rows = make_dense_room(places, design)
            replicate_dense(geometry, design, null, rows, seeds[part], out[part])
        else:
            room = make_room(question.slots, design.total)
            replicate_spread(geometry, design, null, room, seeds[part], out[part])

    workers = pool._max_workers
    size = max(1, math.ceil(len(seeds) / (workers * PARTS)))
    list(pool.map(run, [slice(s, s + size) for s in range(0, len(seeds), size)]))
