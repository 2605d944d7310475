"""Would a scan alone have signalled on the Barking record? Three bodies in a churchyard.

`python benchmarks/survey_barking.py [seed]`. The generated demonstration, 30 deaths a day in a
force that does not exist with the public record of the four deaths in it, is scanned prospectively
on the evening of each of the four days and a week later, knowing only what was recorded by then;
then with spans up to a month and, by weeks, up to 57 weeks.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from clew.intake.read import read_case_file
from clew.model.case_file import CaseFile
from clew.model.cluster import EVERYTHING, Cluster, ScanLimits
from clew.surveillance.request import SurveyRequest
from clew.surveillance.scan.cases import EPOCH, PLACED, date_of, end_of, rows_of
from clew.surveillance.scan.geometry import build_geometry
from clew.surveillance.scan.scan import Field, ScanMoment, scan_stratum
from clew.synthetic.demo import generate_demo
from clew.synthetic.generated import write_generated

FOUR = {"BD-1", "BD-2", "BD-3", "BD-4"}
DAYS = (
    *("2014-06-19", "2014-06-26", "2014-08-28", "2014-09-04"),
    *("2014-09-20", "2014-09-27", "2015-09-14", "2015-09-21"),
)
LONG_DAYS = ("2014-09-20", "2015-09-14")
STRATA = (EVERYTHING, "young", "non_natural", "outdoors")
DRAWS = {"replications": 1459, "stop_after": 10}
"""As many as a signal at one in 365 days needs with four strata; stopped early where ordinary."""
WEEK = ScanLimits(max_days=7, **DRAWS)
MONTH = ScanLimits(max_days=31, **DRAWS)
YEAR = ScanLimits(max_days=399, step_days=7, **DRAWS)
NARROW = replace(YEAR, max_radius_km=0.5)
TOP = 100


def day_number(text: str) -> int:
    """Return the day of an ISO date."""
    return (EPOCH.fromisoformat(text) - EPOCH).days


def field_of(case_file: CaseFile) -> Field:
    """Return everything that the scans have in common."""
    rows = rows_of(case_file, STRATA, WEEK.max_radius_km * 1000, np.zeros((0, 2)))
    return Field(
        request=SurveyRequest(limits=WEEK, prospective=True, top=TOP), strata=STRATA, rows=rows,
        geometry=build_geometry(rows.points, rows.points, WEEK.max_radius_km * 1000),
        centres=rows.points, given=np.zeros(len(rows.points), bool),
    )  # fmt: skip


def scan(field: Field, zone: ZoneInfo, day: int, strata: int) -> list[Cluster]:
    """Return the clusters of one evening, of the first so many strata."""
    rows, looks_back = field.rows, max(365, 2 * field.request.limits.max_days)
    stood = rows.as_of(end_of(day, zone))
    stood = stood[(rows.why[stood] == PLACED) & (rows.day[stood] <= day)]
    first = max(int(rows.day[stood].min()), day - looks_back + 1)
    moment = ScanMoment(stood[rows.day[stood] >= first], first, day, stood[:0])
    asked = replace(field, strata=field.strata[:strata])
    found = []
    for s in range(strata):
        found += scan_stratum(asked, moment, s, np.random.default_rng([5, day, s])).clusters
    return found


def say(one: Cluster) -> str:
    """Return a cluster that holds some of the four, in one cell."""
    inside = sorted(FOUR & set(one.case_ids))
    figures = one.significance
    return (
        f"{', '.join(inside)} in {one.observed} deaths ({one.stratum}),"
        f" {date_of(one.first_day)} to {date_of(one.last_day)}, {one.zone.radius_m / 1000:.2f} km,"
        f" {one.expected:.2f} expected, p {figures.p_value:.3f},"
        f" corrected {figures.p_corrected:.3f}"
    )


def row(found: list[Cluster], day: str, what: str) -> str:
    """Return one row of the table."""
    held = [one for one in found if FOUR & set(one.case_ids)]
    held.sort(key=lambda one: (-len(FOUR & set(one.case_ids)), one.significance.p_corrected))
    signals = [
        one for one in found if (one.significance.recurrence_days or 0.0) >= WEEK.signal_days
    ]
    own = [one for one in signals if FOUR & set(one.case_ids)]
    best = say(held[0]) if held else f"none of the four in any of the first {TOP} clusters"
    told = f"| {day} | {what} | {'yes' if own else 'no'} | {len(signals)} | {best} |"
    print(told, file=sys.stderr, flush=True)
    return told


def main(seed: int = 2014) -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory() as folder:
        write_generated(generate_demo(seed), Path(folder))
        case_file = read_case_file(Path(folder) / "cases.csv", facts=Path(folder) / "facts.csv")
    field, zone = field_of(case_file), ZoneInfo(case_file.timezone)
    points = field.rows.points
    narrow = replace(field, geometry=build_geometry(points, points, NARROW.max_radius_km * 1000))
    lines = [
        "| evening of | scan | signal on the four | signals in all | what holds most of the four |",
        "| --- | --- | --- | --- | --- |",
    ]
    for day in DAYS:
        number = day_number(day)
        lines.append(row(scan(field, zone, number, 1), day, "7 days, all cases"))
        lines.append(row(scan(field, zone, number, len(STRATA)), day, "7 days, with strata"))
    for day in LONG_DAYS:
        for at, limits, what in (
            (field, MONTH, "31 days, with strata"),
            (field, YEAR, "57 weeks, with strata"),
            (narrow, NARROW, "57 weeks, 500 m, with strata"),
        ):
            asked = replace(at, limits=limits)
            lines.append(row(scan(asked, zone, day_number(day), len(STRATA)), day, what))
    return "\n".join(lines)


if __name__ == "__main__":
    print(main(*map(int, sys.argv[1:])))
