"""Placeholders are cleaned here, once; then words, lists and numbers are read out of cells."""

from __future__ import annotations

import math
from functools import lru_cache

from clew.model.values import MissingCause
from clew.vocabulary.load import words

NUMBER_PLACEHOLDER = "number"
"""The vocabulary's id for numbers that fill a gap, which count only in columns of numbers."""


@lru_cache(maxsize=65_536)
def missing_cause(text: str, *, numeric: bool = False) -> MissingCause | None:
    """Return why a whole cell is no value, or None where it is a value.

    Parameters
    ----------
    text
        A cell, stripped and not empty.
    numeric
        True in a column of numbers, where 999 and its like fill a gap.

    """
    cause = words("placeholders").canonical(text)
    if cause == NUMBER_PLACEHOLDER:
        return MissingCause.PLACEHOLDER if numeric else None
    return None if cause is None else MissingCause(cause)


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
