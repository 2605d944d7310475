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
from clew.intake.cases.cleaning import filler_dates
from clew.intake.cases.time_text import (
    CLOCK_MARKS,
    DAY_MARKS,
    MONTH_MARKS,
    ClockText,
    TimeText,
    read_declared,
    read_iso,
    split_clock,
    zone_of,
)
from clew.model.values import DAY, EARLIEST, EARLIEST_YEAR, LATEST, LATEST_YEAR, YEAR_DAYS, Instant

Time = str | datetime | Instant | None
"""A time as programs give it: text in the file's zone, a datetime, or seconds since 1970."""
FAR_FUTURE = LATEST  # a time that is asked for may lie ahead

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_LAST_SECOND = time(23, 59, 59)
_SLASHED = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-](\d{4}|\d{2})\b")
_NEAR_YEARS = 10
"""Declared: a report within so many years of a date that fills gaps makes that date a true one."""
_AMBIGUOUS = (
    "the order of day and month is not declared; write 2021-04-03, or declare date_format in a"
    " mapping"
)


class FillerTimeError(ValueError):
    """A date that systems write where none is known, such as 1900-01-01: a missing value."""


@dataclass(frozen=True, slots=True)
class TimeReading:
    """What a cell says of a time: from `start` to `end`, equal where one instant is given.

    A whole day has no clock. An hour alone, and an hour that the change of clocks doubles or
    leaves out, have one and a width.
    """

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
        Declared `strptime` formats by column; under "" those of every column. They go before ISO
        8601. A format without a day means the whole month, one without a month the whole year; one
        without a clock reads a date that a clock follows too.
    fillers
        True: dates that systems write where none is known are refused as fillers. False: they are
        asked for, and mean what they say.

    """

    def __init__(
        self,
        timezone: str,
        now: Instant,
        formats: Mapping[str, tuple[str, ...]] | None = None,
        *,
        fillers: bool = True,
    ) -> None:
        self.timezone, self.now = timezone, now
        self._fillers = filler_dates() if fillers else frozenset[str]()
        self.zone = zone_named(timezone)
        self._formats = dict(formats or {})
        self._read = lru_cache(maxsize=65_536)(self._read_text)
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
        FillerTimeError
            If the cell is a date that fills a gap, and the report lies in other years.
        ValueError
            In plain words, if the cell is no time, or one before 1800 or in the future.

        """
        forms = self.forms(column)
        limit = None
        if any("%y" in form for form in forms):
            limit = self.now if not_after is None else not_after
        moment, filler = self._read(text, forms, limit)
        if filler is not None and (
            not_after is None or abs(not_after - filler) > _NEAR_YEARS * YEAR_DAYS * DAY
        ):
            raise FillerTimeError(f"{text} is a date that is written where none is known")
        if moment is None:
            raise ValueError(f"a year after {LATEST_YEAR}")
        if moment.start > self.now + DAY:
            raise ValueError("a time in the future")
        return moment

    def _read_text(
        self, text: str, forms: tuple[str, ...], limit: Instant | None
    ) -> tuple[TimeReading | None, Instant | None]:
        """Return the moment, and the instant of a date that fills gaps; None for neither."""
        found = self._declared(text, forms, limit) or read_iso(text)
        if found is None:
            unlike = "not a date or time; write it like 2014-06-19 or 2014-06-19T04:05"
            raise ValueError(_AMBIGUOUS if _SLASHED.match(text) else unlike)
        if isinstance(found, TimeReading):
            return found, None
        day, filler = found.day, None
        if day.isoformat() in self._fillers:
            filler = (datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH) // _SECOND
            if not EARLIEST <= filler <= LATEST:
                return None, filler
        if found.clock is None:
            return self.day(day), filler
        return self._clocked(day, found.clock), filler

    def _declared(
        self, text: str, forms: tuple[str, ...], limit: Instant | None
    ) -> TimeText | TimeReading | None:
        """Return what a text says in the first of the formats that it has; None for none."""
        for form in forms:
            read = read_declared(text, form)
            parts = None
            if read is None and not CLOCK_MARKS.search(form) and (parts := split_clock(text)):
                read = read_declared(parts[0], form)
            if read is None:
                continue
            parsed, ends_day = read
            if "%y" in form and limit is not None:
                parsed = self.with_century(parsed, limit)
            if not DAY_MARKS.search(form):
                if parts is not None or CLOCK_MARKS.search(form):
                    continue  # a clock on no day
                # Without a day the whole month is meant, without a month the whole year.
                year, month = parsed.year, parsed.month
                begins, ends = (month, month) if MONTH_MARKS.search(form) else (1, 12)
                first, last = date(year, begins, 1), date(year, ends, monthrange(year, ends)[1])
                return TimeReading(self.day(first).start, self.day(last).end, has_clock=False)
            if parts is not None:
                return TimeText(parsed.date(), parts[1])
            if not CLOCK_MARKS.search(form):
                return TimeText(parsed.date())
            hour = 24 if ends_day else parsed.hour
            whole_hour = "%M" not in form and not re.search("%[Xc]", form)
            clock = ClockText(hour, parsed.minute, parsed.second, whole_hour, parsed.tzinfo)
            return TimeText(parsed.date(), clock)
        return None

    def forms(self, column: str) -> tuple[str, ...]:
        """Return the formats that are declared for a column."""
        return self._formats.get(column, self._formats.get("", ()))

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

    def _clocked(self, day: date, clock: ClockText) -> TimeReading:
        """Return the moment of a clock on a day; 24:00 is the day's last second."""
        zone, fold = zone_of(clock, day, self.zone)
        at = _LAST_SECOND if clock.hour == 24 else time(clock.hour, clock.minute, clock.second)
        begins = self.moment(datetime.combine(day, at, zone), fold)
        if not clock.whole_hour:
            return begins
        last = datetime.combine(day, time(clock.hour, 59, 59), zone)
        return TimeReading(begins.start, self.moment(last, fold).end, has_clock=True)

    def moment(self, parsed: datetime, fold: int | None = None) -> TimeReading:
        """Return a date and time, naive ones in the file's zone.

        In the hour that the change of clocks doubles, or leaves out, the whole hour between the
        two ways to read it is meant, unless `fold` says which.
        """
        if fold is not None:
            at = self.instant(parsed.replace(fold=fold))
            return TimeReading(at, at, has_clock=True)
        ways = self.instant(parsed), self.instant(parsed.replace(fold=1))
        return TimeReading(min(ways), max(ways), has_clock=True)

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
        reading = TimeReader(timezone, FAR_FUTURE, fillers=False).read(time)
    except ValueError as fault:
        raise UsageRejected(
            f"{name} {time} is not a time ({fault})", "Write it like 2014-08-30 or 2014-08-30T09:00"
        ) from None
    return reading.start if begins else reading.end
