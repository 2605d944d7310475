"""The words of the substance and mechanism vocabularies, as a tree that reads word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import product
from typing import Any, NamedTuple

from clew.vocabulary.load import read_table

WORD = re.compile(r"[^\W_]+")
LONGEST_WORD = 40
"""Longer runs of letters are no word of any vocabulary (longest name: 31 letters)."""
SHORTEST_MISSPELT = {"substance": 8, "mechanism": 10}
"""Letters that a word needs to be read with one error: in shorter ones it makes other words."""


class Concept(NamedTuple):
    """What a phrase means. `kind` is `substance` or `mechanism`; `weak`: for want of better."""

    kind: str
    id: str
    weak: bool = False


Phrase = tuple[tuple[str, ...], Concept]


@dataclass(slots=True)
class Node:
    """One step of the tree: which words may follow, and what the phrase so far means."""

    following: dict[str, Node] = field(default_factory=dict)
    concepts: tuple[Concept, ...] = ()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Labels and families by id, and the tables that words are looked up in.

    `listed` maps a whole value, its parts joined by blanks, to an id where the name is read in
    lists only. `denial` has the words that deny or end a denial, by use. `rank` is a
    mechanism's place in the priority order, 0 first.
    """

    labels: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    group_mechanisms: Mapping[str, str]
    rank: Mapping[str, int]
    root: Node
    words: frozenset[str]
    stems: frozenset[str]
    misspelt: Mapping[str, tuple[str, ...]]
    endings: Mapping[str, str]
    listed: Mapping[str, str]
    spelling: tuple[tuple[str, str], ...]
    denial: Mapping[str, frozenset[str]]


def phrase_of(text: str, spelling: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the words of a phrase in one spelling; a final "*" of a word is kept."""
    words = re.findall(r"[^\W_]+\*?", text.lower())
    return tuple(respell(word, spelling) for word in words)


def respell(word: str, spelling: Iterable[tuple[str, str]]) -> str:
    """Return a lower-case word with British and Greek letters written in the one way."""
    for written, meant in spelling:
        word = word.replace(written, meant)
    return word


def _phrases(
    substances: Mapping[str, Any],
    mechanisms: Mapping[str, Any],
    spelling: Iterable[tuple[str, str]],
) -> Iterator[Phrase]:
    """Yield every name of every substance, then every word of every mechanism."""
    for entry in substances["substance"]:
        concept = Concept("substance", entry["id"])
        for name in (entry["id"].replace("_", " "), *entry.get("words", ())):
            phrase = phrase_of(name, spelling)
            yield phrase, concept
            joined = "".join(phrase)
            if len(phrase) > 1 and len(joined) >= 5 and "*" not in joined:
                yield (joined,), concept

    for entry in mechanisms["mechanism"]:
        for weak, key in ((False, "words"), (True, "weak")):
            for name in entry.get(key, ()):
                yield phrase_of(name, spelling), Concept("mechanism", entry["id"], weak)


def _grow(root: Node, phrase: Iterable[str], concept: Concept) -> None:
    """Add a phrase. Its first meaning of each kind counts."""
    node = root
    for word in phrase:
        node = node.following.setdefault(word, Node())
    if all(known.kind != concept.kind for known in node.concepts):
        node.concepts += (concept,)


def deletions(word: str) -> set[str]:
    """Return a word, and what is left of it with one letter taken out."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


@cache
def vocabulary() -> Lexicon:
    """Return both vocabularies, read once."""
    substances, mechanisms = read_table("substances"), read_table("mechanisms")
    spelling = tuple(mechanisms["spelling"].items())
    phrases = tuple(_phrases(substances, mechanisms, spelling))
    written = {word for phrase, _ in phrases for word in phrase}
    root = Node()
    for phrase, concept in phrases:
        _grow(root, phrase, concept)
    # Each open word ("alcohol*") is closed in every way the vocabulary knows.
    for phrase, concept in phrases:
        choices = (
            [word, *(w for w in written if w != word and w.startswith(word[:-1]))]
            if word.endswith("*")
            else [word]
            for word in phrase
        )
        for closed in product(*choices):
            _grow(root, closed, concept)
    # Each long word, and it less one letter, leads to the words so reached (SymSpell, 2012).
    long = {
        word
        for phrase, concept in phrases
        for word in phrase
        if len(word) >= SHORTEST_MISSPELT[concept.kind] and word.isalpha()
    }
    misspelt: dict[str, tuple[str, ...]] = {}
    for word in sorted(long):
        for shortened in deletions(word):
            misspelt[shortened] = (*misspelt.get(shortened, ()), word)
    entries = (*substances["substance"], *mechanisms["mechanism"])
    words = frozenset(word for word in written if not word.endswith("*"))
    return Lexicon(
        labels={entry["id"]: entry["label"] for entry in entries},
        groups={entry["id"]: tuple(entry["groups"]) for entry in substances["substance"]},
        group_mechanisms=substances["groups"],
        rank={name: place for place, name in enumerate(mechanisms["priority"])},
        root=root,
        words=words,
        stems=frozenset(word[:-1] for word in written if word.endswith("*")),
        misspelt=misspelt,
        endings=substances["endings"],
        listed={
            " ".join(phrase_of(name, spelling)): entry["id"]
            for entry in substances["substance"]
            for name in entry.get("listed", ())
        },
        spelling=spelling,
        denial={use: frozenset(cues) for use, cues in mechanisms["denial"].items()},
    )


def one_error(one: str, other: str) -> bool:
    """Return whether one letter is wrong, missing or too many, or two neighbours are swapped."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])


def _near(word: str, book: Lexicon) -> str:
    """Return the long word that `word` is with one error, "" if none or if meanings differ."""
    if len(word) < SHORTEST_MISSPELT["substance"] - 1 or not word.isalpha():
        return ""
    reached = {known for part in deletions(word) for known in book.misspelt.get(part, ())}
    near = sorted(known for known in reached if known[0] == word[0] and one_error(known, word))
    steps = [book.root.following.get(known) for known in near]
    meanings = {step.concepts if step else () for step in steps}
    return near[0] if len(near) == 1 or (len(meanings) == 1 and () not in meanings) else ""


@lru_cache(maxsize=65_536)
def key_of(word: str) -> str:
    """Return the vocabulary's own form of one written word, "" where it has none.

    In order: the word itself, its longest open form ("fractur*"), a long word with one error whose
    first letter is right and whose meaning is sure, and a family's ending ("...nitazene").
    """
    if len(word) > LONGEST_WORD:
        return ""
    book = vocabulary()
    word = respell(word.lower(), book.spelling)
    if word in book.words:
        return word
    for length in range(len(word), 2, -1):
        if word[:length] in book.stems:
            return word[:length] + "*"
    near = _near(word, book)
    if near:
        return near
    for ending, family in book.endings.items():
        if word.endswith(ending):
            return family.replace("_", "")
    return ""


def concept_label(concept: str) -> str:
    """Return the words for the id of a substance or mechanism; an unknown id is its own label."""
    return vocabulary().labels.get(concept, concept)
