"""The sequential test of one unit: its boundary is exact, and more deaths never lower it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.model.excess import Variation
from clew.surveillance.excess.sprt import (
    SprtDesign,
    chance_of_crossing,
    exact_boundary,
    least_counts,
    p_value,
    statistic,
)
from survey_shipman import wald_boundary

EXPECTED = np.array([2.0, 3.5, 4.0, 1.0, 2.5, 3.0, 4.4, 0.7])
WORLDS = [Variation(), Variation(0.3), Variation(0.0, 1.4), Variation(0.25, 1.3)]
DRAWS = 60_000


def ordinary(vary: Variation, rng: np.random.Generator) -> np.ndarray:
    theta = np.ones(DRAWS)
    if vary.between:
        theta = rng.gamma(vary.between**-2, vary.between**2, DRAWS)
    mean = theta[:, None] * EXPECTED
    if vary.within == 1:
        return rng.poisson(mean)
    return rng.negative_binomial(mean / (vary.within - 1), 1 / vary.within)


@pytest.mark.parametrize("vary", WORLDS, ids=str)
def test_the_chance_of_crossing_is_what_simulation_finds(vary: Variation) -> None:
    design = SprtDesign(2.0, vary)
    height = exact_boundary(0.02, EXPECTED, design)
    least = least_counts(height, EXPECTED, design)
    told = chance_of_crossing(least, EXPECTED, vary)
    counts = ordinary(vary, np.random.default_rng(3)).cumsum(axis=1)
    crossed = np.maximum.accumulate(counts >= least, axis=1).mean(axis=0)
    assert told[-1] <= 0.02
    error = np.sqrt(told * (1 - told) / DRAWS)
    assert np.abs(crossed - told).max() <= 4.5 * error.max() + 1e-6


@pytest.mark.parametrize("vary", [Variation(), Variation(0.3)], ids=str)
@pytest.mark.parametrize("alpha", [0.05, 1e-3, 1e-5])
def test_the_exact_boundary_is_below_walds_and_just_high_enough(
    vary: Variation, alpha: float
) -> None:
    design = SprtDesign(2.0, vary)
    height = exact_boundary(alpha, EXPECTED, design)
    assert height < wald_boundary(alpha, alpha)
    assert height < math.log(1 / alpha)
    lower = least_counts(height - 1e-3, EXPECTED, design)
    assert chance_of_crossing(lower, EXPECTED, vary)[-1] > alpha


def test_plain_poisson_is_the_published_formula() -> None:
    observed = np.array([3, 1, 7])
    path = statistic(observed, EXPECTED[:3], SprtDesign(2.0))
    assert path == pytest.approx(math.log(2) * observed.cumsum() - EXPECTED[:3].cumsum())


@given(
    counts=st.lists(st.integers(0, 12), min_size=8, max_size=8),
    at=st.integers(0, 7),
    between=st.sampled_from([0.0, 0.2, 0.5]),
    within=st.sampled_from([1.0, 1.5]),
)
@settings(max_examples=60, deadline=None)
def test_one_death_more_never_lowers_it(
    counts: list[int], at: int, between: float, within: float
) -> None:
    design = SprtDesign(2.0, Variation(between, within))
    more = np.array(counts)
    before = statistic(more, EXPECTED, design)
    more[at] += 1
    after = statistic(more, EXPECTED, design)
    assert (after[at:] > before[at:]).all()
    assert after[:at] == pytest.approx(before[:at])


def test_a_higher_path_has_a_smaller_p_value() -> None:
    design = SprtDesign(2.0, Variation(0.2))
    few, many = np.array([2, 4, 4, 1, 3, 3, 4, 1]), np.array([2, 4, 9, 4, 8, 7, 9, 2])
    assert p_value(many, EXPECTED, design) < 0.01 < p_value(few, EXPECTED, design)


@pytest.mark.parametrize("ratio", [1.0, 0.5, math.nan, 2000.0])
def test_a_ratio_that_is_no_rise_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="ratio"):
        SprtDesign(ratio)


@pytest.mark.parametrize(("between", "within"), [(-0.1, 1.0), (0.1, 0.9), (math.nan, 1.0)])
def test_variation_out_of_range_is_refused(between: float, within: float) -> None:
    with pytest.raises(ValueError, match="between"):
        Variation(between, within)
