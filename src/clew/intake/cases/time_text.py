"""Texts of times, read whole or not at all: no character of a cell is left unread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

CLOCK_MARKS = re.compile("%[HIXc]")
DAY_MARKS = re.compile("%[djxcaAwu]")
MONTH_MARKS = re.compile("%[mbB]")

_CLOCK = (
    r"(?:(?P<hour>[0-9]{1,2})[:.hH](?P<minute>[0-9]{2})"
    r"(?:[:.](?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"|(?P<digits>[0-9]{3,4}|[0-9]{6})(?:[.,][0-9]{1,9})?"
    r"|(?P<alone>[0-9]{1,2}))"
    r"(?:(?<=[0-9]{2})\ *(?:[Hh](?:(?:ou)?rs)?|Uhr)\b\.?)?"
    r"(?:\ *(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?:\ *(?P<zone>[A-Za-z]{1,5}|[+\-\u2212][0-9]{2}(?::?[0-9]{2})?))?"
)
"""A clock: 7:40, 07.40, 7h40, 07:40:30.5, 0740, 0740hrs, 074030, 7:40 pm, 3 pm, each with a zone
or without."""
_ISO = re.compile(
    rf"(?P<date>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{8}})(?:(?P<mark>\ *[Tt]|\ +){_CLOCK})?"
)
_DATE_AND_CLOCK = re.compile(rf"(?P<date>\S.*?)(?P<mark>\ +[Tt]?){_CLOCK}")
_MIDNIGHT_24 = re.compile(r"\b24(?P<mark>[:.]?)00(?:(?P=mark)00)?$")
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "y": 2, "j": 3}
"""Digits of a directive of strptime, where no mark separates it from the next."""
_RUN = re.compile("%[YmdHIMSyj]%[YmdHIMSyj]")
_DIRECTIVE = re.compile(r"%(.)|(\s+)|([^%\s]+)")


@dataclass(frozen=True, slots=True)
class ClockText:
    """A clock as it is written. `hour` 24 is the end of the day; `whole_hour`: no minute is given.

    `zone` is None for the file's own, a fixed offset, or the letters of a zone (`BST`).
    """

    hour: int
    minute: int
    second: int = 0
    whole_hour: bool = False
    zone: tzinfo | str | None = None


@dataclass(frozen=True, slots=True)
class TimeText:
    """A day as it is written, and the clock, None where the cell gives a date alone."""

    day: date
    clock: ClockText | None = None


@lru_cache(maxsize=65_536)
def read_iso(text: str) -> TimeText | None:
    """Return what an ISO 8601 date, or one with a clock behind it, says; None for other texts.

    Every character counts: `2021-03-12 0740` is 07:40 and never the whole day. An hour alone is
    read after a `T` or with am or pm only, since `2021-03-12 5` may be 05:00 or 00:05.
    """
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found["date"])
    except ValueError:
        return None
    if found["mark"] is None:
        return TimeText(day)
    clock = _clock(found)
    return None if clock is None else TimeText(day, clock)


def split_clock(text: str) -> tuple[str, ClockText] | None:
    """Return a text in two: what is before the clock that ends it, and that clock; None for none.

    For dates in a declared format: `03/02/2021 02:57`, `2 Mar 2021 0257`.
    """
    found = _DATE_AND_CLOCK.fullmatch(text)
    clock = None if found is None else _clock(found)
    return None if found is None or clock is None else (found["date"], clock)


def _clock(found: re.Match[str]) -> ClockText | None:
    whole_hour = found["alone"] is not None
    if found["digits"]:
        digits = found["digits"].zfill(4)
        parts = [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    else:
        names = ("alone",) if whole_hour else ("hour", "minute", "second")
        parts = [int(found[name] or 0) for name in names]
    hour, minute, second = (*parts, 0, 0)[:3]
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (found["half"] in "Pp")
    elif whole_hour and (found["mark"].strip().upper() != "T" or len(found["alone"]) != 2):
        return None
    if hour == 24 and (whole_hour or minute or second):
        return None
    if hour > 24 or minute > 59 or second > 59:
        return None
    try:
        zone = _zone(found["zone"])
    except ValueError:
        return None
    return ClockText(hour, minute, second, whole_hour, zone)


def _zone(text: str | None) -> tzinfo | str | None:
    if text is None:
        return None
    if text[0] in "+-\u2212":
        hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
        if hours > 23 or minutes > 59:
            raise ValueError("no offset")
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(offset if text[0] == "+" else -offset)
    return UTC if text.upper() in {"Z", "UTC", "GMT"} else text.upper()


def zone_of(clock: ClockText, day: date, own: ZoneInfo) -> tuple[tzinfo, int | None]:
    """Return the zone in which a clock counts, and its fold where letters settle which.

    Letters count where they name the file's own zone at that time: BST in London in June.

    Raises
    ------
    ValueError
        If they name another.
    """
    if not isinstance(clock.zone, str):
        return clock.zone or own, None
    at = datetime.combine(day, time(clock.hour % 24, clock.minute, clock.second), own)
    for fold in (0, 1):
        if at.replace(fold=fold).tzname() == clock.zone:
            return own, fold
    raise ValueError(
        f"{clock.zone} is not the file's time zone then; write an offset like +01:00, or give"
        " --timezone"
    )


@lru_cache(maxsize=65_536)
def read_declared(text: str, form: str) -> tuple[datetime, bool] | None:
    """Return what a text says in a declared `strptime` format, and whether it ends the day (24:00).

    Numbers that no mark separates take their full width, zeros that a spreadsheet cut off put
    back: in `%H%M` 147 is 01:47, never 14:07. None where the text has another form.
    """
    filled = _fill_zeros(text, form)
    if filled is None:
        return None
    ends_day = False
    if "%H" in form and (ends_day := _MIDNIGHT_24.search(filled) is not None):
        filled = _MIDNIGHT_24.sub(lambda found: found[0].replace("24", "00", 1), filled)
    try:
        parsed = datetime.strptime(filled, form)
    except (ValueError, re.error, OverflowError):
        return None
    if "%Z" in form and parsed.tzinfo is None:
        if not re.search(r"\b(?:UTC|GMT)\b", text, re.IGNORECASE):
            return None
        parsed = parsed.replace(tzinfo=UTC)
    return parsed, ends_day


def _fill_zeros(text: str, form: str) -> str | None:
    """Return the text with its runs of digits as wide as the format's runs of directives."""
    if not _RUN.search(form):
        return text  # strptime reads directives with marks between them whole
    pattern, widths, run = "", list[int](), 0
    for found in _DIRECTIVE.finditer(form):
        width = _WIDTHS.get(found[1] or "")
        if width is None and run:
            pattern, widths, run = pattern + "([0-9]+)", [*widths, run], 0
        if width is not None:
            run += width
        elif found[1]:
            pattern += "%" if found[1] == "%" else ".+?"
        else:
            pattern += r"\s+" if found[2] else re.escape(found[3])
    if run:
        pattern, widths = pattern + "([0-9]+)", [*widths, run]
    matched = re.fullmatch(pattern, text, re.IGNORECASE)
    if matched is None:
        return None
    filled, at = "", 0
    for number, width in enumerate(widths, start=1):
        if len(matched[number]) > width:
            return None
        filled += text[at : matched.start(number)] + matched[number].zfill(width)
        at = matched.end(number)
    return filled + text[at:]
