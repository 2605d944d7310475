"""Cells of a register's row become a row of its noun; what cannot be taken is refused with why."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from clew.intake.tables.open import RowRefusedError
from clew.model.contract import id_fault
from clew.oversight.register.axes import STATES
from clew.oversight.register.nouns import NOUNS, Answer, Body, Measure, Row, StateClaim

FIRST_YEAR, LAST_YEAR = 1800, 2199
"""Years of days in files (docs/reference/columns.md)."""
DIGEST = re.compile(r"[0-9a-f]{64}")
_YES, _NO = frozenset(("yes", "true", "1", "y")), frozenset(("", "no", "false", "0", "n"))
MOST_WORDS = 20_000
"""Declared: characters of one cell; the longest narrative conclusion known to us has 9,000."""
MOST_COUNT = 10**9


def row_of(noun: str, cells: Mapping[str, str]) -> Row:
    """Return the row that cells of text say; blank cells are missing.

    Raises
    ------
    RowRefusedError
        If there is no such noun or column, a required cell is blank, or a value is not of its kind.
    """
    kind = NOUNS.get(noun)
    if kind is None:
        raise RowRefusedError("noun", f"no noun of the register; use {', '.join(NOUNS)}")
    hints = _hints(noun)
    values: dict[str, Any] = {}
    for name, text in cells.items():
        if name not in hints:
            if text.strip():
                raise RowRefusedError(name, f"a {noun} has no such column")
            continue
        if text.strip():
            values[name] = _value(name, hints[name], text.strip())
    for field in fields(kind):
        if field.name not in values and field.default is MISSING:
            raise RowRefusedError(field.name, f"missing; each {noun} needs it")
    row = kind(**values)
    _check(row)
    return row


@cache
def _hints(noun: str) -> dict[str, Any]:
    return get_type_hints(NOUNS[noun])


def _check(row: Row) -> None:
    if fault := id_fault(row.id):
        raise RowRefusedError("id", fault)
    document = getattr(row, "document", "")
    if document and not DIGEST.fullmatch(document):
        raise RowRefusedError("document", "not the SHA-256 of a document: 64 digits, 0-9 and a-f")
    if isinstance(row, StateClaim) and row.state not in STATES[row.axis]:
        raise RowRefusedError("state", f"not a state; use {', '.join(STATES[row.axis])}")
    if isinstance(row, Measure) and not 0 <= row.baseline <= 1:
        raise RowRefusedError("baseline", "a share is from 0 to 1")
    if isinstance(row, Measure) and not row.smallest > 0:
        raise RowRefusedError("smallest", "the smallest detectable change is above 0")
    if isinstance(row, Answer) and not row.obligations:
        raise RowRefusedError("obligations", "an answer answers at least one obligation")
    if isinstance(row, Body) and any(one == row.name for one in row.aliases):
        raise RowRefusedError("aliases", "an alias is another name")


def _value(name: str, hint: Any, text: str) -> Any:  # noqa: PLR0911 - one line a kind
    if len(text) > MOST_WORDS:
        raise RowRefusedError(name, f"{len(text):,} characters, more than {MOST_WORDS:,}")
    if isinstance(hint, UnionType):
        hint = next(one for one in get_args(hint) if one is not NoneType)
    if hint is str:
        return text
    if hint is bool:
        return _yes_or_no(name, text)
    if hint is date:
        return day_in(name, text)
    if hint is int:
        return whole_in(name, text)
    if hint is float:
        return _number(name, text)
    if get_origin(hint) is tuple:
        return tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        try:
            return hint(text.casefold().replace(" ", "_"))
        except ValueError:
            names = ", ".join(one.value for one in hint)
            raise RowRefusedError(name, f"not one of: {names}") from None
    raise TypeError(f"no reader for {hint}")


def _yes_or_no(name: str, text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise RowRefusedError(name, "not yes or no")
    return word in _YES


def day_in(name: str, text: str, form: str = "") -> date:
    """Return the day that a whole cell gives: ISO 8601, or in a `strptime` form."""
    try:
        day = _day(text, form)
    except ValueError:
        wanted = date(2021, 12, 10).strftime(form) if form else "2021-12-10"
        raise RowRefusedError(name, f"not a day such as {wanted}") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise RowRefusedError(name, f"the year is not between {FIRST_YEAR} and {LAST_YEAR}")
    return day


@lru_cache(maxsize=20_000)
def _day(text: str, form: str) -> date:
    """Return a day; kept, for a file of 50,000 rows has 4,000 days."""
    if form:
        return datetime.strptime(text, form).date()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def whole_in(name: str, text: str) -> int:
    """Return the whole number of 0 or more that a cell gives."""
    plain = text.replace(",", "") if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", text) else text
    if not re.fullmatch(r"[0-9]{1,10}", plain) or int(plain) > MOST_COUNT:
        raise RowRefusedError(name, "not a whole number of 0 or more, such as 17")
    return int(plain)


def _number(name: str, text: str) -> float:
    try:
        value = float(text) if re.fullmatch(r"[-+]?[0-9.]+(e[-+]?[0-9]+)?", text) else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RowRefusedError(name, "not a number, such as 0.25")
    return value
