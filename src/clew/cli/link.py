"""`clew link`: which deaths deserve a second look, with reasons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from clew.cli import options as opt
from clew.cli.options import SILENCE, WORDS, Identities, say_not_searched, show, with_identities
from clew.disclosure.chance_words import say_chance, say_sample
from clew.disclosure.csv_files import reasons, write_links, write_series
from clew.disclosure.series_words import say_changes, say_contradictions
from clew.identities.merged_reports import say_merged
from clew.intake.cases.rows import write_rejects
from clew.intake.inputs.earlier_run import read_earlier_series
from clew.model.case_file import CaseFile
from clew.model.finding import MICRO, Answer, Link, Relation, SeriesChange, Stance, Tier

# Print an answer: the morning's first five, what was searched, and what was not.


FIRST = 10
SAME_ENTITY = "same person, phone or place"
MOST_SERIES_CHANCE = 1.0


def print_answer(answer: Answer, out: Path) -> None:
    """Print the first links, possible series and coverage in plain words."""
    show(WORDS)
    show(f"\n{say_searched(answer)}")
    for said in (*say_merged(answer.merged), *answer.together):
        show(said)
    firsts = first_links(answer)
    if firsts:
        best = "The best match" if len(firsts) == 1 else f"The {len(firsts)} best matches"
        show(f"\n{best}, each of one record with its best earlier one:")
    for number, link in enumerate(firsts, 1):
        show(f"\n{number}. {say_link(link, answer)}")
    print_series(answer)
    if answer.thin:
        show(
            f"\n{len(answer.thin):,} records are too thin to compare; the report lists the facts to"
            " ask for."
        )
    show(f"\n{SILENCE}")
    show(f"Written to {out}: report.html, links.csv, series.csv, rejects.csv")


def first_links(answer: Answer) -> list[Link]:
    """Return the best rank-1 links, most surprising first; one death reported twice is no lead."""
    leads = (
        link
        for link in answer.links
        if link.rank == 1 and link.relation is not Relation.DUPLICATE_REPORT
    )
    return sorted(leads, key=lambda link: (link.chance, link.case_a))[:FIRST]


def say_link(link: Link, answer: Answer) -> str:
    """Say one link in four short lines."""
    found = link.breakdown.findings
    against = reasons(f for f in found if f.micro_bans < 0) or "nothing"
    missing = ", ".join(dict.fromkeys(f.aspect for f in found if f.stance is Stance.MISSING))
    kind = "" if link.relation is Relation.LEAD else f" ({link.relation.replace('_', ' ')}?)"
    shared = _shared(link) if link.tier is Tier.SHARED_ENTITY else ""
    return (
        f"{link.case_a} and {link.case_b}{kind}{shared}\n"
        f"   {say_chance(link.chance, answer.deaths_a_year).sentence}\n"
        f"   for: {reasons(f for f in found if f.micro_bans > 0)}\n"
        f"   against: {against}\n"
        f"   missing: {missing or 'nothing'}"
    )


def _shared(link: Link) -> str:
    named = (f for f in link.breakdown.findings if f.aspect == SAME_ENTITY)
    if any(f.stance is Stance.AGREES for f in named):
        return f", the {SAME_ENTITY} in both"
    return ", one record names the other"


def print_series(answer: Answer) -> None:
    """Print possible series that the file would not be expected to hold by chance."""
    few = [s for s in answer.series if s.chance is not None and s.chance <= MOST_SERIES_CHANCE]
    for one in few[:5]:
        ids = ", ".join(member.case_id for member in one.members)
        show(f"\nPossible series {one.series_id}: {ids}")
    if not few:
        show("\nNo possible series that chance alone would not be expected to bring about.")
    contradictions = say_contradictions(answer.contradictions)
    if contradictions:
        show("\nJudgements that contradict one another; ask those who decided:")
    for said in contradictions:
        show(f"- {said}")
    print_changes(answer)


def print_changes(answer: Answer) -> None:
    """Print what became of the series of an earlier run, where one was given."""
    if answer.changes is None:
        return
    told = say_changes(answer.changes)
    show("\nSince the earlier run:")
    for said in told.said[:FIRST] or ("no series has changed.",):
        show(f"- {said}")
    if told.said[FIRST:]:
        show(f"- and {len(told.said[FIRST:]):,} more; the report has them all")
    if told.rest:
        show(told.rest)


def say_searched(answer: Answer) -> str:
    """Say how many records were compared, up to when, and what was not searched."""
    zone = ZoneInfo(answer.timezone)
    first, last = (
        datetime.fromtimestamp(instant, zone).date().isoformat()
        for instant in (answer.first_report, answer.last_report)
    )
    said = f"Compared: {answer.compared:,} records of {answer.file}, reported {first} to {last}"
    if answer.as_of is not None:
        moment = datetime.fromtimestamp(answer.as_of, zone)
        said += f", as recorded by {moment:%Y-%m-%d %H:%M}"
    if answer.null_sample:
        said += f".\n{say_sample(answer.null_sample).removesuffix('.')}"
    absent = [c.system for c in answer.coverage if c.records == 0]
    return f"{said}.\n{say_not_searched(absent, told=bool(answer.coverage))}"


def json_lines(answer: Answer) -> Iterator[str]:
    """Yield the lines of the answer for machines, one link a line; micro-bans stay whole numbers.

    A nation's links, all their findings at once, would not fit into memory.
    """
    yield json.dumps(_without_links(answer), indent=1).removesuffix("\n}") + ","
    yield ' "links": ['
    held = None
    for link in answer.links:
        if held is not None:
            yield f"{held},"
        held = f"  {json.dumps(link_to_json(link))}"
    if held is not None:
        yield held
    yield " ]\n}"


def _without_links(answer: Answer) -> dict[str, Any]:
    return {
        "words": WORDS,
        "silence": SILENCE,
        "file": answer.file,
        "as_of": answer.as_of,
        "compared": answer.compared,
        "null_sample": answer.null_sample,
        "rejects": answer.rejects,
        "merged_reports": answer.merged,
        **({"codes_taken_together": list(answer.together)} if answer.together else {}),
        "version": answer.version,
        "weights": answer.weights,
        "coverage": [
            {"system": c.system, "agency": c.agency, "records": c.records, "up_to": c.up_to}
            for c in answer.coverage
        ],
        "series": [
            {
                "series_id": s.series_id,
                "view": s.view,
                "chance": s.chance,
                "cases": [{"case_id": m.case_id, "added_by": m.added_by} for m in s.members],
            }
            for s in answer.series
        ],
        "changes": answer.changes and [_change_to_json(change) for change in answer.changes],
        "contradictions": list(say_contradictions(answer.contradictions)),
        "thin": [{"case_id": t.case_id, "ask_for": list(t.ask_for)} for t in answer.thin],
    }


def _change_to_json(change: SeriesChange) -> dict[str, Any]:
    return {
        "series_id": change.series.series_id,
        "view": change.series.view,
        "change": change.change,
        "of": change.of,
        "came": change.came,
        "left": change.left,
    }


def link_to_json(link: Link) -> dict[str, Any]:
    """Return one link for machines."""
    return {
        "case_a": link.case_a,
        "case_b": link.case_b,
        "rank": link.rank,
        "weight_bans": link.micro_bans / MICRO,
        "chance_per_case": link.chance,
        "compared": link.compared,
        "tier": link.tier,
        "relation": link.relation,
        "findings": findings_to_json(link.breakdown.findings),
    }


def findings_to_json(findings: Any) -> list[dict[str, Any]]:
    """Return findings for machines, in the order of the breakdown."""
    return [
        {
            "evidence": f.evidence,
            "aspect": f.aspect,
            "stance": f.stance,
            "micro_bans": f.micro_bans,
            "says": f.says,
            "rarity": f.rarity,
        }
        for f in findings
    ]


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
