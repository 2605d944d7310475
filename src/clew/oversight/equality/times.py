"""Times until something was done, where something else may come first.

A death that is handed to a homicide team leaves the ordinary enquiry: for the outcome it competes.
The share done by each hour is Aalen and Johansen's (Scandinavian Journal of Statistics 5 (1978)
141-150). The figure that is compared is the mean number of hours, up to a horizon, for which a
death was without what is compared: the horizon less the restricted time lost (Andersen, Statistics
in Medicine 32 (2013) 5278-5285).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from clew.oversight.equality.proportions import Difference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
OPEN, DONE, OTHER = 0, 1, 2
"""How a wait ended: it was still open when last looked at, it was done, something came first."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long each death waited, and how the wait ended; arrays of shape (deaths,).

    `hours` is nan where nothing is known. `state` is OPEN, DONE or OTHER.
    """

    hours: Floats
    state: Ints

    def take(self, which: Bools) -> Waits:
        """Return the waits of some deaths."""
        return Waits(self.hours[which], self.state[which])

    def up_to(self, horizon: float) -> Waits:
        """Return these waits as they were known at the horizon, which ends all that are longer."""
        beyond = self.hours > horizon
        return Waits(
            np.where(beyond, horizon, self.hours), np.where(beyond, OPEN, self.state).astype(int)
        )


@dataclass(frozen=True, slots=True)
class Incidence:
    """The share done, and the share for which something else came first, at each rising time.

    Arrays of shape (times,). `free` is the share for which neither has happened.
    """

    times: Floats
    done: Floats
    other: Floats
    free: Floats

    def done_by(self, hour: float) -> float:
        """Return the share done by an hour, 0 to 1."""
        place = int(np.searchsorted(self.times, hour, side="right"))
        return float(self.done[place - 1]) if place else 0.0


def incidence(waits: Waits, weight: Floats | None = None) -> Incidence:
    """Return Aalen and Johansen's curves; `weight` of each death, shape (deaths,); None: 1 each."""
    each = np.ones(waits.hours.size) if weight is None else weight
    times, risk, (done, other) = _jumps(waits, each)
    with np.errstate(invalid="ignore", divide="ignore"):
        leave = np.where(risk > 0, (done + other) / risk, 0.0)
        of_done, of_other = np.where(risk > 0, (done / risk, other / risk), 0.0)
    free = np.cumprod(1 - leave)
    before = np.concatenate([[1.0], free[:-1]])
    return Incidence(times, np.cumsum(before * of_done), np.cumsum(before * of_other), free)


def hours_without(waits: Waits, horizon: float) -> Floats:
    """Return each death's hours without it, up to the horizon, as pseudo-values.

    Their mean is the horizon less the restricted time lost. Where every wait is known to its end
    they are the hours themselves, and the horizon where something else came first. Where a wait was
    still open when last looked at, the others speak for it (Andersen and Pohar Perme, Statistical
    Methods in Medical Research 19 (2010) 71-99; by influence functions, so that 50,000 deaths take
    no longer than a sort). Shape (deaths,), hours.
    """
    seen = waits.up_to(horizon)
    n = seen.hours.size
    times, risk, (done, other) = _jumps(seen, np.ones(n))
    if not times.size:
        return np.full(n, float(horizon))
    rate_done, rate = done / risk, (done + other) / risk
    free = np.cumprod(1 - rate)
    before = np.concatenate([[1.0], free[:-1]])
    share = np.cumsum(before * rate_done)
    left = horizon - times
    area = np.concatenate([[0.0], np.cumsum(share[:-1] * np.diff(times))])
    lost = area[-1] + share[-1] * left[-1]
    # Each event's pull on the area: by being done now, and by leaving those who still wait.
    now = left * before * n / risk
    stays = 1 - rate
    after = np.where(
        stays > 0, (lost - area - left * share) * n / (risk * np.where(stays > 0, stays, 1.0)), 0.0
    )
    past = np.concatenate([[0.0], np.cumsum(after * rate - now * rate_done)])
    pull = past[np.searchsorted(times, seen.hours, side="right")]
    at = np.minimum(np.searchsorted(times, seen.hours), times.size - 1)
    pull = pull + np.where(seen.state == DONE, now[at], 0.0)
    pull = pull - np.where(seen.state != OPEN, after[at], 0.0)
    return np.asarray(horizon - lost - pull)


def pool_means(values: Floats, focal: Bools, key: Ints, alpha: float = 0.05) -> Difference:
    """Return the difference of means within strata, focal less reference, pooled.

    Strata weigh n1 n0 / (n1 + n0), as in `pool_differences`. The variance of each group is that
    within all its strata, since a stratum may hold one death of it. `key`: each death's stratum.
    """
    size = int(key.max()) + 1 if key.size else 0
    n1 = np.bincount(key[focal], minlength=size).astype(float)
    n0 = np.bincount(key[~focal], minlength=size).astype(float)
    both = (n1 > 0) & (n0 > 0)
    if not both.any():
        return Difference(np.nan, np.nan, np.nan, np.nan, 0)
    weight = np.where(both, n1 * n0 / np.maximum(n1 + n0, 1), 0.0)
    value, variance = 0.0, 0.0
    for which, count, sign in ((focal, n1, 1.0), (~focal, n0, -1.0)):
        inside = which & both[key]
        mean = np.bincount(key[inside], values[inside], size) / np.maximum(count, 1)
        rest = values[inside] - mean[key[inside]]
        free = int(inside.sum()) - int(both.sum())
        spread = float((rest**2).sum() / free) if free > 0 else np.nan
        value += sign * float((weight * mean).sum())
        variance += spread * float((weight[both] ** 2 / count[both]).sum())
    value /= float(weight.sum())
    se = float(np.sqrt(variance) / weight.sum())
    half = float(stats.norm.isf(alpha / 2)) * se
    return Difference(value, se, value - half, value + half, int((n1 + n0)[both].sum()))


def _jumps(waits: Waits, weight: Floats) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """Return the times at which something happened, who was at risk, and how much happened."""
    times = np.unique(waits.hours[waits.state != OPEN])
    order = np.argsort(waits.hours, kind="stable")
    later = np.concatenate([np.cumsum(weight[order][::-1])[::-1], [0.0]])
    risk = later[np.searchsorted(waits.hours[order], times, side="left")]

    def count(state: int) -> Floats:
        which = waits.state == state
        return np.bincount(
            np.searchsorted(times, waits.hours[which]), weight[which], times.size
        ).astype(np.float64)

    return times, risk, (count(DONE), count(OTHER))
