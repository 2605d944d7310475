"""Placeholders are cleaned here, once; then words, lists and numbers are read out of cells."""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache

from clew.model.values import MissingCause
from clew.vocabulary.load import read_table, word_key, words

NUMBER_PLACEHOLDER, DATE_PLACEHOLDER = "number", "date"
"""The vocabulary's ids for numbers that fill a gap, which count only in columns of numbers, and for
dates that do, which count only where times are read."""


@lru_cache(maxsize=65_536)
def missing_cause(text: str, *, numeric: bool = False) -> MissingCause | None:
    """Return why a whole cell is no value, or None where it is a value.

    Parameters
    ----------
    text
        A cell, stripped and not empty.
    numeric
        True in a column of numbers, where 999 and its like fill a gap, and 1.2E+11 is a number.

    """
    if _any_pattern().fullmatch(text):
        for pattern, words_only, cause in _patterns():
            if pattern.fullmatch(text) and not (numeric and words_only):
                return cause
    said = words("placeholders").canonical(text)
    if said == NUMBER_PLACEHOLDER:
        return MissingCause.PLACEHOLDER if numeric else None
    return None if said in {None, DATE_PLACEHOLDER} else MissingCause(said)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], bool, MissingCause], ...]:
    """Return each pattern of fillers, whether it is for words only, and the cause it says."""
    return tuple(
        (
            re.compile(one["pattern"], 0 if one.get("matches_case") else re.IGNORECASE),
            one.get("words", False),
            MissingCause(one["cause"]),
        )
        for one in read_table("placeholders")["pattern"]
    )


@cache
def _any_pattern() -> re.Pattern[str]:
    """Return all patterns as one: most cells fit none, and are asked once."""
    parts = (f"(?{'' if p.flags & re.IGNORECASE else '-'}i:{p.pattern})" for p, _, _ in _patterns())
    return re.compile("|".join(parts), re.IGNORECASE)


@cache
def _findings() -> frozenset[str]:
    return frozenset(map(word_key, read_table("placeholders")["findings"]))


@lru_cache(maxsize=65_536)
def is_finding(text: str) -> bool:
    """Say whether a whole cell is what an examiner writes who looked and could not tell."""
    return word_key(text) in _findings()


@cache
def filler_dates() -> frozenset[str]:
    """Return the dates that systems write where none is known, ISO 8601."""
    found = (e for e in read_table("placeholders")["word"] if e["id"] == DATE_PLACEHOLDER)
    return frozenset(text for entry in found for text in entry["synonyms"])


def split_list(text: str) -> list[str]:
    """Return the elements of a list cell (`;` between), stripped, empty ones left out."""
    return [part for part in map(str.strip, text.split(";")) if part]


def says_none(text: str) -> bool:
    """Say whether a list cell says that the list is known to be empty."""
    return text.strip().casefold() == "none"


def read_number(text: str) -> float:
    """Return a finite number.

    Raises
    ------
    ValueError
        If the cell is not a plain decimal number.

    """
    try:
        number = float(text)
    except ValueError:
        raise ValueError("not a number; write it with a decimal point and no unit") from None
    if not math.isfinite(number) or "_" in text:
        raise ValueError("not a finite number")
    return number
