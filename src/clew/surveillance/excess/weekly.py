"""Temporal alerts: every substance and mechanism, week by week, knowing only what was known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from scipy.stats import poisson

from clew.model.case import Case
from clew.model.case_file import CaseHistory
from clew.model.columns import Array
from clew.model.excess import TemporalAlert
from clew.model.values import Instant
from clew.surveillance.excess.alerts import (
    LEAST_KNOWN,
    LEAST_WEEKS,
    LEFT_OUT,
    OF_WEEKS,
    Forecast,
    forecast,
)
from clew.surveillance.excess.newcomers import (
    NEW_AFTER,
    NEW_FOR,
    YEAR,
    Weekly,
    WeekSetting,
    newcomers,
)

# Reporting delay: which share of a week's cases is known so many weeks later.
#
# Recent weeks are seen in part only, and cases with a long delay are not seen at all yet. The share
# known by delay d, given that it is known by d or earlier, does not suffer from that: it is taken
# from every week old enough, and the product over d is the distribution (the reverse-time hazard:
# Kalbfleisch and Lawless 1989, "Inference based on retrospective ascertainment").


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


REFIT = 4
"""Declared: a forecast's regression is fitted anew every four weeks, with half a year left out."""
TRUSTED = 0.5
"""Declared: a week is judged once half of its cases are expected to be known."""
QUIET_WEEKS = 8
"""Declared: after so many weeks without an alert the next one is a new episode."""


def week_of(instant: Instant, zone: ZoneInfo) -> int:
    """Return the week's number of a local day, weeks beginning on Monday."""
    day = datetime.fromtimestamp(instant, zone).date()
    return (day - date(1970, 1, 5)).days // 7


def weekly_of(deaths: list[tuple[CaseHistory, Case]], zone: ZoneInfo) -> list[Weekly]:
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
        """Return the share known after d weeks, as it could be told in week `now`."""
        at = now // REFIT * REFIT
        if (kind, at) not in self._shares:
            self._shares[kind, at] = share_known(self.happened[kind], self.known[kind], at)
        return self._shares[kind, at]

    def counts(self, one: Weekly, now: int) -> Array:
        """Return cases of weeks 0 .. now, of those known by the end of week `now`."""
        seen = (one.known <= now) & (one.happened >= 0) & (one.happened <= now)
        return np.bincount(one.happened[seen], minlength=now + 1)


def temporal_alerts(weeks: Weeks, how: WeekSetting) -> tuple[TemporalAlert, ...]:
    """Return episodes of alerts in the order of the alphabet, then of time.

    Half of the false signals are for subjects with a past, half for newcomers.
    """
    found: list[TemporalAlert] = []
    half = replace(how, false_signals=how.false_signals / 2)
    for one in weeks.series:
        found += _episodes(list(_by_history(one, weeks, half)))
    for kind in sorted(weeks.happened):
        found += newcomers(kind, weeks.series, weeks.known[kind], half)
    return tuple(sorted(found, key=lambda a: (a.kind, a.subject, a.first_week)))


def _by_history(one: Weekly, weeks: Weeks, how: WeekSetting) -> Iterator[TemporalAlert]:
    first = int(one.known.min())
    young = first + NEW_FOR if first >= NEW_AFTER else 0
    held: tuple[int, Forecast | None] = (-1, None)
    watched, alpha = 0, 0.0
    for now in range(max(how.begins, young, LEAST_WEEKS + LEFT_OUT), how.ends + 1):
        counts = weeks.counts(one, now)
        age = _age_to_judge(weeks.share(one.kind, now))
        week = now - age
        complete = float(weeks.share(one.kind, now)[age])
        recent = counts[max(week - OF_WEEKS + 1, 0) : week + 1].sum()
        if recent < LEAST_KNOWN:
            continue
        if held[0] != now // REFIT:
            held = (now // REFIT, None)
            watched = _watched(weeks, now)
            alpha = how.false_signals / (YEAR * max(watched, 1))
        if held[1] is None and not _may_alert(counts, week, complete, alpha):
            continue
        if held[1] is None:
            held = (held[0], forecast(counts, week))
        told = held[1]
        if told is not None and told.tail(int(counts[week]), complete) <= alpha:
            yield _alert(one, (week, now), int(counts[week]), told, (complete, alpha, watched), how)


def _age_to_judge(share: Array) -> int:
    """Return how many weeks old a week must be for enough of its cases to be known."""
    return int(np.argmax(share >= TRUSTED))


def _may_alert(counts: Array, week: int, complete: float, alpha: float) -> bool:
    """Tell whether a week could alert if a third of the past was expected: spares regressions."""
    past = counts[max(week - LEFT_OUT - 5 * YEAR, 0) : max(week - LEFT_OUT, 1)]
    low = max(float(past.mean()) * complete / 3, 1e-9)
    return bool(poisson.sf(counts[week] - 1, low) <= alpha)


def _watched(weeks: Weeks, now: int) -> int:
    """Return how many subjects had a known case in the year before week `now`."""
    return sum(
        bool(((one.known <= now) & (one.happened > now - YEAR)).any()) for one in weeks.series
    )


def _alert(
    one: Weekly,
    at: tuple[int, int],
    observed: int,
    told: Forecast,
    level: tuple[float, float, int],
    how: WeekSetting,
) -> TemporalAlert:
    complete, alpha, watched = level
    expected, limit = told.expected * complete, told.threshold(alpha, complete)
    return TemporalAlert(
        kind=one.kind,
        subject=one.subject,
        first_week=how.day(at[0]),
        last_week=how.day(at[0]),
        signal_date=how.last_day(at[1]),
        observed=observed,
        expected=expected,
        threshold=limit,
        score=(observed - expected) / max(limit - expected, 1e-9),
        p_value=told.tail(observed, complete),
        complete=complete,
        method="history",
        watched=watched,
    )


def _episodes(alerts: list[TemporalAlert]) -> list[TemporalAlert]:
    """Join alerts of one subject that follow within QUIET_WEEKS; the first alert speaks."""
    found: list[TemporalAlert] = []
    for alert in alerts:
        week = date.fromisoformat(alert.first_week)
        if found and (week - date.fromisoformat(found[-1].last_week)).days <= 7 * QUIET_WEEKS:
            found[-1] = replace(found[-1], last_week=alert.last_week)
        else:
            found.append(alert)
    return found


def delay_days(weeks: Weeks, now: int) -> float:
    """Return the mean delay in days with which a case's substance or mechanism became known."""
    means = [7 * float((1 - weeks.share(kind, now)[:MOST_WEEKS]).sum()) for kind in weeks.happened]
    return max(means, default=0.0)
