"""Standards: the lines of enquiry that a death of each class needs, dated, each with its source.

A standard is read from TOML text. A force may have its own; a death keeps the one that was in
force on the day it was reported.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from clew.errors import InputRejected
from clew.model.values import Instant

CLASSES = (
    "expected",
    "unexpected_not_suspicious",
    "unexpected_under_investigation",
    "homicide",
)
"""The four classes in use since 2022, from the least to the most that must be done."""
DEFAULT_CLASS = "unexpected_under_investigation"
"""A death is under investigation until shown otherwise (requirements.md, 3)."""
READ = ("read", "practice", "inferred")
HOUR = 3_600
KEYS: dict[str, type] = {
    "id": str, "title": str, "classes": list, "place": str, "due_hours": int, "source": str,
    "read": str,
}  # fmt: skip
"""What every line must give, and its type."""
MAY: dict[str, type] = {"perishable_hours": int, "when": str}
PLACES = ("scene", "later")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of enquiry. Hours count from the report; `perishable_hours` None: does not expire.

    `when` names what must be in the record for the line to apply; "" for always. `read` says how
    well the source is known: read, general practice, or inferred.
    """

    id: str
    title: str
    classes: tuple[str, ...]
    place: str
    due_hours: int
    source: str
    read: str
    perishable_hours: int | None = None
    when: str = ""

    def due(self, reported_at: Instant) -> Instant:
        """Return when it must be done."""
        return reported_at + self.due_hours * HOUR

    def gone(self, reported_at: Instant) -> Instant | None:
        """Return when what it seeks is usually gone; None: never."""
        hours = self.perishable_hours
        return None if hours is None else reported_at + hours * HOUR


@dataclass(frozen=True, slots=True)
class Standard:
    """Dated lines of enquiry; in force from a day until the next standard's first day."""

    id: str
    title: str
    in_force_from: date
    source: str
    lines: tuple[Line, ...]

    def lines_for(self, category: str, present: Iterable[str] = ()) -> tuple[Line, ...]:
        """Return the lines for a class of death; `present` names what was found (a note)."""
        found = {"", *present}
        return tuple(line for line in self.lines if category in line.classes and line.when in found)


def default_standard() -> Standard:
    """Return the standard that ships with Clew."""
    text = files("clew.assurance").joinpath("default.toml").read_text("utf-8")
    return parse_standard(text, "default.toml")


def in_force(standards: Sequence[Standard], day: date) -> Standard:
    """Return the standard in force on a day; before the first of them, the first.

    Raises
    ------
    ValueError
        If there is none at all.
    """
    before = [standard for standard in standards if standard.in_force_from <= day]
    if before:
        return max(before, key=lambda standard: standard.in_force_from)
    return min(standards, key=lambda standard: standard.in_force_from)


def parse_standard(text: str, name: str) -> Standard:
    """Read a standard from TOML text.

    Raises
    ------
    InputRejected
        With the line's number (as `row`) and field, if anything is missing, unknown or impossible.
    """
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputRejected(name, f"it is not valid TOML: {error}", "Correct the file") from error
    for key, kind in {"id": str, "title": str, "in_force_from": date, "source": str}.items():
        if not isinstance(parsed.get(key), kind) or parsed[key] == "":
            raise InputRejected(name, "it is missing", f"Add {key} = ...", field=key)
    rows = parsed.get("line")
    if not isinstance(rows, list) or not rows:
        raise InputRejected(name, "it has no line", "Add [[line]] parts", field="line")
    lines: list[Line] = []
    for number, row in enumerate(rows, 1):
        for field, reason, remedy in _faults(row):
            raise InputRejected(name, reason, remedy, row=number, field=field)
        lines.append(Line(**{**row, "classes": tuple(row["classes"])}))
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if line.id in seen:
            raise InputRejected(
                name, f"{line.id} is used twice", "Give each its own id", row=number, field="id"
            )
        seen.add(line.id)
    day = parsed["in_force_from"]
    return Standard(parsed["id"], parsed["title"], day, parsed["source"], tuple(lines))


def _faults(row: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with a line: field, reason, remedy."""
    if not isinstance(row, dict):
        yield "line", "it is not a table", "Write [[line]]"
        return
    for key, kind in (KEYS | {key: MAY[key] for key in MAY if key in row}).items():
        value = row.get(key)
        if not isinstance(value, kind) or isinstance(value, bool) or value in ("", []):
            yield key, "it is missing, or of another type", f"Give {key} as {kind.__name__}"
        elif isinstance(value, int) and value <= 0:
            yield key, "it must be above 0", "Give whole hours from the report"
    for key in [key for key in row if key not in KEYS and key not in MAY]:
        yield key, "no line has this", f"Take it out, or use one of {', '.join(MAY)}"
    for key, known in (("classes", CLASSES), ("read", READ), ("place", PLACES)):
        value = row.get(key)
        for word in value if isinstance(value, list) else [value]:
            if word not in known:
                yield key, f"{word} is not known", f"Use {', '.join(known)}"
