"""Cases become columns: one row per case, or one row per version of a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from clew.comparison.coding.codes import (
    Codes,
    Values,
    add_codes,
    entities_of,
    learn_codes,
    values_of,
)
from clew.comparison.evidence import place, timing, victim
from clew.comparison.evidence.shared import seen
from clew.model.case import Case
from clew.model.columns import ITEM_TYPES, SEXES, Array, Columns
from clew.model.values import DAY, HOUR, Point

REFERENCE_CASES = 20_000
"""Declared: cases against which densities, u and the null are measured; a seeded sample above."""
LARGEST_REFERENCE_SEED = 1


@dataclass(frozen=True, slots=True)
class Coded:
    """Cases, their columns, and the meaning of the codes.

    `reference`: rows of the cases from which densities and u are measured. Rows are in report
    order; rows that were appended come behind them, and taught nothing.
    """

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
    reference = reference_rows(len(ordered))
    where = _Where.from_cases(ordered)
    values = [values_of(case, far) for case, far in zip(ordered, where.far, strict=True)]
    codes = learn_codes(ordered, values)
    around = where.xyz[reference][where.known[reference]]
    cols = _encode(ordered, values, codes, where.columns(around), timezone)
    return Coded(ordered, cols, _counted(codes, cols), reference)


def _counted(codes: Codes, cols: Columns) -> Codes:
    """Return the codes with values counted among the rows of `cols`."""
    return replace(
        codes,
        item_counts=np.bincount(cols.items, minlength=len(codes.items)),
        item_known=seen(cols).sum(axis=0).astype(np.int64),
    )


def append_cases(coded: Coded, cases: Sequence[Case], timezone: str) -> Coded:
    """Add rows behind those of `coded`: later cases, or later versions of the same ones.

    They are coded by what the earlier ones taught, and teach nothing: no count, density or
    reference changes, so no figure of an earlier row depends on what comes after it.
    """
    near = coded.cols.xyz[coded.reference][coded.cols.density[coded.reference] >= 0]
    more, codes = code_behind(coded.codes, near, cases, timezone)
    return Coded((*coded.cases, *cases), stack_rows(coded.cols, more), codes, coded.reference)


def code_behind(
    codes: Codes, near: Array, cases: Sequence[Case], timezone: str
) -> tuple[Columns, Codes]:
    """Return the columns of further cases alone, and the codes with their new values behind.

    `near`: the points (m, 3), metres, from which densities were learnt.
    """
    where = _Where.from_cases(cases)
    values = [values_of(case, far) for case, far in zip(cases, where.far, strict=True)]
    wider = add_codes(codes, cases, values)
    return _encode(cases, values, wider, where.columns(near), timezone), wider


STARTS = {"item_start": "items", "entity_start": "entities", "mention_start": "mentions"}


def stack_rows(first: Columns, more: Columns) -> Columns:
    """Put rows behind rows; slices of lists move on by the lists' length."""
    stacked = {}
    for name in Columns._fields:
        a, b = getattr(first, name), getattr(more, name)
        if name in STARTS:
            b = b[1:] + len(getattr(first, STARTS[name]))
        stacked[name] = np.concatenate([a, b])
    return Columns(**stacked)


def rows_of(cols: Columns, rows: Array) -> Columns:
    """Return the columns of `rows` alone, in that order."""
    taken = {}
    for name in Columns._fields:
        values = getattr(cols, name)
        if name in STARTS:
            lengths = np.diff(values)[rows]
            starts = np.concatenate([[0], np.cumsum(lengths)])
            at = np.repeat(values[rows] - starts[:-1], lengths) + np.arange(starts[-1])
            taken[name], taken[STARTS[name]] = starts, getattr(cols, STARTS[name])[at]
        elif name not in STARTS.values():
            taken[name] = values[rows]
    return Columns(**taken)


def take_rows(coded: Coded, rows: Array) -> Coded:
    """Return the cases of `rows` alone, in that order, with values counted among them.

    For putting a pair into words: "3 of 1,204 records" counts what was known at that time.
    """
    cols = rows_of(coded.cols, rows)
    cases = tuple(coded.cases[row] for row in rows.tolist())
    return Coded(cases, cols, _counted(coded.codes, cols), np.arange(len(rows)))


