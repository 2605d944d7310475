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
"""Words that the widest gap of the rules may skip; a test checks the rules for it."""
_LITTLE = word_classes()["little_words"]
"""Words that alone never distinguish one phrase from another."""


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

    def contains(self, other: PhraseMatch, keys: list[str]) -> bool:
        """Say whether this phrase is of the same field, and longer around the other."""
        around = self.first <= other.first and self.last >= other.last
        if (
            self.rule.field != other.rule.field
            or not (around and self.last - self.first > other.last - other.first)
            or other.rule.value in self.rule.also
        ):
            return False
        if self.rule.field == "cue":
            kind = self.rule.cue["kind"]
            if kind == "absent":  # before a thing and behind it are two ways of saying it
                return self.rule.value == other.rule.value
            return kind in GUARDS or kind == other.rule.cue["kind"]
        # A word that the other phrase needs must not be one that this one only skips.
        return not any(
            p in self.gaps and p not in other.gaps and keys[p] not in _LITTLE
            for p in range(other.first, other.last)
        )

    def gives_way(self, other: PhraseMatch, keys: list[str]) -> bool:
        """Say whether a guard or a more exact phrase that shares a word with this one replaces it.

        A phrase that itself needs all of a guard's words stays.
        """
        if self.rule.field != other.rule.field or self.rule.value.startswith("other"):
            return False
        needed, theirs = self.own(keys), other.own(keys)
        if theirs.isdisjoint(needed):
            return False
        if other.rule.over:
            return self.rule.value in other.rule.over
        return (not other.rule.of or self.rule.value in other.rule.of) and not theirs <= needed


def find_phrases(text: Text, rules: Rules) -> list[PhraseMatch]:
    """Return every phrase in the order of the text, those within a longer one left out."""
    found: dict[tuple[int, str, str], PhraseMatch] = {}
    keys, stops = text.keys, text.stops
    count = len(keys)
    ends = [last for first, last in text.sentences for _ in range(first, last)]
    alone, pairs, gapped = rules.alone, rules.pairs, rules.gapped
    for i, key in enumerate(keys):
        for phrase in alone.get(key, ()):
            _try(found, text, i, i + 1, phrase)
        if (by_second := pairs.get(key)) and i + 1 < count and not stops[i + 1]:
            for phrase in by_second.get(keys[i + 1], ()):
                _try(found, text, i, i + 2, phrase)
        if by_next := gapped.get(key):
            for word in by_next.keys() & keys[i + 1 : min(i + 2 + LONGEST_GAP, ends[i])]:
                for phrase in by_next[word]:
                    _try(found, text, i, i + 1, phrase)
    return _outermost(list(found.values()), text)


def _try(
    found: dict[tuple[int, str, str], PhraseMatch], text: Text, first: int, at: int, phrase: Phrase
) -> None:
    """Note a phrase if it fits; of those of one value that begin at one word, the longest."""
    if (end := _follow(text, at, phrase.steps, ())) is None:
        return
    place = (first, phrase.rule.field, phrase.rule.value)
    known = found.get(place)
    if known is None or end[0] > known.last:
        found[place] = PhraseMatch(first, end[0], phrase.rule, end[1])


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


def _outermost(found: list[PhraseMatch], text: Text) -> list[PhraseMatch]:
    """Return the phrases without those that a longer one, a guard or a more exact one replaces."""
    found.sort(key=lambda m: (m.first, -m.last))
    outer: list[PhraseMatch] = []
    keys, stops = text.keys, text.stops
    reaching: dict[str, list[PhraseMatch]] = {}
    for match in found:
        field = match.rule.field
        if match.rule.whole and not (
            (match.last >= len(keys) or stops[match.last] >= COLON)
            and (match.first == 0 or stops[match.first] >= COLON)
        ):
            continue
        around = [m for m in reaching.get(field, ()) if m.last > match.first]
        if not any(longer.contains(match, keys) for longer in around):
            outer.append(match)
        around.append(match)
        reaching[field] = around
    guards: dict[int, list[PhraseMatch]] = {}
    for match in outer:
        if match.rule.over or match.rule.value.startswith("other"):
            for place in range(match.first, match.last):
                guards.setdefault(place, []).append(match)
    return [
        match
        for match in outer
        if not any(
            match.gives_way(guard, keys)
            for place in range(match.first, match.last)
            for guard in guards.get(place, ())
        )
    ]
