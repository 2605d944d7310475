"""A column profile: what the cells of a column say together, taken before any row is read.

One midnight is a time; a column of midnights is a column of dates. Each reading is a name, kept
with what was read, and a rewriting of single cells. A cell that it does not fit stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from clew.intake.cases.cleaning import filler_dates, missing_cause, read_number
from clew.intake.cases.column_plan import Rewrite
from clew.intake.cases.time_text import ClockText, TimeText, read_declared, read_iso, zone_of
from clew.model.profile import ProfiledColumn
from clew.model.values import DAY, Instant

LEAST_ROWS = 3
"""Filled cells below which a column says nothing together: fewer are alike by chance."""
AS_WRITTEN, DAYS, EXCEL, EPOCH, COMMA = "as written", "days", "excel days", "epoch", "comma"
HHMM, HOURS, FRACTION, DAY_ZERO, NO_CLOCK = "hhmm", "hours", "day fraction", "day zero", "no clock"
EPOCH_ZERO = "1970 fills gaps"
SAYS: Mapping[str, str] = {
    AS_WRITTEN: "as written",
    DAYS: "as dates: every clock in the column is midnight",
    EXCEL: "as a spreadsheet's day numbers, counted from 30 December 1899",
    EPOCH: "as numbers counted from 1 January 1970 UTC",
    COMMA: "with a decimal comma",
    HHMM: "as hours and minutes without a mark (257 is 02:57)",
    HOURS: "as hours without minutes: each means the whole hour",
    FRACTION: "as fractions of a day",
    DAY_ZERO: "as clocks: all have one date that fills gaps",
    NO_CLOCK: "as no clock: every one is midnight",
    EPOCH_ZERO: "with 1970-01-01 as a missing value: no other date is near it",
}
"""What each reading is, for people."""
_EXCEL_FROM = 18_264
"""1 January 1950 as a day number; lower numbers may be years, clocks or counts."""
_EXCEL_ZERO = datetime(1899, 12, 30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCALES = {9: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6, 18: 10**9, 19: 10**9}
"""Digits of an epoch number since 1973, and how many of its units make a second."""
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+")
_CLOCK_NUMBER = re.compile(r"([0-9]{1,4})(?:\.0+)?")
_MIDNIGHT = re.compile(r"(?:0?0|24)[:.]?00(?:[:.]?00(?:[.,]0+)?)?Z?|12:00(?::00)? *[Aa]\.?[Mm]\.?")
_CLOCK_FILLERS = frozenset(["99", "999", "9999", "99:99", "8888", "2499", "-1"])
"""Clocks that no clock shows. Source: FARS manual, hour 99; IJE layout, TOD 9999."""


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """How one column is read. `kind` names it; `explains` is its share of `filled` cells.

    `shares` has for every reading that was tried the share of the cells that it explains, `header`
    the column's name in its file. `kept`: the reading of earlier files rules.
    """

    kind: str
    explains: float
    filled: int
    example: str = ""
    shares: tuple[tuple[str, float], ...] = ()
    header: str = ""
    kept: bool = False

    def says(self) -> str:
        """Return the reading in words."""
        return " and ".join(SAYS.get(part, part) for part in self.kind.split("+"))

    def note(self, column: str, header: str) -> str:
        """Return a sentence for people."""
        return (
            f"{column}: '{header}' is read {self.says()}: {self.explains:.0%} of {self.filled:,}"
            f" cells, such as {self.example[:40]}"
        )


def profiled_columns(file: str, readings: Mapping[str, ColumnReading]) -> list[ProfiledColumn]:
    """Return the readings of a file's columns for people; fillers are said in notes."""
    return [
        ProfiledColumn(
            file, column, one.header, one.says(), one.filled, one.example, one.shares, one.kept
        )
        for column, one in readings.items()
        if one.header
    ]


@dataclass(frozen=True, slots=True)
class TimeBounds:
    """What a profile of times needs: the file's zone, the instant of reading, declared formats."""

    zone: ZoneInfo
    now: Instant
    forms: tuple[str, ...] = ()


def counted(cells: Counter[str], *, numeric: bool = False) -> tuple[Counter[str], int]:
    """Return the cells that are values, and how many they are: blanks and fillers say nothing."""
    values = Counter(
        {t: n for t, n in cells.items() if t and missing_cause(t, numeric=numeric) is None}
    )
    return values, values.total()


