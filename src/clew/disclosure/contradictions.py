"""Judgements that contradict one another, in words: nothing that people said is lost."""

from __future__ import annotations

from collections.abc import Iterable

from clew.model.judgement import Conflict, Contradiction, Judgement


def say_contradictions(found: Iterable[Contradiction]) -> tuple[str, ...]:
    """Return one sentence a contradiction, in the order in which they were found."""
    return tuple(_sentence(one) for one in found)


def _sentence(one: Contradiction) -> str:
    pair, said = _pair(one.judgement), _judged(one.judgement)
    if one.kind is Conflict.OVERRULED:
        return f"{pair}: once {said}, later {_judged(one.against[0])}. The later one counts."
    apart = _and([f"{_pair(j)}, {_judged(j)}" for j in one.against])
    return f"{pair}: {said}, but in no series together. It would bring together {apart}."


def _judged(judgement: Judgement) -> str:
    """Say 'judged not linked by B'."""
    by = f" by {judgement.decided_by}" if judgement.decided_by else ""
    return f"judged {judgement.verdict.replace('_', ' ')}{by}"


def _pair(judgement: Judgement) -> str:
    return f"{judgement.case_a} and {judgement.case_b}"


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{'; '.join(parts[:-1])}; and {parts[-1]}"
