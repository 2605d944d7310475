"""Texts of cells as words of the vocabularies, codes, and entities."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from clew.intake.cases.cleaning import missing_cause, says_none, split_list
from clew.intake.prose.cause_text import substance_ids
from clew.model.case import Entity
from clew.vocabulary.load import word_key, words


@lru_cache(maxsize=65_536)
def read_words(column: str, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a list cell's ids, sorted, each once; and those that no vocabulary knows."""
    ids: set[str] = set()
    unknown: set[str] = set()
    of_substances = column in {"substances", "tested_for"}
    canonical = substance_ids if of_substances else words(column).canonical
    for element in split_list(text):
        if says_none(element) or missing_cause(element) is not None:
            continue
        if known := canonical(element):
            ids.add(known)
        elif several := _several(element, canonical):
            ids |= several
        elif word := word_key(element):
            unknown.add(word)
    return tuple(sorted(ids | unknown)), tuple(sorted(unknown))


_BETWEEN = re.compile(r"\s*(?:,|/|\+|&|\band\b)\s*", re.IGNORECASE)
"""What stands between the elements of a list that was written for people."""


def _several(element: str, canonical: Callable[[str], str | None]) -> set[str]:
    """Return the words of `note, syringe` or `heroin + cocaine`; none unless every part is known.

    A word that has such a mark of its own is known as it is, and never comes here.
    """
    parts = [part for part in _BETWEEN.split(element) if part]
    found = [canonical(part) for part in parts] if len(parts) > 1 else []
    return {known for known in found if known} if found and all(found) else set()


def read_codes(text: str) -> tuple[str, ...]:
    """Return a list cell's elements as they are written, sorted, each once."""
    return tuple(sorted({e for e in split_list(text) if missing_cause(e) is None}))


@lru_cache(maxsize=65_536)
def read_entity(element: str) -> Entity | None:
    """Return the entity that one element names, or None if it has another shape."""
    parts = [part.strip() for part in element.split(":", 2)]
    if len(parts) != 3 or not parts[2]:
        return None
    role, kind = (
        words(name).canonical(part) or word_key(part)
        for name, part in zip(("roles", "entity_types"), parts, strict=False)
    )
    return Entity(role, kind, parts[2]) if role and kind else None
