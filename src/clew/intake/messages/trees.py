"""Bytes of a message become a tree of dicts, lists and texts, out of JSON or FHIR XML, bounded."""

from __future__ import annotations

import codecs
import gzip
import json
import re
import zlib
from collections import Counter
from operator import itemgetter
from pathlib import Path
from typing import Any
from xml.parsers import expat

from clew.intake.messages.message import Oddities, RefusedError

MAX_BYTES = 16 * 1024 * 1024
"""Bytes in one message. Measured: 24 MiB of the worst JSON (`[],[],...`) took 680 MiB; the largest
certificate known to us has 103 kB."""
_SPLIT = "Split it into one file a record, or into lines (NDJSON)"
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
_DEEP = RefusedError("it is nested more than 64 levels deep", "This is not a record of a death")


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return a file's bytes, unpacked where it is gzipped.

    Raises
    ------
    RefusedError
        If it has more than `limit` bytes, or is damaged.

    """
    with path.open("rb") as file:
        raw = file.read(limit + 1)
    if raw[:2] == b"\x1f\x8b":
        try:
            with gzip.open(path) as packed:
                raw = packed.read(limit + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
            raise RefusedError(f"the gzip file is damaged ({fault})", "Fetch it again") from None
    if len(raw) > limit:
        raise RefusedError(f"it has more than {limit:,} bytes", _SPLIT)
    return raw


def to_text(raw: bytes) -> tuple[str, str]:
    """Return the text of some bytes, and what was odd about their encoding ("" for nothing).

    A byte order mark decides; without one it is UTF-8, and Latin-1 where it cannot be that.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            odd = "" if name == "utf-8-sig" else f"the text is {name}, not UTF-8"
            return raw.decode(name, errors="replace"), odd
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "the text is not UTF-8; it was read as Latin-1"


