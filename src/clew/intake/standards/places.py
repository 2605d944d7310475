"""Where a death or an injury happened, out of FHIR Locations, as the contract's columns."""

from __future__ import annotations

import hashlib
from typing import Any

from clew.intake.standards.bundle import Opened, Resource
from clew.intake.standards.codes import coded_all
from clew.intake.standards.message import Record
from clew.intake.standards.trees import each, first, word, words
from clew.vocabulary.load import word_key

_KEPT = 16
"""Hexadecimal digits of an address's sum: two of a million addresses share it with odds 3e-8."""


def location_of(opened: Opened, what: str) -> Resource:
    """Return the Location of the death or of the injury, or an empty one.

    It is known by its profile, by its type, by what the observation refers to, or, for the death,
    by being the only one that is of no other kind.
    """
    if found := opened.kinds(f"{what}_location"):
        return found[0][1]
    locations = [r for _, r in opened.of_type("Location")]
    for one in locations:
        if what in [code.casefold() for code in coded_all(each(one, "type"))]:
            return one
    for _, told in opened.kinds("death_date" if what == "death" else "injury"):
        for extension in each(told, "extension"):
            if "location" in word(extension, "url").casefold():
                found_one = opened.find(first(extension, "valueReference"))
                if found_one.get("resourceType") == "Location":
                    return found_one
    others = {id(r) for kind in ("injury", "death") for _, r in opened.kinds(f"{kind}_location")}
    plain = [r for r in locations if id(r) not in others and not each(r, "type")]
    return plain[0] if what == "death" and len(plain) == 1 else {}


def put_place(record: Record, location: Resource, prefix: str = "") -> None:
    """Set a location's columns: point, place key, area, and its words as a plain fact.

    With a prefix (`injury_`) all are plain facts, beside those of the death.
    """
    north, east = word(location, "position", "latitude"), word(location, "position", "longitude")
    for name, value in (("latitude", north), ("longitude", east)):
        record.put(prefix + name, value)
    address = first(location, "address") or {}
    record.put(prefix + "area", word(address, "district") or word(address, "city"))
    record.put(prefix + "place_key", key_of(location))
    record.put(prefix + "place", described(location))


def described(location: Any) -> str:
    """Return a location's name and town in words, without street and number."""
    name = word(location, "name") or word(location, "description")
    towns = [word(location, "address", part) for part in ("city", "district", "state")]
    return ", ".join(dict.fromkeys(text for text in [name, *towns] if text))


def key_of(location: Any) -> str:
    """Return the key of an address or a named site: a sum, so that no address is kept; or ""."""
    address = first(location, "address") or {}
    lines = words(address, "line")
    site = [*lines] or [word(location, "name")]
    where = [word(address, part) for part in ("city", "state", "postalCode")]
    return address_key(site, where)


def address_key(site: list[str], where: list[str]) -> str:
    """Return the key of a site in a town; "" where either is not told."""
    told, town = [word_key(s) for s in site if s], [word_key(w) for w in where if w]
    vague = {"", "blank", "unknown", "home", "hospital", "decedent_s_home", "own_home", "other"}
    if not town or not set(told) - vague:
        return ""
    text = "|".join([*told, *town])
    return "address-" + hashlib.sha256(text.encode()).hexdigest()[:_KEPT]
