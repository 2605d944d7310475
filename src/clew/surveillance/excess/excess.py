"""Excess: counts around places, institutions, roles and substances, from the file's own history."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from clew.comparison.ranking.ranked import Progress
from clew.model.case_file import CaseFile
from clew.model.excess import ExcessAnswer, Funnel, KindWatched
from clew.surveillance.excess.alerts import temporal_alerts
from clew.surveillance.excess.profiles import add_profiles
from clew.surveillance.excess.sprt import watch_expected
from clew.surveillance.excess.units import Calendar, Sighting, deaths_of, sightings_of
from clew.surveillance.excess.watch import Watched, watch_kind
from clew.surveillance.excess.weekly import MOST_WEEKS, Weeks, WeekSetting, week_of, weekly_of
from clew.surveillance.request import SurveyRequest, check_request


def survey_excess(
    case_file: CaseFile, request: SurveyRequest, progress: Progress | None = None
) -> ExcessAnswer:
    """Watch every unit and every substance of a file; deaths alone are counted.

    Raises
    ------
    UsageRejected
        If a value of the request is out of range.
    """
    check_request(request)
    until = min((at for at in (request.ends, request.as_of) if at is not None), default=None)
    deaths = deaths_of(case_file, until)
    if not deaths:
        return ExcessAnswer("", "", request.false_signals, request.ratio)
    first = min(case.reported_at for _, case in deaths)
    ends = max(case.reported_at for _, case in deaths) if until is None else until
    clock = Calendar.since(first, case_file.timezone)
    # Each kind of unit has an equal part of the false signals.
    by_kind: dict[str, list[Sighting]] = defaultdict(list)
    sightings = sightings_of(deaths)
    for one in sightings:
        by_kind[one.kind].append(one)
    rows = list(
        watch_expected(request.expected, sightings, clock, request.false_signals, request.ratio)
    )
    covered = {(row.kind, row.unit) for row in rows}
    part = request.false_signals / max(len(by_kind), 1)
    watch = Watched(part, request.ratio, clock, ends, request.seed)
    kinds: list[KindWatched] = []
    funnels: list[Funnel] = []
    for done, kind in enumerate(sorted(by_kind), 1):
        about, units, funnel = watch_kind(kind, by_kind[kind], watch)
        kinds.append(about)
        rows += [row for row in units if (row.kind, row.unit) not in covered]
        funnels += [] if funnel is None else [funnel]
        if progress is not None:
            progress(done, len(by_kind))
    # A signal before the period that is asked for is taken away; its counts stay.
    since = "" if request.begins is None else clock.day(request.begins)
    rows = [
        row
        if row.signal_date is None or row.signal_date >= since
        else replace(row, signal_date=None, steps=())
        for row in rows
    ]
    rows, basis = add_profiles(rows, deaths, case_file.timezone, request.seed)
    series = weekly_of(deaths, clock.zone)
    origin = min(week_of(case.reported_at, clock.zone) for _, case in deaths)
    weeks, last = Weeks(series, origin), week_of(ends, clock.zone) - origin
    begins = 0 if request.begins is None else week_of(request.begins, clock.zone) - origin
    setting = WeekSetting(
        request.false_signals, request.ratio, max(begins, 0), last, origin, request.seed
    )
    delays = [7 * float((1 - weeks.share(k, last)[:MOST_WEEKS]).sum()) for k in weeks.happened]
    return ExcessAnswer(
        begins=since or clock.day(first),
        ends=clock.day(ends),
        false_signals_a_year=request.false_signals,
        ratio=request.ratio,
        kinds=tuple(kinds),
        units=tuple(sorted(rows, key=lambda row: (row.kind, row.unit, row.method))),
        funnels=tuple(funnels),
        alerts=temporal_alerts(weeks, setting),
        subjects_watched=len(series),
        typical_delay_days=max(delays, default=0.0),
        time_basis=basis,
        notes=tuple(f"{about.kind}: {about.note}" for about in kinds if about.note),
    )
