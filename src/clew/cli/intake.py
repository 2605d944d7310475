"""`clew intake`: take a file in, say what changed since the last one, or propose how to read it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

from clew.cli import options as opt
from clew.model.cells import safe_cell

if TYPE_CHECKING:
    from clew.workflows.intake import IntakeOutcome
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from clew.errors import UsageRejected
from clew.intake.cases.rows import write_rejects
from clew.intake.read import DEFAULT_TIMEZONE

if TYPE_CHECKING:
    from clew.workflows.intake import IntakeOptions, IntakeOutcome
from clew.intake.suggest.suggestion import Suggestion

# What an import brought, in words and for machines.


SHOWN, WIDEST = 10, 80
WARNING_COLUMNS = ("file", "row", "path", "value", "reason", "remedy")


def write_warnings(path: Path, outcome: IntakeOutcome) -> None:
    """Write what was odd about messages, each with its place, and what was odd about the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(WARNING_COLUMNS)
        for one in outcome.odd:
            odd = one.odd
            told = (odd.path, odd.value, odd.reason, odd.remedy)
            writer.writerow((safe_cell(one.file), one.row, *map(safe_cell, told)))
        if not outcome.odd:
            for warning in outcome.warnings:
                writer.writerow((safe_cell(outcome.name), "", "", "", safe_cell(warning), ""))


def print_outcome(outcome: IntakeOutcome, out: Path) -> None:
    """Print what one file brought."""
    if outcome.refused:
        opt.show(f"Refused: {outcome.refused}")
        return
    if outcome.before:
        when = f" on {outcome.before}" if outcome.before != "-" else ""
        opt.show(
            f"{outcome.name}: these very bytes were imported{when}; nothing changed."
            " --again takes them as a new extract."
        )
        return
    for warning in outcome.warnings:
        opt.show(f"note: {warning}")
    changes = outcome.changes
    cases = {change.case_id for change in changes.changed}
    opt.show(
        f"{outcome.name}: {outcome.read:,} rows; {len(changes.new):,} new cases,"
        f" {len(changes.changed):,} changed cells of {len(cases):,} cases,"
        f" {len(changes.facts):,} facts recorded at {outcome.at}."
    )
    for change in changes.changed[:SHOWN]:
        before, after = (_short(text) for text in (change.before, change.after))
        opt.show(f"  {change.case_id}, {change.field}: {before} -> {after}")
    _more(len(changes.changed), "changes.json lists all")
    _list("Gone from this file, and kept", changes.vanished)
    _list("There again", changes.returned)
    _list("Columns that are gone; what they said stands", changes.columns_gone)
    _list("Columns that are new", changes.columns_new)
    if changes.traits_changed:
        opt.show(f"Sensitive traits changed of {changes.traits_changed:,} cases; held apart.")
    for reject in outcome.rejects[:SHOWN]:
        where = f"{reject.file}, row {reject.row}, field {reject.field or '-'}"
        opt.show(f"Not taken: {where}: {reject.reason.rstrip('.')}.")
    _more(len(outcome.rejects), "rejects.csv lists all")
    opt.show(f"Held in {out}: {outcome.cases:,} cases. Nothing was deleted.")


def _short(text: str) -> str:
    return f"{text[:WIDEST]} ..." if len(text) > WIDEST else text or "(blank)"


def _more(count: int, where: str) -> None:
    if count > SHOWN:
        opt.show(f"  ... and {count - SHOWN:,} more; {where}.")


def _list(what: str, found: list[str]) -> None:
    if found:
        more = f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
        opt.show(f"{what} ({len(found):,}): {', '.join(found[:SHOWN])}{more}.")


def outcome_json(outcome: IntakeOutcome) -> str:
    """Return what one file brought as one line of JSON."""
    changes = outcome.changes
    told = {
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
        "returned": changes.returned,
        "columns_gone": changes.columns_gone,
        "columns_new": changes.columns_new,
        "traits_changed": changes.traits_changed,
        "rejects": [
            {"file": r.file, "row": r.row, "field": r.field, "reason": r.reason, "kept": r.kept}
            for r in outcome.rejects
        ],
        "warnings": list(outcome.warnings),
    }
    return json.dumps(told, ensure_ascii=False)


SETTLED_S = 2.0
"""Seconds for which a watched file must not have changed before it is read."""


New = Annotated[
    Path | None,
    typer.Argument(
        help=(
            "Extract with all cases as a table; or messages (FHIR, IJE, POLE, JSON), in a file or a"
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
            "Propose a mapping for this file's headers, values and dates, each line with its"
            " reason. Nothing else is done."
        ),
    ),
]
Watch = Annotated[
    Path | None,
    typer.Option(
        help="Folder whose files are imported once each, in order of their names, into --out."
    ),
]
Once = Annotated[
    bool, typer.Option("--once", help="With --watch: import what is there now, and end.")
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
    bool, typer.Option("--again", help="Import a file again that was imported before.")
]
FhirOut = Annotated[
    Path | None, typer.Option(help="Folder for FHIR MDI messages about the cases that changed.")
]


