"""Chance: the nulls recover what simulation knows, and their identities hold."""

from __future__ import annotations

import numpy as np
import pytest

from clew.comparison.weights.chance import (
    ANCHOR,
    BANDS,
    ENOUGH,
    KEPT,
    LEAST_SCALE,
    MOST_SCALE,
    ROBBINS_UP_TO,
    ChanceModel,
    KeyNull,
    fit_key_null,
    fit_plain_null,
    fit_tail,
)

CASES = 3_000
OTHERS = 2_000


def simulated_best(rng: np.random.Generator, kind: str, cases: int = CASES) -> np.ndarray:
    """The KEPT best of OTHERS weights for each case, best first; cases differ in their level."""
    rows = []
    level = rng.normal(-4, 0.4, cases)
    for k in range(cases):
        if kind == "exponential":
            weights = level[k] + rng.exponential(0.5, OTHERS)
        else:
            weights = level[k] + rng.normal(0, 1.0, OTHERS)
        rows.append(np.sort(np.partition(weights, OTHERS - KEPT)[-KEPT:])[::-1])
    return np.array(rows)


@pytest.mark.parametrize("kind", ["exponential", "normal"])
def test_a_chance_of_c_is_seen_c_times_a_case(kind: str) -> None:
    """Fitted on one half of time, seen on the next: observed over expected near 1."""
    rng = np.random.default_rng(20)
    best = simulated_best(rng, kind)
    reference = np.full(CASES, OTHERS)
    null = fit_plain_null(best, reference)
    rows = np.repeat(np.arange(CASES), KEPT)
    chances = null.expected(rows, best.ravel(), reference[rows])
    for c in (1.0, 0.1, 0.01):
        observed = (chances <= c).sum() / CASES
        assert 0.7 <= observed / c <= 1.4, (c, observed)


