"""Fillers: what is written in a register's cell for no value. It is missing, and never matches."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from clew.intake.cases.cleaning import missing_cause
from clew.vocabulary.load import word_key


@cache
def data(name: str) -> dict[str, Any]:
    """Return one of the tables beside this module, such as `never`."""
    text = (files("clew.identities") / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def never(field: str) -> frozenset[str]:
    """Return the fillers of a field, as `word_key` writes them."""
    return frozenset(word_key(text) for text in data("never")[field])


_ROUNDED = re.compile(r"[+-]?\d+(?:[.,]\d+)?E\+?\d{1,3}$", re.IGNORECASE)


def is_rounded(text: str) -> bool:
    """Say whether a cell is a number that a spreadsheet has rounded ("4.47701E+11").

    Its last digits are lost, so that it may be anybody's (decision 41).
    """
    return _ROUNDED.match(text.strip()) is not None


def filled(text: str, field: str) -> str | None:
    """Return the value of a cell; None where it is empty or a filler of that field."""
    text = text.strip()
    if is_rounded(text) or not any(c.isalnum() for c in text):
        return None
    if missing_cause(text) is not None or missing_cause(text, numeric=True) is not None:
        return None
    return None if word_key(text) in never(field) else text
