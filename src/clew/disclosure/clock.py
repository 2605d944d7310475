"""Instants as a reader's local dates, and the time between them in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from clew.model.case import Case
from clew.model.time_window import DAY, HOUR, MINUTE, YEAR_DAYS, Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads instants in one zone. Month names are English whatever the machine's locale."""

    zone: ZoneInfo

    def local(self, instant: Instant) -> datetime:
        """Return the local date and time; no platform limit before 1970."""
        return (_EPOCH + timedelta(seconds=instant)).astimezone(self.zone)

    def day(self, instant: Instant) -> str:
        """Return '19 June 2014'."""
        at = self.local(instant)
        return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"

    def minute(self, instant: Instant) -> str:
        """Return '19 June 2014, 04:05'."""
        return f"{self.day(instant)}, {self.local(instant):%H:%M}"

    def month(self, instant: Instant) -> str:
        """Return 'Jun 2014', for an axis."""
        at = self.local(instant)
        return f"{_MONTHS[at.month - 1][:3]} {at.year}"

    def reported(self, case: Case) -> str:
        """Return when the case was reported, to the minute where the file said so."""
        known = case.report_known_to_the_minute
        return self.minute(case.reported_at) if known else self.day(case.reported_at)

    def happened(self, case: Case) -> str:
        """Return the window in which it happened, or "" where it is missing."""
        if case.window is None:
            return ""
        if case.window.seconds < MINUTE:
            return self.minute(case.window.earliest)
        return f"{self.minute(case.window.earliest)} to {self.minute(case.window.latest)}"


def time_between(seconds: int) -> str:
    """Return a length of time with an honest unit: '40 minutes', '23 days', '2.5 years'."""
    for unit, length, upto in (("minute", MINUTE, HOUR), ("hour", HOUR, 2 * DAY)):
        if seconds < upto:
            number = round(seconds / length)
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    if seconds < 2 * YEAR_DAYS * DAY:
        return f"{round(seconds / DAY)} days"
    return f"{seconds / (YEAR_DAYS * DAY):.1f} years"
