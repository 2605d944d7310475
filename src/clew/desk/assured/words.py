"""Words for times that run out. Pure."""

from __future__ import annotations

from clew.assurance.standard import HOUR

MINUTE, DAY = 60, 24 * HOUR


def span(seconds: int) -> str:
    """Return a length of time in its largest fitting unit: 3 hours, 2 days."""
    for size, one, most in ((MINUTE, "minute", HOUR), (HOUR, "hour", 2 * DAY)):
        if seconds < most:
            number = max(seconds // size, 1)
            return f"{number} {one}{'' if number == 1 else 's'}"
    return f"{seconds // DAY} days"


def runs_out(seconds: int) -> str:
    """Return how long there is, or since when there is none."""
    return f"{span(seconds)} left" if seconds > 0 else f"{span(-seconds)} over its time"


def is_gone(seconds: int) -> str:
    """Return when what perishes is gone."""
    return f"gone in {span(seconds)}" if seconds > 0 else f"usually gone {span(-seconds)} ago"
