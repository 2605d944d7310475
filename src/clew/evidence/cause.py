"""Cause: the mechanism of death, read out of the cause as written, by how rare it is.

Heart disease in two records is ordinary; strangulation in two is not. A cause is somebody's
conclusion, and conclusions of one series differ (three of four in Barking were first put down to
drugs taken alone), so different mechanisms speak only a little against. Pending or unascertained
is missing, never a difference. Manner (natural, accident, suicide) is an official's word and
carries no weight at all: every class of death is compared with every other.
"""

from __future__ import annotations

from clew.model.case import Case

NOT_TELLING = frozenset({"unascertained"})


def mechanism_of(case: Case) -> str | None:
    """Return the mechanism that may be compared; None where it is not known or not found out."""
    return None if case.mechanism in NOT_TELLING else case.mechanism
