"""`clew replay`: what would have been seen, and when, knowing only what was known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from clew.cli import options as opt
from clew.cli.link import print_warnings, progress_bar
from clew.cli.options import Identities, with_identities
from clew.intake.cases.rows import write_rejects

if TYPE_CHECKING:
    from clew.model.alert import Replay

From = Annotated[
    str | None,
    typer.Option("--from", help="Alert from then on [default: 90 days after 200 cases are known]."),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        help="Replay up to then; a date alone means the end of that day [default: the last fact].",
    ),
]
Share = Annotated[float, typer.Option("--budget", help="Alerts per new death.")]
SignedBy = Annotated[
    str,
    typer.Option(
        help="Who decided this budget: name and rank. Kept in run.json and shown on the page."
    ),
]
SignedOn = Annotated[str, typer.Option(help="The date of that decision, for example 2014-01-02.")]
Hindsight = Annotated[
    bool,
    typer.Option(
        "--allow-hindsight",
        help="Accept a weight table that was trained on cases after --from. The page says so.",
    ),
]


def replay(
    cases: opt.Cases,
    facts: opt.Facts = None,
    judgements: opt.Judgements = None,
    identities: Identities = None,
    coverage: opt.Coverage = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
    budget: Share = 0.01,
    signed_by: SignedBy = "",
    signed_on: SignedOn = "",
    from_: From = None,
    to: To = None,
    weights: opt.Weights = None,
    allow_hindsight: Hindsight = False,
    engine: opt.Engine = "local",
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Replay a case file one report or fact at a time, and alert within a budget.

    At each moment it knows only what was recorded by then. On the first of each month it learns
    what is ordinary from the past alone. Judgements give the dispositions of the weekly table and
    the adopted series; they change no alert, except that verified double reports become one record.
    It runs on one machine: --engine spark is refused.

    Writes alerts.csv, replay.html, below.csv, shared.csv, warm-up.csv, run.json and rejects.csv.

    Example: clew replay deaths.csv --facts facts.csv --budget 0.01 --from 2014-06-01
    """
    # The kernel loads only for commands that compare: `clew near` must answer at once.
    from clew.model.alert import Budget
    from clew.workflows.replay import ReplayOptions, replay_cases

    opt.check_engine(engine)
    case_file = opt.Sources(cases, facts, coverage, mapping, timezone).read()
    judged, refused = opt.judgements_of(judgements, case_file)
    zone = case_file.timezone
    ends = opt.instant_of(to, zone, "--to")
    case_file, odd = with_identities(case_file, identities, ends)
    begins = opt.beginning_of(from_, zone, "--from")
    share = Budget(budget, signed_by, signed_on)
    table = opt.table_of(weights)
    settings = ReplayOptions(table, share, begins, ends, judged, allow_hindsight)
    with progress_bar("Walking through time", quiet=as_json) as progress:
        told = replay_cases(case_file, settings, progress)
    write_replay(told, out)
    write_rejects(out / "rejects.csv", (*case_file.rejects, *refused, *odd))
    print_warnings(case_file)
    _print(told, out, as_json=as_json)


def write_replay(told: Replay, out: Path) -> None:
    """Write everything that a replay has to say into `out`, made where it is not there."""
    from clew.disclosure import csv_files as tables
    from clew.disclosure.replay_page import render_replay

    out.mkdir(parents=True, exist_ok=True)
    tables.write_alerts(out / "alerts.csv", told)
    tables.write_beyond(out / "shared.csv", told)
    tables.write_below(out / "below.csv", told)
    tables.write_warm_up(out / "warm-up.csv", told)
    tables.write_run(out / "run.json", told)
    (out / "replay.html").write_text(render_replay(told), encoding="utf-8")


SHOWN = 10


def _print(told: Replay, out: Path, *, as_json: bool) -> None:
    from clew.disclosure.chance_words import say_chance
    from clew.disclosure.csv_files import run_record
    from clew.disclosure.words import Clock

    if as_json:
        print(json.dumps(run_record(told), indent=1))
        return
    clock = Clock(ZoneInfo(told.timezone))
    opt.show(f"{opt.WORDS}\n")
    for warning in told.warnings:
        opt.show(warning)
    since = f"from {clock.day(told.begins)} " if told.began else ""
    opt.show(
        f"Walked {since}to {clock.day(told.ends)}: {told.cases:,} records"
        f" known by the end, {told.deaths:,} new deaths."
    )
    signed = f"signed by {told.budget.signed_by}" if told.budget.signed_by else "nobody signed it"
    opt.show(
        f"Budget {told.budget.share:g} alerts per new death ({signed}):"
        f" {len(told.alerts):,} alerts."
        f" {len(told.below):,} best matches fell below it; they are listed in below.csv."
    )
    if told.hindsight:
        opt.show("HINDSIGHT: the weight table was trained on what came after the replay begins.")
    if told.alerts:
        opt.show("\nThe latest alerts:")
    for row in told.alerts[-SHOWN:]:
        chance = say_chance(row.chance, told.deaths_a_year).sentence
        opt.show(f"  {clock.minute(row.at)}  {row.case_id} and {row.linked_case_id}: {chance}")
    opt.show(f"\nReport: {out / 'replay.html'}")
    opt.show(opt.SILENCE)
