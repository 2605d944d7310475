"""The sheet of what prose told: a person confirms with one word a row, and it is read back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clew.errors import InputRejected
from clew.intake.cases.draft import Draft, Reading
from clew.intake.cases.words import read_entity
from clew.intake.prose.read import FIELDS, ProseFact, Report, held_values, read_narrative
from clew.intake.tables.open import open_table, require_columns
from clew.model.cells import safe_cell, unsafe_cell
from clew.model.contract import FACT_COLUMNS

COLUMNS = (
    "case_id",
    "field",
    "value",
    "said",
    "of",
    "when",
    "basis",
    "start",
    "end",
    "quote",
    "confirmed",
)
"""`confirmed` is for a person: yes or no; blank until somebody has looked."""
_ANSWER = {"": None, "yes": True, "y": True, "no": False, "n": False}
Key = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class ProseReading:
    """One record's facts from prose. `blank`: columns that only prose fills; `known_at`: ISO."""

    case_id: str
    known_at: str
    blank: frozenset[str]
    drawn: tuple[ProseFact, ...]


Settled = Mapping[Key, bool]
"""What a person said of a fact, by case, field, value and where it stands."""


def key_of_fact(case_id: str, fact: ProseFact) -> Key:
    """Return by what a fact is known again on a sheet."""
    return case_id, fact.field, fact.value, fact.start


def write_sheet(path: Path, told: Iterable[ProseReading], settled: Settled) -> None:
    """Write every fact that prose told, those that do not hold too."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in told:
            for fact in one.drawn:
                answer = settled.get(key_of_fact(one.case_id, fact))
                said = "" if answer is None else ("yes" if answer else "no")
                cells = (
                    one.case_id,
                    fact.field,
                    fact.value,
                    fact.said,
                    fact.of,
                    fact.when,
                    fact.basis,
                )
                writer.writerow(
                    (*map(safe_cell, cells), fact.start, fact.end, safe_cell(fact.quote), said)
                )


def read_sheet(path: Path) -> dict[Key, bool]:
    """Return what a person settled on a sheet.

    Raises
    ------
    InputRejected
        If the file is no such sheet, or an answer is neither yes, no nor blank.

    """
    table = open_table(path)
    places = require_columns(table, COLUMNS)
    settled: dict[Key, bool] = {}
    for row in table.rows():
        if row.fault:
            raise InputRejected(
                path.name, row.fault, "Give the drawn.csv of clew read", row=row.number
            )
        cells = {name: unsafe_cell(row.cells[place]) for name, place in places.items()}
        answer = cells["confirmed"].casefold()
        if answer not in _ANSWER or not cells["start"].isdecimal():
            field = "start" if answer in _ANSWER else "confirmed"
            raise InputRejected(
                path.name,
                f"'{cells[field][:40]}' cannot stand there",
                "Write yes or no under confirmed, or leave it blank, and leave the rest as it was",
                row=row.number,
                field=field,
            )
        said = _ANSWER[answer]
        if said is not None:
            settled[cells["case_id"], cells["field"], cells["value"], int(cells["start"])] = said
    return settled


def write_facts(path: Path, told: Iterable[ProseReading], settled: Settled) -> None:
    """Write a facts file of what prose tells where no column does, its words as source."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FACT_COLUMNS)
        for one in told:
            for row in _rows(one, settled):
                writer.writerow(tuple(map(safe_cell, row)))


def _rows(one: ProseReading, settled: Settled) -> Iterable[tuple[str, ...]]:
    """Yield one row a value, and an empty one for a column of which a person refused all."""
    kept: dict[str, dict[str, tuple[ProseFact, bool]]] = {}
    refused: set[str] = set()
    for fact in one.drawn:
        if fact.field not in one.blank or fact.value == "unnamed":
            continue
        answer = settled.get(key_of_fact(one.case_id, fact))
        if answer is False:
            refused.add(fact.field)
        elif answer or fact.holds:
            held = kept.setdefault(fact.field, {})
            if fact.value not in held or answer:
                held[fact.value] = (fact, bool(answer))
    for field in sorted(refused - set(kept)):
        yield (
            one.case_id,
            field,
            "set",
            "",
            one.known_at,
            one.known_at,
            "",
            "",
            "narrative, refused by a reader",
        )
    for field, held in kept.items():
        single = field == "last_seen_alive"
        values = [max(held.items())] if single else list(held.items())
        for value, (fact, sure) in values:
            state = "confirmed" if sure else "unconfirmed"
            source = f'narrative {fact.start}-{fact.end}, {state}: "{fact.quote}"'
            yield (
                one.case_id,
                field,
                "set" if single else "add",
                value,
                one.known_at,
                one.known_at,
                "",
                fact.basis,
                source,
            )


# What a record's own prose tells fills the columns that its row leaves blank, unconfirmed.


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
