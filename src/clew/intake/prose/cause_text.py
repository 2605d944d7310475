"""A cause-of-death text, read: which substances it names, and by which mechanism death came."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from clew.vocabulary.lexicon import WORD, Concept, key_of, phrase_of, vocabulary

LONGEST_CACHED = 1_000
"""Texts of more characters are read each time, so that the cache stays small."""
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


def read_cause(text: str) -> CauseReading:
    """Read the substances and the mechanism out of a cause-of-death text, as written.

    Case, hyphens, British spelling and single errors in long words do not matter. What is denied
    ("no evidence of fentanyl", "not drug related"), awaited ("pending drug screen") or a person's
    history ("history of cocaine abuse") is not read. Never raises; time is linear in the length.

    Source
    ------
    vocabulary/substances.toml, vocabulary/mechanisms.toml; denial as in NegEx (Chapman 2001).
    """
    return _read(text) if len(text) > LONGEST_CACHED else _read_cached(text)


def _read(text: str) -> CauseReading:
    words, book = list(WORD.finditer(text)), vocabulary()
    matches = find_matches([key_of(word[0]) for word in words])
    if matches:
        lower = [word[0].lower() for word in words]
        if not book.denial["cue"].isdisjoint(lower):
            gaps = [text[a.end() : b.start()] for a, b in pairwise(words)]
            matches = _affirmed(_Sentence(lower, gaps, matches))
    spans = []
    substances: set[str] = set()
    mechanisms: set[str] = set()
    weak: set[str] = set()
    for match in matches:
        start, end = words[match.first].start(), words[match.last - 1].end()
        for concept in match.concepts:
            spans.append(CauseSpan(start, end, concept.id, concept.kind))
            if concept.kind == "substance":
                substances.add(concept.id)
            else:
                (weak if concept.weak else mechanisms).add(concept.id)
    mechanisms |= {book.group_mechanisms[book.groups[name][0]] for name in substances}
    # Weak words count where nothing else says that it was force, poison or treatment.
    outward = book.rank["medical_complication"]
    if not substances and all(book.rank[mechanism] > outward for mechanism in mechanisms):
        mechanisms |= weak
    first = min(mechanisms, key=book.rank.__getitem__, default=None)
    return CauseReading(first, tuple(sorted(substances)) or None, tuple(spans))


_read_cached = lru_cache(maxsize=32_768)(_read)


def find_matches(keys: list[str]) -> list[CauseMatch]:
    """Return the longest phrases from left to right, none overlapping, in a text's word keys."""
    root = vocabulary().root
    matches = []
    first = 0
    while first < len(keys):
        node, last, longest = root, first, None
        while last < len(keys) and (following := node.following.get(keys[last])) is not None:
            node, last = following, last + 1
            if node.concepts:
                longest = CauseMatch(first, last, node.concepts)
        if longest:
            matches.append(longest)
        first = longest.last if longest else first + 1
    return matches


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A text's words in lower case, what is between each and the next, and its matches."""

    words: list[str]
    gaps: list[str]
    matches: list[CauseMatch]

    def word(self, place: int) -> str:
        return self.words[place] if 0 <= place < len(self.words) else ""

    def ends_before(self, place: int, marks: str) -> bool:
        """Say whether a clause ends between the word before `place` and the word there."""
        return re.search(marks, self.gaps[place - 1]) is not None


def _affirmed(sentence: _Sentence) -> list[CauseMatch]:
    """Return the matches less those that the text denies, awaits or gives as history."""
    book = vocabulary().denial
    starts = {match.first: match for match in sentence.matches}
    ends = {match.last: match for match in sentence.matches}
    within = {place for match in sentence.matches for place in range(match.first, match.last)}
    dropped: list[CauseMatch] = []
    for place, word in enumerate(sentence.words):
        after = sentence.word(place + 1)
        if word not in book["cue"] or place in within:
            continue
        if word == "non":
            dropped += [starts[place + 1]] if place + 1 in starts else []
        elif word == "history":
            dropped += [
                match
                for match in _denied_after(place, sentence, starts)
                if all(c.kind == "substance" or c.id == "drug" for c in match.concepts)
            ]
        elif (word in book["after"] and after != "for") or (
            word == "not" and after in book["after_not"]
        ):
            # What is before the cue in its clause ("fentanyl was not detected").
            twice_denied = {"not", "cannot", "nor"} & set(sentence.words[max(0, place - 3) : place])
            found: list[CauseMatch] = []
            at, left = place, 0 if twice_denied else _REACH_BACK
            while at > 0 and left and not sentence.ends_before(at, _STOP_BACK):
                match, before = ends.get(at), sentence.word(at - 1)
                if match is not None:
                    found.append(match)
                    at, left = match.first, _REACH_BACK
                elif before in book["turn"] or (found and before not in book["list"]):
                    break
                else:
                    at, left = at - 1, left - 1
            dropped += found
        elif word in book["before"] and after not in book["no_denial"]:
            dropped += _denied_after(place, sentence, starts)
    denied = {match.first for match in dropped}
    return [match for match in sentence.matches if match.first not in denied]


def _denied_after(cue: int, sentence: _Sentence, starts: dict[int, CauseMatch]) -> list[CauseMatch]:
    """Return what is behind a cue: the first match within reach, and the list it opens."""
    book = vocabulary().denial
    found: list[CauseMatch] = []
    place, left, comma = cue + 1, _REACH, False
    while place < len(sentence.words) and left:
        if sentence.ends_before(place, _STOP) or sentence.word(place) in book["turn"]:
            break
        comma = comma or "," in sentence.gaps[place - 1]
        match = starts.get(place)
        if match is not None:
            kinds = {c.kind for m in (*found[-1:], match) for c in m.concepts}
            if comma and kinds != {"substance"}:
                break
            found.append(match)
            place, left, comma = match.last, _REACH, False
            continue
        if found and sentence.word(place) not in book["list"]:
            break
        place, left = place + 1, left - 1
    return found


@lru_cache(maxsize=32_768)
def substance_ids(word: str) -> str | None:
    """Return the id of one substance name as a list has it, None if unknown.

    Street names that are common words ("G", "speed") are read here, though not in a text. Up to
    two other words may be beside the one name ("U-48800 synthetic opioid").
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
