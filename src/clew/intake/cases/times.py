"""Times in files become instants, once: zone, date alone, declared formats, two-digit years."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from clew.errors import UsageRejected
from clew.model.values import DAY, EARLIEST, EARLIEST_YEAR, LATEST, LATEST_YEAR, Instant

Time = str | datetime | Instant | None
"""A time as programs give it: text in the file's zone, a datetime, or seconds since 1970."""
FAR_FUTURE = LATEST  # a time that is asked for may lie ahead

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_LAST_SECOND = time(23, 59, 59)
_SLASHED = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-](\d{4}|\d{2})\b")
_CLOCK_MARKS = re.compile("%[HIXc]")
_DAY_MARKS = re.compile("%[djxcaAwu]")
_MONTH_MARKS = re.compile("%[mbB]")
_AMBIGUOUS = (
    "the order of day and month is not declared; write 2021-04-03, or declare date_format in a"
    " mapping"
)


@dataclass(frozen=True, slots=True)
class TimeReading:
    """What a cell says of a time: from `start` to `end`, equal where the time of day is given."""

    start: Instant
    end: Instant
    has_clock: bool


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone.

    Raises
    ------
    UsageRejected
        If there is no such zone.

    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise UsageRejected(
            f"there is no time zone named '{name}'", "Write it like Europe/London"
        ) from None


class TimeReader:
    """Reads the times of one file.

    Parameters
    ----------
    timezone
        Zone of naive times, for example `Europe/London`.
    now
        Instant of reading; a time more than a day later is refused.
    formats
        Declared `strptime` formats by column; under "" those of every column. ISO 8601 goes first.
        A format without a day means the whole month, one without a month the whole year.

    """

    def __init__(
        self, timezone: str, now: Instant, formats: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.timezone, self.now = timezone, now
        self.zone = zone_named(timezone)
        self._formats = dict(formats or {})
        self._iso = lru_cache(maxsize=65_536)(self._read_iso)
        self._days = lru_cache(maxsize=65_536)(self._day)

    def read(self, text: str, column: str = "", not_after: Instant | None = None) -> TimeReading:
        """Return the moment a cell means.

        Parameters
        ----------
        text
            A cell, stripped and not empty.
        column
            The column, for the formats that are declared for it.
        not_after
            Two-digit years are put in the last century in which they are not after this instant.

        Raises
        ------
        ValueError
            In plain words, if the cell is no time, or one before 1800 or in the future.

        """
        moment = self._iso(text)
        if moment is None:
            limit = self.now if not_after is None else not_after
            for form in self._formats.get(column, self._formats.get("", ())):
                try:
                    parsed = datetime.strptime(text, form)
                except (ValueError, re.error):
                    continue
                if "%y" in form:
                    parsed = self.with_century(parsed, limit)
                if _CLOCK_MARKS.search(form) and _DAY_MARKS.search(form):
                    moment = self._moment(parsed)
                else:
                    # Without a day the whole month is meant, without a month the whole year.
                    first = last = parsed.date()
                    if not _DAY_MARKS.search(form):
                        year, month = parsed.year, parsed.month
                        begins, ends = (month, month) if _MONTH_MARKS.search(form) else (1, 12)
                        first = date(year, begins, 1)
                        last = date(year, ends, monthrange(year, ends)[1])
                    moment = TimeReading(self.day(first).start, self.day(last).end, has_clock=False)
                break
            else:
                unlike = "not a date or time; write it like 2014-06-19 or 2014-06-19T04:05"
                raise ValueError(_AMBIGUOUS if _SLASHED.match(text) else unlike)
        if moment.start > self.now + DAY:
            raise ValueError("a time in the future")
        return moment

    def day(self, day: date) -> TimeReading:
        """Return a whole local day, from its first second to 23:59:59."""
        return self._days(day)

    def instant(self, moment: datetime) -> Instant:
        """Return a date and time, naive ones in the file's zone, as seconds UTC."""
        if moment.year < EARLIEST_YEAR:
            raise ValueError(f"a year before {EARLIEST_YEAR}")
        if moment.year > LATEST_YEAR:
            raise ValueError(f"a year after {LATEST_YEAR}")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        try:
            return (moment - _EPOCH) // _SECOND
        except OverflowError:
            raise ValueError("a time outside the calendar") from None

    def _day(self, day: date) -> TimeReading:
        start = self.instant(datetime.combine(day, time()))
        return TimeReading(
            start, self.instant(datetime.combine(day, _LAST_SECOND)), has_clock=False
        )

    def _read_iso(self, text: str) -> TimeReading | None:
        try:
            if len(text) == 10:
                return self.day(date.fromisoformat(text))
            parsed = datetime.fromisoformat(text)
        except ValueError as fault:
            if str(fault).startswith("a year"):
                raise
            return None
        if ":" not in text and "T" not in text.upper():
            return self.day(parsed.date())
        return self._moment(parsed)

    def _moment(self, parsed: datetime) -> TimeReading:
        """Return a date and time; in the hour that comes twice in October, both are meant."""
        first, second = self.instant(parsed), self.instant(parsed.replace(fold=1))
        return TimeReading(first, max(first, second), has_clock=True)

    def with_century(self, parsed: datetime, not_after: Instant) -> datetime:
        """Return `parsed` in the latest century in which it does not begin after `not_after`."""
        year = 2000 + parsed.year % 100
        while year >= EARLIEST_YEAR:
            try:
                moved = parsed.replace(year=year)
            except ValueError:  # 29 February in a year that has none
                year -= 100
                continue
            if self.instant(moved) <= not_after:
                return moved
            year -= 100
        raise ValueError("no century fits this two-digit year")


def instant_of(time: Time, timezone: str, name: str, *, begins: bool = False) -> Instant | None:
    """Return the instant of a time that is asked for, None for none.

    A date alone means its end, or its midnight where something `begins`. A datetime without a
    zone is in `timezone`. `name` is what the time is called, for the error.

    Raises
    ------
    UsageRejected
        If it is no time.
    """
    if isinstance(time, datetime):
        time = int((time if time.tzinfo else time.replace(tzinfo=zone_named(timezone))).timestamp())
    if time is None or isinstance(time, int):
        if time is not None and not EARLIEST <= time <= LATEST:
            raise UsageRejected(
                f"{name} is outside {EARLIEST_YEAR} to {LATEST_YEAR}", "Give a year between these"
            )
        return time
    try:
        reading = TimeReader(timezone, FAR_FUTURE, {}).read(time)
    except ValueError as fault:
        raise UsageRejected(
            f"{name} {time} is no time ({fault})", "Write it like 2014-08-30 or 2014-08-30T09:00"
        ) from None
    return reading.start if begins else reading.end
