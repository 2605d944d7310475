"""Trees of dicts, lists and texts, out of JSON or FHIR XML, within bounds."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from clew.intake.standards.message import Oddities, RefusedError

DEEPEST = 64
"""Levels of nesting. The deepest certificate known to us has 14."""
LONGEST_NUMBER = 40
MOST_NODES = 1_500_000
"""Objects and lists in one message; the largest certificate known to us has 1,900."""
_REPAIRS, _REPAIRED_BYTES = 20, 2 * 1024 * 1024
"""A slip is mended at most so often, and in messages of at most so many characters."""
_BARE_WORD = re.compile(r"[A-Za-z_][\w.+-]{0,60}(?=\s*[,}\]])")
_TOO_MANY = RefusedError(
    f"it has more than {MOST_NODES:,} objects and lists", "Split it into several files"
)
_DEEP = RefusedError("it is nested more than 64 levels deep", "This is no record of a death")


def read_json(text: str, odd: Oddities) -> Any:
    """Return the tree of a JSON text: numbers as texts as written, true and false as such.

    A word that lacks its quotation marks and a comma too many are mended, and noted.

    Raises
    ------
    RefusedError
        With line and column, if it is no JSON; or if it is nested too deeply.

    """
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items) and len(twice) < _REPAIRS:
            counts = Counter(key for key, _ in items)
            twice.extend([key for key, count in counts.items() if count > 1][:_REPAIRS])
        return found

    if text.count("[") + text.count("{") > MOST_NODES:
        raise _TOO_MANY
    decoder = json.JSONDecoder(
        object_pairs_hook=pairs, parse_int=_number, parse_float=_number, parse_constant=str
    )
    for repair in range(_REPAIRS + 1):
        try:
            tree = decoder.decode(text)
            break
        except json.JSONDecodeError as fault:
            mended = None if repair == _REPAIRS else _mended(text, fault)
            if mended is None:
                raise RefusedError(
                    f"not valid JSON at line {fault.lineno}, column {fault.colno}"
                    f" ({fault.msg[:1].lower()}{fault.msg[1:60]})",
                    "Mend the file, or have it sent again",
                ) from None
            odd.note(
                f"line {fault.lineno}, column {fault.colno}",
                "a slip in the JSON was mended",
                "Quote every text, and end no list with a comma",
                text[fault.pos : fault.pos + 30],
            )
            text = mended
        except RecursionError:
            raise _DEEP from None
    for key in sorted(set(twice))[:5]:
        odd.note(key, "a name is given twice in one object; the last was read", "Give it once")
    check_depth(tree)
    return tree


def _number(text: str) -> str:
    return text[:LONGEST_NUMBER]


def _mended(text: str, fault: json.JSONDecodeError) -> str | None:
    if len(text) > _REPAIRED_BYTES:
        return None
    at = fault.pos
    if at < len(text) and text[at] in "}]":
        before = text[:at].rstrip()
        return before[:-1] + text[at:] if before.endswith(",") else None
    if fault.msg.startswith(("Expecting property name", "Illegal trailing comma")):
        rest = re.match(r",?\s*(?=[}\]])", text[at:])
        return None if rest is None else text[:at] + text[at + rest.end() :]
    word = _BARE_WORD.match(text, at) if fault.msg.startswith("Expecting value") else None
    return None if word is None else f'{text[:at]}"{word[0]}"{text[word.end() :]}'


def check_depth(tree: Any) -> None:
    """Refuse a tree that is nested too deeply, or holds too much, without recursion.

    Raises
    ------
    RefusedError
        If it has more than 64 levels, or too many objects.

    """
    level, depth, count = [tree], 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > DEEPEST:
            raise _DEEP
        if count > MOST_NODES:
            raise _TOO_MANY
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]


def each(node: Any, *path: str) -> list[Any]:
    """Return all children under a path of names; lists on the way are opened, nothing refused."""
    found = node if isinstance(node, list) else [node]
    for name in path:
        step: list[Any] = []
        for one in found:
            child = one.get(name) if isinstance(one, dict) else None
            step += child if isinstance(child, list) else [] if child is None else [child]
        found = step
    return [one for one in found if one is not None]


def first(node: Any, *path: str) -> Any:
    """Return the first child under a path, or None."""
    found = each(node, *path)
    return found[0] if found else None


def word(node: Any, *path: str) -> str:
    """Return the first text under a path in one line, "" where there is none."""
    for one in each(node, *path):
        if isinstance(one, bool):
            return "true" if one else "false"
        if isinstance(one, str) and one.strip():
            return " ".join(one.split())
    return ""


def plain_value(node: Any) -> str:
    """Return the text of whichever value[x] a node holds, "" where there is none."""
    told = (one for one in each(node) if isinstance(one, dict))
    names = dict.fromkeys(name for one in told for name in one if name.startswith("value"))
    return next((text for name in names if (text := word(node, name))), "")


def words(node: Any, *path: str) -> list[str]:
    """Return all texts under a path, each in one line."""
    found = (word([one]) for one in each(node, *path))
    return [text for text in found if text]
