"""The person who died, who certified, and the places, out of a FHIR document."""

from __future__ import annotations

import hashlib
from typing import Any

from clew.intake.messages.bundle import OpenBundle
from clew.intake.messages.codes import codes_of, meaning, text_of
from clew.intake.messages.message import MessageRecord, Oddities
from clew.intake.messages.references import Resource, own_number
from clew.intake.messages.trees import each, first, word, words
from clew.vocabulary.load import word_key

_PLACEHOLDERS = frozenset({"unknown", "unk"})
_VAGUE = frozenset(
    {"", "blank", "unknown", "home", "hospital", "decedent_s_home", "own_home", "other"}
)
"""Sites that may be anywhere in a town."""
_KEPT = 16
"""Hexadecimal digits of an address's hash: two of a million addresses share it with odds 3e-8."""


def put_person(record: MessageRecord, opened: OpenBundle, odd: Oddities) -> None:
    """Set sex, name, home, and the sensitive traits, which are kept apart.

    Numbers of social security, dates of birth, relatives, education, occupation and marital
    status are not taken: no job of Clew needs them.
    """
    for place, patient in _deceased(opened, odd):
        record.put("sex", _sex(place, patient, odd))
        record.put("known_as", name_of(patient))
        points = [
            (word(part, "url").casefold(), word(part, "valueDecimal"))
            for extension in each(patient, "address", "extension")
            if word(extension, "url").casefold().endswith("geolocation")
            for part in each(extension, "extension")
        ]
        for name, value in points:
            if name in {"latitude", "longitude"}:
                record.put(f"home_{name}", value)
        address = first(patient, "address")
        record.put("home_area", word(address, "district") or word(address, "city"))
        for extension in each(patient, "extension"):
            url = word(extension, "url").casefold()
            for trait in ("race", "ethnicity"):
                if url.endswith(f"us-core-{trait}"):
                    parts = each(extension, "extension")
                    texts = [word(p, "valueString") for p in parts if word(p, "url") == "text"]
                    shown = [word(p, "valueCoding", "display") for p in parts]
                    shown = texts if any(texts) else shown
                    record.put(f"group_{trait}", "; ".join(dict.fromkeys(filter(None, shown))))
    for _, observation in opened.of_kind("race"):
        races: dict[str, None] = {}
        origins: dict[str, None] = {}
        for part in each(observation, "component"):
            name = next(iter(codes_of(each(part, "code"))), "")
            flagged = word(part, "valueBoolean") == "true"
            flagged = flagged or "Y" in codes_of(first(part, "valueCodeableConcept"))
            text = word(part, "valueString")
            if name and (flagged or text):
                (origins if name.casefold().startswith("hispanic") else races)[text or name] = None
        record.put("group_race", "; ".join(races))
        record.put("group_ethnicity", "; ".join(origins))


def _deceased(opened: OpenBundle, odd: Oddities) -> list[tuple[str, Resource]]:
    """Return the Patient whom the document is of, with its place; of several, the one it names."""
    patients = opened.of_type("Patient")
    if not patients:
        odd.note(
            "", "no Patient: sex and name are not recorded", "Send the Patient of the document"
        )
    if len(patients) < 2:
        return patients
    documents = [*opened.of_type("Composition"), *opened.of_type("DiagnosticReport")]
    for _, document in documents:
        if subject := opened.find(first(document, "subject"), document, "Patient"):
            return [(place, patient) for place, patient in patients if patient is subject]
    odd.note(
        "Patient",
        "several Patients, and the document refers to none of them: sex and name were not read",
        "Refer to the Patient of the document",
    )
    return []


def _sex(place: str, patient: Resource, odd: Oddities) -> str:
    """Return the sex: as at death, else as administered, else as at birth; "" for unknown."""
    at_death: list[tuple[str, list[str]]] = []
    at_birth: list[tuple[str, list[str]]] = []
    for extension in each(patient, "extension"):
        url = word(extension, "url").casefold()
        if url.endswith(("sexatdeath", "sex-at-death")):
            concept = first(extension, "valueCodeableConcept") or first(extension, "valueCoding")
            at_death.insert(0, (url, codes_of(concept)))
        elif url.endswith("birthsex"):
            at_birth.append((url, [word(extension, "valueCode")]))
    gender = ("gender", [word(patient, "gender")])
    unknown = ""
    for name, codes in [*at_death[:1], gender, *at_death[1:], *at_birth]:
        for code in filter(None, codes):
            known = meaning("sex", code)
            if known:
                return known
            if known is None:
                odd.note(
                    f"{place}.{name}",
                    "a sex that is not known here",
                    "Give male, female, other or unknown",
                    code,
                )
                unknown = unknown or code
    return unknown


def name_of(person: Any) -> str:
    """Return a person's name as written: the official one, else the first."""
    names = each(person, "name")
    official = [name for name in names if word(name, "use") == "official"]
    for name in [*official, *names]:
        parts = [*words(name, "given"), word(name, "family"), *words(name, "suffix")]
        known = " ".join(p for p in parts if p and p.casefold() not in _PLACEHOLDERS)
        if written := known or word(name, "text"):
            return written
    return ""


_CERTIFIERS = ("Practitioner", "PractitionerRole")


