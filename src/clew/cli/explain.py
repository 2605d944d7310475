"""`clew explain`: the breakdown of one pair."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from clew.cli import options as opt
from clew.cli.link import findings_to_json
from clew.cli.options import Identities, show_together, together_json, warn_of, with_identities
from clew.disclosure.chance_words import say_chance, say_sample
from clew.model.finding import MICRO, Stance

if TYPE_CHECKING:
    from clew.model.case_file import CaseFile
    from clew.workflows.explain import Explained

MARKS = {Stance.AGREES: "=", Stance.DIFFERS: "≠", Stance.MISSING: "○"}


def explain(
    cases: opt.Cases,
    case_a: Annotated[str, typer.Argument(help="Id of one case.")],
    case_b: Annotated[str, typer.Argument(help="Id of the other case. The order does not matter.")],
    facts: opt.Facts = None,
    judgements: opt.Judgements = None,
    identities: Identities = None,
    coverage: opt.Coverage = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
    as_of: opt.AsOf = None,
    weights: opt.Weights = None,
    engine: opt.Engine = "local",
    method: Annotated[
        bool, typer.Option("--method", help="Show the weight of each finding in bans.")
    ] = False,
    as_json: opt.Json = False,
) -> None:
    """Say what agrees, what differs and what is missing between two cases, whatever their rank.

    Of the judgements only verified double reports count here: two reports become one record.

    Writes no file.

    Example: clew explain deaths.csv BD-2 BD-1 --facts facts.csv --as-of 2014-08-30
    """
    # The kernel loads only for commands that compare: `clew near` must answer at once.
    from clew.workflows.explain import explain_pair
    from clew.workflows.link import LinkOptions

    rank = opt.ranking_on(engine)
    case_file = opt.Sources(cases, facts, coverage, mapping, timezone).read()
    moment = opt.instant_of(as_of, case_file.timezone)
    case_file, odd = with_identities(case_file, identities, moment)
    warn_of(odd)
    judged, _ = opt.judgements_of(judgements, case_file)
    settings = LinkOptions(opt.table_of(weights), moment, judgements=judged, rank=rank)
    told = explain_pair(case_file, settings, case_a, case_b)
    if as_json:
        print(json.dumps(_to_json(told) | together_json(case_file), indent=1))
        return
    _print(told, case_file, method=method)


def _print(told: Explained, case_file: CaseFile, *, method: bool) -> None:
    opt.show(opt.WORDS)
    opt.show(f"\n{told.breakdown.case_a} (later report) and {told.breakdown.case_b}")
    opt.show(say_chance(told.chance, told.deaths_a_year).sentence)
    said = say_sample(told.null_sample)
    opt.show(f"Compared with {told.compared:,} earlier records.{said and ' ' + said}\n")
    show_together(case_file)
    for finding in told.breakdown.findings:
        bans = f"{finding.micro_bans / MICRO:+9.6f}  " if method else ""
        rarity = f" ({finding.rarity})" if finding.rarity else ""
        both = f" [{finding.value_a or '-'} | {finding.value_b or '-'}]"
        named = finding.stance is Stance.DIFFERS and finding.says.startswith("only ")
        in_words = named or finding.value_a == finding.value_b
        values = "" if in_words else both
        opt.show(f"{MARKS[finding.stance]} {bans}{finding.aspect}: {finding.says}{rarity}{values}")
    if method:
        opt.show(f"  {told.breakdown.micro_bans / MICRO:+9.6f}  bans altogether")
    opt.show("\nOther explanations to check (they take no weight off):")
    for other in told.breakdown.other_explanations:
        opt.show(f"- {other}")
    opt.show(f"\n= agrees, ≠ differs, ○ missing. {opt.SILENCE}")


def _to_json(told: Explained) -> dict[str, object]:
    return {
        "words": opt.WORDS,
        "case_a": told.breakdown.case_a,
        "case_b": told.breakdown.case_b,
        "weight_bans": told.breakdown.micro_bans / MICRO,
        "chance_per_case": told.chance,
        "compared": told.compared,
        "null_sample": told.null_sample,
        "findings": findings_to_json(told.breakdown.findings),
        "other_explanations": list(told.breakdown.other_explanations),
    }
