"""`clew intake`: take a file in, say what changed since the last one, or propose how to read it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from clew.cli import options as opt
from clew.cli.quality import write_quality
from clew.disclosure.csv_files import write_table
from clew.disclosure.input_words import input_json
from clew.disclosure.words import count_of
from clew.errors import UsageRejected
from clew.intake.cases.rows import write_rejects
from clew.intake.cases.times import instant_of
from clew.intake.extracts.held_files import CASES, FACTS
from clew.intake.read import DEFAULT_TIMEZONE, CaseSources, named_or_path
from clew.intake.suggest.propose import suggest_mapping
from clew.model.profile import ProfiledColumn
from clew.outputs import output_folder, write_output
from clew.workflows.intake import (
    IntakeOptions,
    IntakeOutcome,
    take_in,
    watch_once,
    write_messages,
)

SHOWN, WIDEST = 10, 80
WARNING_COLUMNS = ("file", "row", "path", "value", "reason", "remedy")
SETTLED_S = 2.0
"""Seconds for which a watched file must not have changed before it is read."""


New = Annotated[
    Path | None,
    typer.Argument(
        help=(
            "Extract with all cases as a table, or messages (FHIR, IJE, POLE, JSON) in a file or a"
            " folder."
        )
    ),
]
Previous = Annotated[
    Path | None,
    typer.Option(
        help=(
            "What to compare with: the folder of an earlier import, or the last extract itself."
            " Without it all cases are new."
        )
    ),
]
Suggest = Annotated[
    bool,
    typer.Option(
        "--suggest",
        help=(
            "Only propose a mapping for this file's headers, values and dates, each line with its"
            " reason."
        ),
    ),
]
Watch = Annotated[
    Path | None,
    typer.Option(help="Folder to watch. Each file is imported once, in order of name, into --out."),
]
Once = Annotated[
    bool, typer.Option("--once", help="With --watch: import what is there now, then stop.")
]
Every = Annotated[
    float,
    typer.Option(
        help=(
            "With --watch: seconds between checks. A file that changed in the last two seconds"
            " waits."
        )
    ),
]
RecordedAt = Annotated[
    str | None, typer.Option(help="Time at which the changes count as recorded [default: now].")
]
Again = Annotated[
    bool, typer.Option("--again", help="Import a file even if it was imported before.")
]
FhirOut = Annotated[
    Path | None, typer.Option(help="Folder for FHIR MDI messages about changed cases.")
]


@opt.writes_csv
def intake(
    new: New = None,
    previous: Previous = None,
    suggest: Suggest = False,
    watch: Watch = None,
    once: Once = False,
    every: Every = 5.0,
    recorded_at: RecordedAt = None,
    again: Again = False,
    new_profile: opt.NewProfile = False,
    fhir_out: FhirOut = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Import an extract or messages, and report what changed since the last import.

    Changed cells become facts. A row missing from the new file is reported, never deleted.
    Importing a file twice has no effect. Other commands read cases.parquet with --facts facts.csv.

    Writes cases.parquet, facts.csv, rejects.csv, warnings.csv, changes.json, intake.json,
    quality.html and quality.json of all cases imported so far, and traits.csv where there are
    sensitive traits. With --suggest it writes only a mapping, to --out: a folder or a .toml file.

    Example: clew intake monday.csv --mapping milwaukee --out held

    Example: clew intake tuesday.csv --mapping milwaukee --previous held --out held

    Example: clew intake toxicology.xml --previous held --out held --fhir-out replies

    Example: clew intake --watch inbox --out held

    Example: clew intake foreign.csv --suggest --out foreign.toml
    """
    if (new is None) == (watch is None):
        raise UsageRejected("give one file to import, or --watch with a folder", "See --help")
    at = instant_of(recorded_at, timezone or DEFAULT_TIMEZONE, "--recorded-at")
    options = IntakeOptions(named_or_path(mapping), timezone, at, again, new_profile)
    if watch is not None:
        settled = 0.0 if once else SETTLED_S
        _finish(watch_once(watch, out, options, settled), out, as_json=as_json)
        while not once:
            time.sleep(max(every, 0.1))
            _finish(watch_once(watch, out, options, settled), out, as_json=as_json)
    elif new is not None and suggest:
        _suggest(new, timezone, out, as_json=as_json)
    elif new is not None:
        outcome = take_in(new, previous, out, options)
        _finish([outcome], out, as_json=as_json)
        if fhir_out is not None:
            touched = {*outcome.changes.new, *(one.case_id for one in outcome.changes.changed)}
            written = write_messages(out, touched, fhir_out)
            if not as_json:
                opt.show(f"Written to {fhir_out}: {written:,} FHIR messages.")


