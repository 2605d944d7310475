"""Temporal alerts: every substance and mechanism, week by week, knowing only what was known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from scipy.stats import poisson

from clew.model.case import Case
from clew.model.case_file import CaseHistory
from clew.model.columns import Array
from clew.model.excess import TemporalAlert
from clew.model.time_window import DAY, Instant
from clew.survey.alerts import LEAST_KNOWN, LEAST_WEEKS, LEFT_OUT, OF_WEEKS, Forecast, forecast
from clew.survey.cusum import Walk, walk
from clew.survey.delays import MOST_WEEKS, share_known
from clew.survey.null_runs import Drawing, NullRuns, draw_null
from clew.survey.prior import fit_prior

REFIT = 4
"""Declared: a forecast's regression is fitted anew every four weeks, with half a year left out."""
MONDAY = 4 * DAY
"""1970-01-05 was a Monday: weeks are counted from it."""
NEW_AFTER = 26
"""Declared: what is first seen half a year after the file begins is new."""
NEW_FOR = LEAST_WEEKS + LEFT_OUT
"""Weeks for which something new is judged as a newcomer; then by its own past."""
NEW_LOOK_BACK = 26
NEW_DRAWS = 2_000
LEAST_NEW = 5
"""Declared: newcomers that must be known before they tell what an ordinary newcomer does."""
YEAR = 52
TRUSTED = 0.5
"""Declared: a week is judged once half of its cases are expected to be known."""
QUIET_WEEKS = 8
"""Declared: after so many weeks without an alert the next one is a new episode."""


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
        found += _newcomers(kind, weeks, half)
    return tuple(sorted(found, key=lambda a: (a.kind, a.subject, a.first_week)))


def _by_history(one: Weekly, weeks: Weeks, how: WeekSetting) -> Iterator[TemporalAlert]:
    first = int(one.happened.min()) if len(one.happened) else 0
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
    """Tell whether a week could alert if only half of the past was expected: spares regressions."""
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


def _newcomers(kind: str, weeks: Weeks, how: WeekSetting) -> list[TemporalAlert]:
    """Judge what appeared after the file began by how past newcomers went on.

    The first case brings a newcomer under watch; what follows is counted as in `survey.cusum`, in
    weeks, against newcomers of the years before it. Weeks are those in which cases became known.
    """
    own = [one for one in weeks.series if one.kind == kind]
    born = np.array([int(one.known.min()) for one in own])
    total = np.bincount(np.maximum(weeks.known[kind], 0), minlength=how.ends + 1)[: how.ends + 1]
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
        null = draw_null(prior, np.ones(NEW_FOR), Drawing(how.ratio, NEW_LOOK_BACK, NEW_DRAWS), rng)
        rate = max(len(before) / ((year - NEW_AFTER) / YEAR), 1.0)
        level = null.boundary(min(how.false_signals / rate / len(weeks.happened), 0.5))
        for one in fresh:
            counts, seen = _table([one], exposure, how.ends + 1)
            walked = walk(counts, seen, prior, how.ratio, NEW_LOOK_BACK)
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


def delay_days(weeks: Weeks, now: int) -> float:
    """Return the mean delay in days with which a case's substance or mechanism became known."""
    means = [7 * float((1 - weeks.share(kind, now)[:MOST_WEEKS]).sum()) for kind in weeks.happened]
    return max(means, default=0.0)
