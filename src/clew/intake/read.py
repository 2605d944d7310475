"""Read a case file with its facts and coverage: the one door through which tables come in."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clew.errors import InputRejected, UsageRejected
from clew.intake.cases.column_plan import plan_columns, wanted_columns
from clew.intake.cases.column_profile import profiled_columns
from clew.intake.cases.contract import header_key
from clew.intake.cases.countries import note_abroad
from clew.intake.cases.draft import Draft, Reading, Warnings
from clew.intake.cases.facts import read_facts
from clew.intake.cases.history import By, build_histories
from clew.intake.cases.mapping import ColumnMapping, load_mapping
from clew.intake.cases.rows import CaseRows, none_taken
from clew.intake.cases.times import TimeReader
from clew.intake.inputs.baselines import read_coverage
from clew.intake.messages.late_messages import with_late
from clew.intake.messages.table import say_odd
from clew.intake.tables.open import open_table
from clew.model.case_file import CaseFile, CaseHistory, Reject
from clew.model.input_account import InputAccount, RefusedRow, account_for
from clew.model.values import Instant
from clew.store.manifest import is_store
from clew.store.opened import Store

DEFAULT_TIMEZONE = "Europe/London"


Source = CaseFile | str | Path
"""A case file that was read, or where to read it."""


@dataclass(frozen=True, slots=True)
class CaseSources:
    """The files that make a case file, and how to read them.

    Parameters
    ----------
    mapping
        A ready mapping's name, or the path of one in TOML; None: the headers are the contract's.
    timezone
        Zone of naive times; None: the mapping's, or else Europe/London.
    progress
        Called now and then with how much has been read and how much there is, in one unit.
    by
        Which time of a fact counts (`recorded_at` is the rule).
    now
        Instant of reading, beyond which a time is in the future; None: the clock's.
    profile
        Readings by column under which earlier files of the same source were read; they rule.
    profiles
        The same for several sources, by `header_key`: a file is of the source with its header.

    """

    path: Path
    facts: Path | None = None
    coverage: Path | None = None
    mapping: str | Path | None = None
    timezone: str | None = None
    progress: Callable[[int, int], None] | None = None
    by: By = "recorded_at"
    now: Instant | None = None
    profile: Mapping[str, str] | None = None
    profiles: Mapping[str, Mapping[str, str]] | None = None

    def open(self) -> tuple[CaseRows, ColumnMapping]:
        """Return the rows of the case file, not read yet, and the mapping that reads them."""
        mapping = load_mapping(self.mapping)
        table = open_table(Path(self.path), wanted_columns(mapping))
        zone = self.timezone or mapping.timezone or table.timezone or DEFAULT_TIMEZONE
        now = int(time.time()) if self.now is None else self.now
        times = TimeReader(zone, now, mapping.date_formats)
        plan = plan_columns(table, mapping)
        reading = Reading(table.name, times, Warnings(), mapping.window, mapping.confirmed)
        kept = self.profile
        if kept is None and self.profiles:
            kept = self.profiles.get(header_key(table.header))
        return CaseRows(table, plan, reading, self.progress, kept), mapping

    def read(self) -> CaseFile:
        """Return the case file; see `read_case_file`."""
        rows, mapping = self.open()
        table, plan, reading = rows.table, rows.plan, rows.reading
        coverage, unsearched = read_coverage(Path(self.coverage)) if self.coverage else ((), ())
        # Many cases are made and no cycles among them; Python's search for these costs 30 %.
        was_on = gc.isenabled()
        gc.disable()
        try:
            facts = None
            if self.facts:
                facts = read_facts(
                    Path(self.facts), reading.times, reading.notes, rows.facts_profile()
                )
            drafts: Iterable[Draft] = rows
            if table.late or (facts is not None and facts.late):
                drafts = list(rows)
                facts = with_late(facts, table, drafts, reading.times)
            histories = build_histories(drafts, plan.columns(), reading, facts, self.by)
        finally:
            if was_on:
                gc.enable()
        check_any(rows)
        of_facts = [] if facts is None else facts.rejects
        refused = account_for(table.name, rows.rejects, case_ids=rows.ids).ids
        rejects = name_refused(refused, [*rows.rejects, *histories.rejects, *of_facts])
        # Those of the case file by row come first, then those of the facts file.
        rejects.sort(key=lambda reject: (reject.file != table.name, reject.row))
        traits = rows.traits
        for case_id, stated in histories.traits.items():
            both = traits.get(case_id, {}) | stated
            traits[case_id] = {name: value for name, value in both.items() if value}
        return CaseFile(
            name=table.name,
            histories=tuple(histories.built),
            rejects=(*rejects, *unsearched),
            account=account_of(rows, (*rejects, *unsearched)),
            coverage=coverage,
            warnings=(
                *plan.warnings,
                *table.warnings,
                *say_odd(table),
                *reading.notes.lines(),
                *_abroad(histories.built, mapping, reading.times.timezone),
            ),
            traits=traits or None,
            timezone=reading.times.timezone,
            crime=mapping.crime,
            profile=(
                *profiled_columns(table.name, rows.profile),
                *(() if facts is None else profiled_columns(facts.name, facts.profile)),
            ),
        )


def _abroad(histories: Iterable[CaseHistory], mapping: ColumnMapping, zone: str) -> tuple[str, ...]:
    """Return a warning where most points lie outside the zone's country, not of planar ones."""
    if mapping.planar is not None:
        return ()
    points = [p for h in histories if (p := h.versions[-1][1].point) is not None]
    note = note_abroad(points, zone)
    return (note,) if note else ()


