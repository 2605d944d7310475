"""From replications to p: add-one with >=, sequential, a Gumbel's tail, and how often it recurs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from clew.model.cluster import BY_MONTE_CARLO, BY_SEQUENTIAL, Significance
from clew.model.columns import F64

EULER_GAMMA = 0.577_215_664_901_532_9
"""The mean of a standard Gumbel variable."""


@dataclass(frozen=True, slots=True)
class NullDraws:
    """Best statistics of the replications, in the order of their seeds.

    `stopped`: drawing ended early, with the last one, because enough of them reached the observed.
    """

    values: F64
    stopped: bool = False


def add_one(drawn: NullDraws, statistic: float) -> float:
    """Return (1 + how many are at least `statistic`) / (1 + how many were drawn)."""
    return (1 + int((drawn.values >= statistic).sum())) / (1 + len(drawn.values))


def cut_at(values: F64, statistic: float, stop_after: int) -> NullDraws | None:
    """Return the draws up to that at which `stop_after` have reached `statistic`; None: fewer."""
    reached = np.flatnonzero(values >= statistic)
    if stop_after < 1 or len(reached) < stop_after:
        return None
    return NullDraws(values[: reached[stop_after - 1] + 1], stopped=True)


def gumbel(drawn: NullDraws, statistic: float) -> float | None:
    """Return the tail of a Gumbel with the draws' mean and variance; None where they do not vary.

    Abrams, Kulldorff and Kleinman 2010, International Journal of Health Geographics 9, 61.
    """
    if len(drawn.values) < 2 or np.ptp(drawn.values) == 0:
        return None
    scale = float(np.std(drawn.values, ddof=1)) * math.sqrt(6) / math.pi
    middle = float(np.mean(drawn.values)) - EULER_GAMMA * scale
    return -math.expm1(-math.exp(-(statistic - middle) / scale))


def judge(
    drawn: NullDraws, statistic: float, *, strata: int, may_stop: bool, every_days: float | None
) -> Significance:
    """Return all figures of one statistic.

    Where drawing may stop, p is Besag and Clifford's: h / l where the h-th to reach it was the
    l-th drawn; where it did not stop, the add-one p (1991, Biometrika 78, 301).

    Parameters
    ----------
    strata
        How many strata are scanned at once; p is multiplied by it (Bonferroni), which holds
        however much they overlap.
    every_days
        Days between two scans; None where the scan is not repeated.
    """
    plain, stopped = add_one(drawn, statistic), None
    if may_stop:
        reached = int((drawn.values >= statistic).sum())
        stopped = reached / len(drawn.values) if drawn.stopped else plain
    corrected = min(1.0, (plain if stopped is None else stopped) * strata)
    return Significance(
        p_value=plain,
        p_gumbel=gumbel(drawn, statistic),
        p_sequential=stopped,
        p_corrected=corrected,
        replications=len(drawn.values),
        strata=strata,
        recurrence_days=None if every_days is None else every_days / corrected,
        recurrence_source="" if every_days is None
        else (BY_MONTE_CARLO if stopped is None else BY_SEQUENTIAL),
    )  # fmt: skip