def profile_times(cells: Counter[str], bounds: TimeBounds) -> ColumnReading | None:
    """Return how a column of dates, with clocks or without, is read; None for too few cells."""
    values, filled = counted(cells)
    if filled < LEAST_ROWS:
        return None
    example = values.most_common(1)[0][0]
    numbered = {
        kind: {text: _numbered(text, kind, bounds) for text in values} for kind in (EXCEL, EPOCH)
    }
    read = {text: parsed for text in values if (parsed := _parsed(text, bounds)) is not None}
    midnights = [text for text, one in read.items() if _is_midnight(one, bounds.zone)]
    explained: dict[str, Iterable[str]] = {
        AS_WRITTEN: read,
        "a date alone": [text for text, one in read.items() if one.clock is None],
        "a date at midnight": midnights,
        "a spreadsheet's day number": [text for text, at in numbered[EXCEL].items() if at],
        "a number from 1970": [text for text, at in numbered[EPOCH].items() if at],
    }
    shares = _shares(values, explained)
    if all(map(_NUMBER.fullmatch, values)) and not any(_declared(t, bounds) for t in values):
        for kind in (EXCEL, EPOCH):
            found = list(numbered[kind].values())
            if all(found):
                if kind == EPOCH and any(
                    all(at is not None and at.astimezone(zone).time() == time() for at in found)
                    for zone in (UTC, bounds.zone)
                ):
                    return ColumnReading(f"{EPOCH}+{DAYS}", 1.0, filled, example, shares)
                return ColumnReading(kind, 1.0, filled, example, shares)
    if not read:
        return ColumnReading(AS_WRITTEN, 0.0, filled, example, shares)
    explains = sum(values[text] for text in read) / filled
    kinds = []
    clocks = [one for one in read.values() if one.clock is not None]
    taken = sum(values[text] for text in read)
    if clocks and taken >= LEAST_ROWS and _all_midnight(clocks, bounds.zone):
        kinds.append(DAYS)
        example = next(text for text, one in read.items() if one.clock is not None)
    zeros = [one for one in read.values() if one.day.year in {1969, 1970} and _is_zero(one.day)]
    near = [one for one in read.values() if abs(one.day.year - 1970) <= 5]
    if (
        zeros
        and len(near) == len(zeros)
        and taken > sum(values[t] for t in read if read[t] in zeros)
    ):
        kinds.append(EPOCH_ZERO)
    return ColumnReading("+".join(kinds) or AS_WRITTEN, explains, filled, example, shares)


def profile_clocks(cells: Counter[str]) -> ColumnReading | None:
    """Return how a column of clocks beside one of dates is read; None for too few cells."""
    values, _ = counted(cells)
    values = Counter({t: n for t, n in values.items() if t not in _CLOCK_FILLERS})
    filled = values.total()
    if filled < LEAST_ROWS:
        return None
    example = max(values, key=lambda text: (values[text], text))
    whole = {text: _CLOCK_NUMBER.fullmatch(text) for text in values}
    kind = AS_WRITTEN
    if all(map(_MIDNIGHT.fullmatch, values)):
        kind = NO_CLOCK
    elif all(whole.values()):
        numbers = [int(found[1]) for found in whole.values() if found]
        if max(numbers) >= 100 and all(n <= 2400 and n % 100 < 60 for n in numbers):
            kind = HHMM
        elif max(numbers) <= 23 and all(found and len(found[1]) <= 2 for found in whole.values()):
            kind = HOURS
        elif set(numbers) == {0}:
            kind = NO_CLOCK
    elif all(_NUMBER.fullmatch(t) and float(t) < 1 for t in values):
        kind = FRACTION
    else:
        days = {one.day for t in values if (one := read_iso(t)) is not None and one.clock}
        if len(days) == 1 and (_is_zero(*days) or days.pop().isoformat() in filler_dates()):
            kind = DAY_ZERO
    numbers_of = {text: int(found[1]) for text, found in whole.items() if found}
    marked = [t for t in values if (one := read_iso(f"2000-01-01 {t}")) is not None and one.clock]
    explained: dict[str, Iterable[str]] = {
        "a clock with a mark": [text for text in marked if text not in numbers_of],
        "hours and minutes without a mark": [
            text for text, n in numbers_of.items() if n <= 2400 and n % 100 < 60
        ],
        "an hour alone": [text for text, n in numbers_of.items() if n <= 23],
        "a fraction of a day": [t for t in values if _NUMBER.fullmatch(t) and float(t) < 1],
        "midnight": [text for text in values if _MIDNIGHT.fullmatch(text)],
        "a clock with a date": [t for t in values if (one := read_iso(t)) and one.clock],
    }
    shares = _shares(values, explained)
    told = 1.0 if kind != AS_WRITTEN else sum(values[text] for text in marked) / filled
    return ColumnReading(kind, told, filled, example, shares)


