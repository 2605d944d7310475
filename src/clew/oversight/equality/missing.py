"""What may be said where the group of some deaths is not recorded.

Bounds give every such death the group that moves the answer furthest, stratum by stratum: whatever
the true groups, the answer lies between (Manski, American Economic Review 80 (1990) 319-323).
Imputation supposes that a missing group depends only on what is recorded, the outcomes included.
The tipping point says how wrong that must be for the difference to be gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from clew.oversight.equality.proportions import (
    Difference,
    Numbers,
    Strata,
    pool_differences,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
IMPUTATIONS = 10
"""Declared: with 30 % missing the relative efficiency is 97 % (Rubin, see `pool_imputed`)."""
MOST_TILT = 50.0
"""Declared: an odds ratio beyond which no tipping point is looked for."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that a difference could be, focal less reference, with sampling."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Unknown:
    """Deaths without a recorded group, by stratum: done and not done; arrays of shape (strata,)."""

    done: Ints
    undone: Ints

    @classmethod
    def from_deaths(cls, done: NDArray[np.bool_], key: Ints, strata: int) -> Unknown:
        """Count deaths of each stratum."""
        return cls(
            np.bincount(key[done], minlength=strata).astype(np.int64),
            np.bincount(key[~done], minlength=strata).astype(np.int64),
        )


def bound_difference(
    known: Strata, unknown: Unknown, alpha: float, least_se: float, *, other_groups: bool
) -> Bounds:
    """Return the bounds of the pooled difference, whatever the groups that are not recorded.

    `other_groups`: whether a death may be of neither group. `least_se`: a standard error that the
    ends allow for at least (the one that allows for clusters). The bounds of the estimate are
    exact; each end is then moved out by its sampling error.
    """
    ends = []
    for sign in (1.0, -1.0):
        most, extreme = _furthest(known, unknown, sign, other_groups)
        error = max(pool_differences(extreme, alpha).se, least_se, 0.0)
        ends.append(sign * (most + float(stats.norm.isf(alpha / 2)) * error))
    return Bounds(max(ends[1], -1.0), min(ends[0], 1.0))


def _furthest(
    known: Strata, unknown: Unknown, sign: float, other_groups: bool
) -> tuple[float, Strata]:
    """Return the most that sign * difference can be, and the strata that give it.

    A ratio of sums over strata: by Dinkelbach's steps (Management Science 13 (1967) 492-498) each
    stratum is solved alone, exactly, until the ratio rises no more.
    """
    if sign < 0:  # the least difference is the most of the groups turned round
        known = Strata(known.reference_done, known.reference, known.focal_done, known.focal)
    ratio = -1.0
    best = known
    for _ in range(60):
        best = _solve_strata(known, unknown, ratio, other_groups)
        total, weight = _parts(best)
        if weight <= 0:
            return 1.0, best
        if total / weight <= ratio + 1e-12:
            break
        ratio = total / weight
    if sign < 0:
        best = Strata(best.reference_done, best.reference, best.focal_done, best.focal)
    return ratio, best


def _parts(strata: Strata) -> tuple[float, float]:
    n1, n0 = strata.focal.astype(float), strata.reference.astype(float)
    n = np.maximum(n1 + n0, 1)
    total = (strata.focal_done * n0 - strata.reference_done * n1) / n
    return float(total.sum()), float((n1 * n0 / n).sum())


def _solve_strata(known: Strata, unknown: Unknown, ratio: float, other_groups: bool) -> Strata:
    """Return for each stratum the groups that make its difference less ratio times weight most.

    With k of the deaths given to the focal group, those done come first. What is gained is then
    a parabola in k on either side of the number done: its ends and its top are tried. Deaths of
    other groups are all of those done, all of those not done, both or none: in between nothing is
    gained, since a ratio that is linear in one number is most at an end of it.
    """
    options = []
    for take_done in (True, False) if other_groups else (True,):
        for take_undone in (True, False) if other_groups else (True,):
            options += _candidates(
                known,
                unknown.done if take_done else np.zeros_like(unknown.done),
                unknown.undone if take_undone else np.zeros_like(unknown.undone),
                ratio,
            )
    gains = []
    for one in options:
        n1, n0 = one.focal.astype(float), one.reference.astype(float)
        n = np.maximum(n1 + n0, 1)
        gains.append((one.focal_done * n0 - one.reference_done * n1) / n - ratio * n1 * n0 / n)
    pick = np.argmax(np.asarray(gains), axis=0)

    def chosen(name: str) -> Ints:
        every = np.asarray([getattr(one, name) for one in options])
        return np.asarray(np.take_along_axis(every, pick[None, :], 0)[0])

    return Strata(*(chosen(n) for n in ("focal_done", "focal", "reference_done", "reference")))


