"""Words, lists of words, and entities of a row."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from clew.intake.cases.cleaning import missing_cause, says_none, split_list
from clew.intake.cases.draft import Draft, Reading
from clew.intake.prose.cause_text import substance_ids
from clew.model.case import Entity, Kind
from clew.vocabulary.load import Vocabulary, word_key, words

Part = Callable[[Draft, Reading], None]
LIFESTYLE = "lifestyle_words"
"""Name of the plain fact that keeps lifestyle words, which are no scene features."""


def text_part(column: str) -> Part:
    """Return the part that keeps a column's text as it is."""

    def read_text(draft: Draft, _reading: Reading) -> None:
        draft.put(column, draft.text(column))

    return read_text


def word_part(column: str, vocabulary: str) -> Part:
    """Return the part that reads one word; one that no vocabulary knows is kept, and counted."""

    def read_word(draft: Draft, reading: Reading) -> None:
        known = words(vocabulary).canonical(draft.texts.get(column, ""))
        if known is None and (text := draft.text(column)) is not None:
            known = word_key(text) or None
            _count_unknown(reading, column, known)
        draft.put(column, known)

    return read_word


def closed_word_part(column: str, vocabulary: str) -> Part:
    """Return the part that reads one word of a closed vocabulary; any other rejects the field."""

    def read_word(draft: Draft, _reading: Reading) -> None:
        known = words(vocabulary).canonical(draft.texts.get(column, ""))
        if known is None and draft.text(column) is not None:
            draft.reject(column, f"not one of {', '.join(words(vocabulary).ids)}")
        draft.put(column, Kind(known) if known and column == "kind" else known)

    return read_word


@lru_cache(maxsize=65_536)
def read_words(column: str, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a list cell's ids, sorted, each once; and those that no vocabulary knows."""
    found: set[str] = set()
    unknown: set[str] = set()
    for element in split_list(text):
        if says_none(element) or missing_cause(element) is not None:
            continue
        known = _known(column, element)
        word = known or word_key(element)
        if word:
            found.add(word)
            unknown.update(() if known else (word,))
    return tuple(sorted(found)), tuple(sorted(unknown))


def _known(column: str, element: str) -> str | None:
    if column in {"substances", "tested_for"}:
        return substance_ids(element)
    return words(column).canonical(element)


def read_codes(text: str) -> tuple[str, ...]:
    """Return a list cell's elements as they are written, sorted, each once."""
    return tuple(sorted({e for e in split_list(text) if missing_cause(e) is None}))


def words_part(column: str) -> Part:
    """Return the part that reads a list of words; `none` is the empty list."""

    def read_list(draft: Draft, reading: Reading) -> None:
        found = list_words(column, draft, reading)
        if column == "scene":
            lifestyle = words("scene").lifestyle
            apart = tuple(word for word in found or () if word in lifestyle)
            draft.put_extra(LIFESTYLE, "; ".join(apart) if apart else None)
            if found and apart:
                for word in apart:
                    reading.notes.count("scene: lifestyle words, held apart from the scene", word)
                found = tuple(word for word in found if word not in lifestyle) or None
        draft.put(column, found)

    return read_list


def list_words(column: str, draft: Draft, reading: Reading) -> tuple[str, ...] | None:
    """Return a list column's words, or None if it is missing."""
    text = draft.texts.get(column)
    if text is None:
        return None
    if says_none(text):
        return ()
    if draft.text(column) is None:
        return None
    found, unknown = read_words(column, text)
    for word in unknown:
        _count_unknown(reading, column, word)
    return found or None


def codes_part(column: str) -> Part:
    """Return the part that reads a list of codes (case numbers, references)."""

    def read_list(draft: Draft, _reading: Reading) -> None:
        text = draft.texts.get(column)
        found = None
        if text is not None:
            found = () if says_none(text) else read_codes(text) or None
        draft.put(column, found)

    return read_list


def read_entities(draft: Draft, reading: Reading) -> None:
    """Read `role:type:code` elements; one of another shape is rejected, the others kept."""
    text = draft.texts.get("entities")
    found: set[Entity] = set()
    for element in split_list(text or ""):
        if says_none(element) or missing_cause(element) is not None:
            continue
        entity = read_entity(element)
        if entity is None:
            draft.reject("entities", "not of the shape role:type:code", element, partial=True)
            continue
        found.add(entity)
        if entity.role not in words("roles").ids:
            _count_unknown(reading, "entities, role", entity.role)
        if entity.type not in words("entity_types").ids:
            _count_unknown(reading, "entities, type", entity.type)
    empty = () if text is not None and says_none(text) else None
    draft.put("entities", tuple(sorted(found)) or empty)


@lru_cache(maxsize=65_536)
def read_entity(element: str) -> Entity | None:
    """Return the entity that one element names, or None if it has another shape."""
    parts = [part.strip() for part in element.split(":", 2)]
    if len(parts) != 3 or not parts[2]:
        return None
    role, kind = (
        _word_of(words(v), p) for v, p in zip(("roles", "entity_types"), parts, strict=False)
    )
    return Entity(role, kind, parts[2]) if role and kind else None


def _word_of(vocabulary: Vocabulary, text: str) -> str:
    return vocabulary.canonical(text) or word_key(text)


def _count_unknown(reading: Reading, column: str, word: str | None) -> None:
    reading.notes.count(f"{column}: words that are not in the vocabulary, kept", word or "")