def profile_numbers(
    cells: Counter[str], *, whole: bool = False, read: Callable[[str], float] = read_number
) -> ColumnReading | None:
    """Return how a column of numbers is read; None for too few cells.

    `whole`: its values may be thousands, so that `1,000` alone does not show a decimal comma.
    `read` reads one cell, or raises ValueError.
    """
    values, filled = counted(cells, numeric=True)
    if filled < LEAST_ROWS:
        return None
    commas = [text for text in values if "," in text]
    plain = [text for text in values if _reads(read, text)]
    explained: dict[str, Iterable[str]] = {
        AS_WRITTEN: plain,
        "with a decimal comma": [text for text in values if _COMMA.fullmatch(text)],
        "with commas between thousands": [text for text in values if _THOUSANDS.fullmatch(text)],
    }
    shares = _shares(values, explained)
    if (
        not commas
        or any("." in text for text in values)  # a point and a comma: neither is sure
        or not all(map(_COMMA.fullmatch, commas))
        or (whole and all(map(_THOUSANDS.fullmatch, commas)))
    ):
        told = sum(values[text] for text in plain) / filled
        return ColumnReading(AS_WRITTEN, told, filled, values.most_common(1)[0][0], shares)
    return ColumnReading(COMMA, 1.0, filled, commas[0], shares)


