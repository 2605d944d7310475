"""Excess counts and temporal alerts on two real files: what signals, and how often for nothing.

Run with the folder of real data in CLEW_DATA; `python benchmarks/survey_excess_real.py` prints what
docs/benchmarks-log.md publishes. Units are named by kind alone.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from scipy.stats import poisson

from clew.intake.read import read_case_file
from clew.model.columns import Array
from clew.model.excess import ExcessAnswer
from clew.model.values import YEAR_DAYS
from clew.surveillance.excess.alerts import temporal_alerts
from clew.surveillance.excess.excess import survey_excess
from clew.surveillance.excess.units import Calendar, Deaths, Sighting, deaths_of, sightings_of
from clew.surveillance.excess.watch import WARM_UP, Watched, watch_kind
from clew.surveillance.excess.weekly import (
    MOST_WEEKS,
    Weekly,
    Weeks,
    WeekSetting,
    share_known,
    week_of,
    weekly_of,
)
from clew.surveillance.request import FALSE_SIGNALS, SurveyRequest

FILES = {
    "milwaukee": "milwaukee_deaths_2020_2023.csv.gz",
    "allegheny": "allegheny_overdoses_2007_2025.csv.gz",
}
HISTORIES = {"milwaukee": 4, "allegheny": 2}


def signals(answer: ExcessAnswer) -> list[str]:
    """Return tables of units and substances that signalled."""
    lines = ["| kind of unit | stretch | cases | expected | signal | alone | corrected |",
             "|---|---|--:|--:|---|--:|--:|"]  # fmt: skip
    lines += [
        f"| {u.kind} | {u.period} | {u.observed} | {u.expected:.2g} | {u.signal_date} |"
        f" {u.p_value:.1g} | {u.p_corrected:.2g} |"
        for u in answer.signals
    ]
    lines += ["", "| what | weeks from Monday | seen on | cases | expected | how | p |",
              "|---|---|---|--:|--:|---|--:|"]  # fmt: skip
    lines += [
        f"| {a.subject} | {a.first_week} to {a.last_week} | {a.signal_date} | {a.observed} |"
        f" {a.expected:.2g} | {a.method} | {a.p_value:.1g} |"
        for a in answer.alerts
    ]
    return lines


def interval(count: int, years: float) -> str:
    """Return a rate a year with its exact 95 % interval."""
    low = poisson.interval(0.95, max(count, 1e-9))[0] if count else 0.0
    high = poisson.interval(0.95, max(count, 3))[1]
    return f"{count / years:.2f} ({low / years:.2f} to {high / years:.2f})"


def false_units(deaths: Deaths, timezone: str, histories: int) -> str:
    """Permute the dates of each kind's records, and count what still signals."""
    sightings = sightings_of(deaths)
    ends = max(case.reported_at for _, case in deaths)
    by_kind: dict[str, list[Sighting]] = defaultdict(list)
    for one in sightings:
        by_kind[one.kind].append(one)
    rng = np.random.default_rng(2005)
    found: Counter[str] = Counter()
    years = 0.0
    for history in range(histories):
        for kind, rows in sorted(by_kind.items()):
            times = rng.permutation([one.at for one in rows])
            mixed = [Sighting(o.kind, o.unit, o.case_id, int(t), o.stratum)
                     for o, t in zip(rows, times, strict=True)]  # fmt: skip
            mixed.sort(key=lambda one: (one.at, one.case_id))
            clock = Calendar.since(mixed[0].at, timezone)
            how = Watched(FALSE_SIGNALS / len(by_kind), 2.0, clock, ends, history)
            found[kind] += sum(u.signal_date is not None for u in watch_kind(kind, mixed, how)[1])
        span = (ends - min(one.at for one in sightings)) / 86_400 / YEAR_DAYS
        years += span - WARM_UP / 12
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(found.items()))
    return (
        f"Units, {histories} permuted histories, {years:.0f} years of watch: {found.total()} false"
        f" signals, {interval(found.total(), years)} a year; stated {FALSE_SIGNALS:g} a year at"
        f" most. By kind: {told}."
    )


