"""`intake`: an extract or messages against what is held, once each, and nothing lost."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from clew.digests import file_digest
from clew.errors import ClewError, InputRejected, UsageRejected
from clew.intake.cases.column_plan import wanted_columns
from clew.intake.cases.mapping import ColumnMapping, load_mapping
from clew.intake.cases.rows import none_taken
from clew.intake.cases.times import TimeReader
from clew.intake.extracts.compare import (
    Changes,
    Import,
    compare_extract,
    compare_messages,
    current_texts,
)
from clew.intake.extracts.flat import FlatFile, flatten, instant_text, name_of
from clew.intake.extracts.held import HeldExtract
from clew.intake.extracts.held_files import (
    CASES,
    FACTS,
    STATE,
    TRAITS,
    Imported,
    State,
    is_held,
    read_held,
    read_state,
    text_files,
    write_cases,
)
from clew.intake.messages.table import say_odd
from clew.intake.messages.write_mdi import document, json_text, toxicology_messages
from clew.intake.read import DEFAULT_TIMEZONE
from clew.intake.tables.open import open_table
from clew.intake.tables.table import OddPlace, Table
from clew.model.case_file import Reject
from clew.model.input_account import InputAccount, account_from_json
from clew.model.profile import ProfiledColumn
from clew.model.values import LATEST, Instant
from clew.outputs import output_folder, refuse_link, write_output
from clew.store.durable import alone_in, write_durably


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How a file is taken in.

    Parameters
    ----------
    mapping, timezone
        As for all commands that read cases.
    at
        Instant at which what changed counts as recorded; None: the clock's.
    again
        True: take a file that was imported before as a new extract.
    new_profile
        True: read columns as this file shows them, where earlier files showed otherwise.

    """

    mapping: str | Path | None = None
    timezone: str | None = None
    at: Instant | None = None
    again: bool = False
    new_profile: bool = False


@dataclass(slots=True)
class IntakeOutcome:
    """What came of one file. `before`: when these very bytes were imported; "" for never."""

    name: str
    sha256: str
    at: str
    changes: Changes
    read: int = 0
    cases: int = 0
    rejects: tuple[Reject, ...] = ()
    odd: tuple[OddPlace, ...] = ()
    warnings: tuple[str, ...] = ()
    before: str = ""
    refused: str = ""
    account: InputAccount = field(default_factory=InputAccount)
    profile: tuple[ProfiledColumn, ...] = ()


def take_in(new: Path, previous: Path | None, out: Path, options: IntakeOptions) -> IntakeOutcome:
    """Take one file in, and leave what is held after it in `out`.

    Parameters
    ----------
    new
        An extract (a table of all cases), or messages: a file or a folder of them.
    previous
        What it is compared with: the folder of an earlier import, or the last extract itself;
        None: nothing is held yet.
    out
        Folder for what is held; the same as `previous` to go on in one folder.

    Raises
    ------
    InputRejected, UsageRejected
        If a file as a whole cannot be taken; what is held stays as it was.
    OSError
        If the disk is full or refuses; what is held is whole, and the same file may be taken again.

    """
    same = previous is not None and previous.resolve() == out.resolve()
    if is_held(out) and not same:
        raise UsageRejected(
            f"{out.name} has an import already",
            f"Go on with --previous {out}, or name a new --out",
        )
    refuse_link(out)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone_in(out):
        held, state = _held(previous, options)
        return _take_in(new, held, state, out, options)


def watch_once(
    folder: Path, out: Path, options: IntakeOptions, settled: float = 0.0
) -> Iterator[IntakeOutcome]:
    """Take in every file of a folder that was not taken yet, in the order of their names.

    A file is known by its name and its bytes: each is taken once, and after an interruption the
    next call goes on where this one ended. One that is refused is reported, and not tried again.
    `settled`: files that changed in the last so many seconds are left for later, for they may
    still be written.
    """
    if not folder.is_dir():
        raise InputRejected(str(folder), "there is no such folder", "Check the path")
    refuse_link(out)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in sorted(folder.iterdir()):
        name = path.name
        if not path.is_file() or name.startswith(".") or name.endswith((".part", ".tmp", "~")):
            continue
        if settled and path.stat().st_mtime > time.time() - settled:
            continue
        with alone_in(out):
            held, state = _held(out if is_held(out) else None, options)
            sha256 = file_digest(path)
            if state.had(sha256, name) is not None:
                continue
            try:
                yield _take_in(path, held, state, out, options)
            except ClewError as refused:
                at = _now(options, state.timezone)
                state.imports.append(Imported(name, sha256, at, refused=refused.line()))
                held, _ = _held(out if is_held(out) else None, options)
                _write(out, held, state)
                yield IntakeOutcome(name, sha256, at, Changes(), refused=refused.line())


def _held(previous: Path | None, options: IntakeOptions) -> tuple[HeldExtract, State]:
    """Return what is held, and its state; of an extract given as a file, that extract's cases."""
    mapping = load_mapping(options.mapping)
    if previous is not None and is_held(previous):
        state = read_state(previous)
        if options.timezone not in {None, state.timezone}:
            raise UsageRejected(
                f"{previous.name} was begun with time zone {state.timezone}",
                "Leave --timezone out, or start again in another folder",
            )
        return read_held(previous, state, _times(state.timezone, options, ColumnMapping())), state
    zone = options.timezone or mapping.timezone or DEFAULT_TIMEZONE
    if previous is None:
        return HeldExtract(zone=TimeReader(zone, 0).zone), State(zone)
    table = open_table(previous, wanted_columns(mapping))
    zone = options.timezone or mapping.timezone or table.timezone or DEFAULT_TIMEZONE
    times = _times(zone, options, mapping)
    flat = flatten(table, mapping, times)
    held = HeldExtract(zone=times.zone)
    name, sha256 = name_of(previous), _sum(previous)
    _compare(held, table, flat, Import(name, sha256, "", times))
    imports = [Imported(name, sha256, "", new=len(held.cases))]
    return held, State(zone, imports=imports, profile=flat.profile)


