"""A cause-of-death text, read: which substances it names, and by which mechanism death came."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from clew.vocabulary.lexicon import WORD, Concept, Node, key_of, phrase_of, vocabulary

LONGEST_KEPT = 1_000
"""Texts of more characters are read anew each time, so that the cache stays small."""
_UNREAD = 2
"""A listed value may hold this many words that no vocabulary knows, beside one substance."""

_REACH = 6
"""Words between a denial and the first thing denied (NegEx, Chapman 2001: five, and "of")."""
_REACH_BACK = 3
"""Words between the thing found absent and the cue behind it ("fentanyl was not detected")."""
_STOP = r"[;:)\n]|\.(?!\d)"
_STOP_BACK = r"[;:,()\n]|\.(?!\d)"


@dataclass(frozen=True, slots=True)
class CauseSpan:
    """Where a text names a concept: `text[start:end]`. `kind` is `substance` or `mechanism`."""

    start: int
    end: int
    concept: str
    kind: str


@dataclass(frozen=True, slots=True)
class CauseReading:
    """What a cause text says.

    `mechanism` is one id of vocabulary/mechanisms.toml; None where the text names none (blank,
    pending, unknown). `substances` are sorted ids of vocabulary/substances.toml, each once; None
    where the text names none, and never (), since a text cannot say that nothing was found.
    `spans` are all that was read and not denied, in the order of the text.
    """

    mechanism: str | None
    substances: tuple[str, ...] | None
    spans: tuple[CauseSpan, ...]


@dataclass(frozen=True, slots=True)
class CauseMatch:
    """A phrase found: words `first` up to, not including, `last` of the text."""

    first: int
    last: int
    concepts: tuple[Concept, ...]


_NOTHING = CauseReading(None, None, ())


def read_cause(text: str) -> CauseReading:
    """Read the substances and the mechanism out of a cause-of-death text, as written.

    Case, hyphens, British spelling and single errors in long words do not matter. What is denied
    ("no evidence of fentanyl", "not drug related"), awaited ("pending drug screen") or a person's
    history ("history of cocaine abuse") is not read. Never raises; time is linear in the length.

    Source
    ------
    vocabulary/substances.toml, vocabulary/mechanisms.toml; denial as in NegEx (Chapman 2001).
    """
    return _read(text) if len(text) > LONGEST_KEPT else _read_kept(text)


def _read(text: str) -> CauseReading:
    words = list(WORD.finditer(text))
    keys = [key_of(word.group()) for word in words]
    matches = find_matches(keys)
    if matches:
        lower = [word.group().lower() for word in words]
        if not vocabulary().denial["cue"].isdisjoint(lower):
            gaps = [text[a.end() : b.start()] for a, b in pairwise(words)]
            matches = _affirmed(_Sentence(lower, gaps, matches))
    if not matches:
        return _NOTHING
    spans = []
    named: set[str] = set()
    said: set[str] = set()
    weakly: set[str] = set()
    for match in matches:
        start, end = words[match.first].start(), words[match.last - 1].end()
        for concept in match.concepts:
            spans.append(CauseSpan(start, end, concept.id, concept.kind))
            if concept.kind == "substance":
                named.add(concept.id)
            else:
                (weakly if concept.weak else said).add(concept.id)
    return CauseReading(_mechanism(named, said, weakly), tuple(sorted(named)) or None, tuple(spans))


_read_kept = lru_cache(maxsize=32_768)(_read)


def find_matches(keys: list[str]) -> list[CauseMatch]:
    """Return the longest phrases from left to right, none overlapping, in a text's word keys."""
    root = vocabulary().root.following
    matches = []
    position, count = 0, len(keys)
    while position < count:
        node = root.get(keys[position])
        if node is None:
            position += 1
            continue
        match = _longest(node, keys, position)
        if match is None:
            position += 1
        else:
            matches.append(match)
            position = match.last
    return matches


def _longest(node: Node, keys: list[str], first: int) -> CauseMatch | None:
    best = CauseMatch(first, first + 1, node.concepts) if node.concepts else None
    last = first + 1
    while last < len(keys):
        following = node.following.get(keys[last])
        if following is None:
            break
        node, last = following, last + 1
        if node.concepts:
            best = CauseMatch(first, last, node.concepts)
    return best


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A text's words in lower case, what stands between each and the next, and its matches."""

    words: list[str]
    gaps: list[str]
    matches: list[CauseMatch]

    def word(self, place: int) -> str:
        return self.words[place] if 0 <= place < len(self.words) else ""

    def ends_before(self, place: int, marks: str) -> bool:
        """Tell whether a clause ends between the word before `place` and the word there."""
        return re.search(marks, self.gaps[place - 1]) is not None


