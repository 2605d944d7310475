"""A facts file: one row each time a fact became known or changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from clew.intake.cases.contract import COLUMNS, column_key
from clew.intake.cases.draft import Warnings
from clew.intake.cases.times import TimeReader
from clew.intake.messages.reader import is_message
from clew.intake.messages.table import open_messages, say_odd
from clew.intake.tables.header import Wanted
from clew.intake.tables.open import Row, RowRefusedError, open_table, require_columns
from clew.intake.tables.table import Late
from clew.model.case_file import Fact, Op, Reject
from clew.model.contract import LIST_COLUMNS
from clew.model.values import Instant

REQUIRED = ("case_id", "field", "op", "value", "known_at")
FIXED = frozenset({"case_id", "reported_at"})
"""Fields that make the case what it is: no fact may change them."""
BASES = frozenset({"", "seen", "told", "tested", "inferred"})


@dataclass(slots=True)
class FactsFile:
    """A read facts file: facts by case, in file order; what was rejected; which fields it rules.

    `ruled` names every (case, field) of which the file has any row, a rejected one too: the case
    file's own value of it is ignored, for it may have been learned much later. `late` is what
    messages say, for which a case has yet to be found (late_messages.py).
    """

    name: str
    by_case: dict[str, list[Fact]] = field(default_factory=dict)
    ruled: dict[str, set[str]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)


def read_facts(path: Path, times: TimeReader, notes: Warnings) -> FactsFile:
    """Return the facts of a file.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or misses one of the first five columns.

    """
    if path.exists() and is_message(path):
        messages = open_messages(path, all_late=True)
        for warning in say_odd(messages):
            notes.count(warning)
        refused = [
            Reject(row.file or messages.name, row.number, "", "", row.fault, kept=False)
            for row in messages.rows()
        ]
        return FactsFile(messages.name, rejects=refused, late=messages.late)
    table = open_table(path, Wanted.from_names(REQUIRED))
    places = require_columns(table, REQUIRED)
    facts = FactsFile(table.name)
    for row in table.rows():
        cells = {} if row.fault else {name: row.cells[place] for name, place in places.items()}
        try:
            _take(row, cells, facts, times, notes)
        except RowRefusedError as no:
            value = cells.get(no.field, "")
            reject = Reject(table.name, row.number, no.field, value, no.reason, kept=False)
            facts.rejects.append(reject)
    for warning in table.warnings:
        notes.count(warning)
    return facts


def _take(
    row: Row, cells: dict[str, str], facts: FactsFile, times: TimeReader, notes: Warnings
) -> None:
    """Keep the fact of one row, or raise `RowRefusedError`."""
    if row.fault:
        raise RowRefusedError("", row.fault)
    case_id, name, value = cells["case_id"], column_key(cells["field"]), cells["value"]
    if name not in COLUMNS:
        name = cells["field"]
    if not case_id or not name:
        raise RowRefusedError("field" if case_id else "case_id", "a fact needs a case and a field")
    if name in FIXED:
        raise RowRefusedError("field", f"{name} makes the case what it is; no fact can change it")
    facts.ruled.setdefault(case_id, set()).add(name)
    own = facts.by_case.setdefault(case_id, [])
    try:
        op = Op(cells["op"].casefold() or "set")
    except ValueError:
        raise RowRefusedError("op", f"not one of {', '.join(Op)}") from None
    if op is not Op.SET and name not in LIST_COLUMNS:
        raise RowRefusedError("op", f"{op} is for lists, and {name} is none")
    if op is not Op.SET and not value:
        raise RowRefusedError("value", f"{op} needs an element")
    known = _time(cells, "known_at", times)
    recorded = _time(cells, "recorded_at", times) if cells.get("recorded_at") else known
    if known > recorded:
        notes.count(f"{facts.name}: facts known later than they were recorded", case_id)
    basis = cells.get("basis", "").casefold()
    if basis not in BASES:
        notes.count(f"{facts.name}: a basis other than seen, told, tested or inferred", basis)
    known_to, source = cells.get("known_to", ""), cells.get("source", "")
    own.append(Fact(case_id, name, op, value, known, recorded, known_to, basis, source, row.number))


def _time(cells: dict[str, str], column: str, times: TimeReader) -> Instant:
    if not cells[column]:
        raise RowRefusedError(column, "a fact needs the time at which it became known")
    try:
        return times.read(cells[column]).end
    except ValueError as fault:
        raise RowRefusedError(column, str(fault)) from None
