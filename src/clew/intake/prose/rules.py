"""The rules that find what a text says: data (TOML), compiled once into tables by first words.

A phrase is words with blanks between: `a|b` either; `<name>` any word of a class; a final `?`
may be there or not; `~3` up to three other words, none behind a comma; `~,3` also behind commas.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

from clew.intake.prose.words import Spelling, make_spelling

FIELDS = ("posture", "lividity", "clothing", "injuries", "body_state", "scene")
Step = frozenset[str] | int
"""One step of a phrase: a set of words, or a gap; a negative gap may cross commas."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a phrase means: a value of a field, an item, or a cue of context.

    `also` are values that hold with it; `denied` is the value that its denial means; `basis` is
    how it was learned, where the words themselves tell; `cue` holds what a cue does. `whole`: the
    phrase must stand alone between commas ("On examination: cold, no pulse"). `over` are
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

    alone: Mapping[str, tuple[Phrase, ...]]
    pairs: Mapping[str, Mapping[str, tuple[Phrase, ...]]]
    gapped: Mapping[str, Mapping[str, tuple[Phrase, ...]]]
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
    """Return one file of rules as it stands."""
    path = files("clew.intake.prose") / "rules" / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8"))


@cache
def word_classes() -> Mapping[str, frozenset[str]]:
    """Return the classes of words that phrases and reach call upon."""
    return _classes(read_toml("classes")["class"])


def word_list(name: str) -> tuple[str, ...]:
    """Return the words of a class in the order in which they are written."""
    return tuple(read_toml("classes")["class"][name].split())


@cache
def rules() -> Rules:
    """Return all rules, read once."""
    base = read_toml("classes")
    classes = dict(word_classes())
    found: list[tuple[Rule, tuple[Step, ...]]] = []
    concepts = []
    for rule, entry in (*_concepts(), *_guards(), *_items(), *_cues()):
        for phrase in entry["phrases"]:
            found += [(rule, steps) for steps in _compile(phrase, classes)]
        for phrase in entry.get("whole", ()):
            alone = replace(rule, whole=True)
            found += [(alone, steps) for steps in _compile(phrase, classes)]
        concepts.append(
            ProseRule(rule, tuple(entry.get("says", ())), tuple(entry.get("never", ())))
        )
    known = {w for _, steps in found for step in steps if not isinstance(step, int) for w in step}
    known |= set().union(*classes.values()) - {"?"}
    spelling = make_spelling(known, base["written"], base["plain"]["words"].split())
    return _index(found, classes, spelling, tuple(concepts))


def _classes(table: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return word classes; a class may hold another as `<name>`."""
    done: dict[str, frozenset[str]] = {}
    for name, words in table.items():
        held: set[str] = set()
        for word in words.split():
            held |= done[word[1:-1]] if word.startswith("<") else {word}
        done[name] = frozenset(held)
    return done


def _concepts() -> Iterator[tuple[Rule, dict[str, Any]]]:
    for name in FIELDS:
        for value, entry in read_toml(name).items():
            also = tuple(entry.get("also", ()))
            rule = Rule(
                name,
                value,
                also,
                entry.get("denied", ""),
                entry.get("basis", ""),
                over=tuple(entry.get("over", ())),
                of=tuple(entry.get("of", ())),
            )
            yield rule, entry
    for name in ("substances", "mentions"):
        for value, entry in read_toml(name).items():
            yield Rule(name, value, of=tuple(entry.get("of", ()))), entry


def _guards() -> Iterator[tuple[Rule, dict[str, Any]]]:
    """Yield the phrases in which a concept's words mean something else."""
    for name, entry in read_toml("guards").items():
        yield Rule(name, "other" if name == "item" else "other_guard"), entry


def _items() -> Iterator[tuple[Rule, dict[str, Any]]]:
    for value, entry in read_toml("items").items():
        yield Rule("item", value, denied=entry.get("not_worn", "")), entry


def _cues() -> Iterator[tuple[Rule, dict[str, Any]]]:
    for name, entry in read_toml("context").items():
        for value, cue in entry.items():
            yield Rule("cue", f"{name}.{value}", cue={"kind": name, **cue}), cue


def _compile(phrase: str, classes: Mapping[str, frozenset[str]]) -> Iterator[tuple[Step, ...]]:
    """Yield the ways of a phrase, each optional word in or out."""
    ways: list[tuple[tuple[Step, ...], ...]] = []
    for part in phrase.split():
        if part.startswith("~"):
            gap = -int(part[2:]) if part.startswith("~,") else int(part[1:])
            ways.append(((gap,),))
            continue
        optional = part.endswith("?") and len(part) > 1
        names = part.rstrip("?").split("|") if part != "?" else ["?"]
        step = frozenset[str]().union(
            *(classes[n[1:-1]] if n.startswith("<") else frozenset({n}) for n in names)
        )
        ways.append(((step,), ()) if optional else ((step,),))
    for chosen in product(*ways):
        steps = _join_gaps(step for part in chosen for step in part)
        while steps and isinstance(steps[-1], int):
            steps = steps[:-1]
        if steps and not isinstance(steps[0], int):
            yield steps


def _join_gaps(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps with gaps that follow one another as one."""
    joined: list[Step] = []
    for step in steps:
        last = joined[-1] if joined else None
        if isinstance(step, int) and isinstance(last, int):
            wider = abs(step) + abs(last)
            joined[-1] = -wider if step < 0 or last < 0 else wider
        else:
            joined.append(step)
    return tuple(joined)


def _words_of(step: Step) -> frozenset[str]:
    """Return the words of a step behind a gap, which is never a gap again."""
    assert not isinstance(step, int)
    return step


def _index(
    found: Iterable[tuple[Rule, tuple[Step, ...]]],
    classes: Mapping[str, frozenset[str]],
    spelling: Spelling,
    concepts: tuple[ProseRule, ...],
) -> Rules:
    alone: dict[str, list[Phrase]] = {}
    gapped: dict[str, dict[str, list[Phrase]]] = {}
    pairs: dict[str, dict[str, list[Phrase]]] = {}
    for rule, steps in found:
        first, rest = steps[0], steps[1:]
        assert not isinstance(first, int)
        for word in first:
            if not rest:
                alone.setdefault(word, []).append(Phrase((), rule))
            elif isinstance(rest[0], int):
                for second in _words_of(rest[1]):
                    gapped.setdefault(word, {}).setdefault(second, []).append(Phrase(rest, rule))
            else:
                for second in rest[0]:
                    pairs.setdefault(word, {}).setdefault(second, []).append(Phrase(rest[1:], rule))
    return Rules(
        {word: tuple(held) for word, held in alone.items()},
        {a: {b: tuple(held) for b, held in by.items()} for a, by in pairs.items()},
        {a: {b: tuple(held) for b, held in by.items()} for a, by in gapped.items()},
        classes,
        spelling,
        concepts,
    )
