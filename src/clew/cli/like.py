"""`clew like`: find more like this series."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from clew.cli import options as opt
from clew.cli.link import findings_to_json, print_warnings, progress_bar
from clew.cli.options import Identities, show_together, together_json, warn_of, with_identities
from clew.disclosure.chance_words import say_like_chance
from clew.disclosure.csv_files import reasons
from clew.model.finding import MICRO, Breakdown, Relation, Stance

if TYPE_CHECKING:
    from clew.workflows.like import Alike, LikeAnswer


Series = Annotated[
    list[str],
    typer.Argument(
        help="One or more case ids; or one series id of series.csv, possible or adopted."
    ),
]


def like(
    cases: opt.Cases,
    series: Series,
    facts: opt.Facts = None,
    judgements: opt.Judgements = None,
    identities: Identities = None,
    coverage: opt.Coverage = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
    as_of: opt.AsOf = None,
    top: int = typer.Option(5, min=1, max=50, help="Number of cases to list."),
    weights: opt.Weights = None,
    engine: opt.Engine = "local",
    method: Annotated[bool, typer.Option("--method", help="Show weights in bans.")] = False,
    as_json: opt.Json = False,
) -> None:
    """Rank all other cases, earlier and later, against the cases of a series.

    Shows what agrees and what differs beside every member. Judgements name adopted series, and
    verified double reports become one record; judgements change no weight and no rank.

    Writes no file.

    Example: clew like deaths.csv BD-1 BD-2 --facts facts.csv --as-of 2014-09-22
    """
    # The kernel loads only for commands that compare: `clew near` must answer at once.
    from clew.workflows.like import find_alike
    from clew.workflows.link import LinkOptions

    rank = opt.ranking_on(engine)
    case_file = opt.Sources(cases, facts, coverage, mapping, timezone).read()
    moment = opt.instant_of(as_of, case_file.timezone)
    case_file, odd = with_identities(case_file, identities, moment)
    warn_of(odd)
    judged, _ = opt.judgements_of(judgements, case_file)
    settings = LinkOptions(opt.table_of(weights), moment, top, judged, rank)
    with progress_bar("Comparing", quiet=as_json) as progress:
        answer = find_alike(case_file, settings, series, progress)
    absent = [c.system for c in case_file.coverage if c.records == 0]
    if as_json:
        print(json.dumps(_to_json(answer, absent) | together_json(case_file), indent=1))
        return
    print_warnings(case_file)
    _print(answer, method=method)
    show_together(case_file)
    opt.show(f"\n{opt.say_not_searched(absent, told=bool(case_file.coverage))}")
    opt.show(opt.SILENCE)


def _print(answer: LikeAnswer, *, method: bool) -> None:
    opt.show(opt.WORDS)
    opt.show(f"\nMost like {', '.join(answer.members)}, of {answer.ranked:,} other records:")
    for one in answer.alike:
        opt.show(f"\n{one.rank}. {one.case_id}")
        opt.show(f"   {say_like_chance(one.chance, len(answer.members)).sentence}")
        if method:
            opt.show(f"   {one.micro_bans / MICRO:+.6f} bans, the mean over the series")
        for member, told, relation in zip(
            answer.members, one.breakdowns, one.relations, strict=True
        ):
            _print_pair(member, told, relation, method=method)
        opt.show(f"   missing: {_missing(one)}")


def _print_pair(member: str, told: Breakdown, relation: Relation, *, method: bool) -> None:
    kind = "" if relation is Relation.LEAD else f" ({relation.replace('_', ' ')}?)"
    bans = f" {told.micro_bans / MICRO:+.6f} bans" if method else ""
    opt.show(f"   with {member}{kind}{bans}")
    opt.show(f"      for: {reasons(f for f in told.findings if f.micro_bans > 0) or 'nothing'}")
    opt.show(f"      against: {reasons(f for f in told.findings if f.micro_bans < 0) or 'nothing'}")


def _missing(one: Alike) -> str:
    """Name what is missing beside every member, once: a fact that this record may lack."""
    lacking = [
        {f.aspect: None for f in told.findings if f.stance is Stance.MISSING}
        for told in one.breakdowns
    ]
    everywhere = [a for a in lacking[0] if all(a in other for other in lacking)]
    return ", ".join(everywhere) or "nothing"


def _to_json(answer: LikeAnswer, absent: list[str]) -> dict[str, object]:
    return {
        "words": opt.WORDS,
        "silence": opt.SILENCE,
        "series": list(answer.members),
        "ranked": answer.ranked,
        "not_searched": absent,
        "alike": [
            {
                "case_id": one.case_id,
                "rank": one.rank,
                "weight_bans": one.micro_bans / MICRO,
                "chance": one.chance,
                "members": [
                    {
                        "case_id": member,
                        "relation": relation,
                        "weight_bans": told.micro_bans / MICRO,
                        "findings": findings_to_json(told.findings),
                    }
                    for member, told, relation in zip(
                        answer.members, one.breakdowns, one.relations, strict=True
                    )
                ],
            }
            for one in answer.alike
        ],
    }