def read_json(text: str, odd: Oddities) -> Any:
    """Return the tree of a JSON text: numbers as texts as written, true and false as such.

    A word without its quotation marks and a comma too many are mended, and noted.

    Raises
    ------
    RefusedError
        With line and column, if it is no JSON; or if it has more than 64 levels, or too many
        objects and lists.

    """
    twice: list[str] = []

    def as_object(items: list[tuple[str, Any]]) -> dict[str, Any]:
        node = dict(items)
        if len(node) < len(items) and len(twice) < _REPAIRS:
            counts = Counter(key for key, _ in items)
            twice.extend([key for key, count in counts.items() if count > 1][:_REPAIRS])
        return node

    if text.count("[") + text.count("{") > MOST_NODES:
        raise _TOO_MANY
    as_written = itemgetter(slice(LONGEST_NUMBER))
    decoder = json.JSONDecoder(
        object_pairs_hook=as_object,
        parse_int=as_written,
        parse_float=as_written,
        parse_constant=str,
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
                    "Correct the file, or have it sent again",
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
    # Level by level, without recursion: neither too deep, nor too much in all.
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
    return tree


def _mended(text: str, fault: json.JSONDecodeError) -> str | None:
    """Return a JSON text without the slip at which reading stopped, or None."""
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


def each(node: Any, *path: str) -> list[Any]:
    """Return all children under a path of names; lists on the way are opened, nothing refused."""
    nodes = node if isinstance(node, list) else [node]
    for name in path:
        children = [parent.get(name) for parent in nodes if isinstance(parent, dict)]
        nodes = [n for child in children for n in (child if isinstance(child, list) else [child])]
    return [child for child in nodes if child is not None]


def first(node: Any, *path: str) -> Any:
    """Return the first child under a path, or None."""
    return next(iter(each(node, *path)), None)


def word(node: Any, *path: str) -> str:
    """Return the first text under a path in one line, "" where there is none."""
    for value in each(node, *path):
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
    return ""


def plain_value(node: Any) -> str:
    """Return the text of a node's value[x], "" where there is none."""
    parents = (parent for parent in each(node) if isinstance(parent, dict))
    names = dict.fromkeys(name for p in parents for name in p if name.startswith("value"))
    return next((text for name in names if (text := word(node, name))), "")


def words(node: Any, *path: str) -> list[str]:
    """Return all texts under a path, each in one line."""
    return [text for value in each(node, *path) if (text := word([value]))]


# FHIR XML becomes the tree that FHIR JSON would be. No document type, no entity, no address.


FHIR, XHTML = "http://hl7.org/fhir", "http://www.w3.org/1999/xhtml"
MOST_ELEMENTS = 200_000
"""Elements in one message; the largest known to us has 2,100."""
_HOLDERS = frozenset({"resource", "contained"})
"""Elements whose one child is a resource, and names its kind."""


class _Stopped(Exception):
    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.refused = RefusedError(reason, remedy)


class _Builder:
    """Builds the tree as elements open and close; holds one frame a level."""

    def __init__(self, odd: Oddities) -> None:
        self.odd = odd
        self.root: dict[str, Any] | None = None
        self._frames: list[tuple[str, dict[str, Any]]] = []
        self._skipped = self._count = 0
        self._strange = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if self._skipped or space == XHTML:
            self._skipped += 1
            if self._skipped > DEEPEST:
                raise _Stopped("it is nested more than 64 levels deep", "This is not a record")
            return
        if space != FHIR and not self._strange:
            self._strange = True
            about = f"the namespace is '{space[:60]}'" if space else "there is no namespace"
            self.odd.note(local, f"{about}; read as FHIR", f'Write xmlns="{FHIR}"')
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._frames) >= DEEPEST:
            raise _Stopped(
                f"it has more than {MOST_ELEMENTS:,} elements, or {DEEPEST} levels",
                "This is not a record of a death",
            )
        self._frames.append((local, {f"@{k.rpartition(' ')[2]}": v for k, v in attributes.items()}))

    def end(self, _name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        name, own = self._frames.pop()
        if not self._frames:
            self.root = _resource(name, own)
            return
        parent_name, parent = self._frames[-1]
        if parent_name in _HOLDERS and not any(not key.startswith("@") for key in parent):
            parent.update(_resource(name, own))
            return
        # As JSON has it: a text with what stands beside it, or an object.
        value: Any = {k.removeprefix("@"): v for k, v in own.items()}
        beside: dict[str, Any] = {}
        children = [key for key in own if not key.startswith("@")]
        if "@value" in own and set(children) <= {"extension"}:
            beside = {k: v for k, v in value.items() if k != "value"}
            value = own["@value"]
        elif children == ["extension"] and not set(own) - {"extension", "@id"}:
            # A primitive that has extensions alone looks the same as an object: keep both.
            beside = value
        _append(parent, name, value)
        if beside:
            _append(parent, f"_{name}", beside)


def _resource(name: str, own: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": name} | {k.removeprefix("@"): v for k, v in own.items()}


def _append(parent: dict[str, Any], name: str, value: Any) -> None:
    if name not in parent:
        parent[name] = value
    elif isinstance(parent[name], list):
        parent[name].append(value)
    else:
        parent[name] = [parent[name], value]


def read_fhir_xml(raw: bytes, odd: Oddities) -> dict[str, Any]:
    """Return the tree of a FHIR XML message, its XHTML narrative left out.

    Raises
    ------
    RefusedError
        With line and column, if it is no XML; if it declares a document type or an entity (that
        is how an XML bomb is made); if it is too large or nested too deeply.

    """
    kept = len(odd.found)
    try:
        return _parse(raw, odd, None)
    except expat.ExpatError as fault:
        if fault.code in {4, 29} and not raw[:200].lstrip().startswith(b"<?xml version='1.1'"):
            del odd.found[kept:]
            try:
                tree = _parse(raw, odd, "iso-8859-1")
            except expat.ExpatError:
                raise _broken(fault) from None
            odd.note("", "the text is not in the encoding it declares; read as Latin-1")
            return tree
        raise _broken(fault) from None


def _broken(fault: expat.ExpatError) -> RefusedError:
    said = expat.errors.messages.get(fault.code, "") or str(fault)
    return RefusedError(
        f"not well-formed XML at line {fault.lineno}, column {fault.offset + 1} ({said})",
        "Correct the file, or have it sent again",
    )


def _parse(raw: bytes, odd: Oddities, encoding: str | None) -> dict[str, Any]:
    parser = expat.ParserCreate(encoding, namespace_separator=" ")
    builder = _Builder(odd)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.EntityDeclHandler = _no_doctype
    parser.ExternalEntityRefHandler = _no_doctype
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(raw, True)
    except _Stopped as stopped:
        raise stopped.refused from None
    except (ValueError, LookupError, TypeError) as fault:  # an encoding Python does not know
        said = " ".join(str(fault).split())[:80]
        raise RefusedError(f"the XML cannot be read ({said})", "Save it as UTF-8") from None
    if builder.root is None:
        raise RefusedError("the XML has no element", "Have it sent again")
    return builder.root


def _no_doctype(*_: object) -> int:
    raise _Stopped(
        "it declares a document type or an entity, which no FHIR message does",
        "Take the <!DOCTYPE ...> out if you trust the sender",
    )
