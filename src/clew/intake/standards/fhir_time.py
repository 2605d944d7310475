"""Times of FHIR: whole, partial, or told in parts with what is absent; as texts intake reads."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from typing import Any

from clew.intake.standards.message import Oddities
from clew.intake.standards.trees import each, plain_value, word

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?$")
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?$", re.IGNORECASE
)
_UNITS = ("year", "month", "day", "time")
_SPELLING = "Write date-day, date-month, date-year and date-time"


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when something was, as ISO 8601 texts; a day, a month or a year counts whole."""

    start: str
    end: str

    @property
    def is_day(self) -> bool:
        """Tell whether it is one day or one moment, and not a month or a year."""
        return self.start == self.end


def span_of(text: str) -> Span:
    """Return the span of a FHIR date or dateTime; intake refuses what is none."""
    if partial := _PARTIAL.match(text):
        return _month_or_year(int(partial[1]), int(partial[2]) if partial[2] else None)
    if moment := _INSTANT.match(text):
        day, clock, second, fraction, zone = moment.groups()
        told = f"{day}T{clock}{second or ''}{(fraction or '')[:7] if second else ''}"
        return Span(*[told + (zone or "").upper().replace("Z", "+00:00")] * 2)
    return Span(text, text)


def _month_or_year(year: int, month: int | None) -> Span:
    if month is not None and not 1 <= month <= 12:
        text = f"{year:04}-{month:02}"
        return Span(text, text)
    last = month or 12
    days = monthrange(max(year, 1), last)[1]
    return Span(f"{year:04}-{month or 1:02}-01", f"{year:04}-{last:02}-{days:02}")


def when(node: Any, names: tuple[str, ...], place: str, odd: Oddities) -> Span | None:
    """Return the time that one of some elements tells, the first that does; None for none.

    Parts of a date (`Date-Year`, `date-month` ...) stand in extensions of the element, and in
    those of its value. A day that is absent leaves the month, an absent month the year.
    """
    for name in names:
        if text := word(node, name):
            return span_of(text)
        if word(node, name, "start"):  # a Period
            begins, ends = span_of(word(node, name, "start")), word(node, name, "end")
            return Span(begins.start, span_of(ends).end if ends else begins.end)
    for name in names:
        for holder in each(node, f"_{name}"):
            if (found := _of_parts(holder, f"{place}._{name}", odd)) is not None:
                return found
    return None


def _of_parts(holder: Any, place: str, odd: Oddities) -> Span | None:
    told: dict[str, str] = {}
    for outer in each(holder, "extension"):
        for part in each(outer, "extension"):
            url = word(part, "url")
            unit = re.split(r"[/\-]", url.casefold())[-1]
            if unit not in _UNITS:
                odd.note(place, "a part of a date that is not known here", _SPELLING, url)
                continue
            if each(part, "extension") and unit not in told:
                continue  # absent, with its reason
            value = plain_value(part)
            if value:
                told[unit] = value
    return _assembled(told, place, odd)


def _assembled(told: dict[str, str], place: str, odd: Oddities) -> Span | None:
    year, month, day = (told.get(unit, "") for unit in _UNITS[:3])
    if not year.isdecimal() or not 1 <= int(year) <= 9999:
        if year:
            odd.note(place, "a year that is no year", "Write four digits", year)
        return None
    if not month.isdecimal():
        return _month_or_year(int(year), None)
    if not day.isdecimal():
        return _month_or_year(int(year), int(month[:4]))
    text = f"{int(year):04}-{int(month[:4]):02}-{int(day[:4]):02}"
    if clock := re.match(r"\d{2}:\d{2}(:\d{2})?", told.get("time", "")):
        text += f"T{clock[0]}"
    return Span(text, text)
