"""Text of records on its way to people: never run by a spreadsheet, never by a terminal."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so may be run by a spreadsheet (OWASP, CSV injection)."""


def safe_cell(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula; plain numbers stay numbers.

    A text that begins with quotes before a formula gets one more, so that `unsafe_cell` gives
    back every text as it was.
    """
    bare = text.lstrip("'")
    if not bare.startswith(_FORMULA):
        return text
    try:
        float(bare)
    except ValueError:
        return f"'{text}"
    return text if bare == bare.strip() else f"'{text}"


def unsafe_cell(text: str) -> str:
    """Return the text that `safe_cell` made this cell of, in a file that Clew itself wrote."""
    bare = text[1:]
    return bare if text.startswith("'") and safe_cell(bare) == text else text


def safe_line(text: str) -> str:
    """Return `text` without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
