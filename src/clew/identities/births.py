"""Dates of birth, as far as they are known: a day, a month, a year."""

from __future__ import annotations

import re
from datetime import date

from clew.identities.fillers import data, filled

OLDEST_YEARS = 130
"""As for ages in case files."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?$")
_SLASHED = re.compile(r"^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$")
_WORDED = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?[ \-]([a-z]{3,9})\.?,?[ \-](\d{4})$", re.I)
_MONTH, _YEAR = re.compile(r"^(\d{4})-(\d{2})$"), re.compile(r"^(?:circa |c\.? ?)?(\d{4})$", re.I)
_REASON = "not a date of birth; write it like 1991-04-23"


def read_birth(text: str, today: date) -> str | None:
    """Return a date of birth as ISO 8601, or its year and month, or its year; None is missing.

    12/03/1980 is 12 March; 03/25/1980, which can only be read the other way round, 25 March.

    Raises
    ------
    ValueError
        If it is none, or it is in the future or more than 130 years ago.
    """
    value = filled(text, "date_of_birth")
    if value is None:
        return None
    year, month, day = _parts(value)
    if f"{year:04d}-{month or 0:02d}-{day or 0:02d}" in data("never")["date_of_birth"]:
        return None
    if year == 1900 and month is None:
        return None
    if not today.year - OLDEST_YEARS <= year <= today.year:
        raise ValueError(f"not within {OLDEST_YEARS} years of today")
    if month is None:
        return f"{year:04d}"
    if day is None:
        return f"{year:04d}-{date(year, month, 1).month:02d}"
    try:
        born = date(year, month, day)
    except ValueError:
        raise ValueError(_REASON) from None
    if born > today:
        raise ValueError("a date of birth in the future")
    return born.isoformat()


def _parts(value: str) -> tuple[int, int | None, int | None]:
    if found := _ISO.match(value):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _SLASHED.match(value):
        day, month = int(found[1]), int(found[2])
        return (int(found[3]), day, month) if month > 12 >= day else (int(found[3]), month, day)
    if (found := _WORDED.match(value)) and found[2][:3].lower() in _MONTHS:
        return int(found[3]), _MONTHS.index(found[2][:3].lower()) + 1, int(found[1])
    if (found := _MONTH.match(value)) and 1 <= int(found[2]) <= 12:
        return int(found[1]), int(found[2]), None
    if found := _YEAR.match(value):
        return int(found[1]), None, None
    if re.fullmatch(r"\d{8}", value):
        return int(value[:4]), int(value[4:6]), int(value[6:])
    raise ValueError(_REASON)


def swapped(born: str) -> str | None:
    """Return the day with month and day exchanged, where that is another day."""
    year, month, day = born.split("-")
    return f"{year}-{day}-{month}" if int(day) <= 12 and day != month else None