def _finish(outcomes: Iterable[IntakeOutcome], out: Path, *, as_json: bool) -> None:
    """Write and print what files brought, and what the data held are like after them."""
    taken, profile = False, tuple[ProfiledColumn, ...]()
    for outcome in outcomes:
        changes = outcome.changes
        record = {
            "file": outcome.name,
            "sha256": outcome.sha256,
            "recorded_at": outcome.at,
            "imported_before": outcome.before,
            "refused": outcome.refused,
            "rows": outcome.read,
            "cases": outcome.cases,
            "new_cases": changes.new,
            "changed": [
                {"case_id": c.case_id, "field": c.field, "before": c.before, "after": c.after}
                for c in changes.changed
            ],
            "facts": len(changes.facts),
            "vanished": changes.vanished,
            "unread": changes.unread,
            "returned": changes.returned,
            "columns_gone": changes.columns_gone,
            "columns_new": changes.columns_new,
            "traits_changed": changes.traits_changed,
            "input": input_json(outcome.account),
            "rejects": [
                {"file": r.file, "row": r.row, "field": r.field, "reason": r.reason, "kept": r.kept}
                for r in outcome.rejects
            ],
            "warnings": list(outcome.warnings),
        }
        line = json.dumps(record, ensure_ascii=False)
        if not outcome.before and not outcome.refused:
            taken, profile = True, outcome.profile
            write_rejects(out / "rejects.csv", outcome.rejects)
            # What was odd about messages, each with its place; else what was odd about the file.
            warnings: list[tuple[str, ...]] = [
                (
                    one.file,
                    str(one.row),
                    one.odd.path,
                    one.odd.value,
                    one.odd.reason,
                    one.odd.remedy,
                )
                for one in outcome.odd
            ] or [(outcome.name, "", "", "", warning, "") for warning in outcome.warnings]
            write_table(out / "warnings.csv", WARNING_COLUMNS, warnings)
            write_output(out / "changes.json", line + "\n")
        if as_json:
            print(line)
        else:
            _print_outcome(outcome, out)
    if taken:
        held = replace(CaseSources(out / CASES, out / FACTS).read(), profile=profile)
        quality = write_quality(held, out)
        if not as_json:
            kinds = count_of(len(quality.impossible), "kind", "kinds")
            pairs = count_of(len(quality.doubles), "pair", "pairs")
            opt.show(
                f"In all data so far: {kinds} of impossible or unreadable value; {pairs} that may"
                " be one death reported twice. See quality.html."
            )


