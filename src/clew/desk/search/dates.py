"""Dates as people write them, found in any text; day before month, as in Britain. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from clew.model.values import EARLIEST_YEAR, LATEST_YEAR

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NUMBER = {name[:length]: k for k, name in enumerate(MONTHS, 1) for length in (3, len(name))}
_NUMBER["sept"] = 9
_MONTH = "|".join(sorted(_NUMBER, key=len, reverse=True))
_BETWEEN = r"(?:\s+of\s+|[\s\-/.,]+)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4}|'?\d{2})"
FORMS = tuple(
    re.compile(rf"(?<![\w/.\-]){form}(?![\w])(?![/.\-]\d)", re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        rf"(?P<day>\d{{1,2}})[-/.](?P<month>\d{{1,2}})[-/.]{_YEAR}",
        rf"{_DAY}{_BETWEEN}(?P<name>{_MONTH})\.?{_BETWEEN}{_YEAR}",
        rf"(?P<name>{_MONTH})\.?{_BETWEEN}{_DAY}{_BETWEEN}(?P<year>\d{{4}})",
        rf"(?P<name>{_MONTH})\.?{_BETWEEN}(?P<year>\d{{4}})",
        rf"{_DAY}{_BETWEEN}(?P<name>{_MONTH})\.?",
        rf"(?P<name>{_MONTH})\.?\s+{_DAY}",
        r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})",
    )
)
"""The most exact form first: what one has read, no later one reads again."""
AMERICAN = re.compile(r"\d{1,2}([-/.])\d{1,2}\1'?(?:\d{2}){1,2}")
"""What may have its month first, where it is no date with its day first."""
CENTURY_TURNS = 70
"""Declared: a year of two figures from here on is of the last century; the police record that Clew
reads begins later."""


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date as written: what it does not say is None. `start`, `end`: where it is in the text."""

    year: int | None
    month: int | None
    day: int | None
    start: int = 0
    end: int = 0

    def tokens(self) -> tuple[str, ...]:
        """Return what the index holds for it: each span of the calendar that it lies in."""
        found = []
        if self.year is not None:
            found.append(f"zd{self.year:04}")
            if self.month is not None:
                found.append(f"zd{self.year:04}{self.month:02}")
                if self.day is not None:
                    found.append(f"zd{self.year:04}{self.month:02}{self.day:02}")
        if self.month is not None and self.day is not None:
            found.append(f"zm{self.month:02}{self.day:02}")
        return tuple(found)

    def token(self) -> str:
        """Return the one that says as much as was written."""
        return self.tokens()[-1] if self.year is None else self.tokens()[-1 - bool(self.day)]

    def words(self) -> str:
        """Return it as people read it: '14 September 2015', 'September 2015', '14 September'."""
        month = MONTHS[self.month - 1].capitalize() if self.month else ""
        parts = (str(self.day or ""), month, str(self.year or ""))
        return " ".join(part for part in parts if part)


def token_of(day: date) -> tuple[str, ...]:
    """Return what the index holds for a day of the calendar."""
    return WrittenDate(day.year, day.month, day.day).tokens()


def dates_in(text: str) -> Iterator[WrittenDate]:
    """Yield the dates that a text writes, each once; what is no day of the calendar is none."""
    taken: list[tuple[int, int]] = []
    for form in FORMS:
        for hit in form.finditer(text):
            start, end = hit.span()
            if any(start < b and a < end for a, b in taken):
                continue
            found = _read(hit.groupdict(), hit[0], start)
            if found is not None:
                taken.append((start, end))
                yield found


def _read(parts: dict[str, str | None], written: str, start: int) -> WrittenDate | None:
    year = _year(parts.get("year"))
    name, day = parts.get("name"), int(parts.get("day") or 0) or None
    month = _NUMBER[name.lower()] if name else int(parts.get("month") or 0) or None
    if AMERICAN.fullmatch(written) and month is not None and day is not None and month > 12 >= day:
        month, day = day, month  # no other order makes a date of it
    if parts.get("year") and year is None:
        return None
    try:
        date(year or 2000, month or 1, day or 1)  # 2000 was a leap year: 29 February is a day
    except ValueError:
        return None
    return WrittenDate(year, month, day, start, start + len(written))


def _year(text: str | None) -> int | None:
    if not text:
        return None
    number = int(text.lstrip("'"))
    if number < 100:
        number += 1900 if number >= CENTURY_TURNS else 2000
    return number if EARLIEST_YEAR <= number <= LATEST_YEAR else None
