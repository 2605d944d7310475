"""FHIR XML becomes the tree that FHIR JSON would be. No document type, no entity, no address."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from clew.intake.standards.message import Oddities, RefusedError
from clew.intake.standards.trees import DEEPEST

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
                raise _Stopped("it is nested more than 64 levels deep", "This is no record")
            return
        if space != FHIR and not self._strange:
            self._strange = True
            about = f"the namespace is '{space[:60]}'" if space else "there is no namespace"
            self.odd.note(local, f"{about}; read as FHIR", f'Write xmlns="{FHIR}"')
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._frames) >= DEEPEST:
            raise _Stopped(
                f"it has more than {MOST_ELEMENTS:,} elements, or {DEEPEST} levels",
                "This is no record of a death",
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
        value, beside = _primitive(own)
        _append(parent, name, value)
        if beside:
            _append(parent, f"_{name}", beside)


def _resource(name: str, own: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": name} | {k.removeprefix("@"): v for k, v in own.items()}


def _primitive(own: dict[str, Any]) -> tuple[Any, dict[str, Any] | None]:
    """Return an element as JSON has it: a text with what stands beside it, or an object."""
    plain = {k.removeprefix("@"): v for k, v in own.items()}
    children = [k for k in own if not k.startswith("@")]
    if "@value" in own and not [k for k in children if k != "extension"]:
        beside = {k: v for k, v in plain.items() if k != "value"}
        return own["@value"], beside or None
    if children == ["extension"] and not set(own) - {"extension", "@id"}:
        # A primitive that is told by extensions alone looks the same as an object: keep both.
        return plain, plain
    return plain, None


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
        "Mend the file, or have it sent again",
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
        raise RefusedError("the XML holds no element", "Have it sent again")
    return builder.root


def _no_doctype(*_: object) -> int:
    raise _Stopped(
        "it declares a document type or an entity, which no FHIR message does",
        "Take the <!DOCTYPE ...> out if you trust the sender",
    )
