"""The file of what prose says: a person confirms with one word a row, and it is read back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from clew.errors import InputRejected
from clew.intake.prose.prose_fact import ProseFact
from clew.intake.prose.read import UNNAMED
from clew.intake.tables.header import Wanted
from clew.intake.tables.open import open_table, require_columns
from clew.model.cells import safe_cell, unsafe_cell
from clew.model.contract import FACT_COLUMNS
from clew.outputs import output_csv

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
Settled = Mapping[Key, bool]
"""What a person said of a fact, by case, field, value and its place in the text."""


@dataclass(frozen=True, slots=True)
class ProseReading:
    """One record's facts from prose. `blank`: columns that only prose fills; `known_at`: ISO."""

    case_id: str
    known_at: str
    blank: frozenset[str]
    facts: tuple[ProseFact, ...]


def key_of_fact(case_id: str, fact: ProseFact) -> Key:
    """Return by what a fact is recognised in a file."""
    return case_id, fact.field, fact.value, fact.start


def write_readings(path: Path, readings: Iterable[ProseReading], settled: Settled) -> None:
    """Write every fact that prose states, those that do not apply too."""
    words = {None: "", True: "yes", False: "no"}
    with output_csv(path) as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for reading in readings:
            for fact in reading.facts:
                what = (reading.case_id, fact.field, fact.value)
                meant = (fact.stance, fact.person, fact.when, fact.basis)
                answer = words[settled.get(key_of_fact(reading.case_id, fact))]
                cells = map(safe_cell, (*what, *meant))
                writer.writerow((*cells, fact.start, fact.end, safe_cell(fact.quote), answer))


def read_settled(path: Path) -> dict[Key, bool]:
    """Return what a person settled in a file of readings.

    Raises
    ------
    InputRejected
        If the file is no such file, or an answer is neither yes, no nor blank.

    """
    table = open_table(path, Wanted.from_names(COLUMNS))
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
                f"'{cells[field][:40]}' is not allowed there",
                "Write yes or no under confirmed, or leave it blank, and leave the rest as it was",
                row=row.number,
                field=field,
            )
        is_so = _ANSWER[answer]
        if is_so is not None:
            settled[cells["case_id"], cells["field"], cells["value"], int(cells["start"])] = is_so
    return settled


def write_facts(path: Path, readings: Iterable[ProseReading], settled: Settled) -> None:
    """Write a facts file of what prose states where no column does, its words as source."""
    with output_csv(path) as file:
        writer = csv.writer(file)
        writer.writerow(FACT_COLUMNS)
        for reading in readings:
            known_at = (reading.known_at, reading.known_at, "")
            for field, op, value, basis, source in _rows(reading, settled):
                row = (reading.case_id, field, op, value, *known_at, basis, source)
                writer.writerow(tuple(map(safe_cell, row)))


def _rows(reading: ProseReading, settled: Settled) -> Iterable[tuple[str, ...]]:
    """Yield one row a value, and an empty one for a column of which a person refused all."""
    kept: dict[str, dict[str, tuple[ProseFact, bool]]] = {}
    refused: set[str] = set()
    for fact in reading.facts:
        if fact.field not in reading.blank or fact.value == UNNAMED:
            continue
        answer = settled.get(key_of_fact(reading.case_id, fact))
        if answer is False:
            refused.add(fact.field)
        elif answer or fact.applies:
            own = kept.setdefault(fact.field, {})
            if fact.value not in own or answer:
                own[fact.value] = (fact, bool(answer))
    for field in sorted(refused - set(kept)):
        yield field, "set", "", "", "narrative, refused by a reader"
    for field, own in kept.items():
        single = field == "last_seen_alive"
        for value, (fact, sure) in [max(own.items())] if single else own.items():
            state = "confirmed" if sure else "unconfirmed"
            source = f'narrative {fact.start}-{fact.end}, {state}: "{fact.quote}"'
            yield field, "set" if single else "add", value, fact.basis, source
