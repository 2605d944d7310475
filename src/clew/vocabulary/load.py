"""Load a vocabulary: ids with labels, synonyms and sources, from the TOML files beside this one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from clew.errors import UsageRejected

GROUP_MARK = "~"
"""Begins the id of a group, and can begin no word's: `word_key` leaves it out."""
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def read_table(name: str) -> dict[str, Any]:
    """Return one TOML file of the vocabulary.

    Raises
    ------
    UsageRejected
        If there is no such file.
    """
    folder = files("clew.vocabulary")
    path = folder / f"{name}.toml"
    if not path.is_file():
        ready = ", ".join(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))
        raise UsageRejected(f"there is no vocabulary named '{name}'", f"Choose one of: {ready}")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def word_key(text: str) -> str:
    """Return `text` in lower_snake: case, spaces, hyphens and marks play no part."""
    return _BETWEEN_WORDS.sub("_", text.casefold()).strip("_")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one field. `ids` are in file order; `lifestyle` ids must carry no weight.

    `groups` leads from a word's id to that of its group, which begins with GROUP_MARK.
    """

    name: str
    ids: tuple[str, ...]
    labels: Mapping[str, str]
    lifestyle: frozenset[str] = frozenset()
    groups: Mapping[str, str] = field(default_factory=dict)
    _by_key: Mapping[str, str] = field(default_factory=dict, repr=False)

    def canonical(self, text: str) -> str | None:
        """Return the id that `text` (an id, label or synonym) means, or None if it is not here."""
        return self._by_key.get(word_key(text))

    def spellings(self, word_id: str) -> tuple[str, ...]:
        """Return every way to write a word, as keys (`burial_ground`) and in plain words."""
        keys = [key for key, found in self._by_key.items() if found == word_id]
        return tuple(dict.fromkeys([*keys, *(key.replace("_", " ") for key in keys)]))

    def label(self, word_id: str) -> str:
        """Return the words people read for an id; an id that is not here reads as plain words."""
        return self.labels.get(word_id, word_id.replace("_", " "))


@cache
def words(name: str) -> Vocabulary:
    """Return the vocabulary `name`, for example `premises`.

    Raises
    ------
    UsageRejected
        If there is no such vocabulary, or if a spelling means two ids.
    """
    read = read_table(name)
    entries, groups = read["word"], read.get("group", [])
    by_key: dict[str, str] = {}
    for entry in entries:
        for spelling in (entry["id"], entry["label"], *entry.get("synonyms", ())):
            if by_key.setdefault(word_key(spelling), entry["id"]) != entry["id"]:
                raise UsageRejected(
                    f"'{spelling}' means two things in {name}.toml", "Keep it under one id"
                )
    return Vocabulary(
        name=name,
        ids=tuple(entry["id"] for entry in entries),
        labels={entry["id"]: entry["label"] for entry in entries}
        | {GROUP_MARK + group["id"]: group["label"] for group in groups},
        lifestyle=frozenset(entry["id"] for entry in entries if entry.get("lifestyle", False)),
        groups={e["id"]: GROUP_MARK + e["group"] for e in entries if "group" in e},
        _by_key=by_key,
    )


@dataclass(frozen=True, slots=True)
class SeenRule:
    """A mechanism, and the words by column of which any one shows it."""

    mechanism: str
    words: Mapping[str, frozenset[str]]


@cache
def seen_rules() -> tuple[SeenRule, ...]:
    """Return the rules that say a mechanism by what was seen, the first that fits decides."""
    return tuple(
        SeenRule(
            rule["mechanism"],
            {column: frozenset(listed) for column, listed in rule["any"].items()},
        )
        for rule in read_table("seen_mechanisms")["rule"]
    )


@cache
def name_forms() -> tuple[tuple[str, ...], ...]:
    """Return given names with their short and other forms, the whole name first in each line."""
    return tuple(tuple(line.split()) for line in read_table("nicknames")["forms"])
