"""One scan: the cases of one stratum, known on one day, become clusters with their p."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from clew.model.cluster import (
    EVERYTHING,
    POISSON,
    Cluster,
    Day,
    Scan,
    ScanLimits,
    Zone,
)
from clew.model.columns import F64, I64, Array
from clew.model.values import Point
from clew.surveillance.scan.cases import ScanRows, date_of
from clew.surveillance.scan.geometry import (
    Geometry,
    Limits,
    ScanDesign,
    lay_out,
    lay_out_permutation,
)
from clew.surveillance.scan.replicate import Null
from clew.surveillance.scan.run import ScanQuestion, draw_null, trace_best
from clew.surveillance.scan.significance import NullDraws, judge

# Which of all circles and windows are told: the most likely first, no two sharing a place.


class Found(NamedTuple):
    """One circle and window. `place`: numbers of the known places in it."""

    centre: int
    entry: int
    first_slot: int
    last_slot: int
    statistic: float
    place: Array


def choose_apart(geometry: Geometry, best: tuple[F64, I64], known: Array, most: int) -> list[Found]:
    """Return up to `most` clusters, of each centre its best alone.

    Of equal statistics the smaller circle comes first, then the centre that comes first.

    Parameters
    ----------
    best
        Of each centre: its statistic (K,), 0 for none; entry, first and last slot (K, 3).
    known
        Shape (P,): whether the place was known to be one; others belong to no cluster.
    """
    value, found = best
    alive = np.flatnonzero(value > 0)
    order = alive[np.lexsort((alive, geometry.reach_mm[found[alive, 0]], -value[alive]))]
    taken = np.zeros(len(known), bool)
    chosen: list[Found] = []
    for k in order.tolist():
        if len(chosen) == most:
            break
        entry, first, last = found[k].tolist()
        place = geometry.place[geometry.start[k] : entry + 1]
        place = place[known[place]]
        if not taken[place].any():
            taken[place] = True
            chosen.append(Found(k, entry, first, last, float(value[k]), np.sort(place)))
    return chosen


@dataclass(frozen=True, slots=True)
class Field:
    """What all scans of a survey have in common.

    `centres`: shape (K, 2), degrees. `given`: shape (P,), places known from elsewhere. `fixed`:
    the centres were given, and stand whether a case is known there or not. `baseline`: what is
    expected at each place, shape (P,), any unit; None for the permutation model.
    """

    rows: ScanRows
    geometry: Geometry
    centres: Array
    model: str
    limits: ScanLimits
    prospective: bool
    strata: tuple[str, ...]
    top: int
    given: Array
    fixed: bool
    baseline: Array | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class ScanMoment:
    """The rows that one scan takes, its first and last day, and the rows it cannot place."""

    rows: Array
    first: Day
    last: Day
    left_out: Array


def scan_stratum(field: Field, moment: ScanMoment, stratum: int, rng: np.random.Generator) -> Scan:
    """Return what one scan of one stratum finds."""
    rows = field.rows
    taken = moment.rows[rows.member[moment.rows, stratum] == 1]
    slots, slot = _slots(field, moment, rows.day[taken])
    order = np.lexsort((slot, rows.place[taken]))
    taken, slot = taken[order], slot[order]
    place = rows.place[taken]
    told = Scan(moment.last, moment.first, field.strata[stratum], len(taken), len(np.unique(place)))
    if len(taken) < max(field.limits.min_cases, 2) or (slots < 2 and field.model != POISSON):
        return told
    question = _question(field, place, slot, slots)
    known = field.given | (np.bincount(place, minlength=len(field.given)) > 0)
    found = choose_apart(question.geometry, trace_best(question), known, field.top)
    if not found:
        return told
    limits = field.limits
    seeds = rng.integers(0, 2**64, limits.replications, dtype=np.uint64)
    drawn = draw_null(question, seeds, found[0].statistic, limits.stop_after, threads=field.threads)
    made = _Maker(field, moment, told, question, taken, slot, drawn)
    return replace(told, clusters=tuple(made.cluster(n, one) for n, one in enumerate(found, 1)))


def _slots(field: Field, moment: ScanMoment, day: Array) -> tuple[int, Array]:
    """Return how many slots there are, and each case's; the last ends on the last day."""
    if field.model == POISSON:
        return 1, np.zeros(len(day), np.int32)
    step = field.limits.step_days
    slots = -(-(moment.last - moment.first + 1) // step)
    return slots, (slots - 1 - (moment.last - day) // step).astype(np.int32)


def _question(field: Field, place: Array, slot: Array, slots: int) -> ScanQuestion:
    """Return the scan's question."""
    limits, geometry = field.limits, field.geometry
    longest = min(max(limits.max_days // limits.step_days, 1), slots)
    least = min(max(-(-limits.min_days // limits.step_days), 1), longest)
    tried = Limits(least, longest, limits.min_cases, limits.max_share)
    places = len(geometry.back_start) - 1
    held = np.bincount(place, minlength=places)
    if field.baseline is None:
        share = np.zeros(0)
        known = None if field.fixed else held > 0
        design = lay_out_permutation(geometry, place, slot, slots, tried, known)
    else:
        weights = field.baseline / field.baseline.sum() * len(place)
        share = np.cumsum(field.baseline / field.baseline.sum())
        time = np.arange(slots + 1, dtype=np.float64), float(slots)
        design = lay_out(geometry, weights, time, len(place), tried)
    null = Null(place.astype(np.int32), slot, share)
    return ScanQuestion(geometry, design, null, alive=field.prospective or slots == 1)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Turns what was found into clusters."""

    field: Field
    moment: ScanMoment
    scan: Scan
    question: ScanQuestion
    taken: Array
    slot: Array
    drawn: NullDraws

    def cluster(self, number: int, found: Found) -> Cluster:
        """Return one cluster, the number-th of its scan."""
        field, geometry = self.field, self.question.geometry
        limits = field.limits
        near = np.isin(field.rows.place[self.taken], found.place)
        inside = near & (found.first_slot <= self.slot) & (self.slot <= found.last_slot)
        owners = np.sort(field.rows.owner[self.taken[inside]])
        first, last = self._days(found)
        return Cluster(
            cluster_id=_name(self.scan, number),
            model=field.model,
            stratum=self.scan.stratum,
            zone=Zone(
                centre=_point(field.centres[found.centre]),
                radius_m=float(geometry.reach_mm[found.entry]) / 1000,
                places=tuple(_point(field.rows.points[p]) for p in found.place),
            ),
            first_day=first,
            last_day=last,
            observed=int(inside.sum()),
            expected=_expected(self.question.design, found),
            statistic=found.statistic,
            significance=judge(
                self.drawn,
                found.statistic,
                strata=len(field.strata),
                may_stop=limits.stop_after > 0,
                every_days=1.0 if field.prospective else None,
            ),
            case_ids=tuple(field.rows.case_ids[k] for k in owners),
            scanned_on=self.moment.last,
            zone_days=tuple(np.sort(field.rows.day[self.taken[near]]).tolist()),
        )

    def _days(self, found: Found) -> tuple[Day, Day]:
        if self.field.model == POISSON:
            return self.moment.first, self.moment.last
        step, slots = self.field.limits.step_days, self.question.slots
        first = self.moment.last - (slots - found.first_slot) * step + 1
        return max(first, self.moment.first), self.moment.last - (
            slots - 1 - found.last_slot
        ) * step


def _expected(design: ScanDesign, found: Found) -> float:
    span = design.window[found.last_slot + 1] - design.window[found.first_slot]
    return float(design.weight[found.entry] * span / design.whole)


def _name(scan: Scan, number: int) -> str:
    day = date_of(scan.scanned_on).isoformat()
    stratum = "" if scan.stratum == EVERYTHING else f"-{scan.stratum.replace(':', '-')}"
    return f"C-{day}{stratum}-{number}"


def _point(degrees: Array) -> Point:
    return Point(float(degrees[0]), float(degrees[1]))
