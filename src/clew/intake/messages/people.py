"""The person who died, and who certified, out of a FHIR document."""

from __future__ import annotations

import hashlib
from typing import Any

from clew.intake.messages import codes
from clew.intake.messages.bundle import Opened, Resource
from clew.intake.messages.codes import coded_all
from clew.intake.messages.message import MessageRecord, Oddities
from clew.intake.messages.trees import each, first, word, words
from clew.vocabulary.load import word_key

_RACE_FLAGS_APART = ("hispanic",)
_PLACEHOLDERS = frozenset({"unknown", "unk"})


def put_person(record: MessageRecord, opened: Opened, odd: Oddities) -> None:
    """Set sex, name, home, and the sensitive traits, which are held apart.

    Numbers of social security, dates of birth, relatives, education, occupation and marital
    status are not taken: no job of Clew needs them.
    """
    patients = opened.of_type("Patient")
    if not patients:
        odd.note("", "no Patient: sex and name are not told", "Send the Patient of the document")
    for place, patient in patients[:1]:
        record.put("sex", _sex(place, patient, odd))
        record.put("known_as", name_of(patient))
        _put_home(record, patient)
        for extension in each(patient, "extension"):
            url = word(extension, "url").casefold()
            for trait in ("race", "ethnicity"):
                if url.endswith(f"us-core-{trait}"):
                    record.put(f"group_{trait}", _trait_words(extension))
    for _, told in opened.kinds("race"):
        _put_race(record, told)


def _sex(place: str, patient: Resource, odd: Oddities) -> str:
    """Return the sex: as at death, else as administered, else as at birth; "" for unknown."""
    told: list[tuple[str, list[str]]] = []
    for extension in each(patient, "extension"):
        url = word(extension, "url").casefold()
        if url.endswith(("sexatdeath", "sex-at-death")):
            concept = first(extension, "valueCodeableConcept") or first(extension, "valueCoding")
            told.insert(0, (url, codes.coded(concept)))
        elif url.endswith("birthsex"):
            told.append((url, [word(extension, "valueCode")]))
    told.insert(1 if told and "death" in told[0][0] else 0, ("gender", [word(patient, "gender")]))
    odd_one = ""
    for name, found in told:
        for code in filter(None, found):
            known = codes.meaning("sex", code)
            if known:
                return known
            if known is None:
                odd.note(
                    f"{place}.{name}",
                    "a sex that is not known here",
                    "Give male, female, other or unknown",
                    code,
                )
                odd_one = odd_one or code
    return odd_one


def name_of(person: Any) -> str:
    """Return a person's name as written: the official one, else the first."""
    names = each(person, "name")
    official = [name for name in names if word(name, "use") == "official"]
    for name in [*official, *names]:
        parts = [*words(name, "given"), word(name, "family"), *words(name, "suffix")]
        told = " ".join(p for p in parts if p and p.casefold() not in _PLACEHOLDERS)
        if told := told or word(name, "text"):
            return told
    return ""


def _put_home(record: MessageRecord, patient: Resource) -> None:
    for extension in each(patient, "address", "extension"):
        if word(extension, "url").casefold().endswith("geolocation"):
            for part in each(extension, "extension"):
                name = word(part, "url").casefold()
                if name in {"latitude", "longitude"}:
                    record.put(f"home_{name}", word(part, "valueDecimal"))
    for address in each(patient, "address")[:1]:
        record.put("home_area", word(address, "district") or word(address, "city"))


def _trait_words(extension: Any) -> str:
    parts = each(extension, "extension")
    texts = [word(p, "valueString") for p in parts if word(p, "url") == "text"]
    shown = [word(p, "valueCoding", "display") for p in parts]
    return "; ".join(dict.fromkeys(t for t in (texts if any(texts) else shown) if t))


def _put_race(record: MessageRecord, told: Resource) -> None:
    races: list[str] = []
    origins: list[str] = []
    for part in each(told, "component"):
        name = next(iter(codes.coded_all(each(part, "code"))), "")
        flag = word(part, "valueBoolean")
        yes = flag == "true" or "Y" in codes.coded(first(part, "valueCodeableConcept"))
        text = word(part, "valueString") or ""
        if not name or not (yes or text):
            continue
        kept = origins if name.casefold().startswith(_RACE_FLAGS_APART) else races
        kept.append(text or name)
    record.put("group_race", "; ".join(dict.fromkeys(races)) or record.texts.get("group_race"))
    ethnicity = "; ".join(dict.fromkeys(origins)) or record.texts.get("group_ethnicity")
    record.put("group_ethnicity", ethnicity)


def put_certifier(record: MessageRecord, opened: Opened, odd: Oddities) -> None:
    """Set who certified, by number, and what kind of certifier said the manner."""
    certifier: Resource = {}
    kinds: list[str] = []
    for _, told in opened.kinds("certification"):
        for performer in each(told, "performer"):
            certifier = certifier or opened.find(first(performer, "actor"))
            for name in ("function", "role"):
                kinds += [*codes.coded(first(performer, name)), codes.said(first(performer, name))]
    for _, told in opened.kinds("manner"):
        certifier = certifier or opened.find(first(told, "performer"))
    composition = opened.one("Composition")
    for name in ("attester", "author"):
        for one in each(composition, name):
            certifier = certifier or opened.find(first(one, "party") or one)
    if not certifier:
        practitioners = [r for _, r in opened.of_type("Practitioner")]
        certifier = practitioners[0] if len(practitioners) == 1 else {}
    kinds += codes.coded_all(each(certifier, "qualification", "code"))
    number = word(first(certifier, "identifier"), "value")
    if number:
        record.put("entities", f"certifier:person:{number}")
    elif name_of(certifier):
        odd.note(
            "Practitioner",
            "the certifier has a name and no number; names are not kept",
            "Give the certifier's identifier",
        )
    known = next(filter(None, (codes.meaning("certifier", k) for k in kinds)), "")
    if "manner" in record.texts:
        plain = (k for k in kinds if k and k.upper() not in {"OTH", "UNK"} and not k.isdecimal())
        record.put("manner_said_by", known or next(plain, ""))


# Where a death or an injury happened, out of FHIR Locations, as the contract's columns.


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


def put_place(record: MessageRecord, location: Resource, prefix: str = "") -> None:
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
