"""`clew replay`: what Clew would have shown, and when, from what was known at the time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from clew import api
from clew.cli import options as opt
from clew.cli.console import print_warnings, progress_bar
from clew.disclosure.chance_words import say_chance
from clew.disclosure.crime_words import nouns_of
from clew.disclosure.csv_files import run_record
from clew.disclosure.curve import MINUTES, SHARES, CurveView, curve_of
from clew.disclosure.record_identity import name_at
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, Clock, count_of, ordinal
from clew.errors import UsageRejected
from clew.intake.cases.rows import write_rejects
from clew.intake.cases.times import instant_of
from clew.model.alert import Budget, Replay
from clew.outputs import output_folder

SHOWN = 10
From = Annotated[
    str | None,
    typer.Option(
        "--from", help="Start alerting then [default: 90 days after 200 cases are known]."
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        help="Replay up to then. A date means the end of that day [default: the last fact].",
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
        help="Accept a weight table trained on cases later than --from. The page says so.",
    ),
]
Curve = Annotated[
    bool,
    typer.Option(
        "--curve",
        help="Also report what other alert budgets would have cost and found.",
    ),
]
Minutes = Annotated[
    float,
    typer.Option(
        help="With --curve: minutes of reading for each alert. The default is declared, not"
        " measured.",
        min=0,
    ),
]


@opt.writes_csv
@opt.takes_sources("facts", "judgements", "identities", "coverage", "mapping", "timezone")
def replay(
    sources: opt.Sources,
    budget: Share = 0.01,
    signed_by: SignedBy = "",
    signed_on: SignedOn = "",
    from_: From = None,
    to: To = None,
    weights: opt.Weights = None,
    allow_hindsight: Hindsight = False,
    curve: Curve = False,
    minutes: Minutes = MINUTES,
    engine: opt.Engine = "local",
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Replay a case file one report or fact at a time, and alert within a budget.

    At each moment it uses only what was recorded by then. On the first of each month it learns
    from the past what is ordinary. Judgements give the decisions in the weekly table and the
    adopted series. They change no alert, except that verified duplicate reports become one record.
    It runs on one machine, so --engine spark is refused.

    Writes alerts.csv, replay.html, below.csv, shared.csv, warm-up.csv, run.json and rejects.csv;
    with --curve also curve.csv.

    Example: clew replay deaths.csv --facts facts.csv --budget 0.01 --from 2014-06-01
    """
    if engine == "spark":
        raise UsageRejected(
            "replay runs step by step, on this machine alone",
            "Use --engine local. clew link and clew explain can use spark",
        )
    if engine != "local":
        raise UsageRejected(f"unknown engine '{engine}'", "Use --engine local")
    opened = sources.open(to, "--to")
    case_file = opened.case_file
    with progress_bar("Replaying", quiet=as_json) as progress:
        replayed = api.replay(
            case_file,
            budget=Budget(budget, signed_by, signed_on),
            begins=instant_of(from_, case_file.timezone, "--from", begins=True),
            ends=opened.as_of,
            judgements=opened.judgements,
            weights=weights,
            allow_hindsight=allow_hindsight,
            curve=SHARES if curve else (),
            progress=progress,
        )
    rejects = (*case_file.rejects, *opened.judgement_rejects, *opened.identity_rejects)
    with output_folder(out):
        replayed.save(out, minutes=minutes)
        write_rejects(out / "rejects.csv", rejects)
    print_warnings(case_file)
    if as_json:
        print(json.dumps(run_record(replayed), indent=1))
    else:
        _print(replayed, minutes, out)


def _print(replayed: Replay, minutes: float, out: Path) -> None:
    clock, budget = Clock(ZoneInfo(replayed.timezone)), replayed.budget
    opt.show(f"{REASON_TO_LOOK}\n")
    opt.show_input(replayed.account)
    for warning in replayed.warnings:
        opt.show(warning)
    since = f"from {clock.day(replayed.begins)} " if replayed.began else ""
    opt.show(
        f"Replayed {since}to {clock.day(replayed.ends)}: {replayed.cases:,} records"
        f" known by the end, {replayed.deaths:,} new {nouns_of(replayed.crime)[1]}."
    )
    signed = f"signed by {budget.signed_by}" if budget.signed_by else "not signed by anyone"
    opt.show(
        f"Budget {budget.share:g} alerts per new {nouns_of(replayed.crime)[0]} ({signed}):"
        f" {count_of(len(replayed.alerts), 'alert', 'alerts')}, and"
        f" {count_of(len(replayed.updates), 'record', 'records')} added to earlier alerts."
        f" {count_of(len(replayed.below), 'best match', 'best matches')} fell below the budget;"
        " below.csv lists them."
    )
    if replayed.hindsight:
        opt.show("HINDSIGHT: the weight table was trained on cases after the start of the replay.")
    if replayed.alerts:
        opt.show("\nThe latest alerts:")
    for row in [row for row in replayed.rows if row.notifies][-SHOWN:]:
        chance = say_chance(row.chance, replayed.deaths_a_year, replayed.crime).sentence
        ids = (row.case_id, row.linked_case_id)
        a, b = (name_at(replayed.histories, one, row.at, clock) for one in ids)
        opt.show(f"  {clock.minute(row.at)}: {ordinal(row.series_size)} record of its series")
        opt.show(f"    {a}\n    {b}\n    {chance}")
    if replayed.curve and replayed.began:
        _print_curve(curve_of(replayed, minutes))
    opt.show(f"\nReport: {out / 'replay.html'}")
    opt.show(SILENCE)


def _print_curve(view: CurveView) -> None:
    opt.show("\nWhat each budget would have cost here, and the benchmark series that it finds:")
    for line in view.lines:
        opt.show(
            f"  {line.budget:>3} per 100 deaths:"
            f" {count_of(round(line.alerts.value), 'alert', 'alerts')} a year,"
            f" {count_of(round(line.hours), 'hour', 'hours')} of reading; {line.by_2nd_words} by"
            f" the second death, {line.by_3rd_words} by the third"
        )
    for text in view.unfound:
        opt.show(text)
