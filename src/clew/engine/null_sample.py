"""Of which cases the null of a larger file is taken: a seeded sample, the same on every engine."""

from __future__ import annotations

import numpy as np

from clew.engine.columns import REFERENCE_CASES, sample_rows
from clew.model.columns import Array

NULL_SAMPLE = 8_192
"""Declared: cases of the seeded sample that every null of a larger file is taken from.

Of each case's null the best KEPT are used, one in 128; every case's tail is drawn to that of all
and corrected by one curve, which n x KEPT matches carry.
"""


def null_sample(n: int) -> Array | None:
    """Return the rows that every null of n cases is taken from; None: each case's earlier ones."""
    return sample_rows(n, NULL_SAMPLE) if n > REFERENCE_CASES else None


def null_sizes(n: int, sample: Array) -> Array:
    """Return how many cases each null is taken among, shape (n,): the sample but for itself."""
    sizes = np.full(n, len(sample))
    sizes[sample] -= 1
    return sizes
