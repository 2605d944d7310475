"""`survey`: counts that are unusual where and when they fall, as they could be known.

Each scan of a prospective survey knows only what was recorded by the end of its day. The other half
of a survey, counts around a unit and through time, is `surveillance.excess`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from clew.comparison.ranking.ranked import Progress
from clew.disclosure.words import count_of, date_of, long_date
from clew.errors import InputRejected, UsageRejected
from clew.identities.merged_reports import merge_reports, merged_by, say_merged
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.cluster import EVERYTHING, Day, Scan, Survey, Unsearched
from clew.model.columns import Array
from clew.surveillance.request import SurveyRequest, check_request, replications_to_signal
from clew.surveillance.scan.cases import (
    FOREVER,
    PLACED,
    REASONS,
    ScanRows,
    day_of,
    end_of,
    rows_of,
)
from clew.surveillance.scan.geometry import build_geometry
from clew.surveillance.scan.scan import Field, ScanMoment, scan_stratum
from clew.version import VERSION


def survey_cases(
    case_file: CaseFile, request: SurveyRequest, progress: Progress | None = None
) -> Survey:
    """Scan a case file once, or day by day.

    Raises
    ------
    InputRejected
        If no case is known by then.
    UsageRejected
        If the request makes no sense.
    """
    check_request(request)
    case_file = merge_reports(case_file, request.judgements)
    field = _field(case_file, request)
    rows, strata = field.rows, field.strata
    moments = list(_moments(case_file, field))
    last = moments[-1]
    scans: list[Scan] = []
    cases: dict[str, Case] = {}
    for done, moment in enumerate(moments, 1):
        for s in range(len(strata)):
            rng = np.random.default_rng([request.seed, moment.last + 1_000_000, s])
            scan = scan_stratum(field, moment, s, rng)
            if len(moments) > 1:  # of each, the most likely cluster, and any other that signals
                others = [
                    cluster
                    for cluster in scan.clusters[1:]
                    if request.limits.signals(cluster.significance.recurrence_days)
                ]
                scan = replace(scan, clusters=(*scan.clusters[:1], *others))
            named = {case_id for cluster in scan.clusters for case_id in cluster.case_ids}
            for row in moment.rows.tolist():
                if (case_id := rows.case_ids[rows.owner[row]]) in named:
                    cases[case_id] = rows.cases[row]
            scans.append(scan)
        if progress is not None:
            progress(done, len(moments))
    # What the last scan could not search, by reason.
    left_out = [
        (REASONS[why], last.left_out[rows.why[last.left_out] == why])
        for why in range(1, len(REASONS))
    ]
    left_out += [
        (
            f"the record does not say whether it is {stratum}",
            last.rows[rows.member[last.rows, s] == -1],
        )
        for s, stratum in enumerate(strata)
    ]
    for row in np.concatenate([out for _, out in left_out]).tolist():
        cases.setdefault(rows.case_ids[rows.owner[row]], rows.cases[row])
    warnings = say_merged(len(merged_by(case_file, request.as_of)))
    warnings += say_few_days(case_file)
    needed = replications_to_signal(request.limits.signal_days, len(strata))
    if request.prospective and request.limits.replications < needed:
        warnings += (
            f"With {request.limits.replications:,} random files nothing can signal at one in"
            f" {request.limits.signal_days:,.0f} days. {len(strata)} strata need {needed:,}.",
        )
    return Survey(
        file=case_file.name,
        timezone=case_file.timezone,
        version=VERSION,
        as_of=request.as_of,
        model=request.model,
        prospective=request.prospective,
        limits=request.limits,
        seed=request.seed,
        strata=strata,
        scans=tuple(scans),
        known=len(last.rows) + len(last.left_out),
        unsearched=tuple(
            Unsearched(reason, tuple(rows.case_ids[k] for k in np.sort(rows.owner[out])))
            for reason, out in left_out
            if len(out)
        ),
        cases=tuple(cases.values()),
        coverage=case_file.coverage,
        rejects=len(case_file.rejects),
        account=case_file.account,
        crime=case_file.crime,
        warnings=warnings,
    )


FEW_DAYS, MOST_SHARE, LEAST_REPORTS = 3, 0.5, 10
"""Declared: half of all reports on three days are entries of a batch, not days on which people
died; below ten reports any file has few days."""


def say_few_days(case_file: CaseFile) -> tuple[str, ...]:
    """Return a warning where few days hold most reports: a scan would find those days.

    Files that were entered in batches, or whose dates were lost and replaced, look so.
    """
    zone = ZoneInfo(case_file.timezone)
    days = Counter(day_of(case.reported_at, zone) for case in case_file.as_of(None))
    reports = days.total()
    few = days.most_common(FEW_DAYS)
    held = sum(count for _, count in few)
    if reports < LEAST_REPORTS or held <= MOST_SHARE * reports:
        return ()
    named = ", ".join(f"{long_date(date_of(day))} ({count:,})" for day, count in sorted(few))
    return (
        f"{held:,} of {reports:,} reports are on {count_of(len(few), 'day', 'days')}: {named}. If"
        " they were entered together on those days, a cluster in time shows only that. Check the"
        " dates before you rely on a scan.",
    )


def _field(case_file: CaseFile, request: SurveyRequest) -> Field:
    """Lay out what all scans have in common."""
    strata, radius_m = (EVERYTHING, *request.strata), request.limits.max_radius_km * 1000
    areas, baseline = None, None
    given = list(request.centres or ())
    if request.baseline:
        ordered = sorted(
            request.baseline, key=lambda one: (one.middle.latitude, one.middle.longitude, one.area)
        )
        areas = {one.area: number for number, one in enumerate(ordered)}
        baseline = np.array([one.expected for one in ordered])
        given = [one.middle for one in ordered]
    further = np.array([(p.latitude, p.longitude) for p in given], np.float64).reshape(-1, 2)
    rows = rows_of(case_file, strata, radius_m, further, areas)
    if not len(rows.points):
        raise InputRejected(
            case_file.name, "no death in it has a point", "Give latitude and longitude"
        )
    fixed = request.centres is not None and not request.baseline
    centres = further if fixed else rows.points
    # A point as one complex number, so that points can be looked for.
    places, wanted = (points[:, 0] + 1j * points[:, 1] for points in (rows.points, further))
    is_given = np.isin(places, wanted)
    geometry = build_geometry(rows.points, centres, radius_m)
    return Field(request, strata, rows, geometry, centres, is_given, fixed, baseline)


def _moments(case_file: CaseFile, field: Field) -> Iterator[ScanMoment]:
    """Yield each scan's rows and days."""
    request, rows, zone = field.request, field.rows, ZoneInfo(case_file.timezone)
    known = rows.as_of(FOREVER - 1 if request.as_of is None else request.as_of)
    placed = known[rows.why[known] == PLACED]
    if not len(placed):
        raise InputRejected(
            case_file.name, "no death with a place is known by then", "Give a later --as-of"
        )
    first, ends = int(rows.day[placed].min()), int(rows.day[known].max())
    begins = None if request.begins is None else day_of(request.begins, zone)
    if request.ends is not None:
        ends = day_of(request.ends, zone)
    if request.as_of is not None:
        ends = min(ends, day_of(request.as_of, zone))
    if begins is not None and begins > ends:
        raise UsageRejected("--from is after --to or the last day", "Give an earlier --from")
    if not request.prospective:
        yield _moment(rows, known, max(first, begins or first), ends)
        return
    for day in range(ends if begins is None else begins, ends + 1):
        then_known = rows.as_of(end_of(day, zone))
        yield _moment(rows, then_known, max(first, day - request.history_days + 1), day)


def _moment(rows: ScanRows, known: Array, first: Day, last: Day) -> ScanMoment:
    within = (first <= rows.day[known]) & (rows.day[known] <= last)
    placed = rows.why[known] == PLACED
    return ScanMoment(known[within & placed], first, last, known[within & ~placed])
