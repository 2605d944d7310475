"""Sums a bit at a time: what reaches a sum, and the greatest sum that so many reach."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.comparison.ranking.evidence_bounds import (
    MOST_SUM,
    PLANES,
    at_least,
    count_bits,
    least_of_most,
    sum_of,
)
from clew.compiling import looped
from clew.model.columns import U64, Array

WORDS = 2
CASES = 64 * WORDS


def planes_of(values: Array) -> U64:
    """Return the planes of so many sums, lowest bit first."""
    planes = np.zeros((PLANES, WORDS), np.uint64)
    for j, value in enumerate(values.tolist()):
        for k in range(PLANES):
            planes[k, j // 64] |= np.uint64(value >> k & 1) << np.uint64(j % 64)
    return planes


@looped
def all_sums(planes: U64) -> Array:
    """Return the sum of every case."""
    found = np.zeros(CASES, np.int64)
    for j in range(CASES):
        found[j] = sum_of(planes, j // 64, j % 64)
    return found


@looped
def reached(planes: U64, units: int) -> int:
    """Count the cases whose sum is at least so much."""
    count = 0
    for w in range(WORDS):
        count += count_bits(at_least(planes, w, units))
    return count


@looped
def greatest(planes: U64, wanted: int) -> int:
    """Call what is inlined elsewhere."""
    return least_of_most(planes, wanted, WORDS)


sums = st.lists(st.integers(0, MOST_SUM), min_size=CASES, max_size=CASES).map(np.array)


@settings(deadline=None)
@given(values=sums, units=st.integers(1, MOST_SUM), wanted=st.integers(1, CASES))
def test_planes_tell_what_the_sums_tell(values: Array, units: int, wanted: int) -> None:
    planes = planes_of(values)
    assert (all_sums(planes) == values).all()
    assert reached(planes, units) == (values >= units).sum()
    assert greatest(planes, wanted) == np.sort(values)[-wanted]
