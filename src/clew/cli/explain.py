"""`clew explain`: the breakdown of one pair."""

from __future__ import annotations

import json
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from clew import api
from clew.cli import options as opt
from clew.cli.link import findings_to_json
from clew.comparison.breakdown import SHARED_ASPECT
from clew.disclosure.chance_words import say_chance, say_sample
from clew.disclosure.comparison import say_missing
from clew.disclosure.input_words import input_json
from clew.disclosure.pair_lines import ListSetting
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, Clock, count_of
from clew.model.case_file import CaseFile
from clew.model.finding import MICRO, Stance
from clew.workflows.explain import Explained

MARKS = {Stance.AGREES: "=", Stance.DIFFERS: "≠", Stance.MISSING: "○", Stance.NOTE: "·"}


@opt.takes_sources("facts", "judgements", "identities", "coverage", "mapping", "timezone", "as_of")
def explain(
    sources: opt.Sources,
    case_a: Annotated[str, typer.Argument(help="Id of one case.")],
    case_b: Annotated[str, typer.Argument(help="Id of the other case. The order does not matter.")],
    weights: opt.Weights = None,
    engine: opt.Engine = "local",
    method: Annotated[
        bool, typer.Option("--method", help="Show the weight of each finding in bans.")
    ] = False,
    as_json: opt.Json = False,
) -> None:
    """Say what agrees, what differs and what is missing between two cases, whatever their rank.

    Judgements count only where they verify that two reports are of one death: they become one
    record.

    Writes no file.

    Example: clew explain deaths.csv BD-2 BD-1 --facts facts.csv --as-of 2014-08-30
    """
    opened = sources.open()
    explained = api.explain(
        opened.case_file,
        case_a,
        case_b,
        as_of=opened.as_of,
        judgements=opened.judgements,
        weights=weights,
        engine=engine,
    )
    breakdown = explained.breakdown
    if as_json:
        record = {
            "words": REASON_TO_LOOK,
            "case_a": breakdown.case_a,
            "case_b": breakdown.case_b,
            "weight_bans": breakdown.micro_bans / MICRO,
            "chance_per_case": explained.chance,
            "compared": explained.compared,
            "null_sample": explained.null_sample,
            "input": input_json(opened.case_file.account),
            "findings": findings_to_json(breakdown.findings),
            "other_explanations": list(breakdown.other_explanations),
        }
        print(json.dumps(record | opt.together_json(opened.case_file), indent=1))
    else:
        _print(explained, opened.case_file, method=method)


def _print(explained: Explained, case_file: CaseFile, *, method: bool) -> None:
    breakdown = explained.breakdown
    setting = ListSetting.from_cases(explained.cases, Clock(ZoneInfo(case_file.timezone)))
    opt.show(REASON_TO_LOOK)
    opt.show(f"\nLater report: {setting.name(breakdown.case_a)}")
    opt.show(f"Earlier:      {setting.name(breakdown.case_b)}")
    chance = (explained.chance, explained.deaths_a_year, case_file.crime, explained.in_file)
    opt.show(say_chance(*chance).sentence)
    sample = say_sample(explained.null_sample)
    opt.show_input(case_file.account, listed=False)
    earlier = count_of(explained.compared, "earlier record", "earlier records")
    opt.show(f"Compared with {earlier}.{sample and ' ' + sample}\n")
    opt.show_together(case_file)
    for finding in breakdown.findings:
        value = finding.value_a or finding.value_b
        if finding.stance is Stance.MISSING and not value:
            continue  # in one line below
        bans = f"{finding.micro_bans / MICRO:+9.6f}  " if method else ""
        notes = [finding.rarity] if finding.rarity else []
        if finding.stance is Stance.MISSING:
            notes.append(value)
        elif finding.aspect == SHARED_ASPECT and value:
            notes += dict.fromkeys((finding.value_a, finding.value_b))
        said = f" ({'; '.join(notes)})" if notes else ""
        opt.show(f"{MARKS[finding.stance]} {bans}{finding.says}{said}")
    neither = [
        finding
        for finding in breakdown.findings
        if finding.stance is Stance.MISSING and not (finding.value_a or finding.value_b)
    ]
    if neither:
        opt.show(f"{MARKS[Stance.MISSING]} Not recorded in either: {say_missing(neither)}")
    if method:
        opt.show(f"  {breakdown.micro_bans / MICRO:+9.6f}  bans in total")
    opt.show("\nOther explanations to check (they do not count against the link):")
    for other in breakdown.other_explanations:
        opt.show(f"- {other}")
    opt.show("\n= for, ≠ against, ○ missing, · a note: neither for nor against.")
    opt.show(SILENCE)
