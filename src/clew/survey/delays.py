"""Reporting delay: which share of a week's cases is known so many weeks later.

Recent weeks are seen in part only, and cases with a long delay are not seen at all yet. The share
known by delay d, given that it is known by d or earlier, does not suffer from that: it is taken
from every week old enough, and the product over d is the distribution (the reverse-time hazard:
Kalbfleisch and Lawless 1989, "Inference based on retrospective ascertainment").
"""

from __future__ import annotations

import numpy as np

from clew.model.columns import Array

MOST_WEEKS = 26
"""Declared: by half a year after, a week is taken as complete."""
WINDOW = 104
"""Declared: delays of the past two years are those of today."""
LEAST = 20
"""Declared: with fewer cases known in the window, no delay is assumed, and that is said."""


def share_known(happened: Array, known: Array, now: int) -> Array:
    """Return the share of a week's cases known d weeks later, shape (MOST_WEEKS + 1,).

    `happened` and `known` are week numbers of cases, shape (n,); only what was known by week `now`
    is used. Rises to 1. All ones where too little is known.
    """
    delay = np.clip(known - happened, 0, MOST_WEEKS)
    held = (known <= now) & (happened <= now) & (happened > now - WINDOW)
    if held.sum() < LEAST:
        return np.ones(MOST_WEEKS + 1)
    age, delay = (now - happened)[held], delay[held]
    share = np.ones(MOST_WEEKS + 1)
    for d in range(MOST_WEEKS, 0, -1):
        seen_long_enough = age >= d
        by_now = int((seen_long_enough & (delay <= d)).sum())
        at_once = int((seen_long_enough & (delay == d)).sum())
        hazard = (at_once + 0.0) / by_now if by_now else 0.0
        share[d - 1] = share[d] * (1 - hazard)
    found: Array = np.maximum(share, 1 / (held.sum() + 1))
    return found


def nowcast(counts: Array, share: Array, now: int) -> Array:
    """Return how many cases each week will come to, shape (weeks,), from those known at `now`.

    `counts` of weeks 0 .. now, as known then; `share` from `share_known`.
    """
    ages = np.clip(now - np.arange(len(counts)), 0, MOST_WEEKS)
    found: Array = counts / share[ages]
    return found
