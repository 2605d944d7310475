"""Bounds hold the truth whatever the groups are; what is supposed beyond them says so."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.oversight.equality.compare import compare_groups
from clew.oversight.equality.deaths import select
from clew.oversight.equality.missing import (
    Unknown,
    bound_difference,
    pool_imputed,
    tipping_point,
)
from clew.oversight.equality.proportions import Difference, Strata, pool_differences
from equality import PLAN, audit_made, simulate

SEEDS = st.integers(0, 2**32 - 1)


def made(rng: np.random.Generator, most: int, strata: int) -> tuple[Strata, Unknown]:
    counts = rng.integers(0, most, (4, strata))
    known = Strata(counts[0], counts[0] + counts[1], counts[2], counts[2] + counts[3])
    more = rng.integers(0, 3, (2, strata))
    return known, Unknown(more[0], more[1])


def with_groups(known: Strata, unknown: Unknown, give: np.ndarray) -> Strata:  # type: ignore[type-arg]
    """`give`: done and undone to the focal group, done and undone to the reference group."""
    return Strata(
        known.focal_done + give[0],
        known.focal + give[0] + give[1],
        known.reference_done + give[2],
        known.reference + give[2] + give[3],
    )


@given(SEEDS, st.booleans())
@settings(max_examples=25, deadline=None)
def test_bounds_are_the_furthest_of_all_groups_there_could_be(seed: int, others: bool) -> None:
    rng = np.random.default_rng(seed)
    known, unknown = made(rng, 5, 2)
    choices = []
    for done, undone in zip(unknown.done.tolist(), unknown.undone.tolist(), strict=True):
        choices.append([
            (a, b, c, d)
            for a, b, c, d in product(range(done + 1), range(undone + 1), repeat=2)
            if (a + c <= done and b + d <= undone)
            and (others or (a + c == done and b + d == undone))
        ])  # fmt: skip
    values = [
        pool_differences(with_groups(known, unknown, np.array(pick).T)).value
        for pick in product(*choices)
    ]
    if all(np.isfinite(values)):
        found = bound_difference(known, unknown, 0.9999999, 0.0, other_groups=others)
        assert found.low == pytest.approx(min(values), abs=1e-6)
        assert found.high == pytest.approx(max(values), abs=1e-6)


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_bounds_hold_whatever_groups_are_drawn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known, unknown = made(rng, 30, 6)
    found = bound_difference(known, unknown, 0.05, 0.0, other_groups=True)
    to_focal = rng.binomial(unknown.done, 0.5), rng.binomial(unknown.undone, 0.5)
    rest = rng.binomial(unknown.done - to_focal[0], 0.7), unknown.undone - to_focal[1]
    value = pool_differences(with_groups(known, unknown, np.array([*to_focal, *rest]))).value
    assert np.isnan(value) or found.low <= value <= found.high


def test_without_missing_groups_bounds_are_the_interval() -> None:
    known = Strata(*(np.array([n]) for n in (40, 80, 60, 80)))
    nothing = Unknown(np.array([0]), np.array([0]))
    plain = pool_differences(known)
    found = bound_difference(known, nothing, 0.05, 0.0, other_groups=False)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))
    assert np.isnan(tipping_point(known, nothing)) or tipping_point(known, nothing) == 1.0


def test_a_difference_tips_sooner_when_more_groups_are_missing() -> None:
    known = Strata(*(np.array([n]) for n in (400, 1_000, 500, 1_000)))
    few, many = (Unknown(np.array([n]), np.array([n])) for n in (100, 400))
    assert 1 < tipping_point(known, many) < tipping_point(known, few)


def test_imputations_pool_by_rubins_rules() -> None:
    found = pool_imputed([Difference(v, 0.02, 0, 0, 100) for v in (-0.10, -0.12, -0.08)])
    assert found.value == pytest.approx(-0.10)
    between = np.var([-0.10, -0.12, -0.08], ddof=1)
    assert found.se == pytest.approx(np.sqrt(0.02**2 + 4 / 3 * between))
    assert found.low < -0.10 - 1.96 * found.se


def test_a_group_missing_because_of_the_outcome_leaves_only_bounds() -> None:
    found = audit_made(3, missing="outcome", gap=-0.1)
    assert found.verdict == "bounds only"
    assert found.missing is not None
    assert found.missing.imputed is None
    assert found.missing.bounds.low <= -0.1 <= found.missing.bounds.high


def test_a_group_missing_at_random_is_imputed_and_bounded() -> None:
    found = audit_made(5, missing="random", gap=-0.15)
    assert found.verdict == "difference"
    assert found.missing is not None
    assert found.missing.imputed is not None
    assert found.missing.imputed.low <= -0.15 <= found.missing.imputed.high
    assert found.missing.bounds.low <= -0.15 <= found.missing.bounds.high
    assert found.missing.tipping > 1


def test_a_plan_may_say_that_the_group_was_recorded_by_enquiry() -> None:
    columns, period = simulate(np.random.default_rng(5), missing="random", gap=-0.15)
    plan = replace(PLAN, by_enquiry=True)
    found = compare_groups(plan, columns, select(plan, columns, period), np.random.default_rng(1))
    assert found.outcomes[0].verdict == "bounds only"
