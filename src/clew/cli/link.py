"""`clew link`: which deaths deserve a second look, with reasons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from clew.cli import options as opt
from clew.cli.same_codes import Identities, with_identities
from clew.cli.say_links import json_lines, print_answer
from clew.disclosure.tables import write_links, write_series
from clew.intake.earlier_series import read_earlier_series
from clew.intake.rejects import write_rejects
from clew.model.case_file import CaseFile
from clew.model.finding import Answer


def link(
    cases: opt.Cases,
    facts: opt.Facts = None,
    judgements: opt.Judgements = None,
    identities: Identities = None,
    coverage: opt.Coverage = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
    as_of: opt.AsOf = None,
    top: int = typer.Option(5, min=1, max=50, help="Number of candidates per case."),
    before: Path | None = typer.Option(
        None,
        help="The series.csv of an earlier run. Reports which series are new, which grew and which"
        " came together.",
    ),
    weights: opt.Weights = None,
    engine: opt.Engine = "local",
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Compare all cases with one another and rank the few that deserve a second look.

    Writes links.csv, series.csv, report.html and rejects.csv. Files of these names that are
    already in the folder are replaced.

    Example: clew link deaths.csv --facts facts.csv --as-of 2014-09-22 --out monday
    """
    # The kernel loads only for commands that compare: `clew near` must answer at once.
    from clew.workflows.link import LinkOptions, link_cases

    rank = opt.ranking_on(engine)
    case_file = opt.Sources(cases, facts, coverage, mapping, timezone).read()
    moment = opt.instant_of(as_of, case_file.timezone)
    case_file, odd = with_identities(case_file, identities, moment)
    judged, refused = opt.judgements_of(judgements, case_file)
    earlier, not_taken = (None, ()) if before is None else read_earlier_series(before)
    settings = LinkOptions(opt.table_of(weights), moment, top, judged, rank, earlier)
    with progress_bar("Comparing", quiet=as_json) as progress:
        answer = link_cases(case_file, settings, progress)
    write_answer(answer, out)
    write_rejects(out / "rejects.csv", (*case_file.rejects, *refused, *odd, *not_taken))
    if as_json:
        for line in json_lines(answer):
            print(line)
    else:
        print_warnings(case_file)
        print_answer(answer, out)


def write_answer(answer: Answer, out: Path) -> None:
    """Write links.csv, series.csv and report.html into `out`, made where it is not there."""
    from clew.disclosure.report import render_report

    out.mkdir(parents=True, exist_ok=True)
    write_links(out / "links.csv", answer)
    write_series(out / "series.csv", answer)
    (out / "report.html").write_text(render_report(answer), encoding="utf-8")


def print_warnings(case_file: CaseFile) -> None:
    """Print what intake wants known, on standard error."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for warning in case_file.warnings:
        console.print(f"note: {warning}", markup=False)


@contextmanager
def progress_bar(what: str, *, quiet: bool) -> Iterator[opt.Progress]:
    """Show a bar on standard error where somebody looks at it."""
    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn(what), BarColumn(), TextColumn("{task.completed:,} of {task.total:,}"))
    with Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True,
        disable=quiet or not console.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task(what, total=1)
        yield lambda done, total: bar.update(task, completed=done, total=total)