def false_weeks(deaths: Deaths, zone: ZoneInfo, histories: int) -> str:
    """Permute which death has which substances, and count what still alerts."""
    series = weekly_of(deaths, zone)
    weeks = np.array([week_of(case.reported_at, zone) for _, case in deaths])
    first, last = int(weeks.min()), int(weeks.max())
    rng = np.random.default_rng(2013)
    found, years = 0, 0.0
    for history in range(histories):
        mixed = []
        for one in series:
            # Cases of one substance fall on weeks drawn as all deaths fall, without replacement.
            at = rng.choice(weeks, len(one.happened), replace=False)
            mixed.append(Weekly(one.kind, one.subject, at, at))
        how = WeekSetting(FALSE_SIGNALS, 2.0, 0, last - first, first, history)
        found += len(temporal_alerts(Weeks(mixed, first), how))
        years += (last - first - 78) / 52.18
    return (
        f"Substances and mechanisms, {histories} permuted histories, {years:.0f} years of watch:"
        f" {found} false alerts, {interval(found, years)} a year; stated {FALSE_SIGNALS:g} a year."
    )


def nowcast(counts: Array, share: Array, now: int) -> Array:
    """Return how many cases each week will come to, shape (weeks,), from those known at `now`.

    `counts` of weeks 0 .. now, as known then; `share` from `share_known`.
    """
    ages = np.clip(now - np.arange(len(counts)), 0, MOST_WEEKS)
    found: Array = counts / share[ages]
    return found


def delays(deaths: Deaths, zone: ZoneInfo) -> list[str]:
    """Delay every case by weeks drawn at random, cut the file at many dates, and compare."""
    rng = np.random.default_rng(2014)
    happened = np.array([week_of(case.reported_at, zone) for _, case in deaths])
    happened -= happened.min()
    delay = np.floor(rng.lognormal(np.log(5), 0.6, len(happened))).astype(int)
    known = happened + delay
    true = np.bincount(happened)
    raw: dict[int, list[Array]] = defaultdict(list)
    for now in range(160, len(true) - MOST_WEEKS, 13):
        share = share_known(happened, known, now)
        counts = np.bincount(happened[(known <= now) & (happened <= now)], minlength=now + 1)
        cast = nowcast(counts, share, now)
        for age in (1, 2, 3, 4, 6, 8, 12):
            week = now - age
            raw[age].append(np.array([counts[week], cast[week], true[week]]))
    lines = ["| weeks ago | known by then | known / true | corrected / true |", "|--:|--:|--:|--:|"]
    for age, rows in raw.items():
        seen, cast, truth = np.sum(rows, axis=0)
        lines.append(
            f"| {age} | {seen:,.0f} of {truth:,.0f} | {seen / truth:.2f} | {cast / truth:.2f} |"
        )
    return lines


def main() -> str:
    """Return the section of docs/benchmarks-log.md."""
    folder = os.environ.get("CLEW_DATA")
    if not folder:
        return "The real files were not at hand (CLEW_DATA is not set)."
    parts = []
    for name, file in FILES.items():
        case_file = read_case_file(Path(folder) / file, mapping=name)
        deaths, zone = deaths_of(case_file, None), ZoneInfo(case_file.timezone)
        answer = survey_excess(case_file, SurveyRequest(seed=0))
        parts += [
            f"**{name.capitalize()}**, {len(deaths):,} deaths, {answer.begins} to {answer.ends};"
            f" {sum(k.units for k in answer.kinds):,} units and {answer.subjects_watched}"
            f" substances and mechanisms watched, {FALSE_SIGNALS:g} false signals a year"
            " allowed for each.",
            "",
            *signals(answer),
            "",
            false_units(deaths, case_file.timezone, HISTORIES[name]),
            "",
            false_weeks(deaths, zone, HISTORIES[name]),
            "",
        ]
        if name == "allegheny":
            parts += [
                "Reporting delay, made up on Allegheny's deaths (log-normal, median five weeks),"
                " the file cut every quarter of a year:",
                "",
                *delays(deaths, zone),
            ]
    return "\n".join(parts)


if __name__ == "__main__":
    print(main())
