"""How long a scan takes, beside what SaTScan took for the same work.

`python benchmarks/survey_speed.py`. Three years, 100 x 100 km, cells of 2 km, weekly spans up to 28
days, circles up to 5 km, 999 replications. SaTScan 10.3.2 (C++, two threads) took 26 s for 10,000
and 49 s for 100,000 events, and 3.2 s prospectively for 100,000, on another day, on a machine of
the same kind. It is not at hand here: its times are leads, and the ratio is no more exact.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
from scipy.spatial import cKDTree

from clew.surveillance.scan.geometry import (
    Geometry,
    Limits,
    lay_out_circles,
    lay_out_permutation,
)
from clew.surveillance.scan.replicate import Null
from clew.surveillance.scan.run import ScanQuestion, draw_null, trace_best

DAYS, SIDE_KM, CELL_KM, WEEK = 1096, 100.0, 2.0, 7
LIMITS, RADIUS_M, REPLICATIONS = Limits(1, 4), 5_000.0, 999
LEADS = {(10_000, False): 26.0, (100_000, False): 49.0, (100_000, True): 3.2}
"""Seconds that SaTScan 10.3.2 took, by events and whether prospective."""
RUNS = 3
EXACT = 3_000
"""Events of the small file that is scanned plainly as well."""


def make(events: int, cells: int = int(SIDE_KM / CELL_KM), seed: int = 1) -> tuple:
    """Return places (metres), and place and week of each event, at random."""
    rng = np.random.default_rng(seed)
    size = SIDE_KM * 1000 / cells
    points = (rng.integers(0, cells, (events, 2)) + 0.5) * size
    weeks = -(-DAYS // WEEK)
    week = weeks - 1 - rng.integers(0, DAYS, events) // WEEK
    places, place = np.unique(points, axis=0, return_inverse=True)
    order = np.lexsort((week, place.reshape(-1)))
    return places, place.reshape(-1)[order].astype(np.int32), week[order].astype(np.int32), weeks


def build_planar(places: np.ndarray, centres: np.ndarray, radius_m: float) -> Geometry:
    """Return the circles on a plane; points are (x, y) in metres."""
    trees = cKDTree(centres), cKDTree(places)
    near = trees[0].sparse_distance_matrix(
        trees[1], radius_m * (1 + 1e-9) + 1e-6, output_type="coo_matrix"
    )
    pairs = near.row.astype(np.int64), near.col.astype(np.int64)
    metres = np.hypot(*(centres[pairs[0]] - places[pairs[1]]).T)
    return lay_out_circles(pairs, metres, radius_m, (len(centres), len(places)))


def ask(made: tuple, *, prospective: bool) -> ScanQuestion:
    """Return the question of a made file."""
    places, place, week, weeks = made
    geometry = build_planar(places, places, RADIUS_M)
    design = lay_out_permutation(geometry, place, week, weeks, LIMITS)
    return ScanQuestion(geometry, design, Null(place, week, np.zeros(0)), prospective)


def seconds(made: tuple, replications: int, *, prospective: bool) -> tuple[float, float]:
    """Return the median time of the whole work and the best statistic."""
    taken, best = [], 0.0
    seeds = np.random.default_rng(9).integers(0, 2**64, replications, dtype=np.uint64)
    for _ in range(RUNS):
        began = time.perf_counter()
        question = ask(made, prospective=prospective)
        best = float(trace_best(question)[0].max())
        draw_null(question, seeds, best)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken), best


def plain_best(made: tuple) -> float:
    """Return the best statistic by NumPy alone: every circle and window, nothing passed over."""
    places, place, week, weeks = made
    cell = np.zeros((len(places), weeks))
    np.add.at(cell, (place, week), 1)
    total, by_place = len(place), cell.sum(1)
    best = 0.0
    for centre in places:
        reach = np.round(np.hypot(*(places - centre).T) * 1000)
        for edge in np.unique(reach[reach <= RADIUS_M * 1000]):
            inside = reach <= edge
            held, count = by_place[inside].sum(), np.cumsum(cell[inside].sum(0))
            everywhere = np.cumsum(cell.sum(0))
            for length in range(LIMITS.least, LIMITS.most + 1):
                c = count[length - 1 :] - np.concatenate([[0], count[:-length]])
                w = everywhere[length - 1 :] - np.concatenate([[0], everywhere[:-length]])
                e = held * w / total
                told = (c > e) & (c >= LIMITS.min_events) & (held <= total / 2)
                c, e = c[told], e[told]
                if len(c):
                    value = c * np.log(c / e) + (total - c) * np.log((total - c) / (total - e))
                    best = max(best, float(value.max()))
    return best


def against_leads() -> list[str]:
    """Return the table beside SaTScan's times."""
    lines = [
        "| events | scan | clew | SaTScan 10.3.2, as a lead | times faster |",
        "| --- | --- | --- | --- | --- |",
    ]
    for (events, prospective), lead in LEADS.items():
        took, _ = seconds(make(events), REPLICATIONS, prospective=prospective)
        kind = "prospective" if prospective else "retrospective"
        lines.append(f"| {events:,} | {kind} | {took:.1f} s | {lead:g} s | {lead / took:.1f} |")
    return lines


def growth() -> list[str]:
    """Return how time grows with events, places and replications."""
    lines = [
        "| events | places | replications | retrospective | prospective |",
        "| --- | --- | --- | --- | --- |",
    ]
    for events, cells, replications in (
        (1_000, 50, 999), (10_000, 50, 999), (100_000, 50, 999), (1_000_000, 50, 99),
        (10_000, 25, 999), (10_000, 100, 999), (10_000, 50, 99), (10_000, 50, 9_999),
    ):  # fmt: skip
        made = make(events, cells)
        took = [seconds(made, replications, prospective=kind)[0] for kind in (False, True)]
        lines.append(
            f"| {events:,} | {len(made[0]):,} | {replications:,} | {took[0]:.2f} s |"
            f" {took[1]:.2f} s |"
        )
    return lines


def main() -> str:
    """Return all tables."""
    seconds(make(1_000), 19, prospective=False)  # compiled ahead
    seconds(make(1_000), 19, prospective=True)
    small = make(EXACT)
    found, plain = seconds(small, 19, prospective=False)[1], plain_best(small)
    return "\n".join(
        [
            f"Made-up events, {DAYS:,} days, {SIDE_KM:g} x {SIDE_KM:g} km, weekly spans up to 28"
            f" days, circles up to {RADIUS_M / 1000:g} km, medians of {RUNS} runs, two cores."
            " SaTScan could not be run here: its times were measured on another day on a machine"
            " of this kind (C++, two threads), and are leads.",
            "",
            *against_leads(),
            "",
            f"The same answer: on {EXACT:,} events the best statistic is {found:.9f}, and"
            f" {plain:.9f} by plain NumPy, which passes nothing over.",
            "",
            *growth(),
        ]
    )


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
