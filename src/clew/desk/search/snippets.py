"""A few words of a record around what was looked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clew.desk.search.document import WITHHELD, is_indexed
from clew.desk.search.words import WORD, fold, stem
from clew.disclosure.words import clean

WIDE = 160
"""Declared: characters of a snippet, two lines of a list."""
BEFORE = 50
"""Declared: characters before the first word that was looked for."""
FIRST = ("narrative", "scene_card", "cause")
"""The fields that are looked at first; then the others in their order."""
Piece = tuple[str, bool]
"""Some text, and whether it is what was looked for."""


def snippet(cells: Mapping[str, str], stems: Iterable[str], kind: str) -> list[Piece]:
    """Return a few words of the first field that has one of the stems, in pieces; [] for none."""
    wanted = frozenset(stems)
    names = [*(name for name in FIRST if name in cells), *(n for n in cells if n not in FIRST)]
    for name in names:
        value = cells[name]
        if value == WITHHELD or not is_indexed(name, kind):
            continue
        text = clean(value)
        spans = [hit.span() for hit in WORD.finditer(text) if _stem(hit[0]) in wanted]
        if spans:
            return _cut(text, spans)
    return []


def _stem(word: str) -> str:
    return stem(fold(word))


def _cut(text: str, spans: list[tuple[int, int]]) -> list[Piece]:
    start = max(spans[0][0] - BEFORE, 0)
    if start:
        start = text.find(" ", start, spans[0][0]) + 1 or spans[0][0]
    end = min(start + WIDE, len(text))
    if end < len(text):
        end = max(text.rfind(" ", start, end), spans[0][1])
    pieces: list[Piece] = [("\N{HORIZONTAL ELLIPSIS} ", False)] if start else []
    at = start
    for first, last in spans:
        if last > end:
            break
        pieces += [(text[at:first], False), (text[first:last], True)]
        at = last
    pieces.append((text[at:end] + (" \N{HORIZONTAL ELLIPSIS}" if end < len(text) else ""), False))
    return [piece for piece in pieces if piece[0]]
