"""Words for times that run out. Pure."""

from __future__ import annotations

from clew.desk.deadlines.words import span


def runs_out(seconds: int) -> str:
    """Return how long there is, or since when there is none."""
    return f"{span(seconds)} left" if seconds > 0 else f"{span(-seconds)} over its time"


def is_gone(seconds: int) -> str:
    """Return when what perishes is gone."""
    return f"gone in {span(seconds)}" if seconds > 0 else f"usually gone {span(-seconds)} ago"
