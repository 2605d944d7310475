"""Where a FHIR reference leads: to the resource that it names, or to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from clew.intake.messages.codes import codes_of
from clew.intake.messages.trees import each, first, word

Resource = dict[str, Any]
_VERSION = re.compile(r"/_history(?:/([^/?#]*))?/?$")
_TYPE_AND_ID = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})$")
_QUERY = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)\?identifier=(?:([^|&]*)\|)?([^|&]+)$")
_GOVERNMENT_SYSTEM = re.compile(
    r"us-ssn|ssn|2\.16\.840\.1\.113883\.4\.1$|nhs-?number|2\.16\.840\.1\.113883\.2\.1\.4\.1"
    r"|passport|driv(?:er|ing)|us-medicare|us-itin|national-?insurance|\bnino\b|chi-?number",
    re.IGNORECASE,
)
_GOVERNMENT_TYPES = frozenset(
    {"SS", "SB", "PPN", "DL", "NI", "NIIP", "NNXXX", "TAX", "MC", "MA", "CZ", "HC", "BC", "DP"}
)
"""Types of identifiers that a state gives a person as a person: social security, beneficiary,
passport, driving licence, national, tax, Medicare, Medicaid, citizenship, health card, birth
certificate, diplomatic passport. HL7 v2 table 0203."""
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}$")
"""How a social security number is written (US Social Security Administration)."""


@dataclass(slots=True)
class References:
    """The resources of one Bundle by what a reference may name them by.

    A relative reference means a resource of its own server first. An id that two resources of one
    type have names neither of them.
    """

    _by_url: dict[str, list[Resource]] = field(default_factory=dict)
    _by_id: dict[tuple[str, str], list[Resource]] = field(default_factory=dict)
    _by_number: dict[str, list[Resource]] = field(default_factory=dict)
    _url: dict[int, str] = field(default_factory=dict)
    _inside: dict[int, dict[str, Resource]] = field(default_factory=dict)

    def add(self, resource: Resource, url: str) -> None:
        """Add a resource under its full URL ("" for none), and those that it contains."""
        name, own = word(resource, "resourceType"), word(resource, "id")
        url = _VERSION.sub("", _plain(url))
        if url:
            self._url[id(resource)] = url
            self._by_url.setdefault(url, []).append(resource)
        tail = _TYPE_AND_ID.search(url)
        ids = {own} | ({tail[2]} if tail and tail[1] == name else set())
        for one in sorted(ids - {""}):
            self._by_id.setdefault((name, one), []).append(resource)
        for number in _numbers(resource):
            self._by_number.setdefault(number, []).append(resource)
        contained = [
            inside
            for inside in each(resource, "contained")
            if isinstance(inside, dict) and word(inside, "resourceType")
        ]
        local = {word(inside, "id").lstrip("#"): inside for inside in contained}
        for inside in [resource, *contained]:
            self._inside[id(inside)] = local | {"": resource}

    def find(self, reference: Any, within: Resource, types: frozenset[str]) -> Resource:
        """Return what a reference leads to, or an empty resource.

        By full URL, else by type and id; one of something contained within its own resource alone;
        one without an address by the identifier that it gives. No types: any will do.

        Source
        ------
        FHIR R4, Resolving references in Bundles; decision 41.
        """
        found = list(self._named(reference, within))
        wanted = types & {word(reference, "type")} or types
        fitting = {id(r): r for r in found if not wanted or word(r, "resourceType") in wanted}
        return next(iter(fitting.values())) if len(fitting) == 1 else {}

    def _named(self, reference: Any, within: Resource) -> Iterator[Resource]:
        text = word(reference, "reference") or word(reference)
        if text.startswith("#"):
            if inside := self._inside.get(id(within), {}).get(text[1:]):
                yield inside
            return
        if not text:
            yield from self._of_number(first(reference, "identifier"))
            return
        if query := _QUERY.search(text):
            named = self._of_number({"system": query[2] or "", "value": query[3]})
            yield from (r for r in named if word(r, "resourceType") == query[1])
            return
        version = _VERSION.search(text)
        plain = _plain(_VERSION.sub("", text))
        tail = _TYPE_AND_ID.search(plain)
        own = _TYPE_AND_ID.search(self._url.get(id(within), ""))
        address = f"{own.string[: own.start()]}/{plain}" if own else plain
        found = self._by_url.get(plain) or self._by_url.get(address)
        if tail:
            found = found or self._by_id.get((tail[1], tail[2]), [])
            found = [r for r in found if word(r, "resourceType") == tail[1]]
        yield from self._of_version(found or [], version[1] if version else "")

    def _of_version(self, found: list[Resource], version: str) -> Iterator[Resource]:
        """Yield the version asked for; where none is asked for or recorded, the resource."""
        recorded = [(word(r, "meta", "versionId"), r) for r in found]
        if version:
            exact = [r for own, r in recorded if own == version]
            found = exact or [r for own, r in recorded if not own]
        first_of = {self._url.get(id(r), f"{id(r)}"): r for r in reversed(found)}
        yield from first_of.values()

    def _of_number(self, identifier: Any) -> list[Resource]:
        value, system = word(identifier, "value"), word(identifier, "system")
        if not value:
            return []
        return [
            resource
            for resource in self._by_number.get(value, [])
            if any(
                word(own, "value") == value and (not system or word(own, "system") in {"", system})
                for own in each(resource, "identifier")
            )
        ]


def _plain(url: str) -> str:
    """Return an address in the form in which it is compared; letters of a URN are all one."""
    url = url.strip().rstrip("/")
    return url.casefold() if url[:4].casefold() == "urn:" else url


def _numbers(resource: Resource) -> set[str]:
    return {value for own in each(resource, "identifier") if (value := word(own, "value"))}


def is_government_number(identifier: Any) -> bool:
    """Say whether an identifier is one that a state gives a person: social security and the like.

    Such a number never leaves the field that holds it (decision 41).
    """
    kinds = {code.upper() for code in codes_of(first(identifier, "type"))}
    system = word(identifier, "system")
    return (
        bool(kinds & _GOVERNMENT_TYPES)
        or _GOVERNMENT_SYSTEM.search(system) is not None
        or _SSN.match(word(identifier, "value")) is not None
    )


def own_number(person: Any) -> str:
    """Return the first number of a person that is no state's number of a person, or ""."""
    return next(
        (
            value
            for identifier in each(person, "identifier")
            if (value := word(identifier, "value")) and not is_government_number(identifier)
        ),
        "",
    )
