"""Excess: counts around places, institutions, roles and substances, from the file's own history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from clew.comparison.ranking.ranked import Progress
from clew.errors import UsageRejected
from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.columns import Array
from clew.model.excess import (
    ExcessAnswer,
    Expected,
    Funnel,
    KindWatched,
    TemporalAlert,
    TimeProfile,
    UnitExcess,
)
from clew.model.values import Instant
from clew.surveillance.excess.funnel import compare_circle
from clew.surveillance.excess.newcomers import WeekSetting
from clew.surveillance.excess.sprt import RATIO
from clew.surveillance.excess.units import (
    Calendar,
    Sighting,
    deaths_of,
    sightings_of,
    times_of,
    units_of,
    watch_expected,
)
from clew.surveillance.excess.watch import Watched, watch_kind
from clew.surveillance.excess.weekly import Weeks, delay_days, temporal_alerts, week_of, weekly_of

FALSE_SIGNALS = 0.5
"""Declared: one false signal in two years among all units, and as many among all substances."""
LEAST_TIMED = 10
"""Declared: timed deaths of a unit below which no profile is drawn."""

Deaths = list[tuple[CaseHistory, Case]]


@dataclass(frozen=True, slots=True)
class ExcessOptions:
    """How counts are watched.

    `begins`, `ends`: only signals between them are told; None is the whole file. What is ordinary
    is always learned from all that was known before. `false_signals` a year (0 to 50) are allowed
    among all units together, and again among all substances and mechanisms together. `ratio` is
    the rise that is looked for, above 1. `baseline` gives expected counts; units in it are tested
    against those, all others against the file's own history.
    """

    begins: Instant | None = None
    ends: Instant | None = None
    false_signals: float = FALSE_SIGNALS
    ratio: float = RATIO
    baseline: tuple[Expected, ...] = ()
    seed: int = 0


def survey_excess(
    case_file: CaseFile,
    options: ExcessOptions | None = None,
    progress: Progress | None = None,
) -> ExcessAnswer:
    """Watch every unit and every substance of a file; deaths alone are counted.

    Raises
    ------
    UsageRejected
        If the allowed false signals, or the rise looked for, are out of range.
    """
    options = options or ExcessOptions()
    _check(options)
    deaths = deaths_of(case_file, options.ends)
    if not deaths:
        return ExcessAnswer("", "", options.false_signals, options.ratio)
    last = max(case.reported_at for _, case in deaths)
    ends = last if options.ends is None else options.ends
    clock = Calendar.since(min(case.reported_at for _, case in deaths), case_file.timezone)
    kinds, rows, funnels = _watch_units(deaths, options, clock, ends, progress)
    since = "" if options.begins is None else clock.day(options.begins)
    rows = [_before(row, since) for row in rows]
    rows, basis = _with_profiles(rows, deaths, case_file.timezone, options.seed)
    alerts, subjects, delay = _watch_weeks(deaths, options, case_file.timezone, ends)
    return ExcessAnswer(
        begins=since or clock.day(min(case.reported_at for _, case in deaths)),
        ends=clock.day(ends),
        false_signals_a_year=options.false_signals,
        ratio=options.ratio,
        kinds=tuple(kinds),
        units=tuple(sorted(rows, key=lambda row: (row.kind, row.unit, row.method))),
        funnels=tuple(funnels),
        alerts=alerts,
        subjects_watched=subjects,
        typical_delay_days=delay,
        time_basis=basis,
        notes=tuple(f"{about.kind}: {about.note}" for about in kinds if about.note),
    )


def _check(options: ExcessOptions) -> None:
    if not 0 < options.false_signals <= 50:
        raise UsageRejected(
            f"{options.false_signals:g} false signals a year cannot be allowed",
            "Give more than 0 and at most 50; 0.5 is one in two years",
        )
    if not 1 < options.ratio <= 1000:
        raise UsageRejected(
            f"a rise of {options.ratio:g} times cannot be looked for", "Give more than 1, such as 2"
        )


def _watch_units(
    deaths: Deaths,
    options: ExcessOptions,
    clock: Calendar,
    ends: Instant,
    progress: Progress | None,
) -> tuple[list[KindWatched], list[UnitExcess], list[Funnel]]:
    """Watch all kinds of unit; each has an equal part of the false signals."""
    by_kind: dict[str, list[Sighting]] = defaultdict(list)
    sightings = sightings_of(deaths)
    for one in sightings:
        by_kind[one.kind].append(one)
    share = options.false_signals / max(len(by_kind), 1)
    how = Watched(share, options.ratio, clock, ends, options.seed)
    given = watch_expected(options.baseline, sightings, clock, options.false_signals, options.ratio)
    covered = {(row.kind, row.unit) for row in given}
    kinds, rows, funnels = [], list(given), []
    for done, kind in enumerate(sorted(by_kind), 1):
        answer = watch_kind(kind, by_kind[kind], how)
        kinds.append(answer.about)
        rows += [row for row in answer.units if (row.kind, row.unit) not in covered]
        funnels += [answer.funnel] if answer.funnel is not None else []
        if progress is not None:
            progress(done, len(by_kind))
    return kinds, rows, funnels


def _before(row: UnitExcess, since: str) -> UnitExcess:
    """Take away a signal that came before the stretch that is asked for; its counts stay."""
    if row.signal_date is not None and row.signal_date < since:
        return replace(row, signal_date=None, steps=())
    return row


def _with_profiles(
    rows: list[UnitExcess], deaths: Deaths, timezone: str, seed: int
) -> tuple[list[UnitExcess], str]:
    """Add times of day and days of the week to units that signalled, against their kind."""
    if not any(row.signal_date for row in rows):
        return rows, ""
    hours, days, basis = times_of(deaths, timezone)
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    kinds: dict[str, set[int]] = defaultdict(set)
    for k, (_, case) in enumerate(deaths):
        for kind, unit in units_of(case):
            members[kind, unit].append(k)
            kinds[kind].add(k)
    found = []
    for row in rows:
        if row.signal_date is not None:
            own = np.array(members[row.kind, row.unit], int)
            rest = np.array(sorted(kinds[row.kind] - set(own.tolist())), int)
            rng = np.random.default_rng([seed, *row.unit.encode()])
            profiles = [
                _profile(values[own], values[rest], bins, rng)
                for values, bins in ((hours, 24), (days, 7))
            ]
            row = replace(row, hours=profiles[0], weekdays=profiles[1])  # noqa: PLW2901
        found.append(row)
    return found, basis


def _profile(own: Array, rest: Array, bins: int, rng: np.random.Generator) -> TimeProfile | None:
    counts = [np.bincount(part[part >= 0], minlength=bins) for part in (own, rest)]
    return compare_circle(counts[0], counts[1], rng) if counts[0].sum() >= LEAST_TIMED else None


def _watch_weeks(
    deaths: Deaths, options: ExcessOptions, timezone: str, ends: Instant
) -> tuple[tuple[TemporalAlert, ...], int, float]:
    zone = ZoneInfo(timezone)
    series = weekly_of(deaths, zone)
    if not series:
        return (), 0, 0.0
    first = min(week_of(case.reported_at, zone) for _, case in deaths)
    weeks = Weeks(series, first)
    last = week_of(ends, zone) - first
    begins = 0 if options.begins is None else week_of(options.begins, zone) - first
    how = WeekSetting(
        options.false_signals, options.ratio, max(begins, 0), last, first, options.seed
    )
    found = temporal_alerts(weeks, how)
    return found, len(series), delay_days(weeks, last)


def case_ids_of(rows: Sequence[UnitExcess]) -> tuple[str, ...]:
    """Return the cases of units that signalled, each once, to be cross-referred to their links."""
    return tuple(dict.fromkeys(case for row in rows if row.signal_date for case in row.case_ids))