def test_a_fitted_null_holds_on_cases_it_has_not_seen() -> None:
    """The weights are drawn anew for the same cases; the curve and the scales are the old ones."""
    rng = np.random.default_rng(3)
    level = rng.normal(-4, 0.4, CASES)
    draw = level[:, None, None] + rng.exponential(0.5, (CASES, 2, OTHERS // 4))
    old, new = (np.sort(draw[:, half], axis=1)[:, ::-1][:, :KEPT] for half in (0, 1))
    reference = np.full(CASES, OTHERS // 4)
    null = fit_plain_null(old, reference)
    rows = np.repeat(np.arange(CASES), KEPT)
    chances = null.expected(rows, new.ravel(), reference[rows])
    for c in (1.0, 0.1):
        assert 0.7 <= (chances <= c).sum() / CASES / c <= 1.4


def test_a_heavier_match_never_has_the_greater_chance() -> None:
    best = simulated_best(np.random.default_rng(5), "normal", 400)
    null = fit_plain_null(best, np.full(400, OTHERS))
    bans = np.linspace(-8, 12, 300)
    for row in (0, 17, 399):
        rows = np.full(len(bans), row)
        expected = null.expected(rows, bans, np.full(len(bans), OTHERS))
        assert (np.diff(expected) <= 1e-12).all()
        assert (expected > 0).all()


def test_chance_is_in_proportion_to_how_many_were_compared() -> None:
    best = simulated_best(np.random.default_rng(6), "exponential", 300)
    null = fit_plain_null(best, np.full(300, OTHERS))
    rows, bans = np.arange(300), best[:, 0]
    full = null.expected(rows, bans, np.full(300, OTHERS))
    half = null.expected(rows, bans, np.full(300, OTHERS // 2))
    assert np.allclose(full, 2 * half)


def test_a_series_of_eight_does_not_hide_itself() -> None:
    """The best seven matches play no part in a case's scale or anchor."""
    best = simulated_best(np.random.default_rng(8), "exponential", 300)
    planted = best.copy()
    planted[0, : ANCHOR - 1] += 5
    reference = np.full(300, OTHERS)
    before, after = fit_plain_null(best, reference), fit_plain_null(planted, reference)
    assert np.array_equal(before.scale, after.scale)
    assert before.best[0, ANCHOR - 1] == after.best[0, ANCHOR - 1]
    row, bans = np.array([0]), np.array([planted[0, 0]])
    assert after.nominal(row, bans) < 1e-2
    assert ((before.scale >= LEAST_SCALE) & (before.scale <= MOST_SCALE)).all()


def gamma_poisson(rng: np.random.Generator, cases: int, shape: float, mean: float) -> np.ndarray:
    return rng.poisson(rng.gamma(shape, mean / shape, cases))


@pytest.mark.parametrize(("shape", "mean"), [(0.3, 0.5), (1.0, 1.5), (3.0, 2.5)])
def test_robbins_figures_hold_on_the_average_whatever_the_mixture(
    shape: float, mean: float
) -> None:
    """Pairs of chance at most x come x times a case, where counts are Poisson of any mixture.

    Every case has its own rate of unrelated sharers; every sharer's weight is drawn from one
    distribution. The expected number for each pair is taken at k - 1. A case of k sharers can
    have no more pairs than its rate, so the truth is the mean over cases of min(rate(k), x).
    """
    rng = np.random.default_rng(11)
    cases = 30_000
    counts = gamma_poisson(rng, cases, shape, mean)
    owners = np.repeat(np.arange(cases), counts)
    bans = rng.normal(0.5, 0.6, len(owners))
    null = fit_key_null(counts, owners, bans)
    chances = null.expected(counts[owners] - 1, bans)
    for x in (0.3, 0.1, 0.03, 0.01):
        observed = (chances <= x).sum() / cases
        rate = (counts + shape) / (1 + shape / mean)
        truth = np.minimum(rate, x).mean()
        error = 4 * np.sqrt(truth / cases)  # four standard errors of a Poisson count
        assert abs(observed - truth) <= error + 0.1 * truth, (x, observed, truth)


def test_robbins_rates_are_those_of_the_mixture() -> None:
    """(k + 1) N(k+1) / N(k) of a gamma-Poisson mixture is (k + shape) / (1 + shape / mean)."""
    rng = np.random.default_rng(12)
    counts = gamma_poisson(rng, 200_000, 1.0, 1.5)
    owners = np.repeat(np.arange(len(counts)), counts)
    null = fit_key_null(counts, owners, np.zeros(len(owners)) + rng.normal(0, 1, len(owners)))
    k = np.arange(5)
    assert np.allclose(null.rate[:5], (k + 1.0) / (1 + 1.0 / 1.5), rtol=0.1)
    assert (np.diff(null.rate) >= 0).all()
    assert len(null.rate) == ROBBINS_UP_TO


def test_beyond_what_was_counted_the_rate_is_the_count_itself() -> None:
    counts = np.zeros(100, int)
    null = fit_key_null(counts, np.array([], int), np.array([]))
    assert null.expected(np.array([40]), np.array([1.0])) == 0, "no such pair was ever seen"
    seen = KeyNull(np.arange(ROBBINS_UP_TO), null.tails[:0] + (fit_tail(np.zeros(50)),) * 4)
    assert seen.expected(np.array([40]), np.array([-1.0])) == 40


def test_bands_of_sharers_have_tails_of_their_own() -> None:
    rng = np.random.default_rng(2)
    counts = np.array([0] * 100 + [1] * 200 + [20] * 20)
    owners = np.repeat(np.arange(320), counts)
    lone = counts[owners] == 1
    bans = np.where(lone, rng.normal(2, 0.1, len(owners)), rng.normal(-2, 0.1, len(owners)))
    null = fit_key_null(counts, owners, bans)
    few, many = null.expected(np.array([0, 19]), np.array([1.0, 1.0]))
    assert few > many
    assert null.tails[0].survival(np.array([1.0])) == 1
    assert null.tails[len(BANDS)].survival(np.array([1.0])) < 1e-3


def test_a_tail_is_the_sample_itself_and_exponential_beyond() -> None:
    sample = np.random.default_rng(4).exponential(0.4, 5_000)
    tail = fit_tail(sample)
    assert list(tail.sample) == sorted(sample)
    for bans in (0.1, 0.5, 0.9):
        assert tail.survival(np.array([bans]))[0] == (sample >= bans).mean()
    beyond = tail.survival(np.array([3.0, 3.4]))
    truth = np.exp(-np.array([3.0, 3.4]) / 0.4)
    assert (beyond > 0).all()
    assert np.allclose(np.log(beyond), np.log(truth), atol=2.0)
    grid = tail.survival(np.linspace(-1, 6, 500))
    assert grid[0] == 1
    assert (np.diff(grid) <= 1e-12).all(), "a survival function never rises"


def test_the_least_and_the_empty_tail() -> None:
    assert (fit_tail(np.array([])).survival(np.array([-9.0, 9.0])) == 0).all()
    one = fit_tail(np.array([1.0]))
    assert one.survival(np.array([1.0])) == 1
    assert 0 < one.survival(np.array([2.0]))[0] < 1
    assert ENOUGH == 30


def test_the_three_kinds_add_up_and_a_candidate_does_not_count_itself() -> None:
    best = simulated_best(np.random.default_rng(9), "exponential", 200)
    plain = fit_plain_null(best, np.full(200, 199))
    counts = np.array([1] * 100 + [0] * 100)
    owners = np.arange(100)
    key = fit_key_null(counts, owners, np.random.default_rng(1).normal(0, 1, 100))
    model = ChanceModel(plain, key, key, counts, counts, 200.0 * OTHERS)
    rows, bans, compared = np.array([5, 5, 5]), np.full(3, best[5, 2]), np.full(3, 199)
    plainly, by_address, by_entity = model.chance(rows, bans, np.array([0, 1, 2]), compared)
    once = key.expected(np.array([1]), bans[:1])[0]
    none = key.expected(np.array([0]), bans[:1])[0]
    alone = plain.expected(rows[:1], bans[:1], compared[:1])[0]
    assert plainly == pytest.approx(min(alone + 2 * once, 199))
    assert by_address == by_entity == pytest.approx(min(alone + once + none, 199))


def test_a_chance_lies_above_nothing_and_at_most_at_what_was_compared() -> None:
    best = simulated_best(np.random.default_rng(10), "normal", 200)
    plain = fit_plain_null(best, np.full(200, OTHERS))
    empty = fit_key_null(np.zeros(200, int), np.array([], int), np.array([]))
    model = ChanceModel(plain, empty, empty, np.zeros(200, int), np.zeros(200, int), 200.0 * OTHERS)
    rows = np.zeros(3, int)
    extremes = model.chance(rows, np.array([-1e3, 1e3, 0.0]), rows, np.array([7, 7, 0]))
    assert 0 < extremes[0] <= 7
    assert 0 < extremes[1] < 1e-4
    assert 0 < extremes[2] <= 1


def test_whatever_all_unrelated_cases_exceed_is_expected_of_all_compared() -> None:
    best = simulated_best(np.random.default_rng(10), "normal", 200)
    plain = fit_plain_null(best, np.full(200, OTHERS))
    worst = plain.expected(np.array([0]), np.array([-1e3]), np.array([7]))
    assert worst[0] == pytest.approx(7, rel=0.2)
