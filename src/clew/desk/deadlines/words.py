"""Time left, in words."""

from __future__ import annotations

from datetime import datetime

HOUR, DAY = 3_600, 86_400
HOURS_UNTIL = 2 * DAY
"""Declared: below two days people count hours, beyond them days."""


def time_left(due: datetime, now: datetime) -> str:
    """Return 'in 3 hours', 'in 2 days', or '5 hours late'."""
    seconds = int((due - now).total_seconds())
    told = _span(abs(seconds))
    return f"in {told}" if seconds >= 0 else f"{told} late"


def _span(seconds: int) -> str:
    if seconds < HOUR:
        return _count(max(seconds // 60, 1), "minute")
    if seconds < HOURS_UNTIL:
        return _count(seconds // HOUR, "hour")
    return _count(seconds // DAY, "day")


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"
