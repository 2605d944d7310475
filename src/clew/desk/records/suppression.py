"""Holding small numbers back, so that no sum on the page gives them away. Pure.

The declared rule. A figure below `LEAST` is held back. What is held back of one table, together, is
at least `LEAST` and at least two cells: otherwise the next smallest is held back with it. What is
shown is rounded to `STEP`. A total is counted, not added up; it is held back where nothing else
hides what is in it, which is so only if it is itself below `LEAST`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEAST = 10
"""Declared: groups below ten are not shown; the mission asks for suppressed aggregates."""
STEP = 5
"""Declared: figures are rounded to five, so that one record more or less is rarely seen."""


@dataclass(frozen=True, slots=True)
class SuppressedTable:
    """A table as it may be shown: None stands for what is held back."""

    cells: Mapping[str, int | None]
    total: int | None


def suppress(counts: Mapping[str, int]) -> SuppressedTable:
    """Return the counts as they may be shown; the order of the keys stays."""
    hidden = {name for name, count in counts.items() if count < LEAST}
    for name in sorted(counts, key=lambda name: (counts[name], name)):
        if not hidden or (len(hidden) > 1 and sum(counts[one] for one in hidden) >= LEAST):
            break
        hidden.add(name)
    cells = {name: None if name in hidden else rounded(counts[name]) for name in counts}
    return SuppressedTable(cells, one(sum(counts.values())))


def fold(shown: SuppressedTable, words: str) -> SuppressedTable:
    """Return a table whose held-back cells are one nameless row: a rare name tells by itself."""
    cells: dict[str, int | None] = {k: v for k, v in shown.cells.items() if v is not None}
    if len(cells) < len(shown.cells):
        cells[words] = None
    return SuppressedTable(cells, shown.total)


def one(count: int) -> int | None:
    """Return a single figure as it may be shown."""
    return None if count < LEAST else rounded(count)


def rounded(count: int) -> int:
    """Return the nearest multiple of `STEP`; halves cannot occur, for it is odd."""
    return STEP * ((count + STEP // 2) // STEP)
