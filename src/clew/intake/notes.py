"""Warnings that are counted while reading, and said once each at the end."""

from __future__ import annotations

from collections import Counter

_SHOWN = 5
"""Example values in one warning. A screen's line, no more."""


class Notes:
    """Counted warnings: one subject (`scene: words that no vocabulary knows`), many values."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def count(self, subject: str, value: str = "") -> None:
        """Add one occurrence of `value` to a subject."""
        self._counts.setdefault(subject, Counter())[value] += 1

    def lines(self) -> tuple[str, ...]:
        """Return one line a subject, with its total and its commonest values."""
        return tuple(_line(subject, counts) for subject, counts in self._counts.items())


def _line(subject: str, counts: Counter[str]) -> str:
    if set(counts) == {""}:
        return f"{subject}: {counts['']}" if counts[""] > 1 else subject
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{value} ({number})" for value, number in common[:_SHOWN])
    more = f" and {len(common) - _SHOWN} more" if len(common) > _SHOWN else ""
    return f"{subject}: {counts.total()} times: {shown}{more}"