def _compare(held: HeldExtract, table: Table, flat: FlatFile, source: Import) -> Changes:
    if table.partial:
        return compare_messages(held, table, flat, source)
    changes = compare_extract(held, flat, source)
    if table.late:  # without its cases, only what came late is left to compare
        more = compare_messages(held, table, replace(flat, drafts={}), source)
        changes.facts += more.facts
        changes.changed += more.changed
        changes.rejects += more.rejects
    return changes


def _take_in(
    new: Path, held: HeldExtract, state: State, out: Path, options: IntakeOptions
) -> IntakeOutcome:
    mapping = load_mapping(options.mapping)
    sha256, at = _sum(new), _now(options, state.timezone)
    name = name_of(new)
    earlier = state.had(sha256, name)
    if earlier is not None and not options.again:
        if not is_held(out):
            _write(out, held, state)
        return IntakeOutcome(
            name, sha256, at, Changes(), cases=len(held.cases), before=earlier.at or "-"
        )
    table = open_table(new, wanted_columns(mapping))
    times = _times(state.timezone, options, mapping)
    flat = flatten(table, mapping, times, {} if options.new_profile else state.profile)
    if flat.read and not flat.drafts and not table.late:
        raise none_taken(name, flat.read, flat.rejects[0])
    state.profile |= flat.profile
    changes = _compare(held, table, flat, Import(name, sha256, at, times))
    account = flat.account.with_rejects(changes.rejects)
    before = account_from_json(state.account) if state.account and table.partial else None
    state.account = (account if before is None else before.joined(account)).to_json()
    rejects = (*flat.rejects, *changes.rejects)
    if not held.cases and not changes.new:
        why = "it has no case"
        if rejects:
            first = rejects[0].reason.rstrip(".")
            why = f"none of its rows can be taken; the first: {first}"
        raise InputRejected(name, why, "Give a file with cases first")
    state.imports.append(
        Imported(
            name, sha256, at, len(changes.new), len({c.case_id for c in changes.changed}),
            len(changes.facts), len(changes.vanished), len(rejects),
        )
    )  # fmt: skip
    _write(out, held, state)
    return IntakeOutcome(
        name, sha256, at, changes, flat.read, len(held.cases), rejects, tuple(table.odd),
        (*flat.warnings, *say_odd(table)), account=account, profile=tuple(flat.profiled),
    )  # fmt: skip


def _write(out: Path, held: HeldExtract, state: State) -> None:
    """Write what is held, each file whole or not at all, and its state last.

    An interruption in between loses nothing: the same file, taken again, finds its facts there.
    """
    state.gone, state.columns = sorted(held.gone), sorted(held.columns)
    texts = text_files(held, state)
    write_durably(out / FACTS, lambda file: file.write(texts[FACTS]))
    if TRAITS in texts:
        write_durably(out / TRAITS, lambda file: file.write(texts[TRAITS]))
        (out / TRAITS).chmod(0o600)
    write_durably(out / CASES, lambda file: write_cases(held, state.timezone, file, state.account))
    write_durably(out / STATE, lambda file: file.write(texts[STATE]))


def _times(zone: str, options: IntakeOptions, mapping: ColumnMapping) -> TimeReader:
    now = max(int(time.time()), options.at or 0)
    return TimeReader(zone, now, mapping.date_formats)


def _now(options: IntakeOptions, zone: str) -> str:
    at = int(time.time()) if options.at is None else options.at
    return instant_text(at, TimeReader(zone, at).zone)


def _sum(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and sums of a folder's files."""
    if not path.is_dir():
        return file_digest(path) if path.is_file() else ""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(path)} {file_digest(file)}\n".encode())
    return digest.hexdigest()


def write_messages(held_in: Path, case_ids: Collection[str], folder: Path) -> int:
    """Write the FHIR MDI messages of some cases, as they are after all facts; return how many.

    Each case gives a document to the registry, and a message for every toxicology report that it
    keeps. Files are named for the case and the report; the same case gives the same bytes.
    """
    state = read_state(held_in)
    # What is held was checked when it came in, against the day on which it came.
    held = read_held(held_in, state, TimeReader(state.timezone, LATEST))
    written = 0
    with output_folder(folder):
        for case_id in sorted(set(case_ids) & set(held.cases)):
            texts = current_texts(held, case_id)
            stem = case_id
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}", case_id):
                # What a file system might obey becomes a sum of the id.
                plain = re.sub(r"[^A-Za-z0-9]+", "-", case_id)[:40].strip("-")
                stem = f"{plain}-{hashlib.sha256(case_id.encode()).hexdigest()[:10]}".strip("-")
            bundles = {f"mdi-{stem}.json": document(texts)}
            for number, message in enumerate(toxicology_messages(texts), start=1):
                bundles[f"tox-{stem}-{number}.json"] = message
            for name, bundle in bundles.items():
                write_output(folder / name, json_text(bundle))
            written += len(bundles)
    return written