def _affirmed(said: _Sentence) -> list[CauseMatch]:
    """Return the matches less those that the text denies, awaits or gives as history."""
    book = vocabulary().denial
    starts = {match.first: match for match in said.matches}
    ends = {match.last: match for match in said.matches}
    within = {place for match in said.matches for place in range(match.first, match.last)}
    dropped: list[CauseMatch] = []
    for place, word in enumerate(said.words):
        after = said.word(place + 1)
        if word not in book["cue"] or place in within:
            continue
        if word == "non":
            dropped += [starts[place + 1]] if place + 1 in starts else []
        elif word == "history":
            dropped += filter(_is_habit, _denied_after(place, said, starts))
        elif (word in book["after"] and after != "for") or (
            word == "not" and after in book["after_not"]
        ):
            dropped += _denied_before(place, said, ends)
        elif word in book["before"] and after not in book["no_denial"]:
            dropped += _denied_after(place, said, starts)
    denied = {match.first for match in dropped}
    return [match for match in said.matches if match.first not in denied]


def _is_habit(match: CauseMatch) -> bool:
    return all(c.kind == "substance" or c.id == "drug" for c in match.concepts)


def _denied_after(cue: int, said: _Sentence, starts: dict[int, CauseMatch]) -> list[CauseMatch]:
    """Return what stands behind a cue: the first match within reach, and the list it opens."""
    book = vocabulary().denial
    found: list[CauseMatch] = []
    place, left, comma = cue + 1, _REACH, False
    while place < len(said.words) and left:
        if said.ends_before(place, _STOP) or said.word(place) in book["turn"]:
            break
        comma = comma or "," in said.gaps[place - 1]
        match = starts.get(place)
        if match is not None:
            kinds = {c.kind for m in (*found[-1:], match) for c in m.concepts}
            if comma and kinds != {"substance"}:
                break
            found.append(match)
            place, left, comma = match.last, _REACH, False
            continue
        if found and said.word(place) not in book["list"]:
            break
        place, left = place + 1, left - 1
    return found


def _denied_before(cue: int, said: _Sentence, ends: dict[int, CauseMatch]) -> list[CauseMatch]:
    """Return what stands before a cue in its clause ("fentanyl was not detected")."""
    book = vocabulary().denial
    found: list[CauseMatch] = []
    if not {"not", "cannot", "nor"}.isdisjoint(said.words[max(0, cue - 3) : cue]):
        return found
    place, left = cue, _REACH_BACK
    while place > 0 and left and not said.ends_before(place, _STOP_BACK):
        match = ends.get(place)
        if match is not None:
            found.append(match)
            place, left = match.first, _REACH_BACK
        elif said.word(place - 1) in book["turn"] or (
            found and said.word(place - 1) not in book["list"]
        ):
            break
        else:
            place, left = place - 1, left - 1
    return found


def _mechanism(named: set[str], said: set[str], weakly: set[str]) -> str | None:
    """Return the earliest mechanism of the priority order; weak words count for want of better."""
    book = vocabulary()
    found = said | {book.group_mechanisms[book.groups[name][0]] for name in named}
    if weakly and not named and not any(_outward(mechanism) for mechanism in found):
        found = found | weakly
    return min(found, key=book.rank.__getitem__, default=None)


def _outward(mechanism: str) -> bool:
    """Tell whether a mechanism is force, poison or treatment rather than disease."""
    rank = vocabulary().rank
    return rank[mechanism] <= rank["medical_complication"]


@lru_cache(maxsize=32_768)
def substance_ids(word: str) -> str | None:
    """Return the id of one substance name as a list holds it, None if unknown.

    Street names that are common words ("G", "speed") are read here, though not in a text. Beside
    the one name up to two other words may stand ("U-48800 synthetic opioid").
    """
    book = vocabulary()
    phrase = phrase_of(word.replace("*", " "), book.spelling)
    listed = book.listed.get(" ".join(phrase))
    if listed is not None:
        return listed
    matches = find_matches([key_of(part) for part in phrase])
    named = {c.id for match in matches for c in match.concepts if c.kind == "substance"}
    read = sum(match.last - match.first for match in matches)
    return named.pop() if len(named) == 1 and len(phrase) - read <= _UNREAD else None


def substance_groups(substance: str) -> tuple[str, ...]:
    """Return the families of a substance id, the one that decides its mechanism first."""
    return vocabulary().groups.get(substance, ())
