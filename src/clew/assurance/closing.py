"""When a death may be classed not suspicious: every ground must be met, and each gap is named.

Invariant: `missing_grounds` empty is the only way to the class `unexpected_not_suspicious`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clew.assurance.lines import OPEN, LineStatus

LIFESTYLE = (
    (r"drug (?:user|addict|misuser|abuser)s?|addicts?|junkies?|known user", "drug use"),
    (r"homeless|rough sleep\w*|no fixed abode|nfa|vagrant", "having no home"),
    (r"sex work\w*|prostitut\w*|escort\w*|rent boy", "sex work"),
    (r"elderly|old age|frail\w*|age alone|his age|her age", "age"),
    (r"alcoholic\w*|drunks?|heavy drinker", "drink"),
    (r"chemsex|gay|lifestyle|promiscu\w*|chaotic", "how someone lived"),
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
SHORTEST_EVIDENCE = 20
"""Declared: characters; a shorter text cannot say what shows that nobody else was involved."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question that a text raises, and the words that raised it."""

    question: str
    words: str


@dataclass(frozen=True, slots=True)
class Closing:
    """What is known when someone asks to close a death as not suspicious.

    `evidence` says what shows that no third party was involved; `answers` pairs the words of each
    prompt with its answer; `open_pairs`, `open_concerns`, `open_leads` and `open_referrals` name
    what is still unresolved; `would_change` says what would change the decision.
    """

    reporter: str
    supervisor: str
    supervisor_may: bool
    evidence: str
    would_change: str
    lines: Sequence[LineStatus]
    open_pairs: Sequence[str] = ()
    open_concerns: Sequence[str] = ()
    open_leads: Sequence[str] = ()
    open_referrals: Sequence[str] = ()
    answers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground that is not met: its name, and what to do."""

    name: str
    says: str


def prompts_of(text: str) -> tuple[Prompt, ...]:
    """Return the questions that a reason raises; () for none."""
    prompts = []
    for words, topic in LIFESTYLE:
        hit = re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)
        if hit:
            question = (
                f"This names {topic}. What shows that nobody else was involved, apart from that?"
            )
            prompts.append(Prompt(question, hit.group(0)))
    note = TAKEN_AT_FACE_VALUE.search(text)
    if note:
        question = "This rests on a note. Who compared its handwriting, and with what result?"
        prompts.append(Prompt(question, note.group(0)))
    return tuple(prompts)


def rests_on_nothing_found(text: str) -> bool:
    """Tell whether a ground says that a search found nothing."""
    return NOTHING_FOUND.search(text) is not None


def missing_grounds(closing: Closing) -> tuple[Ground, ...]:
    """Return every ground that is not met, in the order of the page; () if it may be closed."""
    missing, evidence = [], closing.evidence.strip()
    if len(evidence) < SHORTEST_EVIDENCE:
        missing.append(Ground("evidence", "Say what shows that no third party was involved"))
    elif rests_on_nothing_found(evidence):
        missing.append(
            Ground(
                "evidence",
                "That nothing similar was found is not evidence. Say what shows that no third"
                " party was involved",
            )
        )
    answered = {words.lower() for words, answer in closing.answers if answer.strip()}
    missing += [
        Ground("prompt", f"{prompt.question} (the words: {prompt.words})")
        for prompt in prompts_of(evidence)
        if prompt.words.lower() not in answered
    ]
    if not closing.would_change.strip():
        missing.append(Ground("would_change", "Say what would change this decision"))
    open_lines = [status.line.title for status in closing.lines if status.state == OPEN]
    for name, words, unresolved in (
        ("line", "Still open: {}", open_lines),
        ("link", "Not judged: {}", closing.open_pairs),
        ("concern", "Not answered: {}", closing.open_concerns),
        ("lead", "Neither resolved nor signed off: {}", closing.open_leads),
        ("referral", "Waits for an answer: {}", closing.open_referrals),
    ):
        missing += [Ground(name, words.format(item)) for item in unresolved]
    supervisor = closing.supervisor.strip().lower()
    if not supervisor:
        missing.append(Ground("supervisor", "A supervisor must read and sign this"))
    elif supervisor == closing.reporter.strip().lower():
        words = "The supervisor must be someone other than the reporter"
        missing.append(Ground("supervisor", words))
    elif not closing.supervisor_may:
        words = "The person who signs must have a supervisor's role for this area"
        missing.append(Ground("supervisor", words))
    return tuple(missing)
