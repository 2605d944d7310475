"""What a record's own prose tells fills the columns that its row leaves blank, unconfirmed."""

from __future__ import annotations

from datetime import datetime

from clew.intake.draft import Draft, Reading
from clew.intake.narrative.narrative import FIELDS, Report, held_values, read_narrative
from clew.intake.word_parts import read_entity

FROM_PROSE = "read_from_narrative"
"""Name of the plain fact that lists the columns which nobody typed and nobody has confirmed."""
MONTH_FIRST = ("America/", "US/")
"""Zones in which 3/4 is the fourth of March."""


def report_of(draft: Draft, reading: Reading) -> Report:
    """Return what a draft's row tells of its report."""
    zone = reading.times.zone
    reported = datetime.fromtimestamp(draft.reported_at, zone).replace(tzinfo=None)
    return Report(draft.case_id, reported, reading.times.timezone.startswith(MONTH_FIRST))


def empty_prose(draft: Draft) -> None:
    """Take away what an earlier reading of the prose had filled."""
    for column in draft.extra.get(FROM_PROSE, "").split("; "):
        if column:
            draft.put(column, None)
    draft.put_extra(FROM_PROSE, None)


def fill_from_prose(draft: Draft, reading: Reading) -> None:
    """Fill the columns that are blank and that no fact rules with what the narrative tells."""
    text = draft.texts.get("narrative")
    if not text:
        return
    told = held_values(read_narrative(text, report_of(draft, reading)))
    filled = [
        column
        for column in FIELDS
        if column in told and _fill(column, told[column], draft, reading)
    ]
    draft.put_extra(FROM_PROSE, "; ".join(filled) or None)
    for column in filled:
        reading.notes.count("read from the narrative, confirmed by nobody", column)


def _fill(column: str, values: tuple[str, ...], draft: Draft, reading: Reading) -> bool:
    """Put a column's values where it has none; tell whether it was done."""
    if column in draft.ruled or draft.attributes.get(column) is not None:
        return False
    if column == "last_seen_alive":
        try:
            seen = reading.times.read(values[0], column).start
        except ValueError:
            return False
        if seen > draft.reported_at:
            return False
        draft.put(column, seen)
    elif column == "entities":
        found = {entity for value in values if (entity := read_entity(value)) is not None}
        draft.put(column, tuple(sorted(found)) or None)
    else:
        draft.put(column, tuple(sorted(set(values))))
    draft.missing.pop(column, None)
    return True
