"""A case being read: the texts of its columns, and what has been made of them so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.intake.cases.cleaning import missing_cause
from clew.intake.cases.times import TimeReader
from clew.intake.cases.window_text import WindowText
from clew.model.case import Case
from clew.model.values import Instant, MissingCause

EXAMPLES = 5
"""Example values in one warning. A screen's line, no more."""


class Warnings:
    """Counted warnings: one subject (`scene: words that no vocabulary knows`), many values."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def count(self, subject: str, value: str = "") -> None:
        """Add one occurrence of `value` to a subject."""
        self._counts.setdefault(subject, Counter())[value] += 1

    def lines(self) -> tuple[str, ...]:
        """Return one line a subject, with its total and its commonest values."""
        lines = []
        for subject, counts in self._counts.items():
            if set(counts) == {""}:
                lines.append(f"{subject}: {counts['']}" if counts[""] > 1 else subject)
                continue
            common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            shown = ", ".join(f"{value} ({number})" for value, number in common[:EXAMPLES])
            more = f" and {len(common) - EXAMPLES} more" if len(common) > EXAMPLES else ""
            lines.append(f"{subject}: {counts.total()} times: {shown}{more}")
        return tuple(lines)


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a file's rows needs to know: its name, times, typed windows, warnings.

    `confirmed` are values by column that read like fillers and are none.
    """

    file: str
    times: TimeReader
    notes: Warnings
    window: WindowText | None = None
    confirmed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """A field that could not be taken. `partial`: the rest was, or its other half may come."""

    field: str
    value: str
    reason: str
    partial: bool = False


@dataclass(slots=True)
class Draft:
    """One row on its way to a `Case`.

    `texts` are the cells that are not blank, by our column; `attributes` the values of `Case`
    that were made of them. A parser (row_parsers.py) makes the attributes of a few columns that
    belong together, and can be run again when a fact changes one of them. `file` is the message
    that the row came from, "" where the table is one file. `ruled` names the columns of which a
    facts file has any row: no prose fills them.
    """

    row: int
    case_id: str
    reported_at: Instant
    to_the_minute: bool
    texts: dict[str, str]
    extra: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, MissingCause] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    file: str = ""
    ruled: frozenset[str] = frozenset()

    def text(self, column: str, attribute: str = "", *, numeric: bool = False) -> str | None:
        """Return a column's text; a placeholder is None, and its cause is kept."""
        text = self.texts.get(column)
        if text is None:
            return None
        cause = missing_cause(text, numeric=numeric)
        if cause is None:
            return text
        self.missing[attribute or column] = cause
        return None

    def put(self, attribute: str, value: object) -> None:
        """Set an attribute; None takes it away."""
        if value is None:
            self.attributes.pop(attribute, None)
        else:
            self.attributes[attribute] = value

    def put_extra(self, name: str, value: str | None) -> None:
        """Set a plain fact; None takes it away."""
        if value is None:
            self.extra.pop(name, None)
        else:
            self.extra[name] = value

    def reject(self, column: str, reason: str, value: str = "", *, partial: bool = False) -> None:
        """Note that a column's text could not be taken."""
        shown = value or self.texts.get(column, "")
        self.problems.append(Problem(column, shown, reason, partial))

    def case(self) -> Case:
        """Return the case as it is now."""
        further: dict[str, Any] = {"extra": dict(self.extra), "missing": dict(self.missing)}
        return Case(
            self.case_id,
            self.reported_at,
            report_known_to_the_minute=self.to_the_minute,
            **self.attributes,
            **{name: values for name, values in further.items() if values},
        )