def intake(
    new: New = None,
    previous: Previous = None,
    suggest: Suggest = False,
    watch: Watch = None,
    once: Once = False,
    every: Every = 5.0,
    recorded_at: RecordedAt = None,
    again: Again = False,
    fhir_out: FhirOut = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Import an extract or messages, and report what changed since the last import.

    Changed cells become facts. A row that is gone is reported, never deleted. Importing the same
    file twice has no effect. Other commands read cases.parquet with --facts facts.csv.

    Writes cases.parquet, facts.csv, rejects.csv, warnings.csv, changes.json, intake.json,
    quality.html and quality.json of all cases imported so far, and traits.csv where there are
    sensitive traits. With --suggest it writes only a mapping, to --out: a folder or a .toml file.

    Example: clew intake monday.csv --mapping milwaukee --out held

    Example: clew intake tuesday.csv --mapping milwaukee --previous held --out held

    Example: clew intake toxicology.xml --previous held --out held --fhir-out replies

    Example: clew intake --watch inbox --out held

    Example: clew intake foreign.csv --suggest --out foreign.toml
    """
    # Writing what is held needs more than reading does; only this command loads it.
    from clew.workflows.intake import IntakeOptions, take_in

    if (new is None) == (watch is None):
        raise UsageRejected("give one file to take in, or --watch with a folder", "See --help")
    at = opt.instant_of(recorded_at, timezone or DEFAULT_TIMEZONE, "--recorded-at")
    options = IntakeOptions(opt.named_or_path(mapping), timezone, at, again)
    if watch is not None:
        _watch(watch, out, options, None if once else every, as_json=as_json)
    elif new is not None and suggest:
        _suggest(new, out, as_json=as_json)
    elif new is not None:
        outcome = take_in(new, previous, out, options)
        _finish([outcome], out, as_json=as_json)
        if fhir_out is not None:
            _write_fhir(out, outcome, fhir_out, as_json=as_json)


def _watch(
    folder: Path, out: Path, options: IntakeOptions, every: float | None, *, as_json: bool
) -> None:
    """Import the files of a folder, again `every` so many seconds; None: once."""
    from clew.workflows.intake import watch_once

    settled = 0.0 if every is None else SETTLED_S
    _finish(watch_once(folder, out, options, settled), out, as_json=as_json)
    while every is not None:
        time.sleep(max(every, 0.1))
        _finish(watch_once(folder, out, options, settled), out, as_json=as_json)


def _finish(outcomes: Iterable[IntakeOutcome], out: Path, *, as_json: bool) -> None:
    taken = False
    for outcome in outcomes:
        if not outcome.before and not outcome.refused:
            taken = True
            write_rejects(out / "rejects.csv", outcome.rejects)
            write_warnings(out / "warnings.csv", outcome)
            (out / "changes.json").write_text(outcome_json(outcome) + "\n", encoding="utf-8")
        if as_json:
            print(outcome_json(outcome))
        else:
            print_outcome(outcome, out)
    if taken:
        _say_quality(out, as_json=as_json)


def _say_quality(out: Path, *, as_json: bool) -> None:
    """Write what the data held are like, as after every fact."""
    from clew.cli.quality import write_quality
    from clew.intake.extracts.held_files import CASES, FACTS
    from clew.intake.read import CaseSources

    found = write_quality(CaseSources(out / CASES, out / FACTS).read(), out)
    if not as_json:
        kinds = len(found.impossible)
        opt.show(
            f"Data held: {kinds:,} kinds of value that cannot be, {len(found.doubles):,} pairs that"
            " may be one death reported twice; see quality.html."
        )


def _suggest(new: Path, out: Path, *, as_json: bool) -> None:

    from clew.intake.suggest.propose import suggest_mapping

    suggestion = suggest_mapping(new)
    target = out if out.suffix == ".toml" else out / "mapping.toml"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(suggestion.toml(), encoding="utf-8")
    if as_json:
        print(suggestion_json(suggestion, target))
    else:
        print_suggestion(suggestion, target)


def _write_fhir(out: Path, outcome: IntakeOutcome, folder: Path, *, as_json: bool) -> None:
    from clew.workflows.intake import write_messages

    touched = {*outcome.changes.new, *(change.case_id for change in outcome.changes.changed)}
    written = write_messages(out, touched, folder)
    if not as_json:
        opt.show(f"Written to {folder}: {written:,} FHIR messages.")


# A proposed mapping, in words and for machines.


_HEADS = {
    "column": "Columns",
    "date_format": "Times as they are written",
    "substances_from": "Read for substances too",
    "value": "Values",
    "trait": "Sensitive traits, held apart",
    "drop": "Dropped",
    "plain": "Kept as plain facts",
}


def print_suggestion(suggestion: Suggestion, target: Path) -> None:
    """Print every line of a proposal with its reason."""
    opt.show(f"A mapping for {suggestion.file}, proposed from {suggestion.rows:,} rows.")
    for kind, head in _HEADS.items():
        lines = suggestion.lines_of(kind)
        if not lines:
            continue
        opt.show(f"\n{head}:")
        for line in lines:
            what = line.extra.replace("\x1f", " -> ") if line.kind == "value" else line.theirs
            if line.kind == "date_format":
                what = f"{line.theirs}, {line.extra}"
            ours = f" -> {line.ours}" if line.ours and line.kind in {"column", "trait"} else ""
            ours = f" ({line.ours})" if line.kind == "value" else ours
            opt.show(f"  {what}{ours}: {line.why}")
    opt.show("")
    for one in suggestion.lacking:
        opt.show(f"To settle: {one}.")
    for one in suggestion.tried:
        opt.show(one)
    opt.show(f"Written to {target}. Read every line, then use --mapping {target}")


def suggestion_json(suggestion: Suggestion, target: Path) -> str:
    """Return a proposal as one line of JSON."""
    told = {
        "file": suggestion.file,
        "rows": suggestion.rows,
        "written": str(target),
        "lines": [
            {
                "kind": line.kind,
                "theirs": line.theirs,
                "ours": line.ours,
                "extra": line.extra.replace("\x1f", " -> "),
                "why": line.why,
            }
            for line in suggestion.lines
        ],
        "to_settle": suggestion.lacking,
        "tried": suggestion.tried,
    }
    return json.dumps(told, ensure_ascii=False)
