"""`clew audit`: whether comparable deaths had the same enquiry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from clew import api
from clew.cli import options as opt
from clew.disclosure.audit_page import render_audit
from clew.disclosure.audit_words import CAUTIONS, PROXY, audit_json, floored, say_outcome
from clew.intake.cases.rows import write_rejects
from clew.outputs import output_folder, write_output

Cases = Annotated[Path, typer.Argument(help="Case file with a column of groups.")]
PlanFile = Annotated[
    Path, typer.Option("--plan", help="Plan (TOML): groups, outcomes, what makes deaths alike.")
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


def audit(
    cases: Cases,
    plan: PlanFile,
    effort: Effort = None,
    workload: Workload = None,
    mapping: MappingOption = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Compare how deaths of two groups were enquired into, among deaths alike when reported.

    The plan is dated and written before any result is seen. Each outcome is compared three times:
    as it is, among comparable deaths, and among comparable deaths under equal workload. A group is
    never inferred, and what is left over is an unexplained difference, not a motive.

    Writes audit.html, audit.json and rejects.csv. Figures below 10 are held back.

    Example: clew audit deaths.csv --plan plan.toml --out audit
    """
    run = api.audit(cases, plan, mapping=mapping, effort=effort, workload=workload)
    with output_folder(out):
        write_rejects(out / "rejects.csv", run.rejects)
        write_output(out / "audit.html", render_audit(run))
        write_output(
            out / "audit.json", json.dumps(audit_json(run), ensure_ascii=False, indent=1) + "\n"
        )
    if as_json:
        print(json.dumps(audit_json(run), ensure_ascii=False))
        return
    found = run.audit
    opt.show(f"{run.rows:,} records of {run.file}, plan dated {found.plan.dated:%-d %B %Y}.")
    if refused := len(run.rejects):
        rows = "1 row" if refused == 1 else f"{refused:,} rows"
        opt.show(f"Not read and not counted: {rows}. rejects.csv lists every one.")
    if found.group_missing:
        opt.show(
            f"The group is not recorded for {floored(found.group_missing)}; they are in no figure."
        )
    for answer in found.outcomes:
        for sentence in say_outcome(found, answer):
            opt.show(sentence)
    if found.workload_is_proxy:
        opt.show(PROXY)
    for caution in CAUTIONS:
        opt.show(caution)
    opt.show(f"See {out / 'audit.html'}.")
