"""All that a report's free text says, as facts with their words; and what of it fills a record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from clew.intake.narrative.context import When
from clew.intake.narrative.last_seen import find_last_seen, is_old, years_alone
from clew.intake.narrative.marks import find_marks
from clew.intake.narrative.read import Drawn, read_observations

LIST_FIELDS = (
    "posture",
    "lividity",
    "clothing",
    "injuries",
    "body_state",
    "scene",
    "missing_items",
    "substances",
    "entities",
    "mentions",
)
"""Columns that prose may fill, each a list; `last_seen_alive` is the one that is none."""
FIELDS = (*LIST_FIELDS, "last_seen_alive")
LONGEST = 2_000_000
"""Characters read of one text. The longest narrative known to us has under 60,000."""
_KEPT = 4_000
"""Texts of more characters are read anew each time, so that the cache stays small."""
NEAR = 60
"""Characters within which a case's number is what a mention without one speaks of."""
UNNAMED = "unnamed"
"""The value of a mention of another case whose number is not told: shown, never matched."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a report apart from its text.

    `reported` settles weekdays and years; None: they stay unsettled. `month_first`: 3/4 is March.
    """

    case_id: str = ""
    reported: datetime | None = None
    month_first: bool = False


def read_narrative(text: str, report: Report = Report()) -> tuple[Drawn, ...]:
    """Return the facts that a text tells, in its order, affirmed and other, none confirmed.

    Never raises; time is linear in the length. What is denied, uncertain, of the past or of
    somebody else is returned with that mark, and `holds` is False for it.

    Source
    ------
    Rules: clew/intake/narrative/rules; denial and context after NegEx and ConText.
    """
    if len(text) > _KEPT:
        return _read(text[:LONGEST], report)
    return _read_kept(text, report)


def _read(text: str, report: Report) -> tuple[Drawn, ...]:
    reported = report.reported
    when = When(reported.year, reported.month) if reported else When()
    drawn = read_observations(text, when)
    marks = [
        Drawn(m.field, m.value, m.start, m.end, text[m.start : m.end])
        for m in find_marks(text, report.case_id)
    ]
    named = {(m.start, m.end) for m in marks if m.field == "mentions"}
    seen = _seen(text, report)
    held = [d for d in drawn if d.field != "mentions" or not _beside(d, named)]
    return tuple(sorted({*held, *marks, *seen}, key=lambda d: (d.start, d.end, d.field, d.value)))


_read_kept = lru_cache(maxsize=8_192)(_read)


def _beside(drawn: Drawn, named: set[tuple[int, int]]) -> bool:
    """Tell whether a mention without a number holds one with its number."""
    return any(drawn.start - NEAR <= start and end <= drawn.end + NEAR for start, end in named)


_DOUBT = (
    "may have",
    "might have",
    "possibly",
    "not sure",
    "unsure",
    "?",
    "unconfirmed",
    "believed to have",
)


def _seen(text: str, report: Report) -> list[Drawn]:
    found = []
    for one in find_last_seen(text, report.reported, month_first=report.month_first):
        first = max(0, one.start - 25)
        around = text[first : one.end + 45].lower()
        said = "uncertain" if any(doubt in around for doubt in _DOUBT) else "affirmed"
        when = "before" if is_old(one.value, report.reported) else "now"
        found.append(
            Drawn(
                "last_seen_alive",
                one.value,
                one.start,
                one.end,
                text[one.start : one.end],
                said,
                when=when,
                basis="told",
            )
        )
    for year, start, end in years_alone(text):
        if report.reported is None or int(year) < report.reported.year:
            found.append(
                Drawn(
                    "last_seen_alive",
                    year,
                    start,
                    end,
                    text[start:end],
                    when="before",
                    basis="told",
                )
            )
    return found


def held_values(drawn: tuple[Drawn, ...]) -> dict[str, tuple[str, ...]]:
    """Return by column the values that a text gives a record, each once, in its order."""
    found: dict[str, dict[str, None]] = {}
    for fact in drawn:
        if fact.holds and fact.value != UNNAMED:
            found.setdefault(fact.field, {})[fact.value] = None
    if times := found.get("last_seen_alive"):
        found["last_seen_alive"] = {max(times): None}
    return {name: tuple(values) for name, values in found.items()}


def confirmed(drawn: Drawn, *, yes: bool) -> Drawn:
    """Return the fact as a person settled it: affirmed, or denied."""
    return replace(drawn, said="affirmed" if yes else "denied")
