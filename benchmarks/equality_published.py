"""The equality audit's figures on real files and textbooks, beside those worked out by others.

`python benchmarks/equality_published.py`, with the folder of real data in CLEW_DATA. The published
figures are those of the data's own reference list: linear models and tables, by other programs.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from statsmodels.api import OLS

from clew.oversight.equality.answers import OutcomeAnswer
from clew.oversight.equality.compare import compare_groups
from clew.oversight.equality.deaths import Columns, band, done_of, month_load, one_hot, select
from clew.oversight.equality.plan import Plan, PlannedOutcome
from clew.oversight.equality.proportions import Strata, pool_differences, pool_odds
from equality_coroners import read_year

AGES = (12, 17, 24, 34, 49, 64)
GUNS = (
    "Handgun - pistol, revolver, etc", "Firearm, type not stated", "Rifle", "Shotgun", "Other gun",
)  # fmt: skip
ARREST = Plan(
    date(2026, 1, 1), "victim_race", "White", "Black",
    (PlannedOutcome("arrest made", "arrest_was_made"),), "city", w=("arrivals_month",),
    when=("year", "month"),
)  # fmt: skip
UNSOLVED = Plan(
    date(2026, 1, 1), "who", "Black or Asian", "White", (PlannedOutcome("unsolved", "unsolved"),),
    "bcu", ("method_of_killing", "domestic_abuse", "age_group", "sex"), ("arrivals_month",),
)  # fmt: skip
SOLVED = Plan(
    date(2026, 1, 1), "vic_race", "Black", "White", (PlannedOutcome("solved", "solved"),),
    "state_abbr", ("year",), ("arrivals_month",), when=("year", "month"),
)  # fmt: skip
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure, ours beside it, and how far they may be apart."""

    of: str
    published: float
    ours: float
    within: float = 5e-4


def folder() -> Path | None:
    """Return the folder of real data, None where it is not here."""
    path = os.environ.get("CLEW_DATA")
    return Path(path) if path and Path(path).is_dir() else None


