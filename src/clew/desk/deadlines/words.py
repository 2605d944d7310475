"""Lengths of time and what is left, in words. Pure."""

from __future__ import annotations

from datetime import datetime

from clew.assurance.standard import HOUR

MINUTE, DAY = 60, 24 * HOUR


def span(seconds: int) -> str:
    """Return a length of time: 3 hours, 2 days. Below two days people count hours."""
    for size, one, most in ((MINUTE, "minute", HOUR), (HOUR, "hour", 2 * DAY)):
        if seconds < most:
            number = max(seconds // size, 1)
            return f"{number} {one}{'' if number == 1 else 's'}"
    return f"{seconds // DAY:,} days"


def time_left(due: datetime, now: datetime) -> str:
    """Return 'in 3 hours', 'in 2 days', or '5 hours late'."""
    seconds = int((due - now).total_seconds())
    told = span(abs(seconds))
    return f"in {told}" if seconds >= 0 else f"{told} late"
