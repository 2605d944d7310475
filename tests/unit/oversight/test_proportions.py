"""Differences of proportions against textbooks and published tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.oversight.equality.proportions import (
    Strata,
    detectable,
    e_value,
    newcombe,
    pool_differences,
    pool_odds,
)

# Admissions to Berkeley by department, autumn 1973: men admitted, men, women admitted, women
# (Bickel, Hammel and O'Connell, Science 187 (1975) 398-404; the six largest, as in R's
# UCBAdmissions).
BERKELEY = np.array(
    [[512, 825, 89, 108], [353, 560, 17, 25], [120, 325, 202, 593],
     [138, 417, 131, 375], [53, 191, 94, 393], [22, 373, 24, 341]]
)  # fmt: skip


def strata(rows: np.ndarray) -> Strata:  # type: ignore[type-arg]
    return Strata(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3])


def test_newcombes_published_interval() -> None:
    found = newcombe((56, 48), (70, 80))
    assert found.low == pytest.approx(0.0524, abs=5e-5)
    assert found.high == pytest.approx(0.3339, abs=5e-5)


def test_berkeley_admissions() -> None:
    whole = pool_odds(strata(BERKELEY.sum(axis=0, keepdims=True)))
    assert whole.value == pytest.approx(1.841, abs=5e-4)
    found = pool_odds(strata(BERKELEY))
    assert found.value == pytest.approx(0.9047, abs=5e-5)
    assert (found.low, found.high) == pytest.approx((0.772, 1.060), abs=1e-3)
    assert found.chi_squared == pytest.approx(1.427, abs=1e-3)


def test_e_values_as_published() -> None:
    assert e_value(3.9) == pytest.approx(7.26, abs=5e-3)
    assert e_value(1.8) == pytest.approx(3.0, abs=5e-3)
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))


def test_detectable_at_eighty_per_cent() -> None:
    assert detectable(1.0) == pytest.approx(1.960 + 0.842, abs=1e-3)


def test_strata_with_one_group_alone_compare_nothing_and_are_counted() -> None:
    found = strata(np.array([[3, 5, 0, 0], [0, 0, 7, 9]]))
    assert found.dropped == (5, 9)
    pooled = pool_differences(found)
    assert pooled.used == 0
    assert np.isnan(pooled.value)
    assert pooled.p == 1.0


STRATUM = st.tuples(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.floats(0, 1))
TABLES = st.lists(STRATUM, min_size=1).map(
    lambda rows: np.array([[round(p * n), n, round(q * m), m] for n, m, p, q in rows])
)


@given(TABLES)
def test_swapping_the_groups_turns_the_difference_round(table: np.ndarray) -> None:  # type: ignore[type-arg]
    one, other = pool_differences(strata(table)), pool_differences(strata(table[:, [2, 3, 0, 1]]))
    assert one.value == pytest.approx(-other.value)
    assert one.se == pytest.approx(other.se)
    assert -1 <= one.value <= 1


@given(TABLES)
def test_the_order_of_strata_is_nothing(table: np.ndarray) -> None:  # type: ignore[type-arg]
    one, other = pool_differences(strata(table)), pool_differences(strata(table[::-1]))
    assert one.value == pytest.approx(other.value)
