"""The deaths of an audit as columns: groups, what makes them comparable, workload, outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from clew.oversight.equality.plan import Plan, PlannedOutcome
from clew.oversight.equality.times import DONE, OPEN, OTHER, Waits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NOT_RECORDED = "not recorded"
YES = frozenset({"1", "1.0", "yes", "y", "true", "done"})
NO = frozenset({"0", "0.0", "no", "n", "false", "not done"})
MONTH_LOAD = "arrivals_month"
"""A column of workload that is counted from the file itself: see `month_load`."""
BINS = 5
"""Declared: a number of workload is cut into so many equal parts where strata need categories."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A file's cells by column, each of one length; empty where nothing is recorded."""

    cells: Mapping[str, Sequence[str]]
    rows: int

    def __getitem__(self, name: str) -> Sequence[str]:
        return self.cells[name]


@dataclass(frozen=True, slots=True)
class Deaths:
    """The deaths of two groups, ready to be compared; arrays of shape (deaths,).

    `x`, `w`, `disputed`: the design in numbers, shape (deaths, columns); disputed columns each have
    a design of their own. `stratum`, `stratum_w`: the number of each death's stratum by X, and by X
    and W. `cluster`: its unit and period. `unknown`: the deaths whose group is not recorded, in the
    same numbers. `other_groups`, `group_missing`: how many deaths are in no comparison. `columns`
    has the categories of each column of X, for tables.
    """

    focal: Bools
    x: Floats
    w: Floats
    stratum: Ints
    stratum_w: Ints
    unit: Ints
    cluster: Ints
    rows: Ints
    other_groups: int
    group_missing: int
    outside: int
    workload_is_proxy: bool
    disputed: Mapping[str, Floats] = field(default_factory=dict)
    unknown: Deaths | None = None
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def take(self, which: Bools, unknown: Deaths | None = None) -> Deaths:
        """Return some of the deaths."""
        return replace(
            self,
            **{name: getattr(self, name)[which] for name in _BY_DEATH},
            disputed={name: one[which] for name, one in self.disputed.items()},
            columns={
                name: [cell for cell, keep in zip(cells, which.tolist(), strict=True) if keep]
                for name, cells in self.columns.items()
            },
            unknown=unknown,
        )


_BY_DEATH = ("focal", "x", "w", "stratum", "stratum_w", "unit", "cluster", "rows")


def number_categories(columns: Sequence[Sequence[str] | Ints], rows: int) -> Ints:
    """Return one number, from 0 on, for each combination of categories."""
    key = np.zeros(rows, np.int64)
    for column in columns:
        _, codes = np.unique(np.asarray(column), return_inverse=True)
        _, key = np.unique(key * (codes.max(initial=0) + 1) + codes, return_inverse=True)
    return key.astype(np.int64)


def band(cells: Sequence[str], tops: Sequence[float]) -> list[str]:
    """Return the band of each number, each band up to and with its top; others are not recorded."""
    found = []
    for cell in cells:
        try:
            value = float(cell)
        except ValueError:
            found.append(NOT_RECORDED)
            continue
        place = int(np.searchsorted(np.asarray(tops), value))
        if not np.isfinite(value) or value < 0:
            found.append(NOT_RECORDED)
        elif place == len(tops):
            found.append(f"over {tops[-1]:g}")
        else:
            found.append(f"up to {tops[place]:g}")
    return found


def month_load(unit: Sequence[str], month: Sequence[str]) -> Floats:
    """Return the log of a unit's arrivals in each death's month over its mean month.

    A proxy counted from the file itself, where no workload is recorded. Months without a death
    count in the mean: between a unit's first and last month every month is one of its months.
    """
    units, of = np.unique(np.asarray(unit), return_inverse=True)
    months, at = np.unique(np.asarray(month), return_inverse=True)
    counts = np.zeros((units.size, months.size))
    np.add.at(counts, (of, at), 1)
    mean = counts.mean(axis=1)
    return np.asarray(np.log(counts[of, at] / mean[of]))


def one_hot(cells: Sequence[str]) -> Floats:
    """Return a column of 0 and 1 for each category but the most frequent; shape (deaths, k - 1)."""
    names, codes, counts = np.unique(np.asarray(cells), return_inverse=True, return_counts=True)
    others = np.delete(np.arange(names.size), counts.argmax())
    return np.asarray(codes[:, None] == others[None, :], dtype=np.float64)


def equal_parts(values: Floats, parts: int = BINS) -> Ints:
    """Return which of so many equal parts each value is in, 0 to parts - 1."""
    edges = np.quantile(values, np.linspace(0, 1, parts + 1)[1:-1])
    return np.searchsorted(edges, values, side="right").astype(np.int64)


