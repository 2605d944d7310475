"""A link as it was computed, turned back into the nouns and the card that disclosure draws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from clew.desk.accounts.rules import Person
from clew.desk.records.naming import without_name
from clew.desk.records.timeline import read_now
from clew.desk.review.models import Link
from clew.desk.settings import CONFIGURATION
from clew.disclosure.chance_words import ChanceWords, say_chance
from clew.disclosure.comparison import CardContext, PairCard, show_pair
from clew.disclosure.words import Clock, round_rarity
from clew.model.finding import Breakdown, Finding, Relation, Stance, Tier
from clew.model.finding import Link as Noun

CLOCK = Clock(ZoneInfo(CONFIGURATION.timezone))


def findings_of(rows: Iterable[dict[str, Any]]) -> tuple[Finding, ...]:
    """Return findings from the rows of `Link.findings`; value_a is that of the link's case.

    How rare a thing is counts sealed records too, so that exact figures would tell of them.
    """
    return tuple(
        Finding(
            evidence=row["evidence"],
            aspect=row["aspect"],
            stance=Stance(row["stance"]),
            micro_bans=int(row["micro_bans"]),
            says=row["says"],
            value_a=row.get("value_a", ""),
            value_b=row.get("value_b", ""),
            rarity=round_rarity(row.get("rarity", "")),
        )
        for row in rows
    )


def card_of(link: Link, ident: str = "pair", *, person: Person) -> PairCard:
    """Return everything the page says of the pair: matrix, waterfall, map and timeline.

    `person` reads it: the name of one who died in another area is left out.
    """
    a, b = link.case.case_id, link.other.case_id
    others = tuple(link.other_explanations)
    breakdown = Breakdown(a, b, findings_of(link.findings), link.micro_bans, others)
    noun = Noun(
        case_a=a,
        case_b=b,
        rank=link.rank,
        micro_bans=link.micro_bans,
        chance=link.chance,
        compared=link.compared,
        tier=Tier(link.tier),
        relation=Relation(link.relation),
        explain=lambda: breakdown,
    )
    cases = {case.case_id: without_name(read_now(case), person) for case in (link.case, link.other)}
    return show_pair(noun, CardContext(cases, CLOCK, link.run.deaths_a_year), ident)


def how_often(link: Link) -> ChanceWords:
    """Return how many unrelated deaths of a year would find a match this good."""
    return say_chance(link.chance, link.run.deaths_a_year)


# The three facts that would change a comparison most: what is missing, by how far it can move it.
#
# How far an aspect can move a comparison is read off others: the spread between the most it
# took off
# and the most it added, over pairs of the same run in which both records told it. An aspect that no
# pair told comes last, in the order of `workflows/link.py`, whose spreads were measured once. Pure.


THREE = 3
QUESTIONS: Mapping[str, str] = {
    "things missing": "Was a phone found, and were keys and wallet there?",
    "age": "How old was the person?",
    "distance": "Where exactly was the person found?",
    "mechanism": "What was the cause, or what is suspected?",
    "sex": "What was the person's sex?",
    "distance from home": "Where did the person live?",
    "things at the scene": "What was at the scene, and was anything out of place?",
    "kind of place": "What kind of place is it?",
    "setting": "Was it indoors or out of doors?",
    "posture": "How did the person lie or sit when first seen?",
    "substances": "Has toxicology been asked for, and for which substances?",
    "time of day": "When was the person last known to be alive?",
    "day of the week": "On which day did it happen?",
    "people, phones or places": "Who called, who found the person, and who was last with them?",
    "lividity": "Where had the blood pooled, and did it shift on pressure?",
    "clothing": "How was the person dressed, and was anything disturbed?",
    "injuries": "Was the body examined, and what marks were there?",
    "state of the body": "Was the body warm, cold, stiff?",
    "things that do not fit": "Does anything in the account not fit what was seen?",
}
"""What to ask for each aspect, in the order of `workflows/link.py` where it has one."""


@dataclass(frozen=True, slots=True)
class MissingFact:
    """One missing fact: its aspect, the question, and which of the two records lacks it."""

    aspect: str
    question: str
    lacking: tuple[str, ...]


def spreads_of(pairs: Iterable[Sequence[Finding]]) -> dict[str, int]:
    """Return for each aspect how far it moved comparisons, in micro-bans: most less least.

    Nothing told counts as no move, so that an aspect that only ever added has its whole sum.
    """
    moved: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for findings in pairs:
        sums: dict[str, int] = defaultdict(int)
        for finding in findings:
            if finding.stance is not Stance.MISSING:
                sums[finding.aspect] += finding.micro_bans
        for aspect, weight in sums.items():
            low, high = moved[aspect]
            moved[aspect] = [min(low, weight), max(high, weight)]
    return {aspect: high - low for aspect, (low, high) in moved.items()}


def three_facts(
    findings: Sequence[Finding], spreads: Mapping[str, int], names: tuple[str, str]
) -> tuple[MissingFact, ...]:
    """Return up to three missing facts, the one that could move the comparison most first.

    `names` are the two records, in the order of the findings' values.
    """
    place = {aspect: k for k, aspect in enumerate(QUESTIONS)}
    known = {f.aspect for f in findings if f.stance is not Stance.MISSING}
    missing = {
        f.aspect: f for f in findings if f.stance is Stance.MISSING and f.aspect not in known
    }
    ranked = sorted(missing, key=lambda a: (-spreads.get(a, 0), place.get(a, len(place)), a))
    asks = []
    for aspect in ranked[:THREE]:
        values = (missing[aspect].value_a, missing[aspect].value_b)
        lacking = tuple(name for name, value in zip(names, values, strict=True) if not value)
        question = QUESTIONS.get(aspect, f"What is known of: {aspect}?")
        asks.append(MissingFact(aspect, question, lacking))
    return tuple(asks)
