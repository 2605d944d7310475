"""Cost of log likelihood ratios and reliability."""

from __future__ import annotations

import numpy as np
import pytest

from clew.comparison.weights.learn import cllr, interval, reliability

LINKED = np.array([1.0, 1.0, 0.0, 0.0])
ONE = np.ones(4)


def test_cllr_at_its_ends() -> None:
    assert cllr(np.zeros(4), LINKED, ONE) == pytest.approx(1), "saying nothing costs one bit"
    assert cllr(np.array([9, 9, -9, -9.0]), LINKED, ONE) == pytest.approx(0, abs=1e-6)
    assert cllr(np.array([-3, -3, 3, 3.0]), LINKED, ONE) > 5, "to be sure and wrong costs much"
    assert np.isnan(cllr(np.zeros(2), np.ones(2), np.ones(2)))


def test_reliability_of_weights_that_hold() -> None:
    bans = np.repeat([-0.5, 0.5], 1100)
    linked = np.concatenate([np.arange(1100) < 240, np.arange(1100) < 760]).astype(float)
    rows = reliability(bans, linked, np.ones(2200))
    assert sum(row["observed"] for row in rows) == 1000
    assert sum(row["pairs"] for row in rows) == 2200
    for row in rows:
        assert row["expected"] == pytest.approx(row["observed"], abs=60)


def test_the_interval_holds_the_figure_and_is_the_same_for_the_same_seed() -> None:
    groups = np.random.default_rng(2).integers(0, 30, (500, 2))

    def share(count: np.ndarray) -> float:
        return float((count * (groups[:, 0] < 10)).sum() / count.sum())

    found = interval(share, groups, np.random.default_rng(1))
    assert found == interval(share, groups, np.random.default_rng(1))
    assert found[0] < share(np.ones(500)) < found[1]
