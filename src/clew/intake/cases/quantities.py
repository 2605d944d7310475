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
        raise ValueError(f"not a number, or of a unit that is none of {what}; {remedy}")
    return total
