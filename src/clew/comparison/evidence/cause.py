"""Cause: the mechanism of death, as the cause states it or as it was seen, by how rare it is.

Heart disease in two records is ordinary; strangulation in two is not. A cause is somebody's
conclusion, and conclusions of one series differ (three of four in Barking were first put down to
drugs taken alone), so different mechanisms speak only a little against. A cause takes weeks to be
written; a gunshot wound, a ligature mark or a body in water is seen on the day, so until a cause
is known the mechanism is what was seen. Pending or unascertained is missing, never a difference.
Manner (natural, accident, suicide) is an official's word and carries no weight at all: every
class of death is compared with every other.
"""

from __future__ import annotations

from clew.model.case import Case
from clew.vocabulary.load import seen_rules


def cause_is_known(case: Case) -> bool:
    """Return whether a cause names the mechanism."""
    return case.mechanism not in (None, "unascertained")


def mechanism_of(case: Case) -> str | None:
    """Return the mechanism that may be compared; None where it is neither known nor seen.

    What was seen on the day is read by the first rule of `vocabulary/seen_mechanisms.toml` that
    fits.
    """
    if cause_is_known(case):
        return case.mechanism
    for rule in seen_rules():
        for column, words in rule.words.items():
            if not words.isdisjoint(getattr(case, column) or ()):
                return rule.mechanism
    return None