@cache
def columns_of(name: str) -> Columns:
    """Return the columns of a file of the real data folder."""
    there = folder()
    assert there is not None
    with gzip.open(there / name, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Columns({key: [row[key] for row in rows] for key in rows[0]}, len(rows))


def arrests() -> Columns:
    """Return the homicides of 47 cities, ages in bands."""
    columns = columns_of("us_homicide_arrests_2007_2017.csv.gz")
    return Columns({**columns.cells, "age": band(columns["victim_age"], AGES)}, columns.rows)


def months(columns: Columns) -> list[str]:
    """Return the year and month of each row."""
    return [f"{y}-{m}" for y, m in zip(columns["year"], columns["month"], strict=True)]


def strata_of(plan: Plan, columns: Columns) -> Strata:
    """Return the strata of a plan's first outcome by X and unit."""
    deaths = select(plan, columns, months(columns))
    done = done_of(plan.outcomes[0], columns, deaths.rows) == 1
    return Strata.from_deaths(done, deaths.focal, deaths.stratum)


def audit(plan: Plan, columns: Columns, period: Sequence[str]) -> OutcomeAnswer:
    """Return the audit of a plan's first outcome."""
    deaths = select(plan, columns, period)
    return compare_groups(plan, columns, deaths, np.random.default_rng(1)).outcomes[0]


def linear(outcome: Floats, parts: Sequence[Floats]) -> tuple[float, float, float]:
    """Return the first column's slope in a linear model, with its robust 95 % interval."""
    design = np.column_stack([*parts, np.ones(outcome.size)])
    fitted = OLS(outcome, design).fit(cov_type="HC1")
    low, high = fitted.conf_int()[0]
    return float(fitted.params[0]), float(low), float(high)


def of_arrests() -> Iterator[Figure]:
    """Yield the figures of arrests in 47 cities."""
    columns = arrests()
    done = np.asarray(columns["arrest_was_made"]) == "1.0"
    race = np.asarray(columns["victim_race"])
    yield Figure("arrests, all", 0.489, float(done.mean()))
    for group, share in (("White", 0.625), ("Hispanic", 0.481), ("Black", 0.462)):
        yield Figure(f"arrests, {group}", share, float(done[race == group].mean()))
    by_city = strata_of(ARREST, columns)
    pooled, odds = pool_differences(by_city), pool_odds(by_city)
    yield Figure("White less Black, by city", 0.1263, pooled.value, 5e-5)
    yield Figure("its standard error", 0.0070, pooled.se, 1e-4)
    yield Figure("odds ratio by city", 1.698, odds.value)
    yield Figure("its lower end", 1.600, odds.low)
    yield Figure("its upper end", 1.802, odds.high)
    ahead = by_city.focal_done / by_city.focal > by_city.reference_done / by_city.reference
    yield Figure("cities where White is ahead, of 47", 44, float(ahead.sum()), 0)
    with_year = pool_differences(strata_of(replace(ARREST, x=("year",)), columns))
    yield Figure("by city and year", 0.1260, with_year.value, 5e-5)
    with_age = pool_differences(strata_of(replace(ARREST, x=("victim_sex", "age")), columns))
    yield Figure("by city, sex and age", 0.1062, with_age.value, 5e-5)
    load = month_load(columns["city"], months(columns))
    # Hispanic, Asian and others have columns of their own; White is the reference of the rest.
    slope, _, _ = linear(
        done.astype(float),
        [load, *(one_hot(columns[name]) for name in ("city", "year", "victim_race"))],
    )
    yield Figure("load, a log unit, linear model over all races", -0.054, slope, 1e-3)
    found = audit(replace(ARREST, x=("year", "victim_sex", "age")), columns, months(columns))
    assert found.crude is not None
    assert found.by_workload is not None
    yield Figure("crude difference", 0.163, found.crude.value)
    yield Figure("what load accounts for", 0.0, found.by_workload.value, 0.005)


def london(years: range) -> tuple[OutcomeAnswer, tuple[float, float, float]]:
    """Return the audit of unsolved homicides in London, and a linear model of the same."""
    columns = columns_of("met_homicides_2003_2023.csv.gz")
    group = ["Black or Asian" if one in {"Black", "Asian"} else one for one in columns["ethnicity"]]
    unsolved = ["yes" if one != "Solved" else "no" for one in columns["solved_status"]]
    columns = Columns({**columns.cells, "who": group, "unsolved": unsolved}, columns.rows)
    plan = replace(UNSOLVED, where={"year": tuple(map(str, years))})
    deaths = select(plan, columns, list(columns["year"]))
    done = done_of(plan.outcomes[0], columns, deaths.rows)
    slope = linear(done, [deaths.focal.astype(float), deaths.x, deaths.w[:, :1]])
    return audit(plan, columns, list(columns["year"])), slope


def of_london() -> Iterator[Figure]:
    """Yield the figures of unsolved homicides in London."""
    later, slope = london(range(2017, 2022))
    for name, published, ours in (
        ("unsolved 2017-21, Black and Asian", 68, later.focal[0]),
        ("of", 376, later.focal[1]),
        ("unsolved 2017-21, White", 33, later.reference[0]),
        ("of", 264, later.reference[1]),
    ):
        yield Figure(name, published, ours, 0)
    for name, published, ours in zip(
        ("adjusted by a linear model", "its lower end", "its upper end"),
        (0.062, 0.007, 0.118), slope, strict=True,
    ):  # fmt: skip
        yield Figure(name, published, ours, 0.01)
    assert later.given_xw is not None
    yield Figure("our audit's figure of the same", 0.062, later.given_xw.modelled.value, 0.035)
    earlier, _ = london(range(2012, 2017))
    for name, published, ours in (
        ("unsolved 2012-16, Black and Asian", 21, earlier.focal[0]),
        ("of", 240, earlier.focal[1]),
        ("unsolved 2012-16, White", 17, earlier.reference[0]),
        ("of", 244, earlier.reference[1]),
    ):
        yield Figure(name, published, ours, 0)


def west(*, guns: bool) -> OutcomeAnswer:
    """Return the audit of murders solved in ten western states, with guns or by other means."""
    columns = columns_of("shr_homicides_west_1976_2018.csv.gz")
    means = ["gun" if one in GUNS else "other" for one in columns["weapon"]]
    kind = ["murder" if one.startswith("Murder") else "other" for one in columns["homicide_type"]]
    columns = Columns({**columns.cells, "means": means, "kind_of": kind}, columns.rows)
    plan = replace(
        SOLVED,
        where={
            "year": tuple(map(str, range(2007, 2017))),
            "means": ("gun" if guns else "other",),
            "kind_of": ("murder",),
        },
    )
    return audit(plan, columns, months(columns))


def of_west() -> Iterator[Figure]:
    """Yield the figures of murders in ten western states."""
    for guns, words, ours, theirs in (
        (True, "solved, with guns", 0.666, 0.809),
        (False, "solved, by other means", 0.838, 0.829),
    ):
        found = west(guns=guns)
        yield Figure(f"{words}, Black", ours, found.focal[0] / found.focal[1])
        yield Figure(f"{words}, White", theirs, found.reference[0] / found.reference[1])


def of_coroners() -> Iterator[Figure]:
    """Yield the totals of 2019."""
    there = folder()
    assert there is not None
    rows = read_year(there, 2019)
    for name, column, published in (
        ("deaths reported 2019", "TDR_TDR_T", 210_838),
        ("inquests", "TDR_IQ_T", 29_969),
        ("post-mortems", "PM_TDR_T", 82_072),
    ):
        yield Figure(name, published, sum(int(row[column]) for row in rows), 0)


SETS: dict[str, Callable[[], Iterator[Figure]]] = {
    "Homicides of 47 US cities, 2007 to 2017 (Washington Post)": of_arrests,
    "Homicides in London (the force's public dashboard)": of_london,
    "Murders in ten western states, 2007 to 2016 (FBI)": of_west,
    "Coroners' statistics of England and Wales": of_coroners,
}


def published() -> str:
    """Return the table of all figures."""
    if folder() is None:
        return "The real files were not at hand (CLEW_DATA is not set)."
    lines = []
    for title, figures in SETS.items():
        lines += ["", f"**{title}**", "", "| figure | published | ours |", "| --- | ---: | ---: |"]
        lines += [f"| {one.of} | {one.published:g} | {one.ours:.6g} |" for one in figures()]
    differ = [west(guns=guns) for guns in (True, False)]
    said = []
    for one, words in zip(differ, ("with guns", "by other means"), strict=True):
        assert one.given_xw is not None
        last = one.given_xw.modelled
        said.append(f"{words} {last.value:+.3f} ({last.low:+.3f} to {last.high:+.3f})")
    lines += ["", f"Black less White, same state, year and load: {'; '.join(said)}. One headline"]
    lines[-1] += " would mislead."
    return "\n".join(lines)


if __name__ == "__main__":
    print(published())
