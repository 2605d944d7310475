"""Instants and windows, causes of missing values, and points on Earth.

When something happened is an interval, never a point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

Instant = int
"""Seconds since 1970-01-01T00:00Z. Naive times are read in the file's zone at intake, once."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400
YEAR_DAYS = 365.25
EARLIEST_YEAR, LATEST_YEAR = 1800, 2199
"""Declared: the one calendar of Clew. No agency's live file reaches further back, and nothing is
planned further ahead; a year outside is a slip of the pen, in a file as in a form."""
EARLIEST, LATEST = -5_364_662_400, 7_258_118_399
"""The first second of the one year and the last of the other, UTC."""
OUTLIER_SHARE = 20
"""Declared: at most one report in twenty may be taken for a date that is wrong."""
FEWEST_FOR_OUTLIERS = 20
"""Declared: below so many reports no rate is shown that one of them could bend (chance_words)."""


def first_of_the_rate(earliest: Sequence[Instant], count: int, until: Instant) -> int:
    """Return from which report on deaths are counted: those long before all others are left out.

    One record dated a century too early would make a yearly rate a hundredth of what it is. In a
    steady stream of n reports the chance that any gap is longer than 3 log n times the mean gap is
    about 1/n^2 (the largest of n exponential gaps; Embrechts et al. 1997, 3.3); what lies before
    such a gap, among the first twentieth, is not of the stream.

    Parameters
    ----------
    earliest
        The reports in order, or no more of them than the first twentieth and one.
    count
        How many reports there are.
    until
        Where the span ends.
    """
    most = count // OUTLIER_SHARE
    if count < FEWEST_FOR_OUTLIERS:
        return 0
    mean = max(until - earliest[most], 1) / (count - most)
    longest = 3 * math.log(count) * mean
    return next((k for k in range(most, 0, -1) if earliest[k] - earliest[k - 1] > longest), 0)


def deaths_a_year(deaths: int, span_s: float) -> float:
    """Return deaths a year, of so many in a span of seconds; the span is at least one day."""
    return deaths / max(span_s / DAY, 1.0) * YEAR_DAYS


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Closed interval [earliest, latest], both in seconds UTC, earliest <= latest.

    Raises
    ------
    ValueError
        If the window is reversed.
    """

    earliest: Instant
    latest: Instant

    def __post_init__(self) -> None:
        if self.earliest > self.latest:
            raise ValueError("a window must not end before it begins")

    @property
    def seconds(self) -> int:
        """Length in seconds, >= 0."""
        return self.latest - self.earliest


class MissingCause(StrEnum):
    """Why a value is missing: it weighs nothing, and its cause is still worth saying.

    A column that is not in the file is `NOT_RECORDED` for every case.
    """

    NOT_RECORDED = "not_recorded"
    NOT_APPLICABLE = "not_applicable"
    WITHHELD = "withheld"
    PENDING = "pending"
    PLACEHOLDER = "placeholder"


EARTH_RADIUS_M = 6_371_008.8
"""Mean Earth radius R1, metres (IUGG; Moritz 2000, Geodetic Reference System 1980)."""


@dataclass(frozen=True, slots=True)
class Point:
    """WGS84 degrees; `precision_m` is the radius in metres within which the point lies.

    Raises
    ------
    ValueError
        If latitude is outside [-90, 90], longitude outside [-180, 180] or the radius negative.
    """

    latitude: float
    longitude: float
    precision_m: float | None = None

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError("latitude must lie in [-90, 90] and longitude in [-180, 180]")
        if self.precision_m is not None and not self.precision_m >= 0:
            raise ValueError("a precision is a radius in metres and cannot be negative")
