"""What other pages ask of the lines of enquiry."""

from __future__ import annotations

from datetime import datetime

from clew.assurance.clock import Deadline


def deadlines_of_lines(_now: datetime) -> list[Deadline]:
    """Return what is owed of every line of enquiry that is open."""
    return []