def _reads(read: Callable[[str], float], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _shares(
    values: Counter[str], explained: Mapping[str, Iterable[str]]
) -> tuple[tuple[str, float], ...]:
    """Return the share of the cells that each reading explains, in the order given."""
    filled = values.total()
    return tuple(
        (reading, sum(values[text] for text in texts) / filled)
        for reading, texts in explained.items()
    )


def rewriting(kind: str, bounds: TimeBounds) -> Rewrite | None:
    """Return how single cells are rewritten for a reading, None where they stay as they are."""
    parts = frozenset(kind.split("+"))
    rewrite: Rewrite | None = None
    if parts & {EXCEL, EPOCH}:
        rewrite = partial(_from_number, parts=parts, bounds=bounds)
    elif parts & {DAYS, EPOCH_ZERO}:
        rewrite = partial(_as_day, parts=parts, bounds=bounds)
    elif parts & {HHMM, HOURS, FRACTION, DAY_ZERO, NO_CLOCK}:
        rewrite = partial(_as_clock, kind=kind)
    elif COMMA in parts:
        rewrite = _with_point
    return None if rewrite is None else lru_cache(maxsize=65_536)(rewrite)


def _parsed(text: str, bounds: TimeBounds) -> TimeText | None:
    return _declared(text, bounds) or read_iso(text)


def _declared(text: str, bounds: TimeBounds) -> TimeText | None:
    """Return the day and clock of a text in one of the declared formats with both, or a day."""
    for form in bounds.forms:
        if (read := read_declared(text, form)) is None:
            continue
        parsed, ends_day = read
        if "%y" in form and parsed.date() > datetime.fromtimestamp(bounds.now + DAY, UTC).date():
            parsed = parsed.replace(year=parsed.year - 100)
        if not re.search("%[HIXc]", form):
            return TimeText(parsed.date())
        hour = 24 if ends_day else parsed.hour
        clock = ClockText(hour, parsed.minute, parsed.second, zone=parsed.tzinfo)
        return TimeText(parsed.date(), clock)
    return None


def _is_zero(day: date) -> bool:
    """Say whether a day is that of the instant 0 in any zone."""
    return day in {date(1970, 1, 1), date(1969, 12, 31)}


def _all_midnight(times: list[TimeText], zone: ZoneInfo) -> bool:
    """Say whether all clocks are midnight, as they are written or in the file's zone."""
    clocks = [one.clock for one in times if one.clock is not None]
    if all(not c.whole_hour and (c.hour % 24, c.minute, c.second) == (0, 0, 0) for c in clocks):
        return True
    return all(_local(one, zone).time() == time() for one in times)


def _is_midnight(one: TimeText, zone: ZoneInfo) -> bool:
    """Say whether a time is midnight, as it is written or in the file's zone."""
    if one.clock is None or one.clock.whole_hour:
        return False
    as_written = (one.clock.hour % 24, one.clock.minute, one.clock.second) == (0, 0, 0)
    return as_written or (one.clock.zone is not None and _local(one, zone).time() == time())


def _local(one: TimeText, zone: ZoneInfo) -> datetime:
    clock = one.clock or ClockText(0, 0)
    at = time(clock.hour % 24, clock.minute, clock.second)
    try:
        own, _ = zone_of(clock, one.day, zone)
    except ValueError:
        own = zone
    return datetime.combine(one.day, at, own).astimezone(zone)


def _as_day(text: str, parts: frozenset[str], bounds: TimeBounds) -> str:
    """Return a midnight as the date alone; 1970-01-01 as unknown where it fills gaps."""
    one = _parsed(text, bounds)
    if one is None:
        return text
    if EPOCH_ZERO in parts and _is_zero(one.day):
        return "unknown"
    if DAYS not in parts or one.clock is None:
        return text
    clock = one.clock
    if (clock.hour % 24, clock.minute, clock.second) == (0, 0, 0) and not clock.whole_hour:
        return one.day.isoformat()
    local = _local(one, bounds.zone)
    return local.date().isoformat() if local.time() == time() else text


def _numbered(text: str, kind: str, bounds: TimeBounds) -> datetime | None:
    """Return what a number means as a spreadsheet's day or from 1970, None where it cannot be."""
    if not _NUMBER.fullmatch(text):
        return None
    whole, _, part = text.partition(".")
    if kind == EXCEL:
        if len(whole) != 5 or int(whole) < _EXCEL_FROM:
            return None
        found = _EXCEL_ZERO + timedelta(
            days=int(whole), seconds=round(float(f"0.{part or 0}") * DAY)
        )
        return found if found.replace(tzinfo=UTC).timestamp() <= bounds.now + DAY else None
    scale = _SCALES.get(len(whole))
    if scale is None or whole.startswith("0"):
        return None
    if len(whole) == 12 and read_declared(whole, "%Y%m%d%H%M") is not None:
        return None  # 202103020740 may be a date and a clock
    found = _EPOCH + timedelta(seconds=int(whole) // scale)
    return found if found.timestamp() <= bounds.now + DAY else None


def _from_number(text: str, parts: frozenset[str], bounds: TimeBounds) -> str:
    if EXCEL in parts:
        found = _numbered(text, EXCEL, bounds)
        if found is not None and not text.partition(".")[2].strip("0"):
            return found.date().isoformat()  # a whole number says the day alone
    else:
        found = _numbered(text, EPOCH, bounds)
    if found is None:
        return text
    if DAYS in parts:
        for local in (found, found.astimezone(bounds.zone)):
            if local.time() == time():
                return local.date().isoformat()
    return found.isoformat()


def _as_clock(text: str, kind: str) -> str:
    """Return a clock as it is read behind a date; "" for one that is not known."""
    if text in _CLOCK_FILLERS or missing_cause(text) is not None:
        return ""
    if kind == NO_CLOCK:
        return "" if _MIDNIGHT.fullmatch(text) or not text.strip("0") else text
    if kind == DAY_ZERO:
        one = read_iso(text)
        return text if one is None or one.clock is None else re.split("[Tt ]+", text, maxsplit=1)[1]
    if kind == FRACTION:
        seconds = round(float(text) * DAY) if _NUMBER.fullmatch(text) else DAY
        return (
            text if seconds >= DAY else str(time(seconds // 3600, seconds // 60 % 60, seconds % 60))
        )
    found = _CLOCK_NUMBER.fullmatch(text)
    if found is None:
        return text
    return f"T{found[1]:0>2}" if kind == HOURS else found[1].zfill(4)


def _with_point(text: str) -> str:
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text
