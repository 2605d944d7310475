"""`clew link`: which deaths deserve a second look, with reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from clew import api
from clew.cli import options as opt
from clew.cli.console import print_warnings, progress_bar
from clew.cli.options import show
from clew.disclosure.chance_words import say_chance, say_sample
from clew.disclosure.comparison import missing_aspects, relation_doubt, say_reasons
from clew.disclosure.input_words import input_json
from clew.disclosure.series import BY_MEANS, MOST_CHANCE, say_changes, say_contradictions
from clew.disclosure.words import REASON_TO_LOOK, SILENCE
from clew.identities.merged_reports import say_merged
from clew.intake.cases.rows import write_rejects
from clew.intake.inputs.earlier_run import read_earlier_series
from clew.intake.read import with_rejects
from clew.model.finding import MICRO, Answer, Finding, Relation, Stance, Tier
from clew.outputs import output_folder

FIRST = 10
SAME_ENTITY = "same person, phone or place"


@opt.writes_csv
@opt.takes_sources("facts", "judgements", "identities", "coverage", "mapping", "timezone", "as_of")
def link(
    sources: opt.Sources,
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
        answer.save(out)
        write_rejects(out / "rejects.csv", (*rejects, *earlier_rejects))
    if as_json:
        for line in _json_lines(answer):
            print(line)
    else:
        print_warnings(case_file)
        print_answer(answer, out)


def print_answer(answer: Answer, out: Path) -> None:
    """Print the first links, possible series and coverage in plain words."""
    show(REASON_TO_LOOK)
    # How many records were compared, up to when, and what was not searched.
    zone = ZoneInfo(answer.timezone)
    first, last = (
        datetime.fromtimestamp(instant, zone).date().isoformat()
        for instant in (answer.first_report, answer.last_report)
    )
    searched = f"Compared: {answer.compared:,} records of {answer.file}, reported {first} to {last}"
    if answer.as_of is not None:
        moment = datetime.fromtimestamp(answer.as_of, zone)
        searched += f", as recorded by {moment:%Y-%m-%d %H:%M}"
    if answer.null_sample:
        searched += f".\n{say_sample(answer.null_sample).removesuffix('.')}"
    absent = [c.system for c in answer.coverage if c.records == 0]
    show("")
    opt.show_input(answer.account)
    show(f"{searched}.\n{opt.say_not_searched(absent, covered=bool(answer.coverage))}")
    for line in (*say_merged(answer.merged), *answer.together):
        show(line)
    # The best rank-1 links, most surprising first; one death reported twice is no lead.
    leads = [x for x in answer.links if x.rank == 1 and x.relation is not Relation.DUPLICATE_REPORT]
    firsts = sorted(leads, key=lambda x: (x.chance, x.case_a))[:FIRST]
    if firsts:
        best = "The best match" if len(firsts) == 1 else f"The {len(firsts)} best matches"
        show(f"\n{best}, each of one record with its best earlier one:")
    for number, link in enumerate(firsts, 1):
        findings, shared = link.breakdown.findings, ""
        if link.tier is Tier.SHARED_ENTITY:
            both = any(f.aspect == SAME_ENTITY and f.stance is Stance.AGREES for f in findings)
            shared = f", the {SAME_ENTITY} in both" if both else ", one record names the other"
        show(f"\n{number}. {link.case_a} and {link.case_b}{relation_doubt(link.relation)}{shared}")
        show(f"   {say_chance(link.chance, answer.deaths_a_year, answer.crime).sentence}")
        show(f"   for: {say_reasons(findings, 1)}")
        show(f"   against: {say_reasons(findings, -1) or 'nothing'}")
        show(f"   missing: {', '.join(missing_aspects(findings)) or 'nothing'}")
    _print_series(answer)
    if answer.thin:
        show(
            f"\n{len(answer.thin):,} records are too thin to compare; the report lists the facts to"
            " ask for."
        )
    show(f"\n{SILENCE}")
    show(f"Written to {out}: report.html, links.csv, series.csv, rejects.csv")


def _print_series(answer: Answer) -> None:
    """Print possible series that chance does not explain, and what changed since before."""
    if answer.by_means:
        show(f"\n{BY_MEANS}")
    few = [s for s in answer.series if s.chance is not None and s.chance <= MOST_CHANCE]
    for one in few[:5]:
        ids = ", ".join(member.case_id for member in one.members)
        show(f"\nPossible series {one.series_id}: {ids}")
    if not few:
        show("\nNo possible series that chance alone would not be expected to bring about.")
    contradictions = say_contradictions(answer.contradictions)
    if contradictions:
        show("\nJudgements that contradict one another; ask those who decided:")
    for sentence in contradictions:
        show(f"- {sentence}")
    if answer.changes is None:
        return
    changes = say_changes(answer.changes)
    show("\nSince the earlier run:")
    for sentence in changes.sentences[:FIRST] or ("no series has changed.",):
        show(f"- {sentence}")
    if more := len(changes.sentences[FIRST:]):
        show(f"- and {more:,} more; the report has them all")
    if changes.rest:
        show(changes.rest)


def _json_lines(answer: Answer) -> Iterator[str]:
    """Yield the lines of the answer for machines, one link a line; micro-bans stay whole numbers.

    A nation's links, all their findings at once, would not fit into memory.
    """
    without_links = {
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
    for link in answer.links:
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
            "findings": findings_to_json(link.breakdown.findings),
        }
        held = f"  {json.dumps(record)}"
    if held is not None:
        yield held
    yield " ]\n}"


def findings_to_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return findings for machines, in the order of the breakdown."""
    names = ("evidence", "aspect", "stance", "micro_bans", "says", "rarity")
    return [{name: getattr(finding, name) for name in names} for finding in findings]
