"""Shared arithmetic of evidence: levels, ratios, and rounding to whole micro-bans."""

from __future__ import annotations

import numpy as np

from clew.compiling import inlined
from clew.model.columns import F64, I32, Array
from clew.model.finding import MICRO


@inlined
def level_of(value: float, edges: F64) -> int:
    """Return the index of the first edge that is not below `value`; the last level is open."""
    level = 0
    for k in range(edges.shape[0]):  # without a branch, which the machine would often mispredict
        level += value > edges[k]
    return level


def to_micro(bans: Array, most_bans: float) -> I32:
    """Round weights in bans to whole micro-bans, each within +-`most_bans`."""
    return np.rint(np.clip(bans, -most_bans, most_bans) * MICRO).astype(np.int32)


def halve(bans: Array, most_bans: float) -> I32:
    """Return half of each weight in whole micro-bans, so that two halves add up symmetrically."""
    return np.rint(np.clip(bans, -most_bans, most_bans) * (MICRO / 2)).astype(np.int32)


def never_rising(bans: Array) -> Array:
    """Make weights never rise along the last axis: nearer never weighs less than farther.

    A level that weighs more than the one before it is lowered to it, so that the law costs
    evidence rather than invents it.
    """
    lowered: Array = np.minimum.accumulate(bans, axis=-1)
    return lowered


def shares(counts: Array, pseudo: float, prior: Array) -> Array:
    """Return frequencies along the last axis, drawn to `prior` by `pseudo` cases; all > 0."""
    total = counts.sum(axis=-1, keepdims=True)
    drawn: Array = (counts + pseudo * prior) / (total + pseudo)
    return drawn


def repeated(keeps: Array | float, frequency: Array) -> Array:
    """Return bans for a value in both records: repeated steadily (`keeps`), or by its frequency."""
    bans: Array = np.log10((keeps + (1 - keeps) * frequency) / frequency)
    return bans
