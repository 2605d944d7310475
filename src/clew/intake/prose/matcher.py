"""Where a text's words fit the phrases of the rules."""

from __future__ import annotations

from dataclasses import dataclass

from clew.intake.prose.rules import Phrase, Rule, Rules, Step, word_classes
from clew.intake.prose.words import CLAUSE, COLON, COMMA, Text

_SMALL = word_classes()["small_words"]
"""Words that two phrases may share without being about one thing."""
GUARDS = frozenset({"pseudo", "certain", "now", "kept", "uncertain"})
"""Kinds of cue that take the place of any cue within them ("no doubt", "not known if")."""
LONGEST_GAP = 10
"""Words that the widest gap of the rules may skip; a test holds the rules to it."""
_LITTLE = word_classes()["little_words"]
"""Words that tell one phrase from another by themselves in no case."""


@dataclass(frozen=True, slots=True, eq=False)
class PhraseMatch:
    """A phrase found: words `first` up to, not including, `last`; `gaps` were skipped in it."""

    first: int
    last: int
    rule: Rule
    gaps: tuple[int, ...] = ()

    def own(self, keys: list[str]) -> set[int]:
        """Return the places of the words that this phrase needs, little ones left out."""
        return {
            p for p in range(self.first, self.last) if p not in self.gaps and keys[p] not in _SMALL
        }

    def _may_hold(self, other: PhraseMatch) -> bool:
        """Tell whether a cue is part of a longer one that takes its place."""
        if self.rule.field != "cue":
            return True
        kind = self.rule.cue["kind"]
        if kind == "absent":  # before a thing and behind it are two ways of saying it
            return self.rule.value == other.rule.value
        return kind in GUARDS or kind == other.rule.cue["kind"]

    def gaps_hold(self, other: PhraseMatch, keys: list[str]) -> bool:
        """Tell whether a word that the other phrase needs is only passed over by this one."""
        return any(
            p in self.gaps and p not in other.gaps and keys[p] not in _LITTLE
            for p in range(other.first, other.last)
        )

    def holds(self, other: PhraseMatch, keys: list[str]) -> bool:
        """Tell whether this phrase is of the same field, and longer around the other."""
        return (
            self.rule.field == other.rule.field
            and self.first <= other.first
            and self.last >= other.last
            and self.last - self.first > other.last - other.first
            and self._may_hold(other)
            and not (self.rule.field != "cue" and self.gaps_hold(other, keys))
            and other.rule.value not in self.rule.also
        )


def find_phrases(text: Text, rules: Rules) -> list[PhraseMatch]:
    """Return every phrase in the order of the text, those within a longer one left out."""
    found: dict[tuple[int, str, str], PhraseMatch] = {}
    keys, stops = text.keys, text.stops
    count = len(keys)
    ends = [last for first, last in text.sentences for _ in range(first, last)]
    alone, pairs, gapped = rules.alone, rules.pairs, rules.gapped
    for i, key in enumerate(keys):
        for phrase in alone.get(key, ()):
            _keep(found, PhraseMatch(i, i + 1, phrase.rule))
        if (by_second := pairs.get(key)) and i + 1 < count and not stops[i + 1]:
            for phrase in by_second.get(keys[i + 1], ()):
                _try(found, text, i, i + 2, phrase)
        if by_next := gapped.get(key):
            for word in by_next.keys() & keys[i + 1 : min(i + 2 + LONGEST_GAP, ends[i])]:
                for phrase in by_next[word]:
                    _try(found, text, i, i + 1, phrase)
    return _outermost(list(found.values()), text)


def _keep(found: dict[tuple[int, str, str], PhraseMatch], match: PhraseMatch) -> None:
    place = (match.first, match.rule.field, match.rule.value)
    held = found.get(place)
    if held is None or match.last > held.last:
        found[place] = match


def _try(
    found: dict[tuple[int, str, str], PhraseMatch], text: Text, first: int, at: int, phrase: Phrase
) -> None:
    end = _follow(text, at, phrase.steps, ())
    if end is not None:
        _keep(found, PhraseMatch(first, end[0], phrase.rule, end[1]))


def _follow(
    text: Text, at: int, steps: tuple[Step, ...], gaps: tuple[int, ...], limit: int = 1
) -> tuple[int, tuple[int, ...]] | None:
    """Return where a phrase ends if its steps fit from `at` on; the nearest fit counts."""
    keys, stops = text.keys, text.stops
    for k, step in enumerate(steps):
        if isinstance(step, int):
            limit = COMMA if step > 0 else CLAUSE  # the break that its words may not cross
            rest = steps[k + 1 :]
            for skipped in range(abs(step) + 1):
                if at + skipped >= len(keys) or stops[at + skipped] >= limit:
                    return None
                jumped = gaps + tuple(range(at, at + skipped))
                if (end := _follow(text, at + skipped, rest, jumped, limit)) is not None:
                    return end
            return None
        if at >= len(keys) or keys[at] not in step:
            return None
        if stops[at] and (k or stops[at] >= limit):
            return None
        at += 1
    return at, gaps


def _stands_alone(match: PhraseMatch, text: Text) -> bool:
    ends = match.last >= len(text.keys) or text.stops[match.last] >= COLON
    return ends and (match.first == 0 or text.stops[match.first] >= COLON)


def _outermost(found: list[PhraseMatch], text: Text) -> list[PhraseMatch]:
    """Return the phrases without those that a longer one of the same field holds."""
    found.sort(key=lambda m: (m.first, -m.last))
    kept: list[PhraseMatch] = []
    keys = text.keys
    reach: dict[str, list[PhraseMatch]] = {}
    for match in found:
        field = match.rule.field
        if match.rule.whole and not _stands_alone(match, text):
            continue
        around = [m for m in reach.get(field, ()) if m.last > match.first]
        if not any(outer.holds(match, keys) for outer in around):
            kept.append(match)
        around.append(match)
        reach[field] = around
    return _unguarded(kept, keys)


def _unguarded(found: list[PhraseMatch], keys: list[str]) -> list[PhraseMatch]:
    """Return the phrases that no guard and no more exact phrase on the same words takes away."""
    stronger = [m for m in found if m.rule.over or m.rule.value.startswith("other")]
    if not stronger:
        return found
    at: dict[int, list[PhraseMatch]] = {}
    for match in stronger:
        for place in range(match.first, match.last):
            at.setdefault(place, []).append(match)
    return [
        m
        for m in found
        if not any(
            _gives_way(m, one, keys)
            for place in range(m.first, m.last)
            for one in at.get(place, ())
        )
    ]


def _gives_way(match: PhraseMatch, other: PhraseMatch, keys: list[str]) -> bool:
    """Tell whether a guard, or a more exact phrase, shares a word with this one and takes it away.

    A phrase that itself needs all of a guard's words stands.
    """
    if match.rule.field != other.rule.field or match.rule.value.startswith("other"):
        return False
    needed, own = match.own(keys), other.own(keys)
    if own.isdisjoint(needed):
        return False
    if other.rule.over:
        return match.rule.value in other.rule.over
    return (not other.rule.of or match.rule.value in other.rule.of) and not own <= needed
