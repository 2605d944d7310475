"""The homicides of ten states as arrays: what a rule of groups needs, and Clew's type of each case.

A type is all that Clew weighs of a case but place and time: sex, age, mechanism, weapon,
circumstance. Cases of one type weigh the same against any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clew.comparison.coding.columns import in_report_order, to_columns
from clew.comparison.kernel import weigh_pairs
from clew.comparison.tables import tabulate
from clew.comparison.weights.weight_table import declared_table
from clew.intake.read import CaseSources
from clew.model.case import Case
from published_pairs import read_rows

NAME = "shr_homicides_west_1976_2018.csv.gz"
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Homicides:
    """Rows in report order, every array (rows,). `month` counts from January of year 0.

    `share` is 1 over the victims of one incident: an incident counts once. `age` -1: not known.
    `solved` is for rules that ask for it; no pair weight has seen it.
    """

    county: NDArray[np.str_]
    month: Ints
    female: Bools
    male: Bools
    weapon: Ints
    age: Ints
    solved: Bools
    share: Floats
    kind: Ints


def load(folder: Path) -> tuple[Homicides, tuple[Case, ...], str]:
    """Return the arrays, the cases as Clew sees them, and their time zone."""
    read = CaseSources(folder / NAME, mapping="shr_homicides").read()
    cases = in_report_order(read.as_of(None))
    told = {row["rowid"]: row for row in read_rows(folder / NAME)}
    rows = [told[case.case_id] for case in cases]
    return as_arrays(rows, kinds_of(cases)), cases, read.timezone


def as_arrays(rows: list[dict[str, str]], kind: Ints) -> Homicides:
    """Turn the source's rows into arrays."""
    _, incident, victims = np.unique(
        [row["mapid"] for row in rows], return_inverse=True, return_counts=True
    )
    sex = np.array([row["vic_sex"] for row in rows])
    age = np.array([int(row["vic_age"]) for row in rows])
    return Homicides(
        county=np.array([row["fip"] for row in rows]),
        month=np.array([12 * int(row["year"]) + int(row["month"]) - 1 for row in rows]),
        female=sex == "Female",
        male=sex == "Male",
        weapon=np.array([int(row["weapon_code"]) for row in rows]),
        age=np.where(age > 130, -1, age),
        solved=np.array([row["solved"] == "Yes" for row in rows]),
        share=1 / victims[incident],
        kind=kind,
    )


def kinds_of(cases: tuple[Case, ...]) -> Ints:
    """Number the cases by all that Clew weighs of them but place and time."""
    numbers: dict[tuple[object, ...], int] = {}
    of = [
        numbers.setdefault((c.sex, c.age_years, c.mechanism, c.further), len(numbers))
        for c in cases
    ]
    return np.array(of)


def alike(
    cases: tuple[Case, ...], timezone: str, kind: Ints, strong: float
) -> Iterator[tuple[int, Bools]]:
    """Give every type, and which types match it strongly: the best `strong` share of the file.

    Weights are the kernel's with the declared priors and the file's own frequencies; place and
    time are made equal, so that they say the same of every pair. Ties with the last are in.
    """
    coded = to_columns(cases, timezone)
    tables = tabulate(coded, declared_table())
    same = {
        "mid": np.full_like(coded.cols.mid, coded.cols.mid[0]),
        "width": np.full_like(coded.cols.width, coded.cols.width[0]),
        "area": np.full_like(coded.cols.area, -1),
    }
    cols = coded.cols._replace(**same)
    counts = np.bincount(kind)
    first = np.unique(kind, return_index=True)[1].astype(np.int64)
    for t, row in enumerate(first):
        weights = weigh_pairs(cols, tables, np.column_stack([np.full_like(first, row), first]))
        best = np.argsort(-weights, kind="stable")
        enough = np.searchsorted(np.cumsum(counts[best]), strong * len(kind))
        yield t, weights >= weights[best[min(enough, len(best) - 1)]]