def put_certifier(record: MessageRecord, opened: OpenBundle, odd: Oddities) -> None:
    """Set who certified, by number, and what kind of certifier said the manner.

    The first who is named counts: of the certification, then of the manner, then who signs the
    document. One who is named and not there is nobody, never the next best (decision 41).
    """
    named, kinds = _certifiers_named(opened)
    reference, within = next(iter(named), (None, {}))
    certifier = opened.find(reference, within, *_CERTIFIERS) if named else _only_one(opened)
    if word(certifier, "resourceType") == "PractitionerRole" and not own_number(certifier):
        certifier = opened.find(first(certifier, "practitioner"), certifier, "Practitioner")
    kinds += codes_of(each(certifier, "qualification", "code"))
    number = own_number(certifier) if certifier else _number_in(reference)
    of_patients = words([r for _, r in opened.of_type("Patient")], "identifier", "value")
    if number in of_patients:
        odd.note(
            "Practitioner.identifier",
            "the certifier's number is the deceased's; no certifier was read",
            "Give the certifier's own number",
        )
    elif number:
        record.put("entities", f"certifier:person:{number}")
    elif each(certifier, "identifier"):
        odd.note(
            "Practitioner.identifier",
            "the certifier's only number is a government's number of a person; it is not kept",
            "Give the certifier's number of the office or of the register of practitioners",
        )
    elif name_of(certifier):
        odd.note(
            "Practitioner",
            "the certifier has a name and no number; names are not kept",
            "Give the certifier's identifier",
        )
    elif named:
        odd.note(
            "Practitioner",
            "the certifier is referred to and is not in the Bundle; no certifier was read",
            "Send the certifier's Practitioner with the document",
            word(reference, "reference"),
        )
    known = next(filter(None, (meaning("certifier", k) for k in kinds)), "")
    if "manner" in record.texts:
        plain = (k for k in kinds if k and k.upper() not in {"OTH", "UNK"} and not k.isdecimal())
        record.put("manner_said_by", known or next(plain, ""))


def _certifiers_named(opened: OpenBundle) -> tuple[list[tuple[Any, Resource]], list[str]]:
    """Return the references to who certified, each with its resource; and what certifier it is."""
    named: list[tuple[Any, Resource]] = []
    kinds: list[str] = []
    for _, certification in opened.of_kind("certification"):
        for performer in each(certification, "performer"):
            named.append((first(performer, "actor"), certification))
            for name in ("function", "role"):
                kinds += [*codes_of(first(performer, name)), text_of(first(performer, name))]
    for _, manner in opened.of_kind("manner"):
        named += [(performer, manner) for performer in each(manner, "performer")]
    composition = opened.first_of_type("Composition")
    for signer in [*each(composition, "attester"), *each(composition, "author")]:
        party = first(signer, "party") or signer
        # A device or an office may sign too: it is there, and no practitioner.
        if word(opened.find(party, composition), "resourceType") in {"", *_CERTIFIERS}:
            named.append((party, composition))
    paths = (("reference",), ("identifier", "value"), ("display",))
    return [(r, w) for r, w in named if word(r) or any(word(r, *path) for path in paths)], kinds


def _only_one(opened: OpenBundle) -> Resource:
    """Return the only Practitioner of a document that names nobody as certifier."""
    practitioners = [r for _, r in opened.of_type("Practitioner")]
    return practitioners[0] if len(practitioners) == 1 else {}


def _number_in(reference: Any) -> str:
    """Return the number by which a reference names a practitioner who is not in the Bundle."""
    kind = word(reference, "type")
    is_practitioner = not kind or kind in _CERTIFIERS
    by_number = is_practitioner and not word(reference, "reference")
    return own_number(reference) if by_number else ""


def location_of(opened: OpenBundle, what: str) -> Resource:
    """Return the Location of the death or of the injury, or an empty one.

    It is known by its profile, by its type, by what the observation refers to, or, for the death,
    by being the only one that is of no other kind.
    """
    if known := opened.of_kind(f"{what}_location"):
        return known[0][1]
    locations = [r for _, r in opened.of_type("Location")]
    for location in locations:
        if what in map(str.casefold, codes_of(each(location, "type"))):
            return location
    for _, observation in opened.of_kind("death_date" if what == "death" else "injury"):
        for extension in each(observation, "extension"):
            if "location" in word(extension, "url").casefold():
                reference = first(extension, "valueReference")
                if referred := opened.find(reference, observation, "Location"):
                    return referred
    others = {id(r) for kind in ("injury", "death") for _, r in opened.of_kind(f"{kind}_location")}
    plain = [r for r in locations if id(r) not in others and not each(r, "type")]
    return plain[0] if what == "death" and len(plain) == 1 else {}


def put_place(record: MessageRecord, location: Resource, prefix: str = "") -> None:
    """Set a location's columns: point, place key, area, and its words as a plain fact.

    The words are its name and town, without street and number. With a prefix (`injury_`) all are
    plain facts, beside those of the death.
    """
    for name in ("latitude", "longitude"):
        record.put(prefix + name, word(location, "position", name))
    address = first(location, "address") or {}
    record.put(prefix + "area", word(address, "district") or word(address, "city"))
    site = words(address, "line") or [word(location, "name")]
    town = [word(address, part) for part in ("city", "state", "postalCode")]
    record.put(prefix + "place_key", address_key(site, town))
    texts = [word(location, "name") or word(location, "description")]
    texts += [word(location, "address", part) for part in ("city", "district", "state")]
    record.put(prefix + "place", ", ".join(dict.fromkeys(filter(None, texts))))


def address_key(site: list[str], town: list[str]) -> str:
    """Return the key of a site in a town, a hash so that no address is kept; or "".

    It is "" where the site or the town is missing or vague.
    """
    sites, towns = ([word_key(text) for text in texts if text] for texts in (site, town))
    if not towns or not set(sites) - _VAGUE:
        return ""
    return f"address-{hashlib.sha256('|'.join([*sites, *towns]).encode()).hexdigest()[:_KEPT]}"
