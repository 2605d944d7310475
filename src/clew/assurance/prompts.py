"""Words that must not carry a decision by themselves, and the question each raises."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question that a text raises, and the words that raised it."""

    question: str
    words: str


LIFESTYLE = (
    (r"drug (?:user|addict|misuser|abuser)s?|addicts?|junkies?|known user", "drug use"),
    (r"homeless|rough sleep\w*|no fixed abode|nfa|vagrant", "having no home"),
    (r"sex work\w*|prostitut\w*|escort\w*|rent boy", "sex work"),
    (r"elderly|old age|frail\w*|age alone|his age|her age", "age"),
    (r"alcoholic\w*|drunks?|heavy drinker", "drink"),
    (r"chemsex|gay|lifestyle|promiscu\w*|chaotic", "how somebody lived"),
    (r"mental(?:ly)? (?:ill\w*|health)|depress\w*|suicidal", "mental health"),
)
"""Declared from requirements.md, 49: words on which deaths were closed without evidence."""
NOTHING_FOUND = re.compile(
    r"\b(?:nothing (?:similar|else|like (?:it|this)|came up|found)|no (?:similar|other|linked|"
    r"related)\b[^.]{0,40}(?:death|case|found|link)|no links?\b|not linked|no match\w*|"
    r"search(?:es)? (?:found|showed|returned) (?:nothing|none)|system (?:found|shows?) (?:nothing|"
    r"no\b))",
    re.IGNORECASE,
)
"""Ways of saying that a search found nothing; it is no ground for closing (mission.md)."""
TAKEN_AT_FACE_VALUE = re.compile(r"\b(?:suicide note|note (?:says|explains|confirms))\b", re.I)


def prompts_of(text: str) -> tuple[Prompt, ...]:
    """Return the questions that a reason raises; () for none."""
    found = []
    for words, what in LIFESTYLE:
        hit = re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)
        if hit:
            question = (
                f"This names {what}. What shows that nobody else was involved, apart from that?"
            )
            found.append(Prompt(question, hit.group(0)))
    note = TAKEN_AT_FACE_VALUE.search(text)
    if note:
        question = "This rests on a note. Who compared its handwriting, and with what result?"
        found.append(Prompt(question, note.group(0)))
    return tuple(found)


def rests_on_nothing_found(text: str) -> bool:
    """Tell whether a ground says that a search found nothing."""
    return NOTHING_FOUND.search(text) is not None
