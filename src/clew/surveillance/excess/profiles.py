"""Times of day and days of the week of one unit, against all others: an arc that is too full.

The circle has no beginning, so every arc is tried: 1 to 12 hours, or 1 to 3 days. Labels of unit
and others are permuted over the pooled counts, which is exact up to the number of draws.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from scipy.special import xlogy

from clew.model.columns import Array
from clew.model.excess import TimeProfile, UnitExcess
from clew.model.values import DAY, HOUR
from clew.surveillance.excess.units import Deaths, units_of

TIMED = 2 * HOUR
"""Declared: a window no longer than this says which hour."""
LEAST_TIMED = 10
"""Declared: timed deaths of a unit below which no profile is drawn."""
DRAWS = 1_999


def add_profiles(
    rows: list[UnitExcess], deaths: Deaths, timezone: str, seed: int
) -> tuple[list[UnitExcess], str]:
    """Add times of day and days of the week to units that signalled, against their kind.

    Returns
    -------
    The rows, and what the times are based on; "" where no unit signalled.
    """
    if not any(row.signal_date for row in rows):
        return rows, ""
    # Hour (0 .. 23) and weekday (0 Monday) of each death, -1 where unknown: by the window in which
    # it happened where that is short enough; where fewer than half the deaths have such a one, by
    # the time of the report, if it was given to the minute.
    zone = ZoneInfo(timezone)
    exact = [c.window is not None and c.window.seconds <= TIMED for _, c in deaths]
    by_window = sum(exact) * 2 >= len(deaths)
    hours, days = np.full(len(deaths), -1), np.full(len(deaths), -1)
    for k, (_, case) in enumerate(deaths):
        if not by_window:
            at = datetime.fromtimestamp(case.reported_at, zone)
            hours[k] = at.hour if case.report_known_to_the_minute else -1
            days[k] = at.weekday()
        elif case.window is not None and case.window.seconds <= DAY:
            at = datetime.fromtimestamp((case.window.earliest + case.window.latest) // 2, zone)
            hours[k] = at.hour if exact[k] else -1
            days[k] = at.weekday()
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    kinds: dict[str, set[int]] = defaultdict(set)
    for k, (_, case) in enumerate(deaths):
        for kind, unit in units_of(case):
            members[kind, unit].append(k)
            kinds[kind].add(k)
    found = []
    for row in rows:
        if row.signal_date is None:
            found.append(row)
            continue
        own = np.array(members[row.kind, row.unit], int)
        rest = np.array(sorted(kinds[row.kind] - set(own.tolist())), int)
        rng = np.random.default_rng([seed, *row.unit.encode()])
        profiles = []
        for values, bins in ((hours, 24), (days, 7)):
            unit_counts, others = (
                np.bincount(part[part >= 0], minlength=bins) for part in (values[own], values[rest])
            )
            enough = unit_counts.sum() >= LEAST_TIMED
            profiles.append(compare_circle(unit_counts, others, rng) if enough else None)
        found.append(replace(row, hours=profiles[0], weekdays=profiles[1]))
    return found, "when it happened" if by_window else "when it was reported"


def _score(inside: Array, expected: Array, total: int) -> Array:
    """Return the log likelihood ratio of too many inside an arc; 0 where there are not."""
    outside, left = total - inside, total - expected
    ratio = xlogy(inside, inside / expected) + xlogy(
        outside, np.where(outside > 0, outside, 1) / left
    )
    found: Array = np.where(inside > expected, ratio, 0.0)
    return found


def compare_circle(
    unit: Array, others: Array, rng: np.random.Generator, draws: int = DRAWS
) -> TimeProfile | None:
    """Compare a unit's counts round a circle with others'; None where there is nothing to compare.

    Shapes (bins,), whole numbers: 24 hours or 7 days. The statistic is the highest log likelihood
    ratio of any arc against the pooled shares; its p-value is add-one over `draws` permutations.
    """
    unit, others = np.asarray(unit, np.int64), np.asarray(others, np.int64)
    total, pooled = int(unit.sum()), unit + others
    if total == 0 or others.sum() == 0:
        return None
    bins = len(unit)
    first, length = (
        part.ravel() for part in np.meshgrid(np.arange(bins), np.arange(1, bins // 2 + 1))
    )
    member = ((np.arange(bins) - first[:, None]) % bins) < length[:, None]
    inside_all = member @ pooled
    usable = (inside_all > 0) & (inside_all < pooled.sum())
    if not usable.any():
        return None
    member, first, length = member[usable].astype(np.int64), first[usable], length[usable]
    expected = total * (member @ pooled) / pooled.sum()
    seen = _score(member @ unit, expected, total)
    drawn = rng.multivariate_hypergeometric(pooled, total, draws, method="marginals")
    reached = _score(drawn @ member.T, expected, total).max(axis=1)
    best = int(np.argmax(seen))
    return TimeProfile(
        unit_counts=tuple(int(n) for n in unit),
        other_counts=tuple(int(n) for n in others),
        first=int(first[best]),
        length=int(length[best]),
        observed=int(member[best] @ unit),
        expected=float(expected[best]),
        p_value=float((1 + (reached >= seen[best] - 1e-9).sum()) / (1 + draws)),
    )
