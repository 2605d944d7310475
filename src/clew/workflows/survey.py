"""The survey job: counts that are unusual where and when they fall, as they could be known.

Each scan of a prospective survey knows only what was recorded by the end of its day. The other half
of a survey, counts around a unit and through time, stands in modules of its own and meets this
one at the edge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from clew.engine.ranked import Progress
from clew.errors import InputRejected, UsageRejected
from clew.model.baseline import BaselineArea
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.cluster import (
    EVERYTHING,
    Day,
    Scan,
    Survey,
    Unsearched,
)
from clew.model.columns import Array
from clew.survey.geometry import build_geometry
from clew.version import VERSION
from clew.workflows.merged_reports import merge_reports, merged_by, say_merged
from clew.workflows.scan_once import Field, Moment, scan_stratum
from clew.workflows.scan_rows import (
    FOREVER,
    PLACED,
    REASONS,
    Grounds,
    ScanRows,
    day_of,
    end_of,
    rows_of,
)
from clew.workflows.survey_options import SurveyOptions, check_options, say_deaf


def survey_cases(
    case_file: CaseFile, options: SurveyOptions, progress: Progress | None = None
) -> Survey:
    """Scan a case file once, or day by day.

    Raises
    ------
    InputRejected
        If no case is known by then.
    UsageRejected
        If the options make no sense together.
    """
    check_options(options)
    case_file = merge_reports(case_file, options.judgements)
    strata = (EVERYTHING, *options.strata)
    scanned = _field(case_file, options, strata)
    moments = list(_moments(case_file, scanned, options))
    scans: list[Scan] = []
    cases: dict[str, Case] = {}
    for done, moment in enumerate(moments, 1):
        for s in range(len(strata)):
            rng = np.random.default_rng([options.seed, moment.last + 1_000_000, s])
            scan = _told(scan_stratum(scanned, moment, s, rng), options, len(moments))
            cases |= _named(scan, scanned.rows, moment)
            scans.append(scan)
        if progress is not None:
            progress(done, len(moments))
    last = moments[-1]
    rows = scanned.rows
    return Survey(
        file=case_file.name,
        timezone=case_file.timezone,
        version=VERSION,
        as_of=options.as_of,
        model=options.model,
        prospective=options.prospective,
        limits=options.limits,
        seed=options.seed,
        strata=strata,
        scans=tuple(scans),
        known=len(last.rows) + len(last.left_out),
        unsearched=tuple(_unsearched(rows, last, strata)),
        cases=tuple(cases.values()),
        coverage=case_file.coverage,
        rejects=len(case_file.rejects),
        warnings=(
            *say_merged(len(merged_by(case_file, options.as_of))),
            *say_deaf(options, len(strata)),
        ),
    )


def _field(case_file: CaseFile, options: SurveyOptions, strata: tuple[str, ...]) -> Field:
    """Lay out what all scans have in common."""
    radius_m = options.limits.max_radius_km * 1000
    further = np.array(
        [(p.latitude, p.longitude) for p in options.centres or ()], np.float64
    ).reshape(-1, 2)
    areas, baseline = None, None
    if options.baseline:
        ordered = sorted(options.baseline, key=_by_place)
        areas = {one.area: number for number, one in enumerate(ordered)}
        further = np.array([(a.middle.latitude, a.middle.longitude) for a in ordered])
        baseline = np.array([one.expected for one in ordered])
    rows = rows_of(case_file, strata, Grounds(radius_m, further, areas))
    if not len(rows.points):
        raise InputRejected(
            case_file.name, "no death in it has a point", "Give latitude and longitude"
        )
    fixed = options.centres is not None and not options.baseline
    centres = further if fixed else rows.points
    given = np.isin(_as_one(rows.points), _as_one(further))
    return Field(
        rows, build_geometry(rows.points, centres, radius_m), centres, options.model,
        options.limits, options.prospective, strata, options.top, given, fixed, baseline,
        options.threads,
    )  # fmt: skip


def _as_one(points: Array) -> Array:
    """Return each point as one number, so that points can be looked for."""
    return points[:, 0] + 1j * points[:, 1]


def _by_place(one: BaselineArea) -> tuple[float, float, str]:
    return one.middle.latitude, one.middle.longitude, one.area


def _moments(case_file: CaseFile, field: Field, options: SurveyOptions) -> Iterator[Moment]:
    """Yield each scan's rows and days."""
    rows, zone = field.rows, ZoneInfo(case_file.timezone)
    known = rows.as_of(FOREVER - 1 if options.as_of is None else options.as_of)
    placed = known[rows.why[known] == PLACED]
    if not len(placed):
        raise InputRejected(
            case_file.name, "no death with a place is known by then", "Give a later --as-of"
        )
    first, last = int(rows.day[placed].min()), int(rows.day[known].max())
    begins = None if options.begins is None else day_of(options.begins, zone)
    ends = last if options.ends is None else day_of(options.ends, zone)
    if options.as_of is not None:
        ends = min(ends, day_of(options.as_of, zone))
    if begins is not None and begins > ends:
        raise UsageRejected("--from lies after --to or the last day", "Give an earlier --from")
    if not options.prospective:
        yield _moment(rows, known, max(first, begins or first), ends)
        return
    for day in range(ends if begins is None else begins, ends + 1):
        stood = rows.as_of(end_of(day, zone))
        yield _moment(rows, stood, max(first, day - options.history_days + 1), day)


def _moment(rows: ScanRows, stood: Array, first: Day, last: Day) -> Moment:
    within = (first <= rows.day[stood]) & (rows.day[stood] <= last)
    placed = rows.why[stood] == PLACED
    return Moment(stood[within & placed], first, last, stood[within & ~placed])


def _told(scan: Scan, options: SurveyOptions, scans: int) -> Scan:
    """Leave of one of many scans the most likely cluster, and any other that signals."""
    if scans == 1:
        return scan
    kept = [
        cluster
        for number, cluster in enumerate(scan.clusters)
        if number == 0 or options.limits.signals(cluster.significance.recurrence_days)
    ]
    return replace(scan, clusters=tuple(kept))


def _named(scan: Scan, rows: ScanRows, moment: Moment) -> dict[str, Case]:
    """Return the cases of the scan's clusters as they stood at its moment."""
    named = {case_id for cluster in scan.clusters for case_id in cluster.case_ids}
    stood = ((rows.case_ids[rows.owner[r]], r) for r in moment.rows.tolist())
    return {case_id: rows.cases[r] for case_id, r in stood if case_id in named}


def _unsearched(rows: ScanRows, last: Moment, strata: tuple[str, ...]) -> Iterator[Unsearched]:
    """Yield what the last scan could not search, by reason."""
    for why in range(1, len(REASONS)):
        out = last.left_out[rows.why[last.left_out] == why]
        if len(out):
            yield Unsearched(REASONS[why], _ids(rows, out))
    for s, stratum in enumerate(strata):
        out = last.rows[rows.member[last.rows, s] == -1]
        if len(out):
            yield Unsearched(f"the record does not tell whether it is {stratum}", _ids(rows, out))


def _ids(rows: ScanRows, which: Array) -> tuple[str, ...]:
    return tuple(rows.case_ids[k] for k in np.sort(rows.owner[which]))
