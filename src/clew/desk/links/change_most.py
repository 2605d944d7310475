"""The three facts that would change a comparison most: what is missing, by how far it can move it.

How far an aspect can move a comparison is read off others: the spread between the most it took off
and the most it added, over pairs of the same run in which both records told it. An aspect that no
pair told comes last, in the order of `workflows/thin.py`, whose spreads were measured once. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clew.model.finding import Finding, Stance

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
"""What to ask for each aspect, in the order of `workflows/thin.py` where it has one."""


@dataclass(frozen=True, slots=True)
class Ask:
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
) -> tuple[Ask, ...]:
    """Return up to three missing facts, the one that could move the comparison most first.

    `names` are the two records, in the order of the findings' values.
    """
    order = list(QUESTIONS)
    told = {f.aspect for f in findings if f.stance is not Stance.MISSING}
    missing = {f.aspect: f for f in findings if f.stance is Stance.MISSING and f.aspect not in told}
    ranked = sorted(missing, key=lambda a: (-spreads.get(a, 0), _place(order, a), a))
    return tuple(
        Ask(
            aspect,
            QUESTIONS.get(aspect, f"What is known of: {aspect}?"),
            _lacking(missing[aspect], names),
        )
        for aspect in ranked[:THREE]
    )


def _place(order: list[str], aspect: str) -> int:
    return order.index(aspect) if aspect in order else len(order)


def _lacking(finding: Finding, names: tuple[str, str]) -> tuple[str, ...]:
    values = (finding.value_a, finding.value_b)
    return tuple(name for name, value in zip(names, values, strict=True) if not value)
