"""Rows of a case file become drafts of cases; a row that cannot be taken becomes a reject.

Rejects are written as a file, so that nothing is dropped in silence.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain, islice
from pathlib import Path

from clew.errors import InputRejected
from clew.intake.cases.cleaning import missing_cause
from clew.intake.cases.column_plan import ColumnPlan
from clew.intake.cases.column_profile import ColumnReading, TimeBounds
from clew.intake.cases.draft import Draft, Reading
from clew.intake.cases.facts import FactsProfile, kept_of_facts
from clew.intake.cases.settled_plan import settle
from clew.intake.cases.times import TimeReading
from clew.intake.tables.open import RowRefusedError, Table
from clew.intake.tables.sheet_marks import UNSAVED, why_refused
from clew.intake.tables.table import Row
from clew.model.case_file import Reject
from clew.model.cells import safe_cell
from clew.model.contract import id_fault
from clew.outputs import output_csv

COLUMNS = ("file", "row", "field", "value", "reason", "kept")
PROGRESS_ROWS = 1_000
PROFILED_ROWS = 20_000
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
        self._rows: Iterator[Row] | None = None

    @property
    def ids(self) -> Collection[str]:
        """Return the ids of the rows that were taken so far."""
        return self._seen.keys()

    def settle(self) -> None:
        """Profile the columns, before the first row is handed on; once."""
        if self._rows is None:
            self._rows = self._settled()

    def kinds(self) -> dict[str, str]:
        """Return the name of each column's reading, as it is kept with what was read."""
        return {column: one.kind for column, one in self.profile.items()}

    def facts_profile(self) -> FactsProfile:
        """Return what the facts file beside these rows is read with."""
        self.settle()
        return FactsProfile(
            self.kinds(),
            kept_of_facts(self._kept),
            self.reading.confirmed,
            as_written=self.table.timezone is not None,
        )

    def __iter__(self) -> Iterator[Draft]:
        self.settle()
        for row in self._rows or ():
            self.read += 1
            if self._progress is not None and self.read % PROGRESS_ROWS == 0:
                self._progress(*self.table.progress())
            texts = {} if row.fault else self.plan.texts(row.cells)
            case_id = texts.get("case_id", "")
            try:
                moment = self._check(row, texts)
            except RowRefusedError as no:
                value = texts.get(no.field, "")
                file = row.file or self.table.name
                own = case_id or ("" if texts else self._id_in(row.cells))
                reject = Reject(file, row.number, no.field, value, no.reason, False, own, True)
                self.rejects.append(reject)
                continue
            if row.errors:
                self._refuse_errors(row, case_id)
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
        held = deque(islice(rows, PROFILED_ROWS))
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
        return chain(_emptied(held), rows)

    def _check(self, row: Row, texts: dict[str, str]) -> TimeReading:
        """Return when the case of a row was reported, or raise `RowRefusedError`."""
        if row.fault:
            raise RowRefusedError("", row.fault)
        case_id, reported = texts.get("case_id", ""), texts.get("reported_at", "")
        if row.errors:
            for name, own in (("case_id", case_id), ("reported_at", reported)):
                if not own and (text := self._error_in(row, name)):
                    raise RowRefusedError(name, why_refused(text))
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
            raise RowRefusedError("case_id", f"row {first} has the same case_id; this row {alike}")
        return moment

    @cached_property
    def _ours(self) -> dict[int, str]:
        """Return the column of ours that each place of a row fills; else its own name."""
        ours: dict[int, str] = {}
        for name, source in self.plan.sources.items():
            for place in source.all_places():
                ours.setdefault(place, name)
        kept = self.plan.extras | self.plan.traits
        return {place: name for name, place in kept.items()} | ours

    def _error_in(self, row: Row, column: str) -> str:
        """Return the spreadsheet's error in a cell of this column, "" where there is none."""
        texts = (text for place, text in row.errors.items() if self._ours.get(place) == column)
        return next(texts, "")

    def _refuse_errors(self, row: Row, case_id: str) -> None:
        """Keep that cells of a row that is taken show errors, and are blank for that reason."""
        for place, text in row.errors.items():
            if name := self._ours.get(place):
                file, reason = row.file or self.table.name, why_refused(text)
                value = "" if text == UNSAVED else text
                self.rejects.append(Reject(file, row.number, name, value, reason, True, case_id))

    def _id_in(self, cells: list[str]) -> str:
        """Return the id that a row of a wrong length seems to have, so that it can be asked for."""
        try:
            return self.plan.texts(cells).get("case_id", "")
        except IndexError:
            return ""


def _emptied(rows: deque[Row]) -> Iterator[Row]:
    """Yield rows, each let go of as it is handed on."""
    while rows:
        yield rows.popleft()


def none_taken(name: str, read: int, first: Reject) -> InputRejected:
    """Return the refusal of a file of whose rows none can be taken; `first` is the first reject."""
    return InputRejected(
        name,
        f"none of its {read:,} rows can be taken; the first: {first.reason.rstrip('.')}",
        "Correct the file, or say with --mapping how to read it",
        row=first.row,
        field=first.field or None,
    )


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Write rejects as CSV in UTF-8, in the order given; `kept` is yes where the row was kept."""
    with output_csv(path) as file:
        writer = csv.writer(file)  # CRLF, so that a lone CR in a cell is quoted too
        writer.writerow(COLUMNS)
        for reject in rejects:
            texts = map(safe_cell, (reject.field, reject.value, reject.reason))
            kept = "yes" if reject.kept else "no"
            writer.writerow((safe_cell(reject.file), reject.row, *texts, kept))
