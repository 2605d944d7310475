"""A case file as plain columns for an audit, with the effort and workload recorded beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from clew.intake.cases.cleaning import missing_cause
from clew.intake.cases.column_plan import wanted_columns
from clew.intake.cases.contract import column_key, is_trait
from clew.intake.cases.mapping import ColumnMapping, load_mapping
from clew.intake.cases.times import TimeReader, TimeReading
from clew.intake.inputs.audit_facts import apply_facts
from clew.intake.read import DEFAULT_TIMEZONE
from clew.intake.tables.open import RowRefusedError, open_table, take_rows
from clew.model.case_file import Reject
from clew.model.values import Instant
from clew.oversight.equality.deaths import NO, YES, Columns, band
from clew.oversight.equality.plan import Plan

EFFORT = ("case_id", "outcome", "done")
WORKLOAD = ("unit", "day", "staff_on_duty", "open_deaths")
PER_OFFICER = "open_deaths_per_officer"


@dataclass(frozen=True, slots=True)
class AuditFiles:
    """The files of an audit; docs/reference/columns.md has the columns of each."""

    cases: Path
    plan: Path | None = None
    mapping: str | Path | None = None
    facts: Path | None = None
    effort: Path | None = None
    workload: Path | None = None


@dataclass(frozen=True, slots=True)
class AuditRows:
    """The columns of an audit, the period and the day of each row, and the rows not taken.

    A day is None where the file does not say it.
    """

    file: str
    columns: Columns
    period: Sequence[str]
    days: Sequence[date | None]
    rejects: tuple[Reject, ...]


def read_audit_rows(files: AuditFiles, plan: Plan, *, now: Instant) -> AuditRows:
    """Return a case file's columns, by its own names and by the contract's where it is mapped.

    `now`: the instant of reading; a report more than a day later has no period.

    Raises
    ------
    InputRejected
        If a file cannot be read as a table or lacks a column.
    """
    known = load_mapping(files.mapping)
    name, timezone, cells, rows, rejects = _read_cells(files.cases, known)
    times = TimeReader(known.timezone or timezone or DEFAULT_TIMEZONE, now, known.date_formats)
    reports = _reports(cells, plan.when, times, rows)
    if files.facts is not None:
        early = {*plan.x, *plan.disputed, *plan.where, plan.unit}
        rejects += apply_facts(cells, files.facts, times, reports, early)
    named = frozenset((plan.focal, plan.reference))
    for column in {plan.group, plan.unit, *plan.x, *plan.disputed} & cells.keys():
        cells[column] = [_without_filler(cell, named) for cell in cells[column]]
    for column, tops in plan.bands.items():
        if column in cells:
            cells[column] = band(cells[column], tops)
    if files.effort is not None:
        rejects += _add_effort(cells, files.effort, plan, times, reports)
    days = [
        None if one is None else datetime.fromtimestamp(one.start, times.zone).date()
        for one in reports
    ]
    if files.workload is not None:
        rejects += _add_workload(cells, plan, files.workload, days)
    periods = _periods(cells, plan.when, days)
    return AuditRows(name, Columns(cells, rows), periods, days, tuple(rejects))


def read_columns(path: Path, mapping: str | Path | None = None) -> Columns:
    """Return a case file's columns as they are, for a draft of a plan.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table.
    """
    _, _, cells, rows, _ = _read_cells(path, load_mapping(mapping))
    for name in filter(is_trait, list(cells)):
        cells[name] = [_without_filler(cell, frozenset()) for cell in cells[name]]
    return Columns(cells, rows)


def _read_cells(
    path: Path, known: ColumnMapping
) -> tuple[str, str | None, dict[str, Sequence[str]], int, list[Reject]]:
    table = open_table(path, wanted_columns(known))
    names = list(table.header)
    rows: list[list[str]] = []
    rejects: list[Reject] = []
    for row in table.rows():
        if row.fault:
            rejects.append(Reject(path.name, row.number, "", "", row.fault, kept=False))
        else:
            rows.append(row.cells)
    cells: dict[str, Sequence[str]] = {
        name: [row[place] for row in rows] for place, name in enumerate(names)
    }
    by_key = {column_key(name): name for name in names}
    for ours, theirs in known.columns.items():
        for name in theirs:
            if ours not in cells and column_key(name) in by_key:
                cells[ours] = cells[by_key[column_key(name)]]
    return path.name, table.timezone, cells, len(rows), rejects


def _without_filler(cell: str, named: frozenset[str]) -> str:
    """Return a cell, empty where it fills a gap: "unknown", "N/K" and the like.

    What the plan names as a group is one.
    """
    text = cell.strip()
    return "" if text and text not in named and missing_cause(text) is not None else text


def _reports(
    cells: Mapping[str, Sequence[str]], when: Sequence[str], times: TimeReader, rows: int
) -> list[TimeReading | None]:
    """Return the time of each row's report, None where one column does not say it."""
    if len(when) != 1 or when[0] not in cells:
        return [None] * rows

    def report(cell: str) -> TimeReading | None:
        try:
            return times.read(cell.strip(), when[0]) if cell.strip() else None
        except ValueError:
            return None

    return [report(cell) for cell in cells[when[0]]]


