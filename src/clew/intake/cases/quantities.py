"""Numbers with their units: ages in decimal years, lengths in metres. A limit is no number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from clew.intake.cases.cleaning import read_number
from clew.model.values import YEAR_DAYS

AGE_UNITS: Mapping[str, float] = {
    "years": 1.0,
    "months": 1 / 12,
    "weeks": 7 / YEAR_DAYS,
    "days": 1 / YEAR_DAYS,
    "hours": 1 / (24 * YEAR_DAYS),
    "minutes": 1 / (24 * 60 * YEAR_DAYS),
}
"""Years in each unit of an age. A month is a twelfth of a year, as agencies count completed months;
a year has 365.25 days."""
LENGTH_UNITS: Mapping[str, float] = {
    "m": 1.0, "km": 1_000.0, "ft": 0.3048, "yd": 0.9144, "mi": 1_609.344,
}  # fmt: skip
"""Metres in each unit of length. Source: international yard and pound agreement, 1959."""
_UNIT_WORDS = {
    "years": "y yr yrs year years yo yrold yearold yearsold annum jahre jahr ans an anos",
    "months": "mo mos mon mth mths mnth mnths month months monate mois meses",
    "weeks": "w wk wks week weeks wochen semaines",
    "days": "d dy dys day days tage jours dias",
    "hours": "h hr hrs hour hours stunden heures horas",
    "minutes": "mi min mins minute minutes minuten",
    "m": "m metre metres meter meters",
    "km": "km kms kilometre kilometres kilometer kilometers",
    "ft": "ft feet foot",
    "yd": "yd yds yard yards",
    "mi": "mi mile miles",
}
"""Ways to write each unit, without marks, in the languages met so far."""
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z][a-z./ ]*)", re.IGNORECASE)
_LIMIT = re.compile(r"[<>~\u2264\u2265]|\+\s*$|[0-9]\s*(?:-|to|\u2013)\s*[0-9]|[0-9]s\b")
_OLD = re.compile(r"\s*\bold\b|\s*\bof age\b|^aged?\s+", re.IGNORECASE)


_DEGREES = re.compile(
    r"(?P<first>[NSEW])?\s*(?P<sign>[-+\u2212])?"
    r"(?P<degrees>[0-9]{1,3}(?:\.[0-9]+)?)\s*(?P<mark>[\u00b0\u00ba]|deg\b)?\s*"
    r"(?:(?P<minutes>[0-9]{1,2}(?:\.[0-9]+)?)\s*['\u2032\u2019]?\s*"
    r"(?:(?P<seconds>[0-9]{1,2}(?:\.[0-9]+)?)\s*(?:\"|''|\u2033|\u201d)?\s*)?)?"
    r"(?P<last>[NSEW])?",
    re.IGNORECASE,
)
"""Degrees with their mark or the letter of the compass: 51.5N, 51\u00b030'26"N, N 51 30 26."""


@lru_cache(maxsize=65_536)
def read_degrees(text: str, letters: str) -> float:
    """Return decimal degrees: `51.5`, `51.5N`, `51\u00b030'26"N`, `51 30 26 N`.

    `letters` are the positive and the negative letter of the axis, `NS` or `EW`. Minutes need
    a mark of degrees or a letter, since `51 30` alone may be two numbers.

    Raises
    ------
    ValueError
        If it is no number, or names the other axis, or has sixty minutes or seconds.
    """
    try:
        return read_number(text)
    except ValueError:
        found = _DEGREES.fullmatch(text)
        if found is None:
            raise
    letter = (found["first"] or found["last"] or "").upper()
    if (found["first"] and found["last"]) or not (letter or found["mark"]):
        raise ValueError("not a number; write it with a decimal point and no unit")
    if letter and (letter not in letters or found["sign"]):
        raise ValueError(f"degrees of this column are {letters[0]} or {letters[1]}, without a sign")
    minutes, seconds = float(found["minutes"] or 0), float(found["seconds"] or 0)
    whole = "." not in found["degrees"] and (not seconds or "." not in found["minutes"])
    if minutes >= 60 or seconds >= 60 or (found["minutes"] and not whole):
        raise ValueError("degrees, minutes and seconds that do not go together")
    degrees = float(found["degrees"]) + minutes / 60 + seconds / 3600
    negative = letter == letters[1] or found["sign"] in {"-", "\u2212"}
    return -degrees if negative else degrees


def unit_named(text: str, units: Mapping[str, float]) -> str | None:
    """Return which of the units a word or an abbreviation names, None where it is none."""
    word = re.sub(r"[^a-z]", "", text.casefold())
    return next((unit for unit in units if word in _UNIT_WORDS[unit].split()), None)


@lru_cache(maxsize=65_536)
def read_age(text: str) -> float:
    """Return an age in decimal years: `22`, `22y`, `57 yrs`, `3 months`, `2 years 3 months`.

    Raises
    ------
    ValueError
        If it is no number, has a unit that is none of an age, or is a range or a limit.
    """
    return _quantity(text, AGE_UNITS, "an age", "write years, or a number with its unit: 3 months")


@lru_cache(maxsize=65_536)
def read_metres(text: str) -> float:
    """Return a length in metres: `100`, `100 m`, `0.5 km`.

    Raises
    ------
    ValueError
        As for `read_age`.
    """
    return _quantity(text, LENGTH_UNITS, "a length", "write metres, or a number with its unit")


def _quantity(text: str, units: Mapping[str, float], what: str, remedy: str) -> float:
    try:
        return read_number(text)
    except ValueError:
        if not re.search(r"[0-9]", text):
            raise
    if _LIMIT.search(text):
        raise ValueError(f"a range or a limit, not {what}; {remedy}")
    plain = _OLD.sub("", text).strip()
    if plain != text and re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", plain):
        return float(plain)
    total, at, last = 0.0, 0, float("inf")
    while at < len(plain) and (part := _PART.match(plain, at)):
        word = part[2].strip(" ./")
        unit = unit_named(word, units)
        if unit is None and re.sub("[^a-z]", "", word.casefold()) == "m" and last == 1.0:
            unit = "months"  # 2y 3m: after years, m is no minute
        if unit is None or units[unit] >= last:
            break
        last = units[unit]
        total += float(part[1]) * last
        at = part.end()
    if at == 0 or at < len(plain):
        raise ValueError(f"not a number, or its unit is not one of {what}; {remedy}")
    return total