def read_case_file(
    path: Path,
    *,
    facts: Path | None = None,
    coverage: Path | None = None,
    mapping: str | Path | None = None,
    timezone: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CaseFile:
    """Return a case file (CSV, CSV.GZ, XLSX or Parquet) with histories, rejects and warnings.

    The arguments are those of `CaseSources`, which has two more.

    Raises
    ------
    InputRejected
        If a file as a whole cannot be taken; single rows and fields are rejected within it.
    UsageRejected
        If the mapping or the time zone is not known.

    """
    return CaseSources(path, facts, coverage, mapping, timezone, progress).read()


def read_cases(
    cases: str | Path,
    *,
    facts: str | Path | None = None,
    coverage: str | Path | None = None,
    mapping: str | Path | None = None,
    timezone: str | None = None,
) -> CaseFile:
    """Return a case file with every fact as it became known, and the reason for each reject.

    Parameters
    ----------
    cases
        A table (CSV, CSV.GZ, XLSX, Parquet), messages or a folder of them, or a prepared store.
    facts
        What became known when. Without it every fact of a case counts as known at its report.
    coverage
        Which systems were searched, and which were not.
    mapping
        A ready mapping's name, or the path of one; None: the headers are the contract's.
    timezone
        Zone of naive times; None: the mapping's, or else Europe/London.

    Raises
    ------
    InputRejected
        If a file as a whole cannot be read; single rows and fields are rejected within it.
    UsageRejected
        If the mapping or zone is unknown, or facts, mapping or zone are given beside a store.
    """
    if (store := open_store(cases, facts=facts, mapping=mapping, timezone=timezone)) is not None:
        rows, rejects = read_coverage(Path(coverage)) if coverage else ((), ())
        return with_rejects(replace(store.case_file(rows), rejects=rejects), rejects)
    return CaseSources(
        Path(cases),
        Path(facts) if facts else None,
        Path(coverage) if coverage else None,
        named_or_path(mapping),
        timezone,
    ).read()


def open_store(
    cases: str | Path,
    *,
    facts: str | Path | None = None,
    mapping: str | Path | None = None,
    timezone: str | None = None,
) -> Store | None:
    """Return the open store where the cases are one.

    Raises
    ------
    UsageRejected
        If facts, a mapping or another time zone are given beside it.
    """
    path = Path(cases)
    if not is_store(path):
        return None
    store = Store(path)
    zone = store.manifest.timezone
    if facts or mapping or timezone not in {None, zone}:
        raise UsageRejected(
            f"{path.name} is a store: facts, mapping and time zone are in it ({zone})",
            "Add facts with clew store add, and leave these options out here",
        )
    return store


def case_file_of(cases: Source) -> CaseFile:
    """Return the case file, read where a path is given."""
    return cases if isinstance(cases, CaseFile) else read_cases(cases)


def named_or_path(mapping: str | Path | None) -> str | Path | None:
    """Return a path where the mapping is a file, else its name."""
    if mapping is not None and Path(mapping).is_file():
        return Path(mapping)
    return mapping


def account_of(rows: CaseRows, rejects: Iterable[Reject]) -> InputAccount:
    """Return the account of the files that were read: what was taken, and what was not."""
    table = rows.table
    account = account_for(
        table.name,
        rejects,
        rows=rows.read,
        not_read=table.not_read,
        case_ids=rows.ids,
        notes=table.notes,
    )
    if table.before is None:
        return account
    # An import made this file: what was refused then is missing from it as well.
    # The fields that it refused are in this file as they were written, and refused again.
    return replace(table.before.of_rows(), file=table.name, earlier=True).with_rejects(rejects)


def with_rejects(case_file: CaseFile, rejects: Sequence[Reject]) -> CaseFile:
    """Return a case file whose account counts what was refused of a further file, too."""
    if not rejects:
        return case_file
    return replace(case_file, account=case_file.account.with_rejects(rejects))


def name_refused(refused: Mapping[str, RefusedRow], rejects: Iterable[Reject]) -> list[Reject]:
    """Return rejects in which what is about a refused case says so, and why it was refused.

    A fact or judgement about a case whose row was refused is not about an unknown case.
    """
    return [
        replace(one, reason=f"its case was refused: row {why.row}, {why.reason}")
        if not one.of_case_file
        and one.field in {"case_id", "case_a", "case_b"}
        and (why := refused.get(one.value))
        else one
        for one in rejects
    ]


def check_any(rows: CaseRows) -> None:
    """Refuse a file of which no row can be taken."""
    if rows.taken:
        return
    name = rows.table.name
    if rows.table.late:
        raise InputRejected(
            name,
            f"it has {len(rows.table.late):,} late facts, but no case",
            "Give it as --facts beside the cases, or take it in with clew intake --previous",
        )
    if not rows.rejects:
        raise InputRejected(name, "the file has a header and no rows", "Give at least one case")
    raise none_taken(name, rows.read, rows.rejects[0])
