"""One scan: the cases of one stratum, known on one day, become clusters with their p."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from clew.model.cluster import EVERYTHING, POISSON, Cluster, Day, Scan, Zone
from clew.model.columns import Array
from clew.model.values import Point
from clew.surveillance.request import SurveyRequest
from clew.surveillance.scan.cases import ScanRows, date_of
from clew.surveillance.scan.geometry import Geometry, Limits, lay_out, lay_out_permutation
from clew.surveillance.scan.replicate import Null
from clew.surveillance.scan.run import ScanQuestion, draw_null, trace_best
from clew.surveillance.scan.significance import judge


@dataclass(frozen=True, slots=True)
class Field:
    """What all scans of a survey have in common.

    `centres`: shape (K, 2), degrees. `given`: shape (P,), places known from elsewhere. `fixed`:
    the centres were given, and count whether a case is known there or not. `baseline`: what is
    expected at each place, shape (P,), any unit; None for the permutation model.
    """

    request: SurveyRequest
    strata: tuple[str, ...]
    rows: ScanRows
    geometry: Geometry
    centres: Array
    given: Array
    fixed: bool = False
    baseline: Array | None = None


@dataclass(frozen=True, slots=True)
class ScanMoment:
    """The rows that one scan takes, its first and last day, and the rows it cannot place."""

    rows: Array
    first: Day
    last: Day
    left_out: Array


def scan_stratum(field: Field, moment: ScanMoment, stratum: int, rng: np.random.Generator) -> Scan:
    """Return what one scan of one stratum finds.

    A purely spatial scan has one slot of time; else slots are so many days long that the last one
    ends on the last day.
    """
    request, rows, geometry = field.request, field.rows, field.geometry
    limits, step = request.limits, request.limits.step_days
    taken = moment.rows[rows.member[moment.rows, stratum] == 1]
    slots, slot = 1, np.zeros(len(taken), np.int32)
    if request.model != POISSON:
        slots = -(-(moment.last - moment.first + 1) // step)
        slot = (slots - 1 - (moment.last - rows.day[taken]) // step).astype(np.int32)
    order = np.lexsort((slot, rows.place[taken]))
    taken, slot = taken[order], slot[order]
    place = rows.place[taken]
    scan = Scan(moment.last, moment.first, field.strata[stratum], len(taken), len(np.unique(place)))
    if len(taken) < max(limits.min_cases, 2) or (slots < 2 and request.model != POISSON):
        return scan
    longest = min(max(limits.max_days // step, 1), slots)
    least = min(max(-(-limits.min_days // step), 1), longest)
    tried = Limits(least, longest, limits.min_cases, limits.max_share)
    cases_at = np.bincount(place, minlength=len(geometry.back_start) - 1)
    if field.baseline is None:
        share = np.zeros(0)
        known = None if field.fixed else cases_at > 0
        design = lay_out_permutation(geometry, place, slot, slots, tried, known)
    else:
        weights = field.baseline / field.baseline.sum() * len(place)
        share = np.cumsum(field.baseline / field.baseline.sum())
        time = np.arange(slots + 1, dtype=np.float64), float(slots)
        design = lay_out(geometry, weights, time, len(place), tried)
    null = Null(place.astype(np.int32), slot, share)
    question = ScanQuestion(geometry, design, null, request.prospective or slots == 1)
    return replace(scan, clusters=tuple(_clusters(field, moment, scan, question, taken, rng)))


def _clusters(
    field: Field,
    moment: ScanMoment,
    scan: Scan,
    question: ScanQuestion,
    taken: Array,
    rng: np.random.Generator,
) -> Iterator[Cluster]:
    """Yield the clusters of a scan; `taken` are its rows, in the order of the question's events."""
    request, rows, design, slot = field.request, field.rows, question.design, question.null.slot
    limits = request.limits
    # Only places that were known to be one belong to a cluster.
    known = field.given | (np.bincount(rows.place[taken], minlength=len(field.given)) > 0)
    # The most likely first, no two sharing a place. Of each centre its best alone; of equal
    # statistics the smaller circle comes first, then the centre that comes first.
    geometry, (value, windows) = field.geometry, trace_best(question)
    above = np.flatnonzero(value > 0)
    order = above[np.lexsort((above, geometry.reach_mm[windows[above, 0]], -value[above]))]
    covered = np.zeros(len(known), bool)
    chosen: list[FoundWindow] = []
    for k in order.tolist():
        if len(chosen) == request.top:
            break
        entry, first, last = windows[k].tolist()
        place = geometry.place[geometry.start[k] : entry + 1]
        place = place[known[place]]
        if not covered[place].any():
            covered[place] = True
            chosen.append(FoundWindow(k, entry, first, last, float(value[k]), np.sort(place)))
    if not chosen:
        return
    seeds = rng.integers(0, 2**64, limits.replications, dtype=np.uint64)
    best = chosen[0].statistic
    drawn = draw_null(question, seeds, best, limits.stop_after, threads=request.threads)
    stratum = "" if scan.stratum == EVERYTHING else f"-{scan.stratum.replace(':', '-')}"
    for number, found in enumerate(chosen, 1):
        near = np.isin(rows.place[taken], found.place)
        inside = near & (found.first_slot <= slot) & (slot <= found.last_slot)
        first_day, last_day = moment.first, moment.last
        if request.model != POISSON:
            step, slots = limits.step_days, question.slots
            first_day = max(moment.last - (slots - found.first_slot) * step + 1, moment.first)
            last_day = moment.last - (slots - 1 - found.last_slot) * step
        span = design.window[found.last_slot + 1] - design.window[found.first_slot]
        yield Cluster(
            cluster_id=f"C-{date_of(scan.scanned_on).isoformat()}{stratum}-{number}",
            model=request.model,
            stratum=scan.stratum,
            zone=Zone(
                centre=_point(field.centres[found.centre]),
                radius_m=float(geometry.reach_mm[found.entry]) / 1000,
                places=tuple(_point(rows.points[p]) for p in found.place),
            ),
            first_day=first_day,
            last_day=last_day,
            observed=int(inside.sum()),
            expected=float(design.weight[found.entry] * span / design.whole),
            statistic=found.statistic,
            significance=judge(
                drawn,
                found.statistic,
                strata=len(field.strata),
                may_stop=limits.stop_after > 0,
                every_days=1.0 if request.prospective else None,
            ),
            case_ids=tuple(rows.case_ids[k] for k in np.sort(rows.owner[taken[inside]])),
            scanned_on=moment.last,
            zone_days=tuple(np.sort(rows.day[taken[near]]).tolist()),
        )


def _point(degrees: Array) -> Point:
    return Point(float(degrees[0]), float(degrees[1]))


class FoundWindow(NamedTuple):
    """One circle and window. `place`: numbers of the known places in it."""

    centre: int
    entry: int
    first_slot: int
    last_slot: int
    statistic: float
    place: Array
