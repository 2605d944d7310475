"""Cases become columns, and the file's own values become codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from clew.evidence import place, timing, victim
from clew.evidence.cause import mechanism_of
from clew.evidence.entities import may_weigh
from clew.evidence.scene import contradictions
from clew.evidence.shared import seen
from clew.evidence.substances import routinely_tested
from clew.model.case import Case
from clew.model.columns import I8, ITEM_TYPES, SEXES, Array, Columns
from clew.model.place import Point
from clew.model.time_window import DAY, HOUR

REFERENCE_CASES = 20_000
"""Declared: cases against which densities, u and the null are measured; a seeded sample above."""
LARGEST_REFERENCE_SEED = 1


@dataclass(frozen=True, slots=True)
class Codes:
    """What the codes of one file mean. `items` are (type, value), common first."""

    items: tuple[tuple[str, str], ...]
    item_type: I8
    item_against: I8
    item_counts: Array
    item_known: Array
    place_keys: tuple[str, ...]
    areas: tuple[str, ...]
    entities: tuple[str, ...]
    mechanisms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coded:
    """Cases in report order, their columns, and the meaning of the codes."""

    cases: tuple[Case, ...]
    cols: Columns
    codes: Codes
    reference: Array


def in_report_order(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Order by time of report; ties by `case_id`."""
    return tuple(sorted(cases, key=lambda case: (case.reported_at, case.case_id)))


def to_columns(cases: Sequence[Case], timezone: str) -> Coded:
    """Code all cases for the kernel. Two cases at least; any order; `case_id` unique."""
    ordered = in_report_order(cases)
    n = len(ordered)
    reference = _reference(n)
    xyz, known = _points(ordered)
    density = place.density_classes(xyz, known, xyz[reference][known[reference]])
    far = _far(ordered)
    items, types, starts, recorded, codes = _items(ordered, far)
    against = _against(codes, routinely_tested(ordered))
    keys, key_names = _codes([case.place_key for case in ordered])
    areas, area_names = _codes([case.area for case in ordered])
    mechanisms = tuple(sorted({case.mechanism for case in ordered if case.mechanism}))
    mechanism = {name: k + 1 for k, name in enumerate(mechanisms)}
    entity_start, entities, entity_names = _entities(ordered)
    mention_start, mentions = _mentions(ordered)
    mid, width, clock, weekday = _times(ordered, timezone)
    age, band = _ages(ordered)
    cols = Columns(
        xyz=xyz,
        density=density,
        precision=np.array([_precision(case) for case in ordered], np.int8),
        place_key=keys,
        area=areas,
        far=np.array([-1 if f is None else int(f) for f in far], np.int8),
        mid=mid,
        width=width,
        clock=clock,
        weekday=weekday,
        age=age,
        age_band=band,
        sex=np.array([SEXES.index(c.sex) if c.sex in SEXES else -1 for c in ordered], np.int8),
        mechanism=np.array([mechanism.get(c.mechanism or "", 0) for c in ordered], np.int16),
        recorded=recorded,
        item_start=starts,
        items=items,
        item_bits=_bits(starts, items),
        item_counts=_counts(items, starts, types, against),
        entity_start=entity_start,
        entities=entities,
        entity_bits=_bits(entity_start, entities),
        mention_start=mention_start,
        mentions=mentions,
    )
    held = np.bincount(items, minlength=len(codes))
    known_by_type = seen(cols).sum(axis=0).astype(np.int64)
    meaning = Codes(
        codes, types, against, held, known_by_type, key_names, area_names, entity_names, mechanisms
    )
    return Coded(ordered, cols, meaning, reference)


def _reference(n: int) -> Array:
    if n <= REFERENCE_CASES:
        return np.arange(n)
    chosen = np.random.default_rng(LARGEST_REFERENCE_SEED).choice(n, REFERENCE_CASES, replace=False)
    return np.sort(chosen)


def _points(cases: Sequence[Case]) -> tuple[Array, Array]:
    known = np.array([case.point is not None for case in cases])
    xyz = place.to_xyz(*_degrees([case.point for case in cases]))
    xyz[~known] = 0
    return xyz, known


def _precision(case: Case) -> int:
    radius = case.point.precision_m if case.point else None
    metres = place.PRECISION_ASSUMED_M if radius is None else radius
    return int(np.searchsorted(place.PRECISION_M, metres))


def _ages(cases: Sequence[Case]) -> tuple[Array, Array]:
    age = np.array([np.nan if c.age_years is None else c.age_years for c in cases], np.float32)
    band = np.clip(np.nan_to_num(age) / victim.BAND_YEARS, 0, victim.BANDS - 1)
    return age, np.where(np.isnan(age), -1, band).astype(np.int8)


def _far(cases: Sequence[Case]) -> list[bool | None]:
    """Whether each was found far from home; None where either point is missing."""
    both = [(c.point, c.home) for c in cases]
    here = place.to_xyz(*_degrees([a if b else None for a, b in both]))
    home = place.to_xyz(*_degrees([b if a else None for a, b in both]))
    metres = np.linalg.norm(here.astype(np.float64) - home, axis=1)
    return [
        bool(metres[k] > place.FAR_FROM_HOME_M) if a and b else None
        for k, (a, b) in enumerate(both)
    ]


