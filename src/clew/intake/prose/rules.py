"""The rules that find what a text says: data (TOML), compiled once into tables by first words.

A phrase is words with blanks between: `a|b` either; `<name>` any word of a class; a final `?`
may be there or not; `~3` up to three other words, none behind a comma; `~,3` also behind commas.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from functools import cache
from importlib.resources import files
from itertools import chain, product
from typing import Any

from clew.intake.prose.words import SHORTEST_MENDED, Spelling
from clew.vocabulary.lexicon import deletions

RULED_FIELDS = ("posture", "lividity", "clothing", "injuries", "body_state", "scene")
Step = frozenset[str] | int
"""One step of a phrase: a set of words, or a gap; a negative gap may cross commas."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a phrase means: a value of a field, an item, or a cue of context.

    `also` are values that hold with it; `denied` is the value that its denial means; `basis` is
    how it was learned, where the words themselves say; `cue` is what a cue does. `whole`: the
    phrase must be alone between commas ("On examination: cold, no pulse"). `over` are
    values that give way to it where they share a word; a guard is `of` the values that it guards,
    none named: of all.
    """

    field: str
    value: str
    also: tuple[str, ...] = ()
    denied: str = ""
    basis: str = ""
    cue: Mapping[str, Any] = attribute(default_factory=dict, hash=False, compare=False)
    whole: bool = False
    over: tuple[str, ...] = ()
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """The steps of a phrase behind its first word, and the rule that it belongs to."""

    steps: tuple[Step, ...]
    rule: Rule


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules.

    `alone[a]`, `pairs[a][b]`: phrases by their first words; `gapped[a][b]`: by the words before and
    behind their first gap.
    """

    alone: Mapping[str, Sequence[Phrase]]
    pairs: Mapping[str, Mapping[str, Sequence[Phrase]]]
    gapped: Mapping[str, Mapping[str, Sequence[Phrase]]]
    classes: Mapping[str, frozenset[str]]
    spelling: Spelling
    concepts: tuple[ProseRule, ...]


@dataclass(frozen=True, slots=True)
class ProseRule:
    """A rule as written, with the sentences that must draw it and those that must not."""

    rule: Rule
    says: tuple[str, ...]
    never: tuple[str, ...]


def read_toml(name: str) -> dict[str, Any]:
    """Return one file of rules as it is written."""
    path = files("clew.intake.prose") / "rules" / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8"))


@cache
def word_classes() -> Mapping[str, frozenset[str]]:
    """Return the classes of words that phrases and reach call upon; one may hold another."""
    classes: dict[str, frozenset[str]] = {}
    for name, words in read_toml("classes")["class"].items():
        parts = (classes[w[1:-1]] if w.startswith("<") else {w} for w in words.split())
        classes[name] = frozenset().union(*parts)
    return classes


@cache
def rules() -> Rules:
    """Return all rules, read once."""
    classes = word_classes()
    phrases: list[tuple[Rule, tuple[Step, ...]]] = []
    concepts = []
    entries = [
        (
            Rule(
                name,
                value,
                tuple(entry.get("also", ())),
                entry.get("denied", ""),
                entry.get("basis", ""),
                over=tuple(entry.get("over", ())),
                of=tuple(entry.get("of", ())),
            ),
            entry,
        )
        for name in (*RULED_FIELDS, "substances", "mentions")
        for value, entry in read_toml(name).items()
    ]
    # A guard is a phrase in which a concept's words mean something else.
    entries += [
        (Rule(name, "other" if name == "item" else "other_guard"), entry)
        for name, entry in read_toml("guards").items()
    ]
    entries += [
        (Rule("item", value, denied=entry.get("not_worn", "")), entry)
        for value, entry in read_toml("items").items()
    ]
    entries += [
        (Rule("cue", f"{kind}.{value}", cue={"kind": kind, **entry}), entry)
        for kind, cues in read_toml("context").items()
        for value, entry in cues.items()
    ]
    for rule, entry in entries:
        for phrase in entry["phrases"]:
            phrases += [(rule, steps) for steps in _compile(phrase, classes)]
        for phrase in entry.get("whole", ()):
            alone = replace(rule, whole=True)
            phrases += [(alone, steps) for steps in _compile(phrase, classes)]
        says, never = tuple(entry.get("says", ())), tuple(entry.get("never", ()))
        concepts.append(ProseRule(rule, says, never))
    known = {w for _, steps in phrases for step in steps if not isinstance(step, int) for w in step}
    known |= set().union(*classes.values()) - {"?"}
    near: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for word in sorted(w for w in known if len(w) >= SHORTEST_MENDED and w.isalpha()):
        for part in deletions(word):
            near[part] += (word,)
    base = read_toml("classes")
    plain = frozenset(base["plain"]["words"].split()) - known
    spelling = Spelling(frozenset(known), base["written"], plain, dict(near))
    return _index(phrases, classes, spelling, tuple(concepts))


def _compile(phrase: str, classes: Mapping[str, frozenset[str]]) -> Iterator[tuple[Step, ...]]:
    """Yield the ways of a phrase, each optional word in or out, gaps that meet as one."""
    ways: list[tuple[tuple[Step, ...], ...]] = []
    for part in phrase.split():
        if part.startswith("~"):
            gap = -int(part[2:]) if part.startswith("~,") else int(part[1:])
            ways.append(((gap,),))
            continue
        names = part.rstrip("?").split("|") if part != "?" else ["?"]
        words = (classes[n[1:-1]] if n.startswith("<") else {n} for n in names)
        any_of = frozenset[str]().union(*words)
        ways.append(((any_of,), ()) if part.endswith("?") and len(part) > 1 else ((any_of,),))
    for way in product(*ways):
        steps: list[Step] = []
        for step in chain.from_iterable(way):
            last = steps[-1] if steps else None
            if isinstance(step, int) and isinstance(last, int):
                wider = abs(step) + abs(last)
                steps[-1] = -wider if step < 0 or last < 0 else wider
            else:
                steps.append(step)
        while steps and isinstance(steps[-1], int):
            steps.pop()
        if steps and not isinstance(steps[0], int):
            yield tuple(steps)


def _index(
    phrases: Iterable[tuple[Rule, tuple[Step, ...]]],
    classes: Mapping[str, frozenset[str]],
    spelling: Spelling,
    concepts: tuple[ProseRule, ...],
) -> Rules:
    alone: dict[str, list[Phrase]] = {}
    gapped: dict[str, dict[str, list[Phrase]]] = {}
    pairs: dict[str, dict[str, list[Phrase]]] = {}
    for rule, (first, *rest) in phrases:
        assert not isinstance(first, int)
        after_gap = bool(rest) and isinstance(rest[0], int)
        by_words, second = (gapped, rest[1]) if after_gap else (pairs, rest[0] if rest else ())
        assert not isinstance(second, int)
        phrase = Phrase(tuple(rest if after_gap else rest[1:]), rule)
        for word in first:
            if not rest:
                alone.setdefault(word, []).append(phrase)
            for other in second:
                by_words.setdefault(word, {}).setdefault(other, []).append(phrase)
    return Rules(alone, pairs, gapped, classes, spelling, concepts)
