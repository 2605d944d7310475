"""`clew link`: which deaths deserve a second look, with reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from clew import api
from clew.cli import options as opt
from clew.cli.console import print_warnings, progress_bar
from clew.cli.options import show
from clew.disclosure.chance_words import FEWEST_RECORDS, TOO_FEW, say_chance, say_sample
from clew.disclosure.crime_words import in_nouns
from clew.disclosure.csv_files import shown_links
from clew.disclosure.input_words import input_json
from clew.disclosure.pair_lines import ListSetting, best_leads, pair_lines
from clew.disclosure.series import BY_MEANS, MOST_CHANCE, say_changes, say_contradictions
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, Clock, count_of
from clew.identities.merged_reports import say_merged
from clew.intake.cases.rows import write_rejects
from clew.intake.inputs.earlier_run import read_earlier_series
from clew.intake.read import with_rejects
from clew.model.finding import MICRO, Answer, Finding
from clew.outputs import output_folder

FIRST = 5
"""Pairs on the screen; of changes since an earlier run there are twice as many lines."""
FIRST_MEMBERS = 5
"""Records of a possible series on the screen."""
WRITTEN = ("report.html", "links.csv", "links.parquet", "series.csv", "rejects.csv")


@opt.writes_csv
@opt.takes_sources("facts", "judgements", "identities", "coverage", "mapping", "timezone", "as_of")
def link(
    sources: opt.Sources,
    top: int = typer.Option(5, min=1, max=50, help="Number of candidates per case."),
    every: bool = typer.Option(
        False,
        "--all",
        help="Write every candidate to links.csv, in words. By default it has those that stand out"
        " from chance, the best of each record, and those with the same person, phone or place.",
    ),
    all_reasons: opt.AllReasons = False,
    before: Path | None = typer.Option(
        None,
        help="The series.csv of an earlier run. Reports how each series changed: new, grown or"
        " merged.",
    ),
    weights: opt.Weights = None,
    engine: opt.Engine = "local",
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Compare all cases with one another and rank the few that deserve a second look.

    Prints the best few. The report and links.csv have more. links.parquet has every candidate.

    Writes links.csv, links.parquet, series.csv, report.html and rejects.csv. It replaces files of
    these names in the folder.

    Example: clew link deaths.csv --facts facts.csv --as-of 2014-09-22 --out monday
    """
    opened = sources.open()
    case_file = opened.case_file
    earlier, earlier_rejects = (None, ()) if before is None else read_earlier_series(before)
    case_file = with_rejects(case_file, earlier_rejects)
    with progress_bar("Comparing", quiet=as_json) as progress:
        answer = api.link(
            case_file,
            as_of=opened.as_of,
            judgements=opened.judgements,
            weights=weights,
            top=top,
            engine=engine,
            before=earlier,
            progress=progress,
        )
    rejects = (*case_file.rejects, *opened.judgement_rejects, *opened.identity_rejects)
    with output_folder(out):
        answer.save(out, every=every, all_reasons=all_reasons)
        write_rejects(out / "rejects.csv", (*rejects, *earlier_rejects))
    if as_json:
        for line in _json_lines(answer, every=every):
            print(line)
    else:
        print_warnings(case_file)
        print_answer(answer, out, all_reasons=all_reasons)


def print_answer(answer: Answer, out: Path, *, all_reasons: bool = False) -> None:
    """Print the first links, possible series and coverage in plain words."""
    show(REASON_TO_LOOK)
    # How many records were compared, up to when, and what was not searched.
    clock = Clock(ZoneInfo(answer.timezone))
    first, last = clock.day(answer.first_report), clock.day(answer.last_report)
    searched = f"Compared: {answer.compared:,} records of {answer.file}, reported {first} to {last}"
    if answer.as_of is not None:
        searched += f", as recorded by {clock.minute(answer.as_of)}"
    if answer.null_sample:
        searched += f".\n{say_sample(answer.null_sample).removesuffix('.')}"
    absent = [c.system for c in answer.coverage if c.records == 0]
    show("")
    opt.show_input(answer.account)
    show(f"{searched}.\n{opt.say_not_searched(absent, covered=bool(answer.coverage))}")
    for line in (*say_merged(answer.merged), *answer.together):
        show(line)
    setting = ListSetting.from_cases(answer.cases, clock, every=all_reasons)
    _print_best(answer, setting)
    _print_series(answer, setting)
    if answer.thin:
        show(
            f"\n{count_of(len(answer.thin), 'record has', 'records have')} too little to compare;"
            " the report lists what to ask for."
        )
    show(SILENCE)
    show(f"Written to {out}: {', '.join(WRITTEN)}")