def _encode(
    cases: Sequence[Case],
    values_of_cases: Sequence[Values],
    codes: Codes,
    where: dict[str, Array],
    timezone: str,
) -> Columns:
    """Turn cases into columns by the codes, which must include every value of theirs."""
    kind_of = codes.item_type.tolist()
    item_codes = {(kind_of[k], value): k for k, (_, value) in enumerate(codes.items)}
    entity_codes, case_codes = _index(codes.entities), _index(codes.case_ids)
    mechanisms = {name: k + 1 for k, name in enumerate(codes.mechanisms)}  # 0 is not known
    item_start, items = _lists(
        [
            sorted({item_codes[kind, v] for kind, listed in enumerate(kinds) for v in listed or ()})
            for kinds in values_of_cases
        ]
    )
    entity_start, entities = _lists(
        [sorted(entity_codes[e] for e in entities_of(c)) for c in cases]
    )
    mention_start, mentions = _lists(
        [sorted({case_codes[m] for m in c.mentions or () if m != c.case_id}) for c in cases]
    )
    recorded = [
        sum(1 << kind for kind, listed in enumerate(kinds) if listed is not None)
        for kinds in values_of_cases
    ]
    mechanism = [mechanisms.get(kinds[0][0] if kinds[0] else "", 0) for kinds in values_of_cases]
    age = np.array([np.nan if c.age_years is None else c.age_years for c in cases], np.float32)
    band = np.clip(np.nan_to_num(age) / victim.BAND_YEARS, 0, victim.BANDS - 1)
    return Columns(
        **where,
        **_times(cases, timezone),
        owner=np.array([case_codes[case.case_id] for case in cases], np.int32),
        place_key=_codes([case.place_key for case in cases], codes.place_keys),
        area=_codes([case.area for case in cases], codes.areas),
        age=age,
        age_band=np.where(np.isnan(age), -1, band).astype(np.int8),
        sex=np.array([SEXES.index(c.sex) if c.sex in SEXES else -1 for c in cases], np.int8),
        mechanism=np.array(mechanism, np.int16),
        recorded=np.array(recorded, np.int32),
        item_start=item_start,
        items=items,
        item_bits=bits_of(item_start, items),
        item_counts=counts_of(items, item_start, codes),
        entity_start=entity_start,
        entities=entities,
        entity_bits=bits_of(entity_start, entities),
        mention_start=mention_start,
        mentions=mentions,
    )


def reference_rows(n: int) -> Array:
    """Return the rows of n from which densities and u are measured; the same for the same n."""
    return sample_rows(n, REFERENCE_CASES)


def sample_rows(n: int, most: int) -> Array:
    """Return all of n rows, or a seeded sample of `most`, in order; the same for the same n."""
    if n <= most:
        return np.arange(n)
    chosen = np.random.default_rng(LARGEST_REFERENCE_SEED).choice(n, most, replace=False)
    return np.sort(chosen)


@dataclass(frozen=True, slots=True)
class _Where:
    """Points (n, 3) metres, whether each is known (n,), its precision (n,), and far from home."""

    xyz: Array
    known: Array
    precision: Array
    far: list[bool | None]

    @classmethod
    def from_cases(cls, cases: Sequence[Case]) -> _Where:
        points = [case.point for case in cases]
        known = np.array([point is not None for point in points], np.bool_)
        xyz = _xyz_of(points)
        xyz[~known] = 0
        radii = [
            p.precision_m if p and p.precision_m is not None else place.PRECISION_ASSUMED_M
            for p in points
        ]
        precision = np.searchsorted(place.PRECISION_M, radii).astype(np.int8)
        both = [case.point is not None and case.home is not None for case in cases]
        here = _xyz_of([case.point if b else None for case, b in zip(cases, both, strict=True)])
        home = _xyz_of([case.home if b else None for case, b in zip(cases, both, strict=True)])
        far = np.linalg.norm(here.astype(np.float64) - home, axis=1) > place.FAR_FROM_HOME_M
        found_far = [f if b else None for f, b in zip(far.tolist(), both, strict=True)]
        return cls(xyz, known, precision, found_far)

    def columns(self, reference: Array) -> dict[str, Array]:
        """Return the columns of place; density is that of the `reference` points (m, 3)."""
        return {
            "xyz": self.xyz,
            "density": place.density_classes(self.xyz, self.known, reference),
            "precision": self.precision,
            "far": np.array([-1 if f is None else int(f) for f in self.far], np.int8),
        }


def _xyz_of(points: Sequence[Point | None]) -> Array:
    pairs = np.array([(p.latitude, p.longitude) if p else (0.0, 0.0) for p in points])
    pairs = pairs.reshape(-1, 2)
    return place.to_xyz(pairs[:, 0], pairs[:, 1])


def _index(names: Sequence[str]) -> dict[str, int]:
    return {name: k for k, name in enumerate(names)}


def _codes(values: Sequence[str | None], names: Sequence[str]) -> Array:
    codes = _index(names)
    return np.array([codes[value] if value else -1 for value in values], np.int32)


def _lists(rows: Sequence[Sequence[int]]) -> tuple[Array, Array]:
    """Lay lists of codes end to end: where each starts (n + 1,), and the codes."""
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return starts, np.array([code for row in rows for code in row], np.int32)


def bits_of(starts: Array, codes: Array) -> Array:
    """Set bit (code mod 64) of every code of each list, shape (lists,)."""
    bits = np.zeros(len(starts) - 1, np.uint64)
    owner = np.repeat(np.arange(len(bits)), np.diff(starts))
    np.bitwise_or.at(bits, owner, np.uint64(1) << (codes % 64).astype(np.uint64))
    return bits


def counts_of(items: Array, starts: Array, codes: Codes) -> Array:
    """Number of each case's values by type, of those that may speak against."""
    counts = np.zeros((len(starts) - 1, len(ITEM_TYPES)), np.int32)
    owner = np.repeat(np.arange(len(counts)), np.diff(starts))
    np.add.at(counts, (owner, codes.item_type[items]), codes.item_against[items].astype(np.int32))
    return counts


def _times(cases: Sequence[Case], timezone: str) -> dict[str, Array]:
    """Middle and length of each window (seconds), clock class, weekday; -1 where not known."""
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
    return {"mid": mid, "width": width, "clock": clock, "weekday": weekday}
