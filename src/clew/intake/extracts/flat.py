"""A file's cases as flat texts in the contract's own columns, whatever mapping made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from clew.intake.cases.column_plan import FURTHER, SUBSTANCE_TEXT, WINDOW_TEXT, plan_columns
from clew.intake.cases.column_profile import profiled_columns
from clew.intake.cases.contract import TIME_COLUMNS
from clew.intake.cases.draft import Draft, Reading, Warnings
from clew.intake.cases.mapping import ColumnMapping
from clew.intake.cases.row_parsers import PARSERS, run_parsers
from clew.intake.cases.rows import CaseRows
from clew.intake.cases.time_text import read_iso
from clew.intake.cases.times import TimeReader
from clew.intake.tables.table import Table
from clew.model.case_file import Reject
from clew.model.input_account import InputAccount, account_for
from clew.model.profile import ProfiledColumn
from clew.model.values import HOUR, Instant

_PSEUDO = {FURTHER, SUBSTANCE_TEXT, WINDOW_TEXT}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class FlatFile:
    """The cases of one file: drafts whose texts are in columns that need no mapping.

    `columns` are those that the file can fill, plain ones too: a column that it does not have
    says nothing about its cases. `profile` names the reading of each column that was profiled;
    `account` says what was taken of the file and what was not; `profiled` is the profile in words.
    """

    drafts: dict[str, Draft] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()
    traits: dict[str, dict[str, str]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    read: int = 0
    profile: dict[str, str] = field(default_factory=dict)
    account: InputAccount = field(default_factory=InputAccount)
    profiled: list[ProfiledColumn] = field(default_factory=list)


def flatten(
    table: Table,
    mapping: ColumnMapping,
    times: TimeReader,
    kept: Mapping[str, str] | None = None,
) -> FlatFile:
    """Return the cases of an open table as flat texts; its fields are checked, and kept as written.

    `kept` are the readings by column of earlier files of the same source, which rule.

    Raises
    ------
    InputRejected
        If the table does not have a column that every case needs.

    """
    plan, notes = plan_columns(table, mapping), Warnings()
    reading = Reading(table.name, times, notes, mapping.window, mapping.confirmed)
    rows = CaseRows(table, plan, reading, kept=kept)
    flat = FlatFile()
    order = tuple(sorted(plan.columns() & set(PARSERS)))
    for draft in rows:
        run_parsers(draft, reading, order)
        file = draft.file or table.name
        flat.rejects += [
            Reject(file, draft.row, p.field, p.value, p.reason, kept=True) for p in draft.problems
        ]
        texts = {name: text for name, text in draft.texts.items() if name not in _PSEUDO}
        for name in TIME_COLUMNS & set(texts):
            texts[name] = _iso(texts[name], name, draft.reported_at, times)
        if mapping.window is not None and (typed := draft.texts.get(WINDOW_TEXT)):
            draft.extra[mapping.window.column] = typed
            window = draft.attributes.get("window")
            if window is not None and not {"earliest", "latest"} & set(texts):
                ends = [instant_text(at, times.zone) for at in (window.earliest, window.latest)]
                first, last = (date.fromisoformat(text[:10]) for text in ends)
                whole_days = times.day(first).start, times.day(last).end
                if whole_days == (window.earliest, window.latest):
                    ends = [first.isoformat(), last.isoformat()]
                texts["earliest"], texts["latest"] = ends
        substances = draft.attributes.get("substances")
        if SUBSTANCE_TEXT in draft.texts and substances and "substances" not in texts:
            texts["substances"] = "; ".join(substances)
        for line in draft.texts.get(FURTHER, "").split("\n"):
            name, _, value = line.partition(": ")
            if value:
                draft.extra[name] = value
        reported = instant_text(draft.reported_at, times.zone)
        texts["reported_at"] = reported[: None if draft.to_the_minute else 10]
        flat.drafts[draft.case_id] = Draft(
            draft.row,
            draft.case_id,
            draft.reported_at,
            draft.to_the_minute,
            texts,
            dict(draft.extra),
            file=draft.file,
        )
    flat.rejects += rows.rejects
    flat.rejects.sort(key=lambda reject: reject.row)
    flat.traits, flat.read = rows.traits, rows.read
    flat.profile = rows.kinds()
    flat.profiled = profiled_columns(table.name, rows.profile)
    flat.account = account_for(
        table.name,
        flat.rejects,
        rows=rows.read,
        not_read=table.not_read,
        case_ids=rows.ids,
        notes=table.notes,
    )
    columns = (plan.columns() - _PSEUDO) | set(plan.extras)
    if mapping.window is not None:
        columns |= {"earliest", "latest", mapping.window.column}
    if mapping.substances_from:
        columns |= {"substances"}
    flat.columns = frozenset(columns | set(mapping.further))
    flat.warnings = [*plan.warnings, *table.warnings, *notes.lines()]
    return flat


def _iso(text: str, column: str, reported_at: Instant, times: TimeReader) -> str:
    try:
        moment = times.read(text, column, not_after=reported_at)
    except ValueError:
        return text  # what is no time is kept as written, and refused wherever it is read
    if moment.has_clock and moment.start == moment.end:
        return instant_text(moment.start, times.zone)
    if moment.has_clock:
        # An hour alone, or one that the change of clocks doubles or leaves out: as wide as it is.
        if read_iso(text) is not None:
            return text
        local = (_EPOCH + timedelta(seconds=moment.start)).astimezone(times.zone)
        whole_hour = moment.end - moment.start == HOUR - 1
        return local.strftime("%Y-%m-%dT%H" if whole_hour else "%Y-%m-%dT%H:%M:%S")
    begins = column in {"earliest", "last_seen_alive"}
    return instant_text(moment.start if begins else moment.end, times.zone)[:10]


def instant_text(instant: Instant, zone: ZoneInfo) -> str:
    """Return an instant as ISO 8601 with its offset, to the second."""
    return (_EPOCH + timedelta(seconds=instant)).astimezone(zone).isoformat()


def name_of(path: Path) -> str:
    """Return a file's or folder's name as reports give it."""
    return path.resolve().name or str(path)
