"""Instants and windows: when something happened is an interval, never a point."""

from __future__ import annotations

from dataclasses import dataclass

Instant = int
"""Seconds since 1970-01-01T00:00Z. Naive times are read in the file's zone at intake, once."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400
YEAR_DAYS = 365.25


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
