"""Charts of many units: chances by simulation hold, units are interchangeable, learning works."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import nbinom

from clew.surveillance.excess.cusum import (
    Charts,
    Looking,
    Prior,
    fit_gamma,
    fit_prior,
    walk,
)
from clew.surveillance.excess.null_runs import GRID, draw_null

PRIORS = [Prior(0.3, 6.0), Prior(0.05, 4.0, 0.95), Prior(2.0, 0.5, 0.8), Prior(40.0, 1.0)]
MONTHS = 30


@pytest.mark.parametrize("prior", PRIORS, ids=str)
def test_rare_heights_have_the_chance_that_plain_drawing_finds(prior: Prior) -> None:
    exposure = np.ones(MONTHS)
    null = draw_null(prior, exposure, Looking(2.0), np.random.default_rng(1))
    plain = draw_null(prior, exposure, Looking(2.0), np.random.default_rng(2), 8_000)
    for alpha in (0.05, 0.004):
        height = null.boundary(alpha)
        assert height <= math.log(MONTHS / alpha) + GRID
        reached = int((plain.plain[:, -1] >= height).sum())
        told, error = null.chance(height, MONTHS)
        assert told <= alpha
        spread = np.hypot(error, np.sqrt(alpha / len(plain.plain)))
        assert reached / len(plain.plain) <= alpha + 4 * spread
        if told > alpha / 2:  # else counts are so small that no height lies nearer
            assert reached / len(plain.plain) >= told - 4 * spread


def test_chance_falls_with_height_and_rises_with_time() -> None:
    null = draw_null(PRIORS[2], np.ones(MONTHS), Looking(2.0), np.random.default_rng(4))
    heights = np.linspace(0.5, 9, 12)
    chances = [null.chance(h, MONTHS)[0] for h in heights]
    assert all(a >= b * 0.8 for a, b in pairwise(chances))
    assert null.chance(3.0, 5)[0] <= null.chance(3.0, MONTHS)[0]
    assert null.chance(0.0, 5) == (1.0, 0.0)
    assert null.chance(500.0, MONTHS)[0] > 0


def test_units_are_interchangeable() -> None:
    rng = np.random.default_rng(5)
    counts, exposure = rng.poisson(0.4, (9, 20)).astype(float), rng.uniform(0.5, 1.5, (9, 20))
    order = rng.permutation(9)
    one = walk(counts, exposure, PRIORS[0], Looking(2.0))
    other = walk(counts[order], exposure[order], PRIORS[0], Looking(2.0))
    assert other.height == pytest.approx(one.height[order])
    assert (other.begins == one.begins[order]).all()


def test_one_case_more_in_the_last_period_never_lowers_a_chart() -> None:
    rng = np.random.default_rng(6)
    counts = rng.poisson(0.7, (50, 15)).astype(float)
    more = counts.copy()
    more[:, -1] += 1
    for prior in PRIORS[:3]:
        before = walk(counts, np.ones_like(counts), prior, Looking(2.0)).height[:, -1]
        after = walk(more, np.ones_like(counts), prior, Looking(2.0)).height[:, -1]
        assert (after >= before - 1e-12).all()
        assert (after > before).any()


def test_a_height_is_the_ratio_of_two_predictions() -> None:
    """One run from a known state: the sum of negative binomial log ratios, and no other."""
    prior, counts = Prior(3.0, 2.0), [4.0, 6.0, 5.0]
    charts = Charts(prior, 1)
    told, seen = 0.0, 0.0
    for t, count in enumerate(counts):
        charts.step(np.array([count]), np.ones(1), 2.0, settled=True)
        rates = [(2.0 + t, 1.0), (2.0 + 2.0 * t, 2.0)]
        plain, raised = (nbinom.logpmf(count, 3.0 + seen, b / (b + x)) for b, x in rates)
        told, seen = told + raised - plain, seen + count
    assert charts.height[0, 0] == pytest.approx(told)


def test_exposure_of_nothing_changes_nothing() -> None:
    counts = np.array([[0.0, 3.0, 0.0, 2.0]])
    exposure = np.array([[0.0, 1.0, 0.0, 1.0]])
    packed = walk(counts[:, [1, 3]], exposure[:, [1, 3]], PRIORS[0], Looking(2.0))
    spread = walk(counts, exposure, PRIORS[0], Looking(2.0))
    assert spread.height[0, -1] == pytest.approx(packed.height[0, -1])


def test_a_rise_is_found_and_dated() -> None:
    rng = np.random.default_rng(7)
    counts = rng.poisson(4.0, (30, 36)).astype(float)
    counts[0, 20:] += rng.poisson(8.0, 16)
    prior = fit_prior(counts[:, :12], np.ones((30, 12)), np.ones(30))
    null = draw_null(prior, np.ones(36), Looking(2.0), rng)
    found = walk(counts, np.ones_like(counts), prior, Looking(2.0))
    height = null.boundary(0.01 / 30)
    crossed = np.flatnonzero(found.height[0] >= height)
    assert 20 <= crossed[0] <= 23
    assert abs(int(found.begins[0, crossed[0]]) - 20) <= 1
    assert (found.height[1:] < height).all()


def test_the_ordinary_is_learned_from_the_past() -> None:
    rng = np.random.default_rng(8)
    exposure = rng.uniform(5, 40, 4000)
    counts = rng.poisson(rng.gamma(0.5, 0.1, 4000) * exposure)
    shape, rate = fit_gamma(counts, exposure, np.ones(4000))
    assert shape == pytest.approx(0.5, rel=0.12)
    assert shape / rate == pytest.approx(0.05, rel=0.1)


def test_many_alike_units_count_as_many() -> None:
    counts, exposure = np.array([0, 30, 0, 0]), np.array([3.0, 5.0, 3.0, 3.0])
    packed = fit_gamma(counts[:2], exposure[:2], np.array([3, 1]))
    assert packed == pytest.approx(fit_gamma(counts, exposure, np.ones(4)), rel=1e-3)


def test_a_unit_busy_from_its_first_day_is_no_rise_once_charts_must_settle() -> None:
    counts = np.full((1, 20), 6.0)
    prior = Prior(1.0, 5.0)
    assert walk(counts, np.ones((1, 20)), prior, Looking(2.0)).height.max() > 2
    weak = prior.weakened(1.0)
    assert weak.mean == pytest.approx(prior.mean)
    settled = walk(counts, np.ones((1, 20)), weak, Looking(2.0, settle=6))
    assert (settled.height[0, :6] == 0).all()
    assert settled.height.max() < 1
