"""Something new: how fast it grows, against how past newcomers went on after their first case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from clew.model.columns import Array
from clew.model.excess import TemporalAlert
from clew.surveillance.excess.alerts import LEAST_WEEKS, LEFT_OUT
from clew.surveillance.excess.cusum import Looking, Walk, fit_prior, walk
from clew.surveillance.excess.null_runs import NullRuns, draw_null

NEW_AFTER = 26
"""Declared: what is first seen half a year after the file begins is new."""
NEW_FOR = LEAST_WEEKS + LEFT_OUT
"""Weeks for which something new is judged as a newcomer; then by its own past."""
NEW_LOOK_BACK = 26
NEW_DRAWS = 2_000
LEAST_NEW = 5
"""Declared: newcomers that must be known before they tell what an ordinary newcomer does."""
YEAR = 52


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


def newcomers(
    kind: str, series: list[Weekly], known: Array, how: WeekSetting
) -> list[TemporalAlert]:
    """Judge what appeared after the file began by how past newcomers went on.

    The first case brings a newcomer under watch; what follows is counted as in `survey.cusum`, in
    weeks, against newcomers of the years before it. Weeks are those in which cases became known.
    """
    own = [one for one in series if one.kind == kind]
    kinds = len({one.kind for one in series})
    born = np.array([int(one.known.min()) for one in own])
    total = np.bincount(np.maximum(known, 0), minlength=how.ends + 1)[: how.ends + 1]
    found: list[TemporalAlert] = []
    for year in range(YEAR, how.ends + 1, YEAR):
        before = [one for one, week in zip(own, born, strict=True) if NEW_AFTER <= week < year]
        fresh = [o for o, w in zip(own, born, strict=True) if year <= w < year + YEAR]
        if len(before) < LEAST_NEW or not fresh or year + YEAR + NEW_FOR < how.begins:
            continue
        pace = max(float(total[year - YEAR : year].mean()), 1e-9)
        exposure = total / pace
        prior = fit_prior(*_past(before, exposure, year))
        rng = np.random.default_rng([how.seed, year, *kind.encode()])
        look = Looking(how.ratio, NEW_LOOK_BACK)
        null = draw_null(prior, np.ones(NEW_FOR), look, rng, NEW_DRAWS)
        rate = max(len(before) / ((year - NEW_AFTER) / YEAR), 1.0)
        level = null.boundary(min(how.false_signals / rate / kinds, 0.5))
        for one in fresh:
            counts, seen = _table([one], exposure, how.ends + 1)
            walked = walk(counts, seen, prior, look)
            found += _newcomer_alert(one, walked, (null, level), how)
    return found


def _table(own: list[Weekly], exposure: Array, until: int) -> tuple[Array, Array]:
    """Return counts and exposure after the first case, for NEW_FOR weeks, shape (n, until)."""
    counts, seen = np.zeros((len(own), until)), np.zeros((len(own), until))
    for row, one in enumerate(own):
        known = np.sort(one.known)
        first = int(known[0])
        stop = min(first + NEW_FOR, until)
        after = known[1:][known[1:] < stop]
        counts[row, :until] = np.bincount(after, minlength=until)[:until]
        seen[row, first:stop] = np.maximum(exposure[first:stop], 1e-9)
        seen[row, first] /= 2
    return counts, seen


def _past(before: list[Weekly], exposure: Array, year: int) -> tuple[Array, Array, Array]:
    counts, seen = _table(before, exposure, year)
    return counts, seen, np.ones(len(before))


def _newcomer_alert(
    one: Weekly, walked: Walk, against: tuple[NullRuns, float], how: WeekSetting
) -> Iterator[TemporalAlert]:
    null, level = against
    height = walked.height[0]
    crossed = np.flatnonzero((height >= level) & (np.arange(len(height)) >= how.begins))
    if not len(crossed):
        return
    at = int(crossed[0])
    last = int(crossed[-1])
    observed, expected = int(walked.observed[0, at]), float(walked.expected[0, at])
    watched = at - int(one.known.min()) + 1
    yield TemporalAlert(
        kind=one.kind,
        subject=one.subject,
        first_week=how.day(int(walked.begins[0, at])),
        last_week=how.day(last),
        signal_date=how.last_day(at),
        observed=observed,
        expected=expected,
        threshold=level,
        score=float(height[at]) / level,
        p_value=null.chance(float(height[at]), watched)[0],
        complete=1.0,
        method="newcomer",
        watched=watched,
    )
