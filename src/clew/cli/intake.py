"""`clew intake`: take a file in, say what changed since the last one, or propose how to read it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clew.cli import options as opt
from clew.cli.say_intake import outcome_json, print_outcome, write_warnings
from clew.errors import UsageRejected
from clew.intake.read import DEFAULT_TIMEZONE
from clew.intake.rejects import write_rejects

if TYPE_CHECKING:
    from clew.workflows.intake import IntakeOptions, Outcome

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


def _finish(outcomes: Iterable[Outcome], out: Path, *, as_json: bool) -> None:
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
    from clew.intake.extract.held_files import CASES, FACTS
    from clew.intake.read import CaseSources

    found = write_quality(CaseSources(out / CASES, out / FACTS).read(), out)
    if not as_json:
        kinds = len(found.impossible)
        opt.show(
            f"Data held: {kinds:,} kinds of value that cannot be, {len(found.doubles):,} pairs that"
            " may be one death reported twice; see quality.html."
        )


def _suggest(new: Path, out: Path, *, as_json: bool) -> None:
    from clew.cli.say_suggestion import print_suggestion, suggestion_json
    from clew.intake.suggest.propose import suggest_mapping

    suggestion = suggest_mapping(new)
    target = out if out.suffix == ".toml" else out / "mapping.toml"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(suggestion.toml(), encoding="utf-8")
    if as_json:
        print(suggestion_json(suggestion, target))
    else:
        print_suggestion(suggestion, target)


def _write_fhir(out: Path, outcome: Outcome, folder: Path, *, as_json: bool) -> None:
    from clew.workflows.fhir_out import write_messages

    touched = {*outcome.changes.new, *(change.case_id for change in outcome.changes.changed)}
    written = write_messages(out, touched, folder)
    if not as_json:
        opt.show(f"Written to {folder}: {written:,} FHIR messages.")