def select(
    plan: Plan, columns: Columns, period: Sequence[str], keep: Bools | None = None
) -> Deaths:
    """Return the deaths of the plan's two groups; `period` is the week or month of each row.

    `keep`: which rows the look is about, shape (rows,); None: all. Rows outside it still count as
    work of their unit.
    """
    group = np.asarray([cell.strip() or NOT_RECORDED for cell in columns[plan.group]])
    inside = np.ones(columns.rows, bool) if keep is None else keep.copy()
    for name, wanted in plan.where.items():
        inside &= np.isin(np.asarray(columns[name]), np.asarray(wanted))
    focal, reference = group == plan.focal, group == plan.reference
    missing = inside & (group == NOT_RECORDED)
    rows = np.flatnonzero(inside & (focal | reference | missing))
    listed: list[int] = rows.tolist()

    def of(name: str) -> list[str]:
        cells = columns[name]
        return [cells[row].strip() or NOT_RECORDED for row in listed]

    def load(name: str) -> Floats:
        if name == MONTH_LOAD:
            units = columns[plan.unit] if plan.unit else [""] * columns.rows
            return month_load(units, period)[rows]  # all deaths are work, whichever the group
        return np.asarray([read_number(columns[name][row]) for row in listed])

    unit = of(plan.unit) if plan.unit else [""] * rows.size
    unit_key = number_categories([unit], rows.size)
    x = [of(name) for name in plan.x]
    alike = x + ([unit] if plan.unit else [])
    loads = [load(name) for name in plan.w]
    stratum = number_categories(alike, rows.size)
    parts = [equal_parts(np.where(np.isnan(one), -np.inf, one)) for one in loads]
    every = Deaths(
        focal=focal[rows],
        x=_beside([one_hot(cells) for cells in alike], rows.size),
        w=_beside([_filled(one) for one in loads], rows.size),
        stratum=stratum,
        stratum_w=number_categories([stratum, *parts], rows.size),
        unit=unit_key,
        cluster=number_categories([unit_key, [period[row] for row in listed]], rows.size),
        rows=rows,
        other_groups=int((inside & ~focal & ~reference & ~missing).sum()),
        group_missing=int(missing.sum()),
        outside=int((~inside).sum()),
        workload_is_proxy=MONTH_LOAD in plan.w,
        disputed={name: one_hot(of(name)) for name in plan.disputed},
        columns=dict(zip(plan.x, x, strict=True)),
    )
    known = ~missing[rows]
    return every.take(known, every.take(~known) if not known.all() else None)


def done_of(outcome: PlannedOutcome, columns: Columns, rows: Ints) -> Floats:
    """Return whether an outcome was done for each of these rows: 1, 0, or nan where not known.

    With `within_hours` a number of hours is done up to that time and not done beyond it. "No"
    is not done; "yes" without its hours, hours below zero and an empty cell are not known.
    """
    cells = columns[outcome.column]
    found = np.full(rows.size, np.nan)
    for place, row in enumerate(rows.tolist()):
        cell = cells[row].strip().casefold()
        if outcome.within_hours is not None and (hours := read_number(cell)) >= 0:
            found[place] = float(hours <= outcome.within_hours)
        elif cell in YES and outcome.within_hours is None:
            found[place] = 1.0
        elif cell in NO:
            found[place] = 0.0
    return found


def waits_of(outcome: PlannedOutcome, columns: Columns, rows: Ints) -> Waits:
    """Return how long each of these rows waited, and how the wait ended.

    A number in the outcome's column is the hours until it was done; "no" was not done. What came
    first before it ends the wait. Without a column that says until when a record was followed, what
    was not done is taken as followed to the horizon.
    """

    def numbers(name: str) -> Floats:
        if not name:
            return np.full(rows.size, np.nan)
        cells = columns[name]
        found = np.asarray([read_number(cells[row].strip()) for row in rows.tolist()])
        return np.where(found >= 0, found, np.nan)

    cells = columns[outcome.column]
    said = [cells[row].strip().casefold() for row in rows.tolist()]
    never = np.asarray([cell in NO - {"0", "0.0"} for cell in said], bool)
    done, other, until = map(numbers, (outcome.column, outcome.competing, outcome.followed))
    end = np.where(np.isnan(until), outcome.horizon, until)
    first = np.fmin(
        np.where(np.isnan(done), np.inf, done), np.where(np.isnan(other), np.inf, other)
    )
    happened = np.isfinite(first)
    hours = np.where(happened, first, np.where(never, end, np.nan))
    state = np.where(~happened, OPEN, np.where(done <= first, DONE, OTHER))
    return Waits(hours, state.astype(np.int64))


def read_number(cell: str) -> float:
    """Return a cell's number, nan where it is none."""
    try:
        value = float(cell)
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) else float("nan")


def _filled(load: Floats) -> Floats:
    """A load and its square, the missing at the mean with a column that says so."""
    known = ~np.isnan(load)
    mean = load[known].mean() if known.any() else 0.0
    full = np.where(known, load, mean)
    return np.column_stack([full, (full - mean) ** 2, ~known]).astype(np.float64)


def _beside(parts: Sequence[Floats], rows: int) -> Floats:
    return np.hstack(parts) if parts else np.zeros((rows, 0))
