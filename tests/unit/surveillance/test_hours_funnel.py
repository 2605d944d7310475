"""Profiles round the clock, funnel limits, and correction for the many."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from clew.model.excess import Variation
from clew.surveillance.excess.funnel import chance_above, holm, limits, measure_variation
from clew.surveillance.excess.profiles import compare_circle

EVEN = np.full(24, 20)


def afternoon(count: int) -> np.ndarray:
    hours = np.full(24, 1)
    hours[13:16] += count
    return hours


def test_an_afternoon_excess_is_found_where_it_is() -> None:
    found = compare_circle(afternoon(10), EVEN, np.random.default_rng(1))
    assert found is not None
    assert (found.first, found.length, found.observed) == (13, 3, 33)
    assert found.p_value == 1 / 2000


def test_midnight_is_no_border() -> None:
    turned = compare_circle(np.roll(afternoon(10), 10), EVEN, np.random.default_rng(1))
    plain = compare_circle(afternoon(10), EVEN, np.random.default_rng(1))
    assert turned is not None
    assert plain is not None
    assert (turned.first, turned.length) == (23, 3)
    assert turned.p_value == pytest.approx(plain.p_value, abs=0.002)


def test_p_values_of_profiles_are_uniform_where_nothing_differs() -> None:
    rng = np.random.default_rng(2)
    shares = rng.dirichlet(np.full(24, 3.0))
    found = []
    for _ in range(300):
        own, rest = rng.multinomial(30, shares), rng.multinomial(300, shares)
        profile = compare_circle(own, rest, rng, draws=99)
        assert profile is not None
        found.append(profile.p_value)
    assert np.mean(np.array(found) <= 0.1) < 0.1 + 3 * np.sqrt(0.09 / 300)
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


def test_nothing_to_compare_is_no_profile() -> None:
    rng = np.random.default_rng(3)
    assert compare_circle(np.zeros(24), EVEN, rng) is None
    assert compare_circle(EVEN, np.zeros(24), rng) is None


def test_limits_are_exact() -> None:
    expected = np.array([0.3, 2.0, 17.5, 140.0])
    low, high = limits(expected, 0.95, Variation())
    assert (poisson.sf(high, expected) <= 0.025).all()
    assert (poisson.sf(high - 1, expected) > 0.025).all()
    assert (poisson.cdf(low - 1, expected) <= 0.025).all()
    wider = limits(expected, 0.95, Variation(0.3))
    assert (wider[1] >= high).all()
    assert wider[1][-1] > high[-1] + 40


def test_variation_is_measured_even_beside_units_in_excess() -> None:
    rng = np.random.default_rng(4)
    expected = rng.uniform(20, 200, 400)
    observed = rng.poisson(rng.gamma(25.0, 1 / 25.0, 400) * expected)
    observed[:6] *= 5
    assert measure_variation(observed, expected).between == pytest.approx(0.2, abs=0.03)
    plain = rng.poisson(expected)
    assert measure_variation(plain, expected).between < 0.05
    assert measure_variation(plain[:5], expected[:5]) == Variation()


def test_chance_above_counts_the_observed_itself() -> None:
    assert chance_above(np.array([0]), np.array([3.0]), Variation(0.2)) == pytest.approx([1.0])
    assert chance_above(np.array([1]), np.array([3.0]), Variation()) == pytest.approx(
        1 - np.exp(-3)
    )


def test_holm_by_hand() -> None:
    assert holm(np.array([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])
    assert holm(np.array([0.01]), 100) == pytest.approx([1.0])
    assert holm(np.array([])).shape == (0,)
