"""Would a scan alone have signalled on the Barking record? Three bodies in a churchyard.

`python benchmarks/survey_barking.py [seed]`. The generated demonstration, 30 deaths a day in a
force that does not exist with the public record of the four deaths in it, is scanned prospectively
on the evening of each of the four days and a week later, knowing only what was recorded by then;
then with spans up to a month and up to 400 days.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from clew.generator.demo import write_demo
from clew.intake.read import read_case_file
from clew.model.case_file import CaseFile
from clew.model.cluster import Cluster, ScanLimits, Survey
from clew.workflows.scan_rows import EPOCH, date_of, end_of
from clew.workflows.survey import SurveyOptions, survey_cases

FOUR = {"BD-1", "BD-2", "BD-3", "BD-4"}
DAYS = (
    *("2014-06-19", "2014-06-26", "2014-08-28", "2014-09-04"),
    *("2014-09-20", "2014-09-27", "2015-09-14", "2015-09-21"),
)
STRATA = ("young", "non_natural", "outdoors")
DRAWS = {"replications": 1459, "stop_after": 10}
"""As many as a signal at one in 365 days needs with four strata; stopped early where ordinary."""
WEEK = ScanLimits(max_days=7, **DRAWS)
MONTH, YEAR = ScanLimits(max_days=31, **DRAWS), ScanLimits(max_days=400, **DRAWS)
NARROW = replace(YEAR, max_radius_km=0.5)


def day_number(text: str) -> int:
    """Return the day of an ISO date."""
    return (EPOCH.fromisoformat(text) - EPOCH).days


def scan(case_file: CaseFile, day: str, limits: ScanLimits, strata: tuple[str, ...]) -> Survey:
    """Return the scan of one evening."""
    end = end_of(day_number(day), ZoneInfo(case_file.timezone))
    options = SurveyOptions(
        limits=limits, prospective=True, ends=end, as_of=end, strata=strata, top=100,
        history_days=max(365, 2 * limits.max_days),
    )  # fmt: skip
    return survey_cases(case_file, options)


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


def row(survey: Survey, day: str, what: str) -> str:
    """Return one row of the table."""
    held = [one for one in survey.clusters if FOUR & set(one.case_ids)]
    held.sort(key=lambda one: (-len(FOUR & set(one.case_ids)), one.significance.p_corrected))
    signals = [one for one in survey.clusters if survey.signals(one)]
    own = [one for one in signals if FOUR & set(one.case_ids)]
    best = say(held[0]) if held else "none of the four in any of the first 100 clusters"
    told = f"| {day} | {what} | {'yes' if own else 'no'} | {len(signals)} | {best} |"
    print(told, file=sys.stderr, flush=True)
    return told


def main(seed: int = 2014) -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory() as folder:
        write_demo(Path(folder), seed)
        case_file = read_case_file(Path(folder) / "cases.csv", facts=Path(folder) / "facts.csv")
    lines = [
        "| evening of | scan | signal on the four | signals in all | what holds most of the four |",
        "| --- | --- | --- | --- | --- |",
    ]
    for day in DAYS:
        lines.append(row(scan(case_file, day, WEEK, ()), day, "7 days, all cases"))
        told = scan(case_file, day, WEEK, STRATA)
        lines.append(row(told, day, "7 days, with strata"))
    for day in ("2014-09-20", "2015-09-14"):
        lines.append(row(scan(case_file, day, MONTH, STRATA), day, "31 days, with strata"))
        lines.append(row(scan(case_file, day, YEAR, STRATA), day, "400 days, with strata"))
        lines.append(row(scan(case_file, day, NARROW, STRATA), day, "400 days, 500 m, strata"))
    return "\n".join(lines)


if __name__ == "__main__":
    print(main(*map(int, sys.argv[1:])))
