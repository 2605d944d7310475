"""Who a message is about: a case's own id, and the other numbers under which it may be known."""

from __future__ import annotations

import re
from typing import Any

from clew.intake.messages.bundle import OpenBundle
from clew.intake.messages.codes import codes_of
from clew.intake.messages.message import Oddities
from clew.intake.messages.people import location_of
from clew.intake.messages.trees import each, first, plain_value, word

STATE_FILE = re.compile(r"\d{4}[A-Za-z]{2}\d{6}$")
"""Year of death, jurisdiction and certificate number: how vital records name a death."""
_TRACKING = {
    "mdi-case-number": "mdi",
    "me-case-number": "mdi",
    "edrs-file-number": "edrs",
    "death-certificate-data-number": "edrs",
    "tox-lab-case-number": "tox",
    "funeral-home-case-number": "funeral",
}
"""Codes of MDI's tracking numbers (CodeSystem-mdi-codes, STU1 and STU2) -> our words."""
_CERTIFICATE = ("death_year", "jurisdiction_id", "cert_no")
"""Parameters of a message that name a certificate together."""
_COUNTED = 1_000_000


def state_file_number(year: str, jurisdiction: str, certificate: str) -> str:
    """Return the number that vital records make of the three, or "" where one is not valid."""
    number = certificate.strip().lstrip("0") or ("0" if certificate.strip() else "")
    if not (year.isdecimal() and len(year) == 4 and number.isdecimal() and len(number) <= 6):
        return ""
    if not re.fullmatch(r"[A-Za-z]{2}", jurisdiction):
        return ""
    return f"{year}{jurisdiction.upper()}{int(number):06}"


def tracking_numbers(resource: Any) -> dict[str, list[str]]:
    """Return the tracking numbers of a Composition or DiagnosticReport by kind: mdi, edrs, tox.

    A number in a tracking extension without a kind is the examiner's: that is what it is for.
    """
    tagged = [
        (identifier, "mdi")
        for extension in each(resource, "extension")
        if "tracking-number" in word(extension, "url").casefold()
        for identifier in each(extension, "valueIdentifier")
    ]
    tagged += [(identifier, "") for identifier in each(resource, "identifier")]
    numbers: dict[str, list[str]] = {}
    for identifier, otherwise in tagged:
        kinds = [_TRACKING.get(c.casefold(), "") for c in codes_of(first(identifier, "type"))]
        kind, number = next(filter(None, kinds), otherwise), word(identifier, "value")
        if kind and number and number not in numbers.get(kind, []):
            numbers.setdefault(kind, []).append(number)
    return numbers


def of_parameters(parameters: Any) -> tuple[list[str], dict[str, str]]:
    """Return the ids that a message's Parameters give, and the Parameters' plain values by name."""
    values = {
        name: value
        for parameter in each(parameters, "parameter")
        if (name := word(parameter, "name")) and (value := plain_value(parameter))
    }
    number = state_file_number(*(values.get(name, "") for name in _CERTIFICATE))
    return [number] if number else [], values


def of_document(opened: OpenBundle, year: str, odd: Oddities) -> tuple[list[str], list[str]]:
    """Return the ids of a death certificate or an examiner's document, and its references.

    The best id goes first. References are further numbers, each with its system.

    Parameters
    ----------
    opened
        The document.
    year
        Four digits of the year of death, or "".
    odd
        Notes that a number is no state file number.

    """
    composition = opened.first_of_type("Composition")
    tracked = tracking_numbers(composition)
    ids = list(tracked.get("mdi", ()))
    identifier = first(opened.bundle, "identifier") or {}
    value = word(identifier, "value")
    certificate_number = _extension(identifier, "certificatenumber")
    certificate = certificate_number or value
    if STATE_FILE.match(value) and value[:2] != "00" and value[6:].strip("0"):
        ids.append(value.upper())
    elif number := state_file_number(year, jurisdiction_of(opened), certificate):
        odd.note(
            f"{opened.place}identifier",
            f"no state file number; {number} was made of year, jurisdiction and certificate",
            "Give identifier.value as year, two letters and six digits",
            value,
        )
        ids.append(number)
    elif value and not value.startswith("urn:") and value.strip("0Xx"):
        odd.note(
            f"{opened.place}identifier",
            "no state file number, so it is unique in its office only",
            "Give identifier.value as year, two letters and six digits",
            value,
        )
        ids.append(value)
    ids += tracked.get("edrs", [])
    if not ids and (number := word(composition, "identifier", "value")):
        ids.append(number)
    numbers = [
        ("certificate", certificate_number),
        ("state", _extension(identifier, "auxiliarystateidentifier1")),
        ("state2", _extension(identifier, "auxiliarystateidentifier2")),
        *((kind, number) for kind, own in tracked.items() for number in own),
    ]
    return list(dict.fromkeys(ids)), [f"{kind}:{number}" for kind, number in numbers if number]


def _extension(node: Any, ends: str) -> str:
    """Return the value of the extension whose address ends so, or ""."""
    for extension in each(node, "extension"):
        if word(extension, "url").casefold().rstrip("/").endswith(ends):
            return plain_value(extension)
    return ""


def jurisdiction_of(opened: OpenBundle) -> str:
    """Return the two letters of who registers the death, or ""."""
    for _, location in [*opened.of_kind("death_location"), *opened.of_type("Location")]:
        state = first(location, "address", "_state")
        for extension in [*each(state, "extension"), *each(location, "extension")]:
            if "jurisdiction" not in word(extension, "url").casefold():
                continue
            concept = first(extension, "valueCodeableConcept") or first(extension, "valueCoding")
            letters = word(extension, "valueString") or next(iter(codes_of(concept)), "")
            if re.fullmatch(r"[A-Za-z]{2}", letters):
                return letters.upper()
    letters = word(location_of(opened, "death"), "address", "state")
    return letters.upper() if re.fullmatch(r"[A-Za-z]{2}", letters) else ""


def voided(values: dict[str, str]) -> list[str]:
    """Return the state file numbers that a void message names: one, or a block of them."""
    year, jurisdiction, certificate = (values.get(name, "") for name in _CERTIFICATE)
    count = values.get("block_count", "1")
    many = min(int(count), 1_000) if count.isdecimal() and len(count) < 7 else 1
    if not certificate.isdecimal() or len(certificate) > 6:
        return []
    numbers = range(int(certificate), min(int(certificate) + max(many, 1), _COUNTED))
    block = (state_file_number(year, jurisdiction, str(number)) for number in numbers)
    return list(filter(None, block))
