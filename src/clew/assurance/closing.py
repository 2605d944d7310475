"""When a death may be called not suspicious: every ground must stand, and each that lacks is named.

Invariant: `missing_grounds` empty is the only way to the class `unexpected_not_suspicious`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.assurance.lines import OPEN, Kept
from clew.assurance.prompts import prompts_of, rests_on_nothing_found

SHORTEST_EVIDENCE = 20
"""Declared: characters; a shorter text cannot say what shows that nobody else was involved."""


@dataclass(frozen=True, slots=True)
class Closing:
    """What is known when somebody asks to close a death as not suspicious.

    `evidence`: what shows that no third party was involved, in words; `answers` what was answered
    to each prompt, by its words; `open_pairs`, `open_concerns`, `open_leads`, `open_referrals`
    name what is not dealt with; `would_change` what would change the decision.
    """

    reporter: str
    supervisor: str
    supervisor_may: bool
    evidence: str
    would_change: str
    lines: Sequence[Kept]
    open_pairs: Sequence[str] = ()
    open_concerns: Sequence[str] = ()
    open_leads: Sequence[str] = ()
    open_referrals: Sequence[str] = ()
    answers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground that lacks: its name, and what to do."""

    name: str
    says: str


def missing_grounds(closing: Closing) -> tuple[Ground, ...]:
    """Return every ground that lacks, in the order of the page; () means that it may be closed."""
    return tuple(
        ground
        for found in (_evidence(closing), _lines(closing), _open(closing), _supervision(closing))
        for ground in found
    )


def _evidence(closing: Closing) -> list[Ground]:
    found, text = [], closing.evidence.strip()
    if len(text) < SHORTEST_EVIDENCE:
        found.append(Ground("evidence", "Say what shows that no third party was involved"))
    elif rests_on_nothing_found(text):
        found.append(
            Ground(
                "evidence",
                "That nothing similar was found is not evidence. Say what shows that no third"
                " party was involved",
            )
        )
    answered = {words.lower() for words, answer in closing.answers if answer.strip()}
    found += [
        Ground("prompt", f"{prompt.question} (the words: {prompt.words})")
        for prompt in prompts_of(text)
        if prompt.words.lower() not in answered
    ]
    if not closing.would_change.strip():
        found.append(Ground("would_change", "Say what would change this decision"))
    return found


def _lines(closing: Closing) -> list[Ground]:
    return [
        Ground("line", f"Still open: {kept.line.title}")
        for kept in closing.lines
        if kept.state == OPEN
    ]


def _open(closing: Closing) -> list[Ground]:
    told = (
        ("link", "Not judged: {}", closing.open_pairs),
        ("concern", "Not answered: {}", closing.open_concerns),
        ("lead", "Neither resolved nor signed off: {}", closing.open_leads),
        ("referral", "Waits for an answer: {}", closing.open_referrals),
    )
    return [Ground(name, words.format(one)) for name, words, ids in told for one in ids]


def _supervision(closing: Closing) -> list[Ground]:
    if not closing.supervisor.strip():
        return [Ground("supervisor", "A supervisor must read and sign this")]
    if closing.supervisor.strip().lower() == closing.reporter.strip().lower():
        return [Ground("supervisor", "The supervisor must be somebody else than the reporter")]
    if not closing.supervisor_may:
        return [Ground("supervisor", "Whoever signs must hold a supervisor's role for this area")]
    return []
