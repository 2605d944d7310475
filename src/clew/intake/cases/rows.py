"""Rows of a case file become drafts of cases; a row that cannot be taken becomes a reject.

Rejects are written as a file, so that nothing is dropped in silence.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from clew.intake.cases.cleaning import missing_cause
from clew.intake.cases.column_plan import ColumnPlan
from clew.intake.cases.column_profile import ColumnReading, TimeBounds
from clew.intake.cases.draft import Draft, Reading
from clew.intake.cases.settled_plan import settle
from clew.intake.tables.open import RowRefusedError, Table
from clew.intake.tables.table import MIB, Row
from clew.model.case_file import Reject
from clew.model.cells import safe_cell
from clew.model.contract import id_fault
from clew.outputs import output_text

COLUMNS = ("file", "row", "field", "value", "reason", "kept")
PROGRESS_ROWS = 1_000
PROFILED_ROWS, PROFILED_CHARACTERS = 20_000, 32 * MIB
"""Declared: first rows that a profile is taken of, all of most files. Later cells are read likewise
where they fit the reading, and as they are written where they do not."""
Progress = Callable[[int, int], None]


class CaseRows:
    """The drafts of a table's rows, one after another; iterate once.

    Every row of the table is either handed on or is in `rejects` with `kept` False. Sensitive
    traits of the rows handed on gather in `traits`. `taken` and `read` count rows. Before the first
    row the columns are profiled: `profile` then has the name of each column's reading. `kept` are
    the readings of earlier files, which rule.
    """

    def __init__(
        self,
        table: Table,
        plan: ColumnPlan,
        reading: Reading,
        progress: Progress | None = None,
        kept: Mapping[str, str] | None = None,
    ) -> None:
        self.table, self.plan, self.reading = table, plan, reading
        self.profile: dict[str, ColumnReading] = {}
        self._kept = dict(kept or {})
        self.rejects: list[Reject] = []
        self.traits: dict[str, dict[str, str]] = {}
        self.read = self.taken = 0
        self._progress = progress
        self._seen: dict[str, tuple[int, int]] = {}

    def __iter__(self) -> Iterator[Draft]:
        for row in self._settled():
            self.read += 1
            if self._progress is not None and self.read % PROGRESS_ROWS == 0:
                self._progress(*self.table.progress())
            texts = {} if row.fault else self.plan.texts(row.cells)
            case_id, reported = texts.get("case_id", ""), texts.get("reported_at", "")
            try:
                if row.fault:
                    raise RowRefusedError("", row.fault)
                if not case_id or (missing_cause(case_id) is not None and not case_id.isdigit()):
                    raise RowRefusedError("case_id", "a case needs an id of its own")
                if fault := id_fault(case_id):
                    raise RowRefusedError("case_id", fault)
                if not reported or missing_cause(reported) is not None:
                    raise RowRefusedError("reported_at", "a case needs the time of its report")
                try:
                    moment = self.reading.times.read(reported, "reported_at")
                except ValueError as no_time:
                    raise RowRefusedError("reported_at", str(no_time)) from None
                mark = hash(tuple(row.cells))
                first, first_mark = self._seen.setdefault(case_id, (row.number, mark))
                if first != row.number:
                    alike = "is identical" if mark == first_mark else "differs"
                    reason = f"row {first} has the same case_id; this row {alike}"
                    raise RowRefusedError("case_id", reason)
            except RowRefusedError as no:
                value = texts.get(no.field, "")
                file = row.file or self.table.name
                reject = Reject(file, row.number, no.field, value, no.reason, False)
                self.rejects.append(reject)
                continue
            traits, extra = (
                {name: row.cells[place] for name, place in columns.items() if row.cells[place]}
                for columns in (self.plan.traits, self.plan.extras)
            )
            if traits:
                self.traits[case_id] = traits
            extra |= self.plan.as_written(row.cells)
            del texts["case_id"], texts["reported_at"]
            self.taken += 1
            yield Draft(
                row=row.number,
                case_id=case_id,
                reported_at=moment.end,
                to_the_minute=moment.has_clock,
                texts=texts,
                extra=extra,
                file=row.file,
            )
        if self._progress is not None:
            _, whole = self.table.progress()
            self._progress(whole, whole)

    def _settled(self) -> Iterator[Row]:
        """Profile the first rows, settle the plan by them, and return all rows.

        A file that names its own zone was written by Clew, and its cells say what they say.
        """
        rows = self.table.rows()
        if self.table.timezone is not None:
            return rows
        held, characters = list[Row](), 0
        for row in rows:
            held.append(row)
            characters += sum(map(len, row.cells))
            if len(held) >= PROFILED_ROWS or characters >= PROFILED_CHARACTERS:
                break
        width = len(self.plan.header)
        times = self.reading.times

        def bounds(column: str) -> TimeBounds:
            return TimeBounds(times.zone, times.now, times.forms(column))

        settled = settle(
            self.plan,
            [row.cells for row in held if not row.fault and len(row.cells) == width],
            bounds,
            confirmed=self.reading.confirmed,
            kept=self._kept,
        )
        self.plan, self.profile = settled.plan, dict(settled.readings)
        for note in settled.notes:
            self.reading.notes.count(f"{self.table.name}: {note}")
        return chain(held, rows)


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Write rejects as CSV in UTF-8, in the order given; `kept` is yes where the row was kept."""
    with output_text(path) as file:
        writer = csv.writer(file)  # CRLF, so that a lone CR in a cell is quoted too
        writer.writerow(COLUMNS)
        for reject in rejects:
            texts = map(safe_cell, (reject.field, reject.value, reject.reason))
            kept = "yes" if reject.kept else "no"
            writer.writerow((safe_cell(reject.file), reject.row, *texts, kept))
