"""`clew audit`: whether comparable deaths had the same enquiry."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from clew import api
from clew.cli import options as opt
from clew.cli.console import progress_bar
from clew.disclosure.audit_json import (
    COUNTS_HEADER,
    DIFFERENCES_HEADER,
    audit_json,
    count_rows,
    difference_rows,
)
from clew.disclosure.audit_page import render_audit
from clew.disclosure.audit_trust import say_control, say_looks, say_missing
from clew.disclosure.audit_words import (
    CAUTIONS,
    PROXY,
    floored,
    say_outcome,
)
from clew.errors import UsageRejected
from clew.intake.cases.rows import write_rejects
from clew.intake.inputs.kept_looks import kept_look_text
from clew.model.cells import safe_cell
from clew.outputs import output_csv, output_folder, write_output
from clew.oversight.equality.answers import AuditRun

Cases = Annotated[Path, typer.Argument(help="Case file with a column of groups.")]
PlanFile = Annotated[
    Path | None,
    typer.Option("--plan", help="Plan (TOML): groups, outcomes, what makes deaths alike."),
]
Suggest = Annotated[
    bool,
    typer.Option(
        "--suggest-plan", help="Print a draft of a plan from the file's columns, and stop."
    ),
]
Effort = Annotated[
    Path | None, typer.Option(help="What was done: case_id, outcome, done, at, source.")
]
Workload = Annotated[
    Path | None, typer.Option(help="Staff and open deaths by unit and day, before each report.")
]
MappingOption = Annotated[
    str | None, typer.Option("--mapping", help="Name or file of a mapping of columns.")
]
LookNumber = Annotated[int, typer.Option("--look", min=1, help="Which of the planned looks it is.")]
Earlier = Annotated[
    list[Path] | None,
    typer.Option("--earlier-look", help="What an earlier look kept: kept-look-1.json, and so on."),
]


@opt.writes_csv
def audit(
    cases: Cases,
    plan: PlanFile = None,
    suggest_plan: Suggest = False,
    facts: opt.Facts = None,
    effort: Effort = None,
    workload: Workload = None,
    mapping: MappingOption = None,
    look: LookNumber = 1,
    earlier_look: Earlier = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Compare how deaths of two groups were enquired into, among deaths alike when reported.

    The plan is dated and written before any result is seen. Each outcome is compared three times:
    as it is, among comparable deaths, and among comparable deaths under equal workload. A group is
    never inferred, and what is left over is an unexplained difference, not a motive.

    Writes audit.html, audit.json, rejects.csv, tables/counts.csv and tables/differences.csv. With
    planned looks it also writes what the next look needs. Figures below 10 are held back.

    Example: clew audit deaths.csv --plan plan.toml --out audit
    """
    if suggest_plan:
        opt.show(api.suggest_plan(cases, mapping=mapping).rstrip("\n"))
        return
    if plan is None:
        raise UsageRejected("an audit needs a plan", "Give --plan, or --suggest-plan for a draft")
    with progress_bar("Comparing", quiet=as_json) as progress:
        run = api.audit(
            cases,
            plan,
            mapping=mapping,
            facts=facts,
            effort=effort,
            workload=workload,
            look=look,
            earlier_looks=earlier_look or (),
            progress=progress,
        )
    before = _plans_seen(out, run)
    with output_folder(out):
        write_rejects(out / "rejects.csv", run.rejects)
        write_output(out / "audit.html", render_audit(run, before))
        found = audit_json(run, before)
        write_output(out / "audit.json", json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        with output_folder(out / "tables"):
            _write_table(out / "tables" / "counts.csv", COUNTS_HEADER, count_rows(run.audit))
            _write_table(
                out / "tables" / "differences.csv", DIFFERENCES_HEADER, difference_rows(run.audit)
            )
        if run.kept_looks:
            kept = run.kept_looks[-1]
            write_output(out / f"kept-look-{kept.look}.json", kept_look_text(kept))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    _print_answer(run, before, out)


def _write_table(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with output_csv(path) as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(tuple(map(safe_cell, row)) for row in rows)


def _plans_seen(out: Path, run: AuditRun) -> list[str]:
    """Return the plans whose results for the same file lie in the folder already, but this one."""
    try:
        there = json.loads((out / "audit.json").read_text("utf-8"))
        seen = [*there["earlier_plans"], there["plan_sha256"]]
        same = there["file"] == run.file
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [one for one in dict.fromkeys(map(str, seen)) if same and one != run.plan_digest]


def _print_answer(run: AuditRun, before: list[str], out: Path) -> None:
    found = run.audit
    opt.show(f"{run.rows:,} records of {run.file}, plan dated {found.plan.dated:%-d %B %Y}.")
    if refused := len(run.rejects):
        rows = "1 row" if refused == 1 else f"{refused:,} rows"
        opt.show(f"Not read and not counted: {rows}. rejects.csv lists every one.")
    if before:
        opt.show("Results of another plan for this file were seen before: this one is not blind.")
    if found.group_missing:
        opt.show(
            f"The group is not recorded for {floored(found.group_missing)} deaths; they are in no"
            " single figure, only in ranges."
        )
    for answer in found.outcomes:
        for sentence in say_outcome(found, answer):
            opt.show(sentence)
        for sentence in say_missing(answer):
            opt.show(sentence)
    for answer in found.controls:
        opt.show(say_control(answer))
    for sentence in say_looks(found):
        opt.show(sentence)
    if found.workload_is_proxy:
        opt.show(PROXY)
    for caution in CAUTIONS:
        opt.show(caution)
    opt.show(f"See {out / 'audit.html'}.")