def _periods(
    cells: Mapping[str, Sequence[str]], when: Sequence[str], days: Sequence[date | None]
) -> list[str]:
    """Return the week of each row's report, or its year and month where columns say only these."""
    if len(when) > 1 and all(name in cells for name in when):
        return ["-".join(parts) for parts in zip(*(cells[name] for name in when), strict=True)]
    return ["" if day is None else "{}-W{:02}".format(*day.isocalendar()) for day in days]


def _add_effort(
    cells: dict[str, Sequence[str]],
    path: Path,
    plan: Plan,
    times: TimeReader,
    reports: Sequence[TimeReading | None],
) -> list[Reject]:
    """Add a column for each outcome of an effort file; what is not applicable is not known.

    For an outcome that the plan compares by hours, what was done has the hours from the report to
    `at`; without a readable `at` it is not known.
    """
    places = {case: row for row, case in enumerate(cells.get("case_id", ()))}
    planned = (*plan.outcomes, *plan.controls)
    by_hours = {
        one.column for one in planned if one.form == "time_to" or one.within_hours is not None
    }
    found: dict[str, list[str]] = {}
    seen: set[tuple[str, int]] = set()

    def take(row: dict[str, str]) -> None:
        done, case = row["done"].strip().casefold(), row["case_id"].strip()
        if done not in {*YES, *NO, "not_applicable"}:
            raise RowRefusedError("done", "not yes, no or not_applicable")
        if case not in places:
            raise RowRefusedError("case_id", "no record of the case file has this number")
        said = row["outcome"].strip(), places[case]
        if said in seen:
            raise RowRefusedError("outcome", "an earlier row says this outcome of the record")
        value = "" if done == "not_applicable" else done
        if said[0] in by_hours and done in YES:
            value = hours(row.get("at", "").strip(), reports[said[1]])
        seen.add(said)
        column = found.setdefault(said[0], [""] * len(reports))
        column[said[1]] = value

    def hours(at: str, report: TimeReading | None) -> str:
        if not at or report is None:
            return ""
        try:
            later = times.read(at, "at").start - report.start
        except ValueError:
            raise RowRefusedError("at", "not a time such as 2026-01-31T14:05") from None
        if later < 0:
            raise RowRefusedError("at", "before the report of the record")
        return repr(later / 3_600)

    rejects = take_rows(path, EFFORT, take, "Give case_id, outcome, done, at, source")
    cells.update(found)
    return list(rejects)


def _add_workload(
    cells: dict[str, Sequence[str]], plan: Plan, path: Path, days: Sequence[date | None]
) -> list[Reject]:
    """Add how many open deaths each officer on duty had on the day before the report."""
    loads: dict[tuple[str, date], float] = {}

    def take(row: dict[str, str]) -> None:
        try:
            day = date.fromisoformat(row["day"].strip())
        except ValueError:
            raise RowRefusedError("day", "not a day such as 2026-01-31") from None
        try:
            staff, deaths = float(row["staff_on_duty"]), float(row["open_deaths"])
        except ValueError:
            raise RowRefusedError("staff_on_duty", "staff and open deaths are numbers") from None
        if not staff > 0 or not deaths >= 0:
            raise RowRefusedError("staff_on_duty", "staff is not above 0, or open deaths below 0")
        loads[row["unit"].strip(), day] = deaths / staff

    rejects = take_rows(path, WORKLOAD, take, "Give unit, day, staff_on_duty, open_deaths")
    units = cells.get(plan.unit, [""] * len(days))
    column = []
    for unit, day in zip(units, days, strict=True):
        before = None if day is None else day - timedelta(days=1)
        load = None if before is None else loads.get((unit.strip(), before))
        column.append("" if load is None else repr(load))
    cells[PER_OFFICER] = column
    return list(rejects)
