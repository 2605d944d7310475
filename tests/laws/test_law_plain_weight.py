"""The kernel agrees with the weight worked out in plain Python and float64."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from made_cases import BYTES, code, made_case
from plain_weight import plain_weight

from clew.comparison.kernel import weigh_pairs
from clew.comparison.ranking.index import lay_out
from clew.model.values import DAY, TimeWindow

ROUNDING = 1e-6
"""Half a micro-ban for the mean of two windows, half for what place and person share."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_kernel_agrees_with_plain_arithmetic(seed: int) -> None:
    chance = random.Random(seed)
    cases = [made_case(k, chance.randbytes(BYTES)) for k in range(90)]
    for k in range(0, 90, 9):
        latest = cases[k].reported_at
        cases[k] = replace(cases[k], window=TimeWindow(latest - (k + 2) * 3 * DAY, latest))
    coded, tables = code(cases)
    pairs = np.array([(i, j) for i in range(90) for j in range(90) if i != j])
    micro = weigh_pairs(coded.cols, tables, pairs)
    plain = np.array([plain_weight(coded.cols, tables, i, j) for i, j in pairs.tolist()])
    assert np.abs(micro / 1e6 - plain).max() <= ROUNDING + 1e-9
    long = coded.cols.width[pairs].max(axis=1) > DAY
    assert long.any()
    assert (~long).any()


def test_laid_out_narrowly_the_weights_are_the_same() -> None:
    chance = random.Random(4)
    coded, tables = code([made_case(k, chance.randbytes(BYTES)) for k in range(60)])
    order = np.random.default_rng(4).permutation(60)
    pairs = np.array([(i, j) for i in range(60) for j in range(60) if i != j])
    laid = lay_out(coded.cols, order)
    assert laid.items.dtype == np.uint16
    here = weigh_pairs(coded.cols, tables, order[pairs])
    np.testing.assert_array_equal(weigh_pairs(laid, tables, pairs), here)
