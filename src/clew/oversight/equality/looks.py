"""Several planned looks at one question: how much of alpha each may spend, and what they say.

Each look has a period of its own, so that looks are independent and combine by their information
(one over the squared standard error). Alpha is spent as O'Brien and Fleming's boundary would:
hardly any at the first looks. Sources: Lan and DeMets, Biometrika 70 (1983) 659-663, for spending;
Armitage, McPherson and Rowe, Journal of the Royal Statistical Society A 132 (1969) 235-244, for the
boundaries; Glimm, Maurer and Bretz, Statistics in Medicine 29 (2010) 219-228, for several outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

Floats = NDArray[np.float64]
GRID = 801
"""Points of the numerical integration: boundaries are then right to three decimals."""
FAR = 8.0
"""Beyond this many standard errors nothing is left to integrate."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found of one outcome: the difference and its standard error."""

    value: float
    se: float


def spent(alpha: float, share: float) -> float:
    """Return how much of alpha may be spent when a share of the looks is over, 0 to 1.

    Each side spends half of it.
    """
    if share <= 0:
        return 0.0
    return float(4 * stats.norm.sf(stats.norm.isf(alpha / 4) / np.sqrt(min(share, 1.0))))


def boundaries(alpha: float, looks: int, information: Sequence[float]) -> list[float]:
    """Return how many standard errors from zero each look so far must be.

    `information`: each look's own, one over its squared standard error. The plan's number of looks
    says how much is spent by each (calendar time), and information how looks hang together (Lan and
    DeMets, Statistics in Medicine 8 (1989) 1191-1198).
    """
    total = np.cumsum(np.asarray(information, float))
    found: list[float] = []
    density: Floats = np.zeros(0)
    grid: Floats = np.zeros(0)
    for look, own in enumerate(information):
        allowed = spent(alpha, (look + 1) / looks) - spent(alpha, look / looks)
        scale, spread = float(np.sqrt(total[look])), float(np.sqrt(own))
        if look == 0:
            bound = float(stats.norm.isf(allowed / 2))
        else:
            bound = _bound(grid, density, spread, scale, allowed)
        found.append(bound)
        if look + 1 < len(information):
            points = np.linspace(-bound * scale, bound * scale, GRID)
            if look == 0:
                density = stats.norm.pdf(points, scale=scale)
            else:
                density = _step(grid, density, points, spread)
            grid = points
    return found


def _bound(grid: Floats, density: Floats, spread: float, scale: float, allowed: float) -> float:
    """Return the boundary that spends what is allowed, of those still inside all before."""

    def beyond(bound: float) -> float:
        high = stats.norm.sf((bound * scale - grid) / spread)
        low = stats.norm.cdf((-bound * scale - grid) / spread)
        return float(np.trapezoid(density * (high + low), grid)) - allowed

    return float(brentq(beyond, 0.0, FAR * 2))


def _step(grid: Floats, density: Floats, points: Floats, spread: float) -> Floats:
    moved = stats.norm.pdf((points[:, None] - grid[None, :]) / spread) / spread
    return np.asarray(np.trapezoid(density[None, :] * moved, grid, axis=1))


def combine(looks: Sequence[Look]) -> Look:
    """Return the difference over all looks, each by its information."""
    weight = np.asarray([1 / look.se**2 for look in looks])
    value = float((weight * [look.value for look in looks]).sum() / weight.sum())
    return Look(value, float(1 / np.sqrt(weight.sum())))


def found_by_looks(alpha: float, looks: int, outcomes: Sequence[Sequence[Look]]) -> list[bool]:
    """Return which outcomes are found, by Holm's steps with a boundary at each.

    `outcomes`: for each outcome of the family its looks so far; none: it was never compared, and is
    not found. All outcomes count in the family.
    """
    scores = []
    for so_far in outcomes:
        whole = combine(so_far) if so_far else Look(0.0, 1.0)
        scores.append(abs(whole.value) / whole.se)
    found = [False] * len(outcomes)
    for step, place in enumerate(np.argsort(scores)[::-1].tolist()):
        if not outcomes[place]:
            break
        level = alpha / (len(outcomes) - step)
        information = [1 / look.se**2 for look in outcomes[place]]
        if scores[place] < boundaries(level, looks, information)[-1]:
            break
        found[place] = True
    return found
