"""`clew like`: find more like this series."""

from __future__ import annotations

import json
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from clew import api
from clew.cli import options as opt
from clew.cli.console import print_warnings, progress_bar
from clew.cli.link import findings_to_json
from clew.disclosure.chance_words import say_like_chance
from clew.disclosure.comparison import missing_aspects, relation_doubt, say_missing
from clew.disclosure.input_words import input_json
from clew.disclosure.pair_lines import ListSetting, reason_lines
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, Clock, count_of
from clew.model.finding import MICRO, Stance
from clew.workflows.like import LikeAnswer

Series = Annotated[
    list[str],
    typer.Argument(
        help="One or more case ids, or the id of a possible or adopted series in series.csv."
    ),
]


@opt.takes_sources("facts", "judgements", "identities", "coverage", "mapping", "timezone", "as_of")
def like(
    sources: opt.Sources,
    series: Series,
    top: int = typer.Option(5, min=1, max=50, help="Number of cases to list."),
    weights: opt.Weights = None,
    engine: opt.Engine = "local",
    all_reasons: opt.AllReasons = False,
    method: Annotated[bool, typer.Option("--method", help="Show weights in bans.")] = False,
    as_json: opt.Json = False,
) -> None:
    """Rank all other cases, earlier and later, against the cases of a series.

    Shows what agrees and what differs with each member. Judgements name adopted series, and
    verified duplicate reports become one record. Judgements change no weight and no rank.

    Writes no file.

    Example: clew like deaths.csv BD-1 BD-2 --facts facts.csv --as-of 2014-09-22
    """
    opened = sources.open()
    case_file = opened.case_file
    with progress_bar("Comparing", quiet=as_json) as progress:
        answer = api.like(
            case_file,
            series,
            as_of=opened.as_of,
            judgements=opened.judgements,
            weights=weights,
            top=top,
            engine=engine,
            progress=progress,
        )
    absent = [c.system for c in case_file.coverage if c.records == 0]
    if as_json:
        record = _to_json(answer, absent) | {"input": input_json(case_file.account)}
        print(json.dumps(record | opt.together_json(case_file), indent=1))
        return
    print_warnings(case_file)
    clock = Clock(ZoneInfo(case_file.timezone))
    setting = ListSetting.from_cases(answer.cases, clock, every=all_reasons)
    _print(answer, setting, method=method)
    opt.show_together(case_file)
    opt.show("")
    opt.show_input(case_file.account, listed=False)
    opt.show(f"{opt.say_not_searched(absent, covered=bool(case_file.coverage))}")
    opt.show(SILENCE)


def _print(answer: LikeAnswer, setting: ListSetting, *, method: bool) -> None:
    opt.show(REASON_TO_LOOK)
    opt.show(f"\nMost like these, of {count_of(answer.ranked, 'other record', 'other records')}:")
    for member in answer.members:
        opt.show(f"- {setting.name(member)}")
    for alike in answer.alike:
        opt.show(f"\n{alike.rank}. {setting.name(alike.case_id)}")
        opt.show(f"   {say_like_chance(alike.chance, len(answer.members)).sentence}")
        if method:
            opt.show(f"   {alike.micro_bans / MICRO:+.6f} bans, the mean over the series")
        for member, breakdown, relation in zip(
            answer.members, alike.breakdowns, alike.relations, strict=True
        ):
            bans = f", {breakdown.micro_bans / MICRO:+.6f} bans" if method else ""
            opt.show(f"   Beside {member}{relation_doubt(relation)}{bans}:")
            for line in reason_lines(breakdown.findings, setting.most, missing=False):
                opt.show(f"      {line}")
        first, *others = (one.findings for one in alike.breakdowns)
        # Once: what is missing beside every member may be missing from this record.
        absent = [set(missing_aspects(findings)) for findings in others]
        everywhere = [
            finding
            for finding in first
            if finding.stance is Stance.MISSING and all(finding.aspect in one for one in absent)
        ]
        if everywhere:
            opt.show(f"   Missing: {say_missing(everywhere, setting.most)}")


def _to_json(answer: LikeAnswer, absent: list[str]) -> dict[str, object]:
    return {
        "words": REASON_TO_LOOK,
        "silence": SILENCE,
        "series": list(answer.members),
        "ranked": answer.ranked,
        "not_searched": absent,
        "alike": [
            {
                "case_id": alike.case_id,
                "rank": alike.rank,
                "weight_bans": alike.micro_bans / MICRO,
                "chance": alike.chance,
                "members": [
                    {
                        "case_id": member,
                        "relation": relation,
                        "weight_bans": breakdown.micro_bans / MICRO,
                        "findings": findings_to_json(breakdown.findings),
                    }
                    for member, breakdown, relation in zip(
                        answer.members, alike.breakdowns, alike.relations, strict=True
                    )
                ],
            }
            for alike in answer.alike
        ],
    }
