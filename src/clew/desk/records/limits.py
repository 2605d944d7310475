"""What the desk's columns can hold: checked in words here, before any database is asked. Pure.

SQLite takes a text of any length and PostgreSQL refuses the whole batch, so a row that only one of
them takes would stop a round on the other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from clew.model.contract import id_fault

LONGEST = {
    "case_id": 120, "field": 60, "kind": 20, "area": 120, "agency": 120, "known_to": 200,
    "basis": 20, "source": 300, "system": 120, "up_to": 40, "unit": 120,
}  # fmt: skip
"""Characters that the columns of the desk's tables have (records/models.py)."""
MOST_VALUE = 1024 * 1024
"""Declared: characters of one value, as of one cell (intake/tables/csv_rows.py)."""
NEVER = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL stores nowhere, and halves of characters, which no file can be written of.
Source: PostgreSQL manual, 8.3; RFC 3629, section 3."""
DEGREES = {"latitude": 90.0, "longitude": 180.0}


def text_fault(name: str, text: str) -> str:
    """Return why a column cannot hold a text, "" where it can."""
    most = LONGEST.get(name, MOST_VALUE)
    if len(text) > most:
        return f"{name} has {len(text):,} characters, and {most:,} can be kept"
    if NEVER.search(text):
        return f"{name} has a NUL or half a character in it"
    return ""


def record_fault(case_id: str, cells: Mapping[str, str]) -> str:
    """Return why a row cannot become a record, "" where it can."""
    faults = [id_fault(case_id)]
    for name, value in cells.items():
        faults += [field_fault(name), text_fault(name, value)]
    return next(filter(None, faults), "")


def fact_fault(name: str, value: str, known_to: str, basis: str, source: str) -> str:
    """Return why a row cannot become a fact, "" where it can."""
    given = {name: value, "known_to": known_to, "basis": basis, "source": source}
    faults = [field_fault(name), *(text_fault(key, text) for key, text in given.items())]
    return next(filter(None, faults), "")


def field_fault(name: str) -> str:
    """Return why a text cannot name a field, "" where it can."""
    if not name.isprintable():
        return "the name of a field has a line break or a control character in it"
    return text_fault("field", name)


def degrees_of(name: str, text: str | None) -> float | None:
    """Return a latitude or longitude as a number; None where it is missing or impossible."""
    try:
        number = math.nan if text is None else float(text)
    except ValueError:
        return None
    return number if abs(number) <= DEGREES[name] else None
