"""What time it is at this desk: the machine's clock, but in a demonstration a day of its own.

The made-up records of the demonstration end in September 2015. On a real day each deadline in it
would be thousands of days overdue, so its home keeps by how many seconds its clock differs. Acts of
the domain take their time from here; the ledger, sessions and accounts go by the machine's clock.
See docs/decisions/0073-the-demonstrations-clock.md.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

from django.utils import timezone

from clew.desk.settings import CONFIGURATION

MARK = "demonstration"
"""A file in the home that says: this is a demonstration, and may be thrown away."""
OFFSET = "demonstration-clock"
"""A file beside it: seconds from the machine's clock to the demonstration's."""


def desk_now() -> datetime:
    """Return the time of whatever people and rounds do at this desk."""
    return timezone.now() + (_offset() or timedelta())


def desk_today() -> date:
    """Return the day of `desk_now` in the desk's time zone."""
    return timezone.localdate(desk_now())


def demonstration_now() -> datetime | None:
    """Return the time to which a demonstration's clock is set; None at every other desk."""
    offset = _offset()
    return None if offset is None else timezone.now() + offset


def set_demonstration_clock(at: datetime) -> None:
    """Set the clock of a demonstration; it goes on from there.

    Raises
    ------
    RuntimeError
        If the home is not that of a demonstration.
    """
    if not (CONFIGURATION.home / MARK).is_file():
        raise RuntimeError("only a demonstration has a clock of its own")
    seconds = math.ceil((at - timezone.now()).total_seconds())  # never before `at`
    (CONFIGURATION.home / OFFSET).write_text(str(seconds), encoding="ascii")


def _offset() -> timedelta | None:
    """Return by how much the clock differs; None where the home has none or is no demonstration."""
    try:
        text = (CONFIGURATION.home / OFFSET).read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    if not (CONFIGURATION.home / MARK).is_file():
        return None
    return timedelta(seconds=int(text))