def _print_outcome(outcome: IntakeOutcome, out: Path) -> None:
    """Print what one file brought."""
    if outcome.refused:
        opt.show(f"Refused: {outcome.refused}")
        return
    if outcome.before:
        when = f" at {outcome.before}" if outcome.before != "-" else ""
        opt.show(
            f"{outcome.name}: already imported{when} (identical file); nothing changed."
            " Use --again to import it as a new extract."
        )
        return
    for warning in outcome.warnings:
        opt.show(f"note: {warning}")
    changes = outcome.changes
    cases = {change.case_id for change in changes.changed}
    opt.show_input(outcome.account)
    cells = count_of(len(changes.changed), "changed cell", "changed cells")
    opt.show(
        f"{outcome.name}: {count_of(outcome.read, 'row', 'rows')};"
        f" {count_of(len(changes.new), 'new case', 'new cases')},"
        f" {cells} in {count_of(len(cases), 'case', 'cases')},"
        f" {count_of(len(changes.facts), 'fact', 'facts')} recorded at {outcome.at}."
    )
    for change in changes.changed[:SHOWN]:
        before, after = (_short(text) for text in (change.before, change.after))
        opt.show(f"  {change.case_id}, {change.field}: {before} -> {after}")
    _print_more(changes.changed, "changes.json lists all")
    for what, names in (
        ("Missing from this file, but kept", changes.vanished),
        ("Row could not be read this time, earlier values kept", changes.unread),
        ("Back in this file", changes.returned),
        ("Columns missing from this file, earlier values kept", changes.columns_gone),
        ("New columns", changes.columns_new),
    ):
        if names:
            more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
            opt.show(f"{what} ({len(names):,}): {', '.join(names[:SHOWN])}{more}.")
    if changes.traits_changed:
        traits = count_of(changes.traits_changed, "case", "cases")
        opt.show(f"Sensitive traits of {traits} changed. They are kept apart in traits.csv.")
    opt.show(f"{out} now has {count_of(outcome.cases, 'case', 'cases')}. Nothing was deleted.")


def _short(text: str) -> str:
    return f"{text[:WIDEST]} ..." if len(text) > WIDEST else text or "(blank)"


def _print_more(rows: Sequence[object], where: str) -> None:
    if len(rows) > SHOWN:
        opt.show(f"  ... and {len(rows) - SHOWN:,} more; {where}.")


_HEADS = {
    "column": "Columns",
    "date_format": "How times are written",
    "substances_from": "Also read for substances",
    "grid": "Points on a national grid",
    "value": "Values",
    "trait": "Sensitive traits, kept apart",
    "drop": "Left out",
    "plain": "Kept, but not compared",
}


def _suggest(new: Path, timezone: str | None, out: Path, *, as_json: bool) -> None:
    """Write a proposed mapping, and print every line of it with its reason."""
    suggestion = suggest_mapping(new, timezone)
    target = out if out.suffix == ".toml" else out / "mapping.toml"
    with output_folder(target.parent):
        write_output(target, suggestion.toml())
    if as_json:
        names = ("kind", "theirs", "ours", "extra", "why")
        listed = [{name: getattr(line, name) for name in names} for line in suggestion.lines]
        record = {
            "file": suggestion.file,
            "rows": suggestion.rows,
            "written": str(target),
            "lines": [line | {"extra": line["extra"].replace("\x1f", " -> ")} for line in listed],
            "to_settle": suggestion.lacking,
            "tried": suggestion.tried,
        }
        print(json.dumps(record, ensure_ascii=False))
        return
    opt.show(f"Proposed mapping for {suggestion.file}, from {suggestion.rows:,} rows.")
    for kind, head in _HEADS.items():
        lines = suggestion.lines_of(kind)
        if lines:
            opt.show(f"\n{head}:")
        for line in lines:
            what, ours = line.theirs, ""
            if kind == "value":
                what, ours = line.extra.replace("\x1f", " -> "), f" ({line.ours})"
            elif kind == "date_format":
                what = f"{line.theirs}, {line.extra}"
            elif line.ours and kind in {"column", "trait"}:
                ours = f" -> {line.ours}"
            opt.show(f"  {what}{ours}: {line.why}")
    opt.show("")
    for question in suggestion.lacking:
        opt.show(f"Please decide: {question}.")
    for trial in suggestion.tried:
        opt.show(trial)
    opt.show(f"Written to {target}. Read every line, then use --mapping {target}")
