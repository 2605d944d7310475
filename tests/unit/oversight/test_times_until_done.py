"""Times until something was done, against statsmodels, hand counts and a published model."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import CumIncidenceRight

from clew.oversight.equality.deaths import Columns, waits_of
from clew.oversight.equality.hazards import fit_hazards
from clew.oversight.equality.plan import PlannedOutcome
from clew.oversight.equality.times import (
    DONE,
    OPEN,
    OTHER,
    Waits,
    hours_without,
    incidence,
    pool_means,
)

ROSSI = Path(__file__).parents[2] / "reference" / "rossi.csv"
"""432 men released from prison, followed a year: Rossi, Berk and Lenihan, Money, Work and Crime
(1980), as Allison's Survival Analysis (1995) uses them. As in lifelines (MIT)."""


def made(seed: int, n: int = 200, *, ties: bool = True, open_share: float = 0.3) -> Waits:
    rng = np.random.default_rng(seed)
    hours = rng.exponential(60, n)
    if ties:
        hours = np.ceil(hours / 8) * 8
    state = rng.choice(
        [OPEN, DONE, OTHER], n, p=[open_share, 0.6 - open_share / 2, 0.4 - open_share / 2]
    )
    return Waits(hours, state)


SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.booleans())
@settings(max_examples=20)
def test_shares_done_are_those_of_statsmodels(seed: int, ties: bool) -> None:
    waits = made(seed, ties=ties)
    ours = incidence(waits)
    with np.errstate(divide="ignore", invalid="ignore"):  # of its standard errors at the last time
        theirs = CumIncidenceRight(waits.hours, waits.state)
    at = np.searchsorted(theirs.times, ours.times)
    assert ours.done == pytest.approx(theirs.cinc[0][at], abs=1e-9)
    assert ours.other == pytest.approx(theirs.cinc[1][at], abs=1e-9)
    assert ours.done + ours.other + ours.free == pytest.approx(1.0)


@given(SEEDS, st.booleans())
@settings(max_examples=20)
def test_where_every_end_is_known_pseudo_values_are_the_hours_themselves(
    seed: int, ties: bool
) -> None:
    waits = made(seed, ties=ties, open_share=0.0)
    found = hours_without(waits, 100.0)
    plain = np.where(waits.state == DONE, np.minimum(waits.hours, 100.0), 100.0)
    assert found == pytest.approx(plain, abs=1e-8)


@given(SEEDS)
@settings(max_examples=10)
def test_with_open_waits_their_mean_is_the_area_over_the_curve(seed: int) -> None:
    waits = made(seed)
    curve = incidence(waits.up_to(100.0))
    inside = curve.times <= 100.0
    edges = np.concatenate([[0.0], curve.times[inside], [100.0]])
    area = float((np.diff(edges) * np.concatenate([[0.0], curve.done[inside]])).sum())
    assert hours_without(waits, 100.0).mean() == pytest.approx(100.0 - area, abs=1e-8)


def test_pseudo_values_are_close_to_leaving_each_death_out() -> None:
    waits = made(4, n=400)
    whole = hours_without(waits, 100.0)
    every = np.arange(400)
    for one in (0, 17, 200, 399):
        rest = waits.take(every != one)
        left_out = 400 * whole.mean() - 399 * hours_without(rest, 100.0).mean()
        assert whole[one] == pytest.approx(left_out, abs=2.0)


def test_what_came_first_counts_as_never_done() -> None:
    waits = Waits(np.array([10.0, 10.0]), np.array([DONE, OTHER]))
    assert hours_without(waits, 72.0).tolist() == [10.0, 72.0]


def test_nothing_done_is_the_horizon() -> None:
    waits = Waits(np.array([10.0, 80.0]), np.array([OPEN, OPEN]))
    assert hours_without(waits, 72.0).tolist() == [72.0, 72.0]
    assert incidence(waits).done_by(72.0) == 0.0


@given(SEEDS)
@settings(max_examples=20)
def test_pooled_means_turn_round_with_the_groups(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, focal, key = rng.normal(size=60), rng.random(60) < 0.4, rng.integers(0, 6, 60)
    one, other = pool_means(values, focal, key), pool_means(values, ~focal, key)
    if one.used:
        assert one.value == pytest.approx(-other.value)
        assert one.se == pytest.approx(other.se, nan_ok=True)


def test_rates_of_men_released_from_prison_as_published() -> None:
    with ROSSI.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = ("fin", "age", "race", "wexp", "mar", "paro", "prio")
    covariates = np.asarray([[float(row[name]) for name in names] for row in rows])
    hours = np.asarray([float(row["week"]) for row in rows])
    done = np.asarray([row["arrest"] == "1" for row in rows])
    found = fit_hazards(hours, done, covariates, np.zeros(len(rows), int))
    assert found.events == 114
    values = dict(zip(names, zip(found.log_ratio, found.se, strict=True), strict=True))
    assert values["fin"] == pytest.approx((-0.379, 0.191), abs=5e-4)
    assert values["prio"] == pytest.approx((0.091, 0.029), abs=6e-4)


@given(SEEDS)
@settings(max_examples=8)
def test_rates_within_strata_are_those_of_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    waits = made(seed, n=120)
    x, stratum = rng.normal(size=(120, 2)), rng.integers(0, 5, 120)
    ours = fit_hazards(waits.hours, waits.state == DONE, x, stratum)
    model = PHReg(waits.hours, x, (waits.state == DONE).astype(int), strata=stratum, ties="efron")
    theirs = model.fit(disp=0)
    assert ours.log_ratio == pytest.approx(theirs.params, abs=1e-4)
    assert ours.se == pytest.approx(theirs.bse, abs=1e-4)


def test_a_rate_without_end_is_not_a_number() -> None:
    hours, done = np.arange(1.0, 11.0), np.repeat([True, False], 5)
    found = fit_hazards(hours, done, done[:, None].astype(float), np.zeros(10, int))
    assert np.isnan(found.log_ratio).all() or found.se[0] > 100


def test_waits_are_read_from_columns() -> None:
    cells = {
        "phone": ["5", "no", "", "30", "no", "no", "-3", "0"],
        "moved": ["", "", "", "12", "40", "", "", ""],
        "until": ["", "", "", "", "", "100", "", ""],
    }
    planned = PlannedOutcome("phone", "phone", "time_to", 672, "moved", "until")
    waits = waits_of(planned, Columns(cells, 8), np.arange(8))
    assert waits.hours == pytest.approx([5, 672, np.nan, 12, 40, 100, np.nan, 0], nan_ok=True)
    assert waits.state.tolist() == [DONE, OPEN, OPEN, OTHER, OTHER, OPEN, OPEN, DONE]
