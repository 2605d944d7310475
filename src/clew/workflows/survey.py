"""The survey job: counts that are unusual where and when they fall, as they could be known.

Each scan of a prospective survey knows only what was recorded by the end of its day. The other half
of a survey, counts around a unit and through time, stands in modules of its own and meets this
one at the edge.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import numpy as np

from clew.comparison.ranking.ranked import Progress
from clew.errors import InputRejected, UsageRejected
from clew.identities.merged_reports import merge_reports, merged_by, say_merged
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.cluster import (
    EVERYTHING,
    MODELS,
    PERMUTATION,
    POISSON,
    SPACE_TIME_POISSON,
    BaselineArea,
    Day,
    Scan,
    ScanLimits,
    Survey,
    Unsearched,
)
from clew.model.columns import Array
from clew.model.judgement import Judgement
from clew.model.values import Instant, Point
from clew.surveillance.scan.cases import (
    FOREVER,
    PLACED,
    REASONS,
    Grounds,
    ScanRows,
    day_of,
    end_of,
    is_stratum,
    rows_of,
)
from clew.surveillance.scan.geometry import build_geometry
from clew.surveillance.scan.scan import Field, ScanMoment, scan_stratum
from clew.version import VERSION

# What a survey may be asked, and what of it makes no sense.


HISTORY_DAYS = 365
"""Declared: a daily scan looks back a year, so that every season is in it once."""

USUAL_REPLICATIONS = 999
"""Kulldorff and others 2005, and most since."""


@dataclass(frozen=True, slots=True)
class SurveyOptions:
    """How to survey. `begins` and `ends`: days; prospective: of the daily scans, else of the cases.

    `as_of` None uses every fact (a prospective scan never does: it knows its own day). `centres`
    None: circles stand on the file's own places. `strata` beside all cases. `top` clusters a scan.
    """

    limits: ScanLimits = field(default_factory=ScanLimits)
    prospective: bool = False
    begins: Instant | None = None
    ends: Instant | None = None
    as_of: Instant | None = None
    history_days: int = HISTORY_DAYS
    strata: tuple[str, ...] = ()
    model: str = PERMUTATION
    baseline: tuple[BaselineArea, ...] = ()
    centres: tuple[Point, ...] | None = None
    judgements: tuple[Judgement, ...] = ()
    top: int = 5
    seed: int = 1
    threads: int | None = None


def model_of(named: str | None, baseline: tuple[BaselineArea, ...]) -> str:
    """Return the model that was asked for, or the one that goes with the baseline.

    Raises
    ------
    UsageRejected
        If there is no such model.
    """
    if named is None:
        return SPACE_TIME_POISSON if baseline else PERMUTATION
    if named not in MODELS:
        raise UsageRejected(f"there is no model '{named}'", f"Give {', '.join(MODELS)}")
    return named


def enough_for(signal_days: float, strata: int) -> int:
    """Return how many replications a signal needs, at least USUAL_REPLICATIONS.

    p is at least 1 / (1 + replications), and is multiplied by the number of strata.
    """
    return max(USUAL_REPLICATIONS, math.ceil(signal_days * strata) - 1)


def check_options(options: SurveyOptions) -> None:
    """Refuse what cannot be."""
    limits = options.limits
    numbers = (limits.max_radius_km, limits.max_share)
    if not (all(map(math.isfinite, numbers)) and numbers[0] >= 0 and 0 < numbers[1] <= 1):
        raise UsageRejected(
            "a circle has a radius of at least 0 km and holds more than none and at most all cases",
            "Give --max-radius-km 3 and --max-share 0.5",
        )
    if not 1 <= limits.min_days <= limits.max_days or limits.step_days < 1:
        raise UsageRejected(
            f"no window is from {limits.min_days} to {limits.max_days} days long in steps of"
            f" {limits.step_days}",
            "Give --min-days from 1 to --max-days, and --step-days of at least 1",
        )
    if limits.step_days > limits.max_days:
        raise UsageRejected(
            f"a step of {limits.step_days} days is longer than the longest window",
            "Give --max-days of at least --step-days",
        )
    for name in options.strata:
        if not is_stratum(name):
            raise UsageRejected(
                f"there is no stratum '{name}'",
                "Give young, non_natural, outdoors, or substance: and its name",
            )
    if (options.model == PERMUTATION) != (not options.baseline):
        raise UsageRejected(
            "a Poisson model needs a baseline, and the permutation model takes none",
            f"Give --baseline with --model {SPACE_TIME_POISSON} or {POISSON}",
        )
    if options.prospective and options.model == POISSON:
        raise UsageRejected(
            "the purely spatial model has no time, so there is nothing to scan daily",
            f"Leave --prospective out, or give --model {SPACE_TIME_POISSON}",
        )


def say_deaf(options: SurveyOptions, strata: int) -> tuple[str, ...]:
    """Say where so few replications are drawn that nothing could ever signal."""
    limits = options.limits
    least = math.ceil(limits.signal_days * strata) - 1
    if not options.prospective or limits.replications >= least:
        return ()
    return (
        f"With {limits.replications:,} replications nothing can signal at one in"
        f" {limits.signal_days:,.0f} days: {least:,} are needed for {strata} strata.",
    )


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


def _moments(case_file: CaseFile, field: Field, options: SurveyOptions) -> Iterator[ScanMoment]:
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


def _moment(rows: ScanRows, stood: Array, first: Day, last: Day) -> ScanMoment:
    within = (first <= rows.day[stood]) & (rows.day[stood] <= last)
    placed = rows.why[stood] == PLACED
    return ScanMoment(stood[within & placed], first, last, stood[within & ~placed])


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


def _named(scan: Scan, rows: ScanRows, moment: ScanMoment) -> dict[str, Case]:
    """Return the cases of the scan's clusters as they stood at its moment."""
    named = {case_id for cluster in scan.clusters for case_id in cluster.case_ids}
    stood = ((rows.case_ids[rows.owner[r]], r) for r in moment.rows.tolist())
    return {case_id: rows.cases[r] for case_id, r in stood if case_id in named}


def _unsearched(rows: ScanRows, last: ScanMoment, strata: tuple[str, ...]) -> Iterator[Unsearched]:
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
