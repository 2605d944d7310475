"""Where a text's words fit the phrases of the rules."""

from __future__ import annotations

from dataclasses import dataclass

from clew.intake.narrative.rules import Phrase, Rule, Rules, Step
from clew.intake.narrative.words import CLAUSE, COMMA, Text


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: words `first` up to, not including, `last`; `gaps` were skipped in it."""

    first: int
    last: int
    rule: Rule
    gaps: tuple[int, ...] = ()

    def holds(self, other: Match) -> bool:
        """Tell whether this phrase is of the same field, and longer around the other."""
        return (
            self.rule.field == other.rule.field
            and self.first <= other.first
            and self.last >= other.last
            and self.last - self.first > other.last - other.first
            and other.rule.value not in self.rule.also
        )


def find_phrases(text: Text, rules: Rules) -> list[Match]:
    """Return every phrase in the order of the text, those within a longer one left out."""
    found: dict[tuple[int, str, str], Match] = {}
    keys, stops = text.keys, text.stops
    count = len(keys)
    alone, pairs, gapped = rules.alone, rules.pairs, rules.gapped
    for i, key in enumerate(keys):
        for phrase in alone.get(key, ()):
            _keep(found, Match(i, i + 1, phrase.rule))
        if (by_second := pairs.get(key)) and i + 1 < count and not stops[i + 1]:
            for phrase in by_second.get(keys[i + 1], ()):
                _try(found, text, i, i + 2, phrase)
        for phrase in gapped.get(key, ()):
            _try(found, text, i, i + 1, phrase)
    return _outermost(list(found.values()))


def _keep(found: dict[tuple[int, str, str], Match], match: Match) -> None:
    place = (match.first, match.rule.field, match.rule.value)
    held = found.get(place)
    if held is None or match.last > held.last:
        found[place] = match


def _try(
    found: dict[tuple[int, str, str], Match], text: Text, first: int, at: int, phrase: Phrase
) -> None:
    end = _follow(text, at, phrase.steps, ())
    if end is not None:
        _keep(found, Match(first, end[0], phrase.rule, end[1]))


def _follow(
    text: Text, at: int, steps: tuple[Step, ...], gaps: tuple[int, ...]
) -> tuple[int, tuple[int, ...]] | None:
    """Return where a phrase ends if its steps fit from `at` on; the nearest fit counts."""
    keys, stops = text.keys, text.stops
    for k, step in enumerate(steps):
        if isinstance(step, int):
            limit = COMMA if step > 0 else CLAUSE
            rest = steps[k + 1 :]
            for skipped in range(abs(step) + 1):
                if at + skipped >= len(keys) or stops[at + skipped] >= limit:
                    return None
                jumped = gaps + tuple(range(at, at + skipped))
                if (end := _follow(text, at + skipped, rest, jumped)) is not None:
                    return end
            return None
        if at >= len(keys) or keys[at] not in step or (stops[at] and not _after_gap(steps, k, stops[at])):
            return None
        at += 1
    return at, gaps


def _after_gap(steps: tuple[Step, ...], k: int, stop: int) -> bool:
    """Tell whether a comma before a step is one that its gap may cross."""
    before = steps[k - 1] if k else 0
    return isinstance(before, int) and before < 0 and stop < CLAUSE


def _outermost(found: list[Match]) -> list[Match]:
    """Return the phrases without those that a longer one of the same field holds."""
    found.sort(key=lambda m: (m.first, -m.last))
    kept: list[Match] = []
    reach: dict[str, list[Match]] = {}
    for match in found:
        field = match.rule.field
        around = [m for m in reach.get(field, ()) if m.last > match.first]
        if not any(outer.holds(match) for outer in around):
            kept.append(match)
        around.append(match)
        reach[field] = around
    return kept
