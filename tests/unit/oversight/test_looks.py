"""Alpha over planned looks, against published boundaries and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from clew.oversight.equality.looks import Look, boundaries, combine, found_by_looks, spent


@pytest.mark.parametrize(
    ("looks", "published"),
    [
        # O'Brien and Fleming's spending, two-sided .05, equal information: Lan and DeMets (1983);
        # Jennison and Turnbull, Group Sequential Methods (2000), table 7.1; R's ldbounds.
        (1, [1.960]),
        (2, [2.963, 1.969]),
        (3, [3.710, 2.511, 1.993]),
        (4, [4.333, 2.963, 2.359, 2.014]),
        (5, [4.877, 3.357, 2.680, 2.290, 2.031]),
    ],
)
def test_boundaries_as_published(looks: int, published: list[float]) -> None:
    assert boundaries(0.05, looks, [1.0] * looks) == pytest.approx(published, abs=2e-3)


def test_all_of_alpha_is_spent_at_the_last_look_and_no_more() -> None:
    assert spent(0.05, 0.0) == 0.0
    assert spent(0.05, 1.0) == pytest.approx(0.05)
    shares = [spent(0.05, k / 10) for k in range(11)]
    assert shares == sorted(shares)
    rng = np.random.default_rng(1)
    steps = rng.normal(size=(40_000, 4)) * np.sqrt([1, 2, 0.5, 3])
    total = np.cumsum([1, 2, 0.5, 3])
    scores = np.cumsum(steps, axis=1) / np.sqrt(total)
    limits = boundaries(0.05, 4, [1, 2, 0.5, 3])
    crossed = (np.abs(scores) > limits).any(axis=1).mean()
    assert crossed == pytest.approx(0.05, abs=0.004)


def test_looking_four_times_without_spending_would_find_too_much() -> None:
    rng = np.random.default_rng(2)
    scores = np.cumsum(rng.normal(size=(20_000, 4)), axis=1) / np.sqrt(np.arange(1, 5))
    assert (np.abs(scores) > 1.96).any(axis=1).mean() > 0.11


def test_looks_combine_by_their_information() -> None:
    whole = combine([Look(-0.1, 0.02), Look(0.0, 0.04)])
    assert whole.value == pytest.approx(-0.08)
    assert whole.se == pytest.approx(1 / np.sqrt(1 / 0.02**2 + 1 / 0.04**2))


def test_an_outcome_is_found_by_holms_steps_at_the_looks_own_limit() -> None:
    strong, fair, none = Look(-0.30, 0.05), Look(-0.10, 0.05), Look(-0.05, 0.05)
    assert found_by_looks(0.05, 1, [[strong], [fair], [none]]) == [True, False, False]
    assert found_by_looks(0.05, 1, [[strong], [Look(-0.12, 0.05)]]) == [True, True]
    assert found_by_looks(0.05, 4, [[Look(-0.15, 0.05)]]) == [False]
    assert found_by_looks(0.05, 1, [[], [strong]]) == [False, True]
