"""What of this app stands in the way of closing a death."""

from __future__ import annotations

from clew.desk.cases.models import Case


def open_concerns_of(case: Case) -> list[str]:  # noqa: ARG001 (a stub)
    """Return the concerns of a death that wait for an answer, in words; none yet."""
    return []
