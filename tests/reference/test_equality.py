"""The equality audit against figures worked out from real files by others' methods."""

from __future__ import annotations

import csv
import gzip
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from clew.oversight.equality.answers import OutcomeAnswer
from clew.oversight.equality.compare import compare_groups
from clew.oversight.equality.deaths import Columns, band, done_of, select
from clew.oversight.equality.plan import Plan, PlannedOutcome
from clew.oversight.equality.proportions import Strata, pool_differences, pool_odds

DATA = Path(os.environ.get("CLEW_DATA") or "CLEW_DATA is not set")
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the folder of real data is not here (CLEW_DATA)"
)
AGES = (12, 17, 24, 34, 49, 64)
GUNS = (
    "Handgun - pistol, revolver, etc", "Firearm, type not stated", "Rifle", "Shotgun", "Other gun",
)  # fmt: skip
ARREST = Plan(
    date(2026, 1, 1), "victim_race", "White", "Black",
    (PlannedOutcome("arrest made", "arrest_was_made"),), "city", w=("arrivals_month",),
    when=("year", "month"),
)  # fmt: skip


def columns_of(name: str) -> Columns:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Columns({key: [row[key] for row in rows] for key in rows[0]}, len(rows))


@pytest.fixture(scope="module")
def arrests() -> Columns:
    columns = columns_of("us_homicide_arrests_2007_2017.csv.gz")
    cells = {**columns.cells, "age": band(columns["victim_age"], AGES)}
    return Columns(cells, columns.rows)


def months(columns: Columns) -> list[str]:
    return [f"{y}-{m}" for y, m in zip(columns["year"], columns["month"], strict=True)]


def strata_of(plan: Plan, columns: Columns) -> Strata:
    deaths = select(plan, columns, months(columns))
    done = done_of(plan.outcomes[0], columns, deaths.rows) == 1
    return Strata.from_deaths(done, deaths.focal, deaths.stratum)


def test_arrests_by_race_in_47_cities(arrests: Columns) -> None:
    done = np.asarray(arrests["arrest_was_made"]) == "1.0"
    race = np.asarray(arrests["victim_race"])
    assert done.mean() == pytest.approx(0.489, abs=5e-4)
    for group, share in (("White", 0.625), ("Hispanic", 0.481), ("Black", 0.462)):
        assert done[race == group].mean() == pytest.approx(share, abs=5e-4)
    by_city = strata_of(ARREST, arrests)
    pooled = pool_differences(by_city)
    assert pooled.value == pytest.approx(0.1263, abs=5e-5)
    assert pooled.se == pytest.approx(0.0070, abs=1e-4)
    odds = pool_odds(by_city)
    assert odds.value == pytest.approx(1.698, abs=5e-4)
    assert (odds.low, odds.high) == pytest.approx((1.600, 1.802), abs=5e-4)
    ahead = by_city.focal_done / by_city.focal > by_city.reference_done / by_city.reference
    assert (int(ahead.sum()), ahead.size) == (44, 47)
    with_year = pool_differences(strata_of(replace(ARREST, x=("year",)), arrests))
    assert with_year.value == pytest.approx(0.1260, abs=5e-5)
    with_age = pool_differences(strata_of(replace(ARREST, x=("victim_sex", "age")), arrests))
    assert with_age.value == pytest.approx(0.1062, abs=5e-5)


def audit(plan: Plan, columns: Columns, period: list[str]) -> OutcomeAnswer:
    deaths = select(plan, columns, period)
    return compare_groups(plan, columns, deaths, np.random.default_rng(1)).outcomes[0]


def test_load_explains_almost_none_of_it_and_both_methods_agree(arrests: Columns) -> None:
    plan = replace(ARREST, x=("year", "victim_sex", "age"))
    found = audit(plan, arrests, months(arrests))
    assert found.verdict == "difference"
    assert found.crude is not None
    assert found.crude.value == pytest.approx(0.163, abs=5e-4)
    assert found.given_x is not None
    assert found.given_x.modelled.value == pytest.approx(0.1062, abs=0.01)
    assert found.by_workload is not None
    assert abs(found.by_workload.value) < 0.005


def test_homicides_in_london_unsolved(tmp_path: Path) -> None:
    columns = columns_of("met_homicides_2003_2023.csv.gz")
    group = ["Black or Asian" if one in {"Black", "Asian"} else one for one in columns["ethnicity"]]
    unsolved = ["yes" if one != "Solved" else "no" for one in columns["solved_status"]]
    columns = Columns({**columns.cells, "who": group, "unsolved": unsolved}, columns.rows)
    plan = Plan(
        date(2026, 1, 1), "who", "Black or Asian", "White",
        (PlannedOutcome("unsolved", "unsolved"),), "bcu",
        ("method_of_killing", "domestic_abuse", "age_group", "sex"), ("arrivals_month",),
        where={"year": tuple(map(str, range(2017, 2022)))},
    )  # fmt: skip
    later = audit(plan, columns, list(columns["year"]))
    assert (later.focal, later.reference) == ((68, 376), (33, 264))
    assert later.given_xw is not None
    # A linear model gave 6.2 points, from .7 to 11.8; here deaths weigh by overlap.
    assert 0.007 < later.given_xw.modelled.value < 0.118
    plan = replace(plan, where={"year": tuple(map(str, range(2012, 2017)))})
    earlier = audit(plan, columns, list(columns["year"]))
    assert (earlier.focal, earlier.reference) == ((21, 240), (17, 244))
    assert earlier.verdict == "none shown"


def test_murders_with_guns_and_by_other_means_answer_otherwise() -> None:
    columns = columns_of("shr_homicides_west_1976_2018.csv.gz")
    year = np.asarray(columns["year"]).astype(int)
    murder = np.char.startswith(np.asarray(columns["homicide_type"]), "Murder")
    gun = np.isin(np.asarray(columns["weapon"]), GUNS)
    race, solved = np.asarray(columns["vic_race"]), np.asarray(columns["solved"]) == "Yes"
    inside = (year >= 2007) & (year <= 2016) & murder

    def share(which: np.ndarray) -> float:  # type: ignore[type-arg]
        return float(solved[inside & which].mean())

    assert share(gun & (race == "White")) == pytest.approx(0.809, abs=5e-4)
    assert share(gun & (race == "Black")) == pytest.approx(0.666, abs=5e-4)
    assert share(~gun & (race == "White")) == pytest.approx(0.829, abs=5e-4)
    assert share(~gun & (race == "Black")) == pytest.approx(0.838, abs=5e-4)
