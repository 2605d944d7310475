"""Cause: the mechanism of death, as the cause tells it or as it was seen, by how rare it is.

Heart disease in two records is ordinary; strangulation in two is not. A cause is somebody's
conclusion, and conclusions of one series differ (three of four in Barking were first put down to
drugs taken alone), so different mechanisms speak only a little against. A cause takes weeks to be
written; a gunshot wound, a ligature mark or a body in water is seen on the day, so until a cause
is told the mechanism is what was seen. Pending or unascertained is missing, never a difference.
Manner (natural, accident, suicide) is an official's word and carries no weight at all: every
class of death is compared with every other.
"""

from __future__ import annotations

from clew.model.case import Case
from clew.vocabulary.load import seen_rules

NOT_TELLING = frozenset({"unascertained"})


def mechanism_of(case: Case) -> str | None:
    """Return the mechanism that may be compared; None where it is neither told nor seen."""
    return case.mechanism if is_told(case) else seen_mechanism(case)


def is_told(case: Case) -> bool:
    """Tell whether a cause names the mechanism."""
    return case.mechanism is not None and case.mechanism not in NOT_TELLING


def seen_mechanism(case: Case) -> str | None:
    """Return the mechanism that was seen on the day, by the first rule that fits; None if none.

    The rules stand in `vocabulary/seen_mechanisms.toml`.
    """
    for rule in seen_rules():
        for column, words in rule.words.items():
            if not words.isdisjoint(getattr(case, column) or ()):
                return rule.mechanism
    return None
