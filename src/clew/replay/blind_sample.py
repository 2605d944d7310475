"""The weekly blind sample: what fell below the budget, and how much of it deserved a look.

A budget says how many pairs a force looks at. Each week some of those nobody looked at are drawn
at random and read by a person who does not know which they are. Alerts are mixed in as controls,
so that the reader cannot answer by habit, and so that the answers themselves can be judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from scipy.stats import hypergeom

from clew.errors import UsageRejected
from clew.model.alert import AlertRow, decided_rows
from clew.model.finding import LEADS
from clew.model.sample import Key, SampledPair, SampleReading
from clew.model.values import Instant

CONTROL_SHARE = 4
"""Declared: one alert is mixed in for every four pairs from below the budget."""
LEAST_CONTROLS = 2
LEVEL = 0.95
"""Of the intervals, each made of one week's sample, at least so many contain the true number."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week in local time, from Monday 00:00 to the next Monday."""

    monday: date
    begins: Instant
    ends: Instant

    @property
    def name(self) -> str:
        """Return '2014-W35'."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"


@dataclass(frozen=True, slots=True)
class Tally:
    """Of the pairs drawn, how many were read, and how many were found worth a second look."""

    drawn: int
    read: int
    worth: int


@dataclass(frozen=True, slots=True)
class Missed:
    """What a filled sheet says of all that fell below the budget in one week.

    `low` and `high` bound the number worth a second look among `below_in_week`; `estimate` is
    None where nothing was read.
    """

    week: Week
    below_in_week: int
    below: Tally
    controls: Tally
    estimate: float | None
    low: int
    high: int
    readers: tuple[str, ...]


def week_of(day: date, zone: ZoneInfo) -> Week:
    """Return the ISO week that contains a day.

    Raises
    ------
    UsageRejected
        If the calendar ends within that week.
    """
    try:
        monday = day - timedelta(days=day.weekday())
        nights = (monday, monday + timedelta(days=7))
        begins, ends = (int(datetime.combine(n, time(), zone).timestamp()) for n in nights)
    except (OverflowError, ValueError):
        raise UsageRejected(
            f"--week {day} is at the edge of the calendar", "Give a day of a week of the file"
        ) from None
    return Week(monday, begins, ends)


def below_budget(rows: Iterable[AlertRow], week: Week) -> list[Pair]:
    """Return the pairs that were a record's best lead that week and never alerted till its end.

    Two reports of one death, and deaths in one event, are left out. A pair that came up twice
    counts once.
    """
    known = [row for row in rows if row.at < week.ends]
    shown = {_pair(row) for row in known if row.notifies}
    decided = decided_rows(row for row in known if row.at >= week.begins)
    found = {_pair(row) for row in decided if row.relation in LEADS}
    return sorted(found - shown)


def draw_sample(
    rows: Sequence[AlertRow], week: Week, size: int, seed: int, rng: np.random.Generator
) -> Key:
    """Return a random sample of what fell below the budget, with alerts mixed in as controls.

    Parameters
    ----------
    rows
        The rows of alerts.csv.
    week
        The week to draw from.
    size
        How many pairs from below the budget; all of them where there are fewer. At least 1.
    seed
        Kept in the key, so that anybody can draw the same sample again.
    rng
        Source of chance, made from that seed.

    Raises
    ------
    UsageRejected
        If nothing fell below the budget that week.

    """
    below = below_budget(rows, week)
    if not below:
        period = "The file has no rows at all"
        if rows:
            ends = (min(row.at for row in rows), max(row.at for row in rows))
            first, last = (datetime.fromtimestamp(at, UTC).date() for at in ends)
            period = f"The file has rows from {first:%-d %B %Y} to {last:%-d %B %Y}"
        raise UsageRejected(
            f"no best match fell below the budget in the week of {week.monday:%-d %B %Y}", period
        )
    taken = [(pair, True) for pair in _choose(below, size, rng)]
    wanted = max(LEAST_CONTROLS, math.ceil(len(taken) / CONTROL_SHARE))
    # Controls are the week's own alerts; where those are too few, the latest before it too.
    alerts = [row for row in rows if row.alert and row.at < week.ends]
    own = sorted({_pair(row) for row in alerts if row.at >= week.begins})
    controls = _choose(own, wanted, rng) if own else []
    before = sorted(
        (row for row in alerts if row.at < week.begins), key=lambda row: (-row.at, _pair(row))
    )
    further = [pair for pair in dict.fromkeys(map(_pair, before)) if pair not in own]
    controls += further[: max(wanted - len(controls), 0)]
    taken += [(pair, False) for pair in controls]
    mixed = [taken[i] for i in rng.permutation(len(taken))]
    width = len(str(len(mixed)))
    drawn = tuple(
        SampledPair(f"{week.name}-{n:0{width}d}", first, second, is_below)
        for n, ((first, second), is_below) in enumerate(mixed, 1)
    )
    return Key(week.name, len(below), seed, drawn)


def judge_sample(
    rows: Iterable[AlertRow], week: Week, sheet: Sequence[SampleReading], key: Key
) -> Missed:
    """Return what a filled sheet says of all that fell below the budget that week.

    Raises
    ------
    UsageRejected
        If alerts, week, sheet and key do not belong together.

    """
    _check(rows, week, sheet, key)
    is_below = {d.sample_id: d.below for d in key.drawn}
    below = _tally([r for r in sheet if is_below[r.sample_id]])
    controls = _tally([r for r in sheet if not is_below[r.sample_id]])
    low, high = interval(below.worth, below.read, key.below_in_week)
    share = below.worth / below.read if below.read else None
    return Missed(
        week=week,
        below_in_week=key.below_in_week,
        below=below,
        controls=controls,
        estimate=None if share is None else share * key.below_in_week,
        low=low,
        high=high,
        readers=tuple(sorted({r.reader for r in sheet if r.worth is not None and r.reader})),
    )


def interval(worth: int, read: int, total: int, level: float = LEVEL) -> tuple[int, int]:
    """Return the exact interval for how many of `total` are worth it, `worth` of `read` being so.

    The pairs are drawn without putting back, so the count is hypergeometric. Kept is every number
    under which neither as few nor as many as were seen would be rarer than (1 - level) / 2: the
    interval of Clopper and Pearson for a finite whole. With nothing read it is all of 0 to total.
    """
    possible = np.arange(worth, total - (read - worth) + 1)
    tail = (1 - level) / 2
    as_many = hypergeom.sf(worth - 1, total, possible, read) > tail
    as_few = hypergeom.cdf(worth, total, possible, read) > tail
    kept = possible[as_many & as_few]
    return int(kept.min()), int(kept.max())


def _pair(row: AlertRow) -> Pair:
    """Return the two ids in alphabetical order: the order of report would reveal too much."""
    first, second = sorted((row.case_id, row.linked_case_id))
    return first, second


def _choose(pairs: Sequence[Pair], size: int, rng: np.random.Generator) -> list[Pair]:
    chosen = rng.choice(len(pairs), size=min(size, len(pairs)), replace=False)
    return [pairs[i] for i in chosen]


def _tally(read: Sequence[SampleReading]) -> Tally:
    answers = [r.worth for r in read if r.worth is not None]
    return Tally(len(read), len(answers), sum(answers))


def _check(rows: Iterable[AlertRow], week: Week, sheet: Sequence[SampleReading], key: Key) -> None:
    if key.week != week.name:
        raise UsageRejected(
            f"the key is of week {key.week}, not of the week of {week.monday}",
            "Give --week a day of that week",
        )
    listed = {(r.sample_id, r.case_a, r.case_b) for r in sheet}
    drawn = {(d.sample_id, d.case_a, d.case_b) for d in key.drawn}
    if listed != drawn:
        odd = min(listed ^ drawn)
        raise UsageRejected(
            f"sheet and key differ at {odd[0]} ({odd[1]} and {odd[2]})",
            "Give the sheet with all its lines, and the key that was written with it",
        )
    below = below_budget(rows, week)
    sampled = {(d.case_a, d.case_b) for d in key.drawn if d.below}
    if len(below) != key.below_in_week or not sampled <= set(below):
        raise UsageRejected(
            f"the alerts file has {len(below):,} pairs below the budget that week, but the key was"
            f" drawn from {key.below_in_week:,}",
            "Give the alerts file that the sample was drawn from",
        )
