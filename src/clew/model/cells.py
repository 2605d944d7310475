"""Cells of tables that people open in spreadsheets: text that must never be run."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so may be run by a spreadsheet (OWASP, CSV injection)."""


def safe_cell(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula; plain numbers stay numbers."""
    if not text.startswith(_FORMULA) or _is_number(text):
        return text
    return f"'{text}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text == text.strip()