def _degrees(points: Sequence[Point | None]) -> tuple[Array, Array]:
    pairs = np.array([(p.latitude, p.longitude) if p else (0.0, 0.0) for p in points])
    return pairs[:, 0], pairs[:, 1]


def _codes(values: Sequence[str | None]) -> tuple[Array, tuple[str, ...]]:
    names = tuple(sorted({value for value in values if value}))
    index = {name: k for k, name in enumerate(names)}
    return np.array([index.get(v, -1) if v else -1 for v in values], np.int32), names


def _bits(starts: Array, codes: Array) -> Array:
    bits = np.zeros(len(starts) - 1, np.uint64)
    owner = np.repeat(np.arange(len(bits)), np.diff(starts))
    np.bitwise_or.at(bits, owner, np.uint64(1) << (codes % 64).astype(np.uint64))
    return bits


def _values(case: Case, far: bool | None) -> tuple[tuple[str, ...] | None, ...]:
    """Return the case's values by item type; None where that type is not recorded."""
    mechanism, setting = mechanism_of(case), place.setting_of(case.premises)
    return (
        (mechanism,) if mechanism else None,
        (setting,) if setting else None,
        (case.premises,) if case.premises else None,
        case.substances,
        case.scene,
        case.missing_items,
        case.posture,
        case.lividity,
        case.clothing,
        case.injuries,
        case.body_state,
        contradictions(case, far),
    )


def _items(
    cases: Sequence[Case], far: Sequence[bool | None]
) -> tuple[Array, Array, Array, Array, tuple[tuple[str, str], ...]]:
    held = [_values(case, far[k]) for k, case in enumerate(cases)]
    tally = Counter(
        (kind, value)
        for values in held
        for kind, listed in enumerate(values)
        for value in set(listed or ())
    )
    ranked = sorted(tally, key=lambda item: (-tally[item], item))
    code = {item: k for k, item in enumerate(ranked)}
    rows = [
        sorted({code[kind, v] for kind, listed in enumerate(values) for v in listed or ()})
        for values in held
    ]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    items = np.array([c for row in rows for c in row], np.int32)
    types = np.array([kind for kind, _ in ranked], np.int8)
    recorded = np.array(
        [sum(1 << k for k, listed in enumerate(values) if listed is not None) for values in held],
        np.int32,
    )
    names = tuple((ITEM_TYPES[kind], value) for kind, value in ranked)
    return items, types, starts, recorded, names


def _against(names: Sequence[tuple[str, str]], routine: frozenset[str]) -> Array:
    """1 for each value whose absence from another record that tells its kind says something."""
    told = [kind != "substances" or value in routine for kind, value in names]
    return np.array(told, np.int8)


def _counts(items: Array, starts: Array, types: Array, against: Array) -> Array:
    """Number of each case's values by type, of those that may speak against."""
    counts = np.zeros((len(starts) - 1, len(ITEM_TYPES)), np.int32)
    owner = np.repeat(np.arange(len(counts)), np.diff(starts))
    np.add.at(counts, (owner, types[items]), against[items].astype(np.int32))
    return counts


def _entities(cases: Sequence[Case]) -> tuple[Array, Array, tuple[str, ...]]:
    held = [sorted({f"{e.type}:{e.code}" for e in c.entities or () if may_weigh(e)}) for c in cases]
    names = tuple(sorted({name for row in held for name in row}))
    index = {name: k for k, name in enumerate(names)}
    starts = np.concatenate([[0], np.cumsum([len(row) for row in held])]).astype(np.int64)
    return starts, np.array([index[name] for row in held for name in row], np.int32), names


def _mentions(cases: Sequence[Case]) -> tuple[Array, Array]:
    row_of = {case.case_id: k for k, case in enumerate(cases)}
    held = [
        sorted({row_of[m] for m in case.mentions or () if m in row_of and row_of[m] != k})
        for k, case in enumerate(cases)
    ]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in held])]).astype(np.int64)
    return starts, np.array([r for row in held for r in row], np.int32)


def _times(cases: Sequence[Case], timezone: str) -> tuple[Array, Array, Array, Array]:
    """Middle and length of each window (seconds), clock class, weekday; -1 where not told."""
    zone = ZoneInfo(timezone)
    n = len(cases)
    mid, width = np.zeros(n), np.zeros(n)
    clock, weekday = np.full(n, -1, np.int16), np.full(n, -1, np.int8)
    for k, case in enumerate(cases):
        first, last = case.reported_at - DAY, case.reported_at
        if case.window is not None:
            first, last = case.window.earliest, case.window.latest
            begin, end = datetime.fromtimestamp(first, zone), datetime.fromtimestamp(last, zone)
            clock[k] = timing.clock_class(begin.hour, (last - first) / HOUR)
            if begin.date() == end.date():
                weekday[k] = begin.weekday()
        mid[k], width[k] = (first + last) / 2, max(last - first, timing.SHORTEST_S)
    return mid, width, clock, weekday