def _print_best(answer: Answer, setting: ListSetting) -> None:
    """Print the best matches that stand out from chance, and count those that do not."""
    leads = best_leads(answer.links)
    few_records = answer.compared < FEWEST_RECORDS
    if few_records:
        show(in_nouns(TOO_FEW, answer.crime))
    if not leads:
        show("\nNo record has a match that stands out from chance.")
        return
    first = leads if setting.most is None else leads[:FIRST]
    records = count_of(len(leads), "record has", "records have")
    head = f"\n{records} an earlier match with more for it than against it"
    rest = "" if len(first) == len(leads) else f"; the best {len(first)}"
    show(f"{head}{rest}:")
    for number, link in enumerate(first, 1):
        top, *lines = pair_lines(link, link.breakdown.findings, setting)
        show(f"{number}. {top}")
        for line in lines:
            show(f"   {line}")
        if not few_records:
            show(f"   {say_chance(link.chance, answer.deaths_a_year, answer.crime).sentence}")


def _print_series(answer: Answer, setting: ListSetting) -> None:
    """Print possible series that chance does not explain, and what changed since before."""
    if answer.by_means:
        show(f"\n{BY_MEANS}")
    few = [s for s in answer.series if s.chance is not None and s.chance <= MOST_CHANCE]
    for one in few[:5]:
        show(f"\nPossible series {one.series_id}, {len(one.members)} records:")
        for member in one.members[:FIRST_MEMBERS]:
            show(f"- {setting.name(member.case_id)}")
        if more := len(one.members[FIRST_MEMBERS:]):
            show(f"- and {more:,} more; series.csv lists them")
    if not few:
        show("\nNo possible series stands out from chance.")
    contradictions = say_contradictions(answer.contradictions)
    if contradictions:
        show("\nJudgements that contradict one another; ask those who decided:")
    for sentence in contradictions:
        show(f"- {sentence}")
    if answer.changes is None:
        return
    changes = say_changes(answer.changes)
    show("\nSince the earlier run:")
    for sentence in changes.sentences[: 2 * FIRST] or ("no series has changed.",):
        show(f"- {sentence}")
    if more := len(changes.sentences[2 * FIRST :]):
        show(f"- and {more:,} more; the report has them all")
    if changes.rest:
        show(changes.rest)


def _json_lines(answer: Answer, *, every: bool) -> Iterator[str]:
    """Yield the lines of the answer for machines, one link a line; micro-bans stay whole numbers.

    The links are those of links.csv. A nation's, all their findings at once, would not fit into
    memory.
    """
    without_links: dict[str, Any] = {
        "words": REASON_TO_LOOK,
        "silence": SILENCE,
        "file": answer.file,
        "as_of": answer.as_of,
        "compared": answer.compared,
        "null_sample": answer.null_sample,
        "rejects": answer.rejects,
        "input": input_json(answer.account),
        "merged_reports": answer.merged,
        **({"codes_taken_together": list(answer.together)} if answer.together else {}),
        "version": answer.version,
        "weights": answer.weights,
        **({"series_formed": BY_MEANS} if answer.by_means else {}),
        "coverage": [asdict(row) for row in answer.coverage],
        "series": [
            {
                "series_id": s.series_id,
                "view": s.view,
                "chance": s.chance,
                "cases": [{"case_id": m.case_id, "added_by": m.added_by} for m in s.members],
            }
            for s in answer.series
        ],
        "changes": answer.changes
        and [
            {
                "series_id": change.series.series_id,
                "view": change.series.view,
                "change": change.change,
                "of": change.of,
                "came": change.came,
                "left": change.left,
            }
            for change in answer.changes
        ],
        "contradictions": list(say_contradictions(answer.contradictions)),
        "thin": [{"case_id": t.case_id, "ask_for": list(t.ask_for)} for t in answer.thin],
    }
    yield json.dumps(without_links, indent=1).removesuffix("\n}") + ","
    yield ' "links": ['
    held = None
    for link, breakdown in shown_links(answer, every=every):
        if held is not None:
            yield f"{held},"
        record = {
            "case_a": link.case_a,
            "case_b": link.case_b,
            "rank": link.rank,
            "weight_bans": link.micro_bans / MICRO,
            "chance_per_case": link.chance,
            "compared": link.compared,
            "tier": link.tier,
            "relation": link.relation,
            "findings": findings_to_json(breakdown.findings),
        }
        held = f"  {json.dumps(record)}"
    if held is not None:
        yield held
    yield " ]\n}"


def findings_to_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return findings for machines, in the order of the breakdown."""
    names = ("evidence", "aspect", "stance", "micro_bans", "says", "rarity")
    return [{name: getattr(finding, name) for name in names} for finding in findings]
