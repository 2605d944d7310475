"""How often the daily scan signals where nothing is: permuted histories of a real office.

`python benchmarks/survey_false_alarms.py [histories] [days]`, with the folder of real data in
CLEW_DATA. The days of two years' deaths are permuted among them, so that every place keeps its
deaths and every day its number. The second year is then scanned daily, each scan looking back a
year, and drawing stops early. By how it is made nothing is unusual, so that a signal at one in N
days should come on days / N days. Then the real file, all of it, is scanned once.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import binom

from clew.intake.read import read_case_file
from clew.model.case_file import CaseFile
from clew.model.cluster import EVERYTHING, Cluster, ScanLimits
from clew.surveillance.request import SurveyRequest
from clew.surveillance.scan.cases import EPOCH, PLACED, ScanRows, date_of, rows_of
from clew.surveillance.scan.geometry import build_geometry
from clew.surveillance.scan.scan import Field, ScanMoment, scan_stratum
from clew.workflows.survey import survey_cases

FIRST, YEAR = 18_628, 365  # 2021-01-01; 365 days from there, then the year that is scanned
HISTORIES, INTERVALS = 20, (20.0, 100.0, 365.0)
REAL_DRAWS = 199
"""Of the real file: four years by days, about a second each on one core."""
LIMITS = ScanLimits(replications=1824, stop_after=5)
"""1,824 draws: a p of exactly 1/365 can be had (5 of 1,825), and none that stops is below it."""


def load(folder: str) -> CaseFile:
    """Return the real file."""
    path = Path(folder) / "milwaukee_deaths_2020_2023.csv.gz"
    return read_case_file(path, mapping="milwaukee")


def field_of(case_file: CaseFile) -> Field:
    """Return everything that the daily scans have in common."""
    radius_m = LIMITS.max_radius_km * 1000
    none = np.zeros((0, 2))
    rows = rows_of(case_file, (EVERYTHING,), radius_m, none)
    return Field(
        request=SurveyRequest(limits=LIMITS, prospective=True, top=1), strata=(EVERYTHING,),
        rows=rows, geometry=build_geometry(rows.points, rows.points, radius_m),
        centres=rows.points, given=np.zeros(len(rows.points), bool),
    )  # fmt: skip


def permuted(rows: ScanRows, rng: np.random.Generator) -> ScanRows:
    """Return the rows of the two years with their days permuted among the placed deaths."""
    within = (rows.why == PLACED) & (rows.day >= FIRST) & (rows.day < FIRST + 2 * YEAR)
    day = np.full(len(rows.day), -1, np.int64)
    day[within] = rng.permutation(rows.day[within])
    return replace(rows, day=day)


def p_values(scanned: Field, number: int, days: int) -> tuple[list[float], int]:
    """Return the p of each day's most likely cluster in one history, and how many were drawn."""
    rows = permuted(scanned.rows, np.random.default_rng([7, number]))
    drawn, found = 0, []
    history = replace(scanned, rows=rows)
    for day in range(FIRST + 2 * YEAR - days, FIRST + 2 * YEAR):
        known = np.flatnonzero((rows.day > day - YEAR) & (rows.day <= day))
        moment = ScanMoment(known, day - YEAR + 1, day, known[:0])
        scan = scan_stratum(history, moment, 0, np.random.default_rng([11, number, day]))
        figures = scan.clusters[0].significance if scan.clusters else None
        found.append(1.0 if figures is None else figures.p_corrected)
        drawn += 0 if figures is None else figures.replications
    return found, drawn


def false_alarms(case_file: CaseFile, histories: int, days: int) -> str:
    """Return the table of signals on permuted histories."""
    scanned = field_of(case_file)
    began = time.perf_counter()
    told = [p_values(scanned, number, days) for number in range(histories)]
    took = time.perf_counter() - began
    values = np.array([found for found, _ in told])
    lines = [
        f"{histories} permuted histories, {days} daily scans each,"
        f" {np.mean([drawn for _, drawn in told]) / days:.0f} draws a scan on average (at most"
        f" {LIMITS.replications:,}), {took / values.size * 1000:.0f} ms a scan.",
        "",
        "| signal at one in | expected days | days with a signal | 95 % interval by history |"
        " histories: fewest, most |",
        "| --- | --- | --- | --- | --- |",
    ]
    for interval in INTERVALS:
        by_history = (values <= 1 / interval + 1e-12).sum(axis=1)
        low, high = bootstrap(by_history)
        lines.append(
            f"| {interval:,.0f} days | {values.size / interval:.1f} | {by_history.sum()} |"
            f" {low:.0f} to {high:.0f} | {by_history.min()}, {by_history.max()} |"
        )
    lines.append("")
    lines.append(
        "Days of one history share events, so that signals come in runs: the interval is of whole"
        f" histories drawn anew. Were days independent, {interval_of(values.size, 365.0)} would be"
        " usual at one in 365."
    )
    return "\n".join(lines)


def bootstrap(counts: np.ndarray) -> tuple[float, float]:
    """Return the middle 95 % of the total over histories drawn anew."""
    drawn = np.random.default_rng(3).choice(counts, (10_000, len(counts))).sum(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def interval_of(days: int, interval: float) -> str:
    """Return the middle 95 % of independent days."""
    low, high = binom.ppf([0.025, 0.975], days, 1 / interval)
    return f"{low:.0f} to {high:.0f}"


def top_clusters(case_file: CaseFile) -> str:
    """Return the five most unusual clusters of the real file, described."""
    survey = survey_cases(
        case_file, SurveyRequest(limits=ScanLimits(replications=REAL_DRAWS), top=5)
    )
    by_id = {case.case_id: case for case in survey.cases}
    lines = [
        "| days | radius | seen | expected | statistic | p | what the records say |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in survey.clusters:
        span = f"{date_of(one.first_day)} to {date_of(one.last_day)}"
        lines.append(
            f"| {span} | {one.zone.radius_m / 1000:.2f} km | {one.observed} | {one.expected:.2f} |"
            f" {one.statistic:.2f} | {one.significance.p_value:.3f} | {describe(one, by_id)} |"
        )
    return "\n".join(lines)


def describe(one: Cluster, by_id: dict) -> str:
    """Return how the cases of a cluster died and where, most often first; no one is named."""
    cases = [by_id[case_id] for case_id in one.case_ids]
    told = []
    for name in ("manner", "mechanism", "premises"):
        values = [getattr(case, name) or "not told" for case in cases]
        counts = sorted({v: values.count(v) for v in values}.items(), key=lambda p: (-p[1], p[0]))
        told.append(", ".join(f"{n} {v.replace('_', ' ')}" for v, n in counts[:3]))
    keys = {case.place_key for case in cases if case.place_key}
    return f"{'; '.join(told)}; {len(keys)} addresses"


def main(histories: int = HISTORIES, days: int = YEAR) -> str:
    """Return both tables."""
    folder = os.environ.get("CLEW_DATA")
    if not folder:
        return "The real file was not at hand (CLEW_DATA is not set)."
    case_file = load(folder)
    return (
        f"Milwaukee County's medical examiner, {EPOCH.year + 51} and {EPOCH.year + 52}, days"
        " permuted: circles up to 3 km, spans of 1 to 7 days, a year back.\n\n"
        f"{false_alarms(case_file, histories, days)}\n\nThe real file, four years, scanned once:"
        f" the five most unusual counts.\n\n{top_clusters(case_file)}"
    )


if __name__ == "__main__":
    print(main(*map(int, sys.argv[1:])))
