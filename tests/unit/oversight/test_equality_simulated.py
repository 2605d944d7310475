"""The audit over draws where the truth is known: few draws here, 500 in benchmarks/equality.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from equality_made import IN_TIME, PLAN, audit_made


def few_or_many(test):  # type: ignore[no-untyped-def]
    """Run with a few draws, and with sixty where tests may take long."""
    return pytest.mark.parametrize("draws", [3, pytest.param(60, marks=pytest.mark.long)])(test)


def least(draws: int, share: float = 0.95) -> float:
    """Return a share that a true one is below in one of a thousand runs."""
    return share - 3.1 * np.sqrt(share * (1 - share) / draws) - 1 / draws


@few_or_many
def test_intervals_hold_a_planted_zero_under_unequal_load(draws: int) -> None:
    steps = [audit_made(seed, through_load=0.6).given_xw for seed in range(draws)]
    for found in ([s.modelled for s in steps if s], [s.pooled for s in steps if s]):
        assert np.mean([d.low <= 0 <= d.high for d in found]) >= least(draws)


@few_or_many
def test_intervals_of_times_hold_a_planted_zero(draws: int) -> None:
    plan = replace(PLAN, outcomes=IN_TIME)
    steps = [audit_made(seed, plan=plan).given_xw for seed in range(draws)]
    for found in ([s.modelled for s in steps if s], [s.pooled for s in steps if s]):
        assert np.mean([d.low <= 0 <= d.high for d in found]) >= least(draws)


@few_or_many
@pytest.mark.parametrize("missing", ["random", "outcome"])
def test_bounds_hold_the_truth_whatever_makes_groups_missing(draws: int, missing: str) -> None:
    for seed in range(draws):
        found = audit_made(seed, gap=-0.06, missing=missing)
        assert found.missing is not None
        assert found.missing.bounds.low <= -0.06 <= found.missing.bounds.high
        assert (found.verdict == "bounds only") == (missing == "outcome")


@few_or_many
def test_groups_that_never_meet_are_never_compared(draws: int) -> None:
    for seed in range(draws):
        assert audit_made(seed, apart=True, gap=-0.2).verdict == "cannot be compared"
