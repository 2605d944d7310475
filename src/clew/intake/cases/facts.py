"""A facts file: one row each time a fact became known or changed.

Its times, and the values of each field, are profiled before a row is read, by the same module as
the columns of a case file (settled_plan.py). A field of which the file has too few values is read
as the case file's column of that name was.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from clew.intake.cases.column_plan import ColumnPlan, Source
from clew.intake.cases.column_profile import LEAST_ROWS, ColumnReading, TimeBounds
from clew.intake.cases.contract import COLUMNS, column_key
from clew.intake.cases.draft import Warnings
from clew.intake.cases.settled_plan import settle
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
PROFILED_ROWS = 20_000
"""Declared: first rows that a profile is taken of, as of a case file."""
IN_FACTS = "facts: "
"""Begins the name under which the reading of a facts file's column is kept."""
EXTRACT = "extract"
"""Begins the source of every fact that an extract's changed cell brought."""


@dataclass(frozen=True, slots=True)
class FactsProfile:
    """What is known about a facts file's columns before it is opened.

    `columns` names the readings of the case file's columns; they count for a field of which the
    file has too few values. `kept` are those of earlier facts files, which rule. `confirmed` are
    values that read like fillers and are none. `as_written`: Clew wrote the files, and their cells
    say what they say.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    confirmed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    as_written: bool = False


def kept_of_facts(profile: Mapping[str, str]) -> dict[str, str]:
    """Return the readings of earlier facts files, out of a profile of both kinds of files."""
    return {k.removeprefix(IN_FACTS): v for k, v in profile.items() if k.startswith(IN_FACTS)}


@dataclass(slots=True)
class FactsFile:
    """A read facts file: facts by case, in file order; what was rejected; which fields it rules.

    `ruled` names every (case, field) of which the file has any row, a rejected one too: the case
    file's own value of it is ignored, for it may have been learned much later. `late` is what
    messages say, for which a case has yet to be found (late_messages.py). `profile` has the reading
    of each column and field that was profiled.
    """

    name: str
    by_case: dict[str, list[Fact]] = field(default_factory=dict)
    ruled: dict[str, set[str]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    profile: dict[str, ColumnReading] = field(default_factory=dict)

    def kinds(self) -> dict[str, str]:
        """Return the names of the readings that this file showed, as they are kept."""
        return {f"{IN_FACTS}{k}": one.kind for k, one in self.profile.items() if not one.kept}


def read_facts(
    path: Path, times: TimeReader, notes: Warnings, before: FactsProfile | None = None
) -> FactsFile:
    """Return the facts of a file.

    `before` is what is known about its columns from the case file and from earlier files.

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
    rows, settled = _settled(table.rows(), places, times, before or FactsProfile())
    facts.profile = dict(settled.readings)
    for note in settled.notes:
        notes.count(f"{table.name}: {note}")
    for row in rows:
        cells = {} if row.fault else {name: row.cells[place] for name, place in places.items()}
        try:
            settled.rewrite(cells)
            _take(row, cells, facts, times, notes)
        except RowRefusedError as no:
            value = cells.get(no.field, "")
            reject = Reject(table.name, row.number, no.field, value, no.reason, kept=False)
            facts.rejects.append(reject)
    for warning in table.warnings:
        notes.count(warning)
    return facts


@dataclass(frozen=True, slots=True)
class _SettledFacts:
    """The readings of a facts file's columns and fields, and how single cells are rewritten."""

    readings: Mapping[str, ColumnReading] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rewrites: Mapping[str, Callable[[str], str]] = field(default_factory=dict)

    def rewrite(self, cells: dict[str, str]) -> None:
        """Rewrite the cells of one row, its value by the field that it is of."""
        if not self.rewrites or not cells:
            return
        for name in _TIMES:
            if cells.get(name) and (own := self.rewrites.get(name)):
                cells[name] = own(cells[name])
        own = self.rewrites.get(column_key(cells["field"]))
        if own and cells["value"] and cells["op"].casefold() in {"", Op.SET}:
            cells["value"] = own(cells["value"])


_TIMES = ("known_at", "recorded_at")


def _settled(
    rows: Iterator[Row], places: Mapping[str, int], times: TimeReader, before: FactsProfile
) -> tuple[Iterator[Row], _SettledFacts]:
    """Profile the first rows; return all rows, and how they are read.

    A facts file is long: a row for each value. It is profiled as the wide table that it stands
    for, in which each of its rows fills the times and one field.
    """
    held = deque(islice(rows, PROFILED_ROWS))
    whole = chain(held, rows)
    told = [{n: row.cells[at] for n, at in places.items()} for row in held if not row.fault]
    if before.as_written or any(one.get("source", "").startswith(f"{EXTRACT} ") for one in told):
        return whole, _SettledFacts()
    names = list(_TIMES)
    filled = Counter[str]()
    for one in told:
        name = column_key(one["field"])
        if name in COLUMNS and one["op"].casefold() in {"", Op.SET} and one["value"]:
            filled[name] += 1
    names += sorted(filled.keys() - FIXED - {"narrative"})
    at = {name: place for place, name in enumerate(names)}
    table = []
    counted: set[tuple[str, str, str]] = set()
    for one in told:
        # What was learned of one case at one time is many rows, and one time.
        times_of = {(name, one["case_id"], one.get(name, "")) for name in _TIMES} - counted
        counted |= times_of
        new = {name for name, _, _ in times_of}
        cells = [one.get(name, "") if name in new else "" for name in _TIMES]
        cells += [""] * (len(names) - len(_TIMES))
        name = column_key(one["field"])
        if name in at and one["op"].casefold() in {"", Op.SET}:
            cells[at[name]] = one["value"]
        table.append(cells)
    sources = {name: Source((place,), " ", {}) for name, place in at.items()}
    plan = ColumnPlan(dict(sources), {}, {}, {}, header=tuple(names))
    few = {
        name: kind
        for name, kind in before.columns.items()
        if name.endswith(")") or filled[name] < LEAST_ROWS
    }
    settled = settle(
        plan,
        table,
        lambda column: TimeBounds(times.zone, times.now, times.forms(column)),
        confirmed=before.confirmed,
        kept=few | dict(before.kept),
    )
    width = len(names)

    def rewriter(name: str) -> Callable[[str], str]:
        source, place = settled.plan.sources[name], at[name]

        def rewritten(text: str) -> str:
            cells = [""] * width
            cells[place] = text
            return source.cell(cells)

        return rewritten

    changed = [name for name in at if settled.plan.sources[name] != plan.sources[name]]
    return whole, _SettledFacts(
        settled.readings, settled.notes, {name: rewriter(name) for name in changed}
    )


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
        raise RowRefusedError("op", f"{op} is for lists, and {name} is not a list")
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
