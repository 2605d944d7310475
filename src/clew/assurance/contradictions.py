"""When a new fact contradicts what a closed death was closed on. Pure.

A closing states that no third party was involved, or a doctor that the death was expected. Facts
that are compared open a closed death again whatever they say; these never weigh in a comparison.
"""

from __future__ import annotations

from collections.abc import Collection

from clew.assurance.classes import EXPECTED, NOT_SUSPICIOUS
from clew.model.case import Case

MANNERS = {
    EXPECTED: frozenset({"natural", "pending"}),
    NOT_SUSPICIOUS: frozenset(
        {
            "natural", "accident", "suicide", "misadventure", "drug_related", "narrative",
            "pending",
        }
    ),
}  # fmt: skip
"""Declared: manners of death, by the words of `vocabulary/manners.toml`, that agree with a class.
Any other contradicts it: homicide, unlawful killing, open, undetermined, and words not known."""
CATEGORIES = {
    EXPECTED: frozenset({EXPECTED}),
    NOT_SUSPICIOUS: frozenset({EXPECTED, NOT_SUSPICIOUS}),
}
"""Declared: classes, as another system gives them, that agree with a class here."""


def contradicted(closed_as: str, changed: Collection[str], after: Case) -> tuple[str, ...]:
    """Return the fields by which new facts contradict a closing; () where none does.

    Parameters
    ----------
    closed_as
        The class of the closed death: expected, or not suspicious. Any other: ().
    changed
        The fields of the record that new facts changed.
    after
        The record as they left it. A value that is missing contradicts nothing.
    """
    if closed_as not in MANNERS:
        return ()
    contradicts = {
        "manner": after.manner is not None and after.manner not in MANNERS[closed_as],
        "category": after.category is not None and after.category not in CATEGORIES[closed_as],
        "moved_after_death": after.moved_after_death is True,
        "allegation": bool(after.allegation),
    }
    return tuple(name for name, holds in contradicts.items() if holds and name in changed)
