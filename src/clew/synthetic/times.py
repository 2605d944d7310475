"""When: reports, the windows in which deaths happened, and how both are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from clew.synthetic.rates import Floats, Ints, Weights, lognormal, read_rates


@dataclass(frozen=True)
class Times:
    """For each record: report, earliest and latest death; `hours` from death to report (n,)."""

    reported: list[datetime]
    earliest: list[datetime]
    latest: list[datetime]
    lone: list[bool]
    hours: Floats


def draw_days(a_day: float, days: int, rng: np.random.Generator) -> Ints:
    """Return the day number of each record: a Poisson number every day."""
    return np.repeat(np.arange(days), rng.poisson(a_day, days))


def draw_times(
    first: date, days: Ints, entry: Weights, hours: Sequence[float], rng: np.random.Generator
) -> Times:
    """Draw report times on `days` (n,), and windows: long for those found alone."""
    size = len(days)
    profile = np.asarray(hours, dtype=np.float64)
    minutes = rng.choice(24, size=size, p=profile / profile.sum()) * 60 + rng.integers(0, 60, size)
    midnight = datetime(first.year, first.month, first.day)
    stamps = (days * 1440 + minutes).tolist()
    reported = [midnight + timedelta(minutes=stamp) for stamp in stamps]
    rates = read_rates("papers")["report"]
    lone = rng.random(size) < entry["lone"]
    gap = np.where(
        lone,
        lognormal(rates["lone_days"], size, rng) * 24,
        lognormal(rates["seen_hours"], size, rng),
    )
    # Somebody found alone died anywhere between last being seen and being found.
    since = gap * np.where(lone, rng.random(size), 1.0)
    earliest = [
        when - timedelta(minutes=round(hours * 60))
        for when, hours in zip(reported, gap.tolist(), strict=True)
    ]
    return Times(reported, earliest, reported, lone.tolist(), since)


def write_time(when: datetime, *, date_alone: bool = False) -> str:
    """Return ISO 8601 to the minute, or the date alone."""
    return when.date().isoformat() if date_alone else when.isoformat(timespec="minutes")


def order_of(written: str) -> str:
    """Return a key that sorts written times: a date alone comes at the end of its day."""
    return written if "T" in written else f"{written}T24"


def later(reported_at: str, days: float) -> str:
    """Return the time `days` after a written report time, to the minute.

    A date alone is known at the end of its day, so the days count from there.
    """
    base = datetime.fromisoformat(reported_at)
    if "T" not in reported_at:
        base += timedelta(days=1)
    return write_time(base + timedelta(minutes=round(days * 1440)))
