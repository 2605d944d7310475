"""Substances and mechanisms, week by week, as each week was known at any time.

Recent weeks are seen in part only, and cases with a long delay are not seen at all yet. The share
known by delay d, given that it is known by d or earlier, does not suffer from that: it is taken
from every week old enough, and the product over d is the distribution (the reverse-time hazard:
Kalbfleisch and Lawless 1989, "Inference based on retrospective ascertainment").
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from clew.model.case import Case
from clew.model.columns import Array
from clew.model.values import Instant
from clew.surveillance.excess.units import Deaths

MOST_WEEKS = 26
"""Declared: by half a year after, a week is taken as complete."""
WINDOW = 104
"""Declared: delays of the past two years are those of today."""
LEAST = 20
"""Declared: with fewer cases known in the window, no delay is assumed, and that is said."""
REFIT = 4
"""Declared: what is ordinary is fitted again every four weeks."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """One subject: weeks of its cases, and the weeks by which each was known. Shapes (n,)."""

    kind: str
    subject: str
    happened: Array
    known: Array


@dataclass(frozen=True, slots=True)
class WeekSetting:
    """`false_signals` a year for all subjects; weeks from `begins` to `ends` are judged."""

    false_signals: float
    ratio: float
    begins: int
    ends: int
    origin: int
    seed: int = 0

    def day(self, week: int) -> str:
        """Return the Monday of a week."""
        return (date(1970, 1, 5) + timedelta(weeks=week + self.origin)).isoformat()

    def last_day(self, week: int) -> str:
        """Return the Sunday of a week."""
        return (date(1970, 1, 11) + timedelta(weeks=week + self.origin)).isoformat()


def week_of(instant: Instant, zone: ZoneInfo) -> int:
    """Return the week's number of a local day, weeks beginning on Monday."""
    day = datetime.fromtimestamp(instant, zone).date()
    return (day - date(1970, 1, 5)).days // 7


def weekly_of(deaths: Deaths, zone: ZoneInfo) -> list[Weekly]:
    """Return every substance and mechanism with its cases' weeks, in the order of the alphabet.

    A case counts in the week in which it happened (middle of its window, else its report), from
    the week on in which the record named the substance. One named for no substance counts nowhere.
    """
    found: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for history, case in deaths:
        window = case.window
        middle = case.reported_at if window is None else (window.earliest + window.latest) // 2
        happened = week_of(min(middle, case.reported_at), zone)
        for subject in _subjects(case):
            known = history.versions[0][0]
            for since, version in reversed(history.versions):
                if subject in _subjects(version):
                    known = since
            known = max(known, case.reported_at)
            found[subject].append((happened, max(week_of(known, zone), happened)))
    return [
        Weekly(kind, name, *(np.array(part) for part in zip(*rows, strict=True)))
        for (kind, name), rows in sorted(found.items())
    ]


def _subjects(case: Case) -> set[tuple[str, str]]:
    found = {("substance", name) for name in case.substances or ()}
    if case.mechanism:
        found.add(("mechanism", case.mechanism))
    return found


def share_known(happened: Array, known: Array, now: int) -> Array:
    """Return the share of a week's cases known d weeks later, shape (MOST_WEEKS + 1,).

    `happened` and `known` are week numbers of cases, shape (n,); only what was known by week `now`
    is used. Rises to 1. All ones where too little is known.
    """
    delay = np.clip(known - happened, 0, MOST_WEEKS)
    in_window = (known <= now) & (happened <= now) & (happened > now - WINDOW)
    if in_window.sum() < LEAST:
        return np.ones(MOST_WEEKS + 1)
    age, delay = (now - happened)[in_window], delay[in_window]
    share = np.ones(MOST_WEEKS + 1)
    for d in range(MOST_WEEKS, 0, -1):
        seen_long_enough = age >= d
        by_now = int((seen_long_enough & (delay <= d)).sum())
        at_once = int((seen_long_enough & (delay == d)).sum())
        hazard = (at_once + 0.0) / by_now if by_now else 0.0
        share[d - 1] = share[d] * (1 - hazard)
    found: Array = np.maximum(share, 1 / (in_window.sum() + 1))
    return found


class Weeks:
    """All subjects on one row of weeks, each week seen as it was known by its end."""

    def __init__(self, series: list[Weekly], first: int) -> None:
        self.series = [
            replace(one, happened=one.happened - first, known=one.known - first) for one in series
        ]
        self.happened = {
            kind: np.concatenate([one.happened for one in self.series if one.kind == kind])
            for kind in {one.kind for one in series}
        }
        self.known = {
            kind: np.concatenate([one.known for one in self.series if one.kind == kind])
            for kind in self.happened
        }
        self._shares: dict[tuple[str, int], Array] = {}

    def share(self, kind: str, now: int) -> Array:
        """Return the share known after d weeks, as it could be estimated in week `now`."""
        at = now // REFIT * REFIT
        if (kind, at) not in self._shares:
            self._shares[kind, at] = share_known(self.happened[kind], self.known[kind], at)
        return self._shares[kind, at]

    def counts(self, one: Weekly, now: int) -> Array:
        """Return cases of weeks 0 .. now, of those known by the end of week `now`."""
        seen = (one.known <= now) & (one.happened >= 0) & (one.happened <= now)
        return np.bincount(one.happened[seen], minlength=now + 1)
