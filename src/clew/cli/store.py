"""`clew store`: add a day's cases and late facts to a prepared store, and check one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from clew.cli import options as opt
from clew.disclosure.input_words import input_json
from clew.disclosure.words import count_of
from clew.intake.cases.rows import write_rejects
from clew.store.opened import check_store
from clew.workflows.store import Added, add_to_store

Rejects = Annotated[
    Path | None, typer.Option(help="CSV file for the rows and fields that could not be read.")
]

app = typer.Typer(
    help="Keep a prepared store, to which cases and late facts are only ever added.",
    rich_markup_mode=None,
)


@app.command("add")
@opt.writes_csv
@opt.takes_sources("facts", "mapping", "timezone", cases=opt.CaseTable)
def store_add(
    store: opt.StoreFolder,
    sources: opt.Sources,
    rejects: Rejects = None,
    new_profile: opt.NewProfile = False,
    as_json: opt.Json = False,
) -> None:
    """Add cases and late facts to a prepared store, or start one.

    Adding a file twice has no effect. Facts can be about cases that are already in the store. The
    mapping and the time zone must be the same each time. Once the command has printed what it
    added, the data is on the disk.

    Writes into the folder of the store.

    Example: clew store add force-store monday.csv --facts monday-facts.csv
    """
    added = add_to_store(store, sources.files(), new_profile=new_profile)
    if rejects is not None:
        write_rejects(rejects, added.rejects)
    if as_json:
        record = {
            "new_cases": added.new_cases,
            "new_facts": added.new_facts,
            "already_there": added.known,
            "changed_cases": added.changed,
            "cases": added.cases,
            "rejects": [
                {"file": r.file, "row": r.row, "field": r.field, "reason": r.reason}
                for r in added.rejects
            ],
            "input": input_json(added.account),
            "warnings": list(added.warnings),
        }
        print(json.dumps(record, indent=1))
    else:
        _print(added, store, listed=rejects is not None)


def _print(added: Added, store: Path, *, listed: bool) -> None:
    for warning in added.warnings:
        opt.show(f"note: {warning}")
    opt.show_input(added.account, listed=listed)
    opt.show(
        f"Added to {store.name}: {count_of(added.new_cases, 'case', 'cases')} and"
        f" {count_of(added.new_facts, 'fact', 'facts')}. Already there: {added.known:,}."
    )
    if added.changed:
        cases = count_of(added.changed, "earlier case", "earlier cases")
        opt.show(f"Late facts changed {cases}.")
    opt.show(f"The store now has {count_of(added.cases, 'case', 'cases')}.")


@app.command("check")
def store_check(store: opt.StoreFolder, as_json: opt.Json = False) -> None:
    """Read a whole prepared store, and compare every file with its checksum.

    Exit status 2 if a file has changed since it was written.

    Writes no file.

    Example: clew store check force-store
    """
    checked = check_store(store)
    if as_json:
        print(json.dumps(checked._asdict(), indent=1))
        return
    opt.show(
        f"{store.name}: complete. {checked.cases:,} cases in {checked.versions:,} valid"
        f" versions, {checked.segments:,} segments, {checked.bytes:,} bytes."
    )
    if checked.left_over:
        opt.show(
            f"{count_of(checked.left_over, 'file', 'files')} left by an interrupted addition. They"
            " are not part of the store. The next addition deletes them."
        )
