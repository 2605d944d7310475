"""A FHIR Bundle opened: its header, its parameters, its documents, and resources by reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clew.intake.standards.codes import kind_of
from clew.intake.standards.fields import note_unknown_fields
from clew.intake.standards.message import Oddities, RefusedError
from clew.intake.standards.trees import each, first, word

Resource = dict[str, Any]
MOST_ENTRIES = 20_000
"""Entries of one Bundle; the largest certificate known to us has 60."""


@dataclass(slots=True)
class Opened:
    """One Bundle's own resources with their places, and the Bundles that lie within it.

    `of_kind` holds what codes or profiles make of observations and the like: `age`, `manner` ...
    """

    bundle: Resource
    place: str = ""
    resources: list[tuple[str, Resource]] = field(default_factory=list)
    inner: list[Opened] = field(default_factory=list)
    _by_reference: dict[str, Resource] = field(default_factory=dict)
    of_kind: dict[str, list[tuple[str, Resource]]] = field(default_factory=dict)

    def of_type(self, kind: str) -> list[tuple[str, Resource]]:
        """Return the resources of one type, in order, with their places."""
        return [(place, r) for place, r in self.resources if r.get("resourceType") == kind]

    def one(self, kind: str) -> Resource:
        """Return the first resource of a type, or an empty one."""
        return next((r for _, r in self.of_type(kind)), {})

    def kinds(self, name: str) -> list[tuple[str, Resource]]:
        """Return what is of one kind, in order, with its places."""
        return self.of_kind.get(name, [])

    def find(self, reference: Any) -> Resource:
        """Return what a reference leads to, or an empty resource."""
        text = word(reference, "reference") or word(reference)
        for key in (text, "/".join(text.rsplit("/", 2)[-2:]), text.rpartition("/")[2]):
            if key and key in self._by_reference:
                return self._by_reference[key]
        return {}

    def keep(self, place: str, resource: Resource, url: str) -> None:
        """Take a resource in, under its address, its type with its id, and its id alone."""
        self.resources.append((place, resource))
        own = word(resource, "id")
        tail = "/".join(url.rsplit("/", 2)[-2:])
        for key in (url, tail, f"{resource.get('resourceType')}/{own}", own):
            if key.strip("/"):
                self._by_reference.setdefault(key, resource)


def open_bundle(bundle: Resource, odd: Oddities, place: str = "") -> Opened:
    """Return a Bundle opened, and note what is odd about its entries.

    Raises
    ------
    RefusedError
        If it holds more entries than any message has.

    """
    opened = Opened(bundle, place)
    note_unknown_fields(f"{place}Bundle", bundle, odd)
    if len(each(bundle, "entry")) > MOST_ENTRIES:
        raise RefusedError(f"a Bundle of more than {MOST_ENTRIES:,} entries", "Split it")
    for number, entry in enumerate(each(bundle, "entry")):
        where = f"{place}entry[{number}]"
        resource = first(entry, "resource")
        if not isinstance(resource, dict):
            odd.note(where, "an entry without a resource was left out", "Have it sent whole", entry)
            continue
        name = word(resource, "resourceType")
        if not name:
            odd.note(where, "a resource that does not say what it is was left out", "", resource)
            continue
        if name == "Bundle":
            opened.inner.append(open_bundle(resource, odd, f"{where}."))
            continue
        _take(opened, odd, (f"{where}.{name}", resource), word(entry, "fullUrl"))
        for k, inside in enumerate(each(resource, "contained")):
            if isinstance(inside, dict) and word(inside, "resourceType"):
                _take(opened, odd, (f"{where}.{name}.contained[{k}]", inside), "")
    return opened


def open_alone(resource: Resource, odd: Oddities) -> Opened:
    """Return a resource that came without a Bundle, as a Bundle of it and what it contains."""
    opened = Opened({})
    name = word(resource, "resourceType")
    _take(opened, odd, (name, resource), "")
    for k, inside in enumerate(each(resource, "contained")):
        if isinstance(inside, dict) and word(inside, "resourceType"):
            _take(opened, odd, (f"{name}.contained[{k}]", inside), "")
    return opened


_CODED = frozenset({"Observation", "Condition", "Procedure", "Location"})


def _take(opened: Opened, odd: Oddities, told: tuple[str, Resource], url: str) -> None:
    place, resource = told
    opened.keep(place, resource, url)
    note_unknown_fields(place, resource, odd)
    name = word(resource, "resourceType")
    if name not in _CODED:
        return
    kind, known_by = kind_of(resource)
    if kind:
        opened.of_kind.setdefault(kind, []).append(told)
    if name == "Observation" and known_by == "profile":
        odd.note(
            f"{place}.code",
            "a code that is not known here; its profile tells what it is",
            "Give the LOINC code of the profile",
            word(resource, "code", "coding", "code"),
        )
    elif name == "Observation" and not each(resource, "code"):
        odd.note(f"{place}.code", "an Observation without a code was not read", "Give its code")