def _candidates(known: Strata, done: Ints, undone: Ints, ratio: float) -> list[Strata]:
    n = np.maximum(known.focal + known.reference + done + undone, 1)
    share = (known.focal_done + known.reference_done + done) / n
    most = done + undone
    tries: list[Ints] = [np.zeros_like(done), done, most]
    if abs(ratio) > 1e-12:
        # gain(n1) = A - share n1 - ratio n1 (n - n1) / n, with A rising by 1 up to `done`.
        for rise in (1.0, 0.0):
            top = (n + (share - rise) * n / ratio) / 2 - known.focal
            ends = (np.floor(top), np.ceil(top))
            tries += [np.clip(whole, 0, most).astype(np.int64) for whole in ends]
    found = []
    for given in tries:
        first = np.minimum(given, done)
        found.append(
            Strata(
                known.focal_done + first,
                known.focal + given,
                known.reference_done + done - first,
                known.reference + most - given,
            )
        )
    return found


def tipping_point(known: Strata, unknown: Unknown, alpha: float = 0.05) -> float:
    """Return by what odds ratio missing groups must depend on the outcome for nothing to be left.

    At 1 a death without a group is of the focal group as often as others of its stratum with the
    same outcome. At 2 the odds are doubled where it was done and halved where it was not, against
    the difference found. The answer is where the interval first holds zero; 1 where it does
    already, nan where no odds ratio up to 50 brings it there.
    """
    first = pool_differences(_tilted(known, unknown, 0.0), alpha)
    if not np.isfinite(first.value) or first.low <= 0 <= first.high:
        return 1.0
    against = -np.sign(first.value)

    def nearest(tilt: float) -> float:
        found = pool_differences(_tilted(known, unknown, against * tilt), alpha)
        return found.high if against > 0 else -found.low

    most = float(np.log(MOST_TILT))
    if nearest(most) < 0:
        return float("nan")
    return float(np.exp(brentq(nearest, 0.0, most, xtol=1e-3)))


def _tilted(known: Strata, unknown: Unknown, tilt: float) -> Strata:
    """Return expected strata where the log odds of the focal group are tilted by the outcome."""

    def share(focal: Numbers, reference: Numbers, sign: float) -> Floats:
        whole = focal.sum() / max(focal.sum() + reference.sum(), 1)
        part = (focal + whole) / (focal + reference + 1)  # one death's worth of the whole file's
        odds = part / (1 - part + 1e-12) * np.exp(sign * tilt)
        return np.asarray(odds / (1 + odds))

    p = share(known.focal_done, known.reference_done, 1.0)
    q = share(known.focal - known.focal_done, known.reference - known.reference_done, -1.0)
    focal_done = known.focal_done + p * unknown.done
    reference_done = known.reference_done + (1 - p) * unknown.done
    return Strata(
        focal_done,
        known.focal + p * unknown.done + q * unknown.undone,
        reference_done,
        known.reference + (1 - p) * unknown.done + (1 - q) * unknown.undone,
    )


def pool_imputed(found: Sequence[Difference], alpha: float = 0.05) -> Difference:
    """Return one difference out of those of completed files, by Rubin's rules.

    Source: Rubin, Multiple Imputation for Nonresponse in Surveys (1987), chapter 3.
    """
    m = len(found)
    value = float(np.mean([one.value for one in found]))
    within = float(np.mean([one.se**2 for one in found]))
    between = float(np.var([one.value for one in found], ddof=1)) if m > 1 else 0.0
    total = within + (1 + 1 / m) * between
    se = float(np.sqrt(total))
    ratio = (1 + 1 / m) * between
    free = (m - 1) * (total / ratio) ** 2 if ratio > 0 else np.inf
    free = float(min(free, found[0].df))
    half = float(stats.t.isf(alpha / 2, free)) * se
    used = round(float(np.mean([one.used for one in found])))
    return Difference(value, se, value - half, value + half, used, free)
