"""Who a message is about: a case's own id, and the other numbers under which it may be known."""

from __future__ import annotations

import re
from typing import Any

from clew.intake.messages.bundle import Opened
from clew.intake.messages.codes import coded
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
_COUNTED = 1_000_000


def state_file_number(year: str, jurisdiction: str, certificate: str) -> str:
    """Return the number that vital records make of the three, or "" where one is not such."""
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
    found: dict[str, list[str]] = {}
    for extension in each(resource, "extension"):
        if "tracking-number" not in word(extension, "url").casefold():
            continue
        for value in each(extension, "valueIdentifier"):
            kinds = [_TRACKING.get(c.casefold(), "") for c in coded(first(value, "type"))]
            kind = next(filter(None, kinds), "mdi")
            if number := word(value, "value"):
                found.setdefault(kind, []).append(number)
    for own in each(resource, "identifier"):
        kinds = [_TRACKING.get(c.casefold(), "") for c in coded(first(own, "type"))]
        kind, number = next(filter(None, kinds), ""), word(own, "value")
        if kind and number and number not in found.get(kind, []):
            found.setdefault(kind, []).append(number)
    return found


def of_parameters(parameters: Any) -> tuple[list[str], dict[str, str]]:
    """Return the ids that a message's Parameters give, and the Parameters' plain values by name."""
    told: dict[str, str] = {}
    for one in each(parameters, "parameter"):
        name = word(one, "name")
        value = plain_value(one)
        if name and value:
            told[name] = value
    number = state_file_number(
        told.get("death_year", ""), told.get("jurisdiction_id", ""), told.get("cert_no", "")
    )
    return [number] if number else [], told


def of_document(opened: Opened, year: str, odd: Oddities) -> list[str]:
    """Return the ids of a death certificate or an examiner's document, the best first.

    Parameters
    ----------
    opened
        The document.
    year
        Four digits of the year of death, or "".
    odd
        Where it is noted that a number is no state file number.

    """
    composition = opened.one("Composition")
    tracked = tracking_numbers(composition)
    ids = list(tracked.get("mdi", ()))
    identifier = first(opened.bundle, "identifier") or {}
    value = word(identifier, "value")
    certificate = _extension(identifier, "certificatenumber") or value
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
    return list(dict.fromkeys(ids))


def references_of(opened: Opened) -> list[str]:
    """Return further numbers of a document, each with the system it is of."""
    identifier = first(opened.bundle, "identifier") or {}
    found = [
        f"{name}:{number}"
        for name, number in (
            ("certificate", _extension(identifier, "certificatenumber")),
            ("state", _extension(identifier, "auxiliarystateidentifier1")),
            ("state2", _extension(identifier, "auxiliarystateidentifier2")),
        )
        if number
    ]
    for kind, numbers in tracking_numbers(opened.one("Composition")).items():
        found += [f"{kind}:{number}" for number in numbers]
    return found


def _extension(node: Any, ends: str) -> str:
    for one in each(node, "extension"):
        if word(one, "url").casefold().rstrip("/").endswith(ends):
            return plain_value(one)
    return ""


def jurisdiction_of(opened: Opened) -> str:
    """Return the two letters of who registers the death, or ""."""
    for _, place in [*opened.kinds("death_location"), *opened.of_type("Location")]:
        for holder in (first(place, "address", "_state"), place):
            for one in each(holder, "extension"):
                if "jurisdiction" not in word(one, "url").casefold():
                    continue
                letters = word(one, "valueString") or next(
                    iter(coded(first(one, "valueCodeableConcept") or first(one, "valueCoding"))), ""
                )
                if re.fullmatch(r"[A-Za-z]{2}", letters):
                    return letters.upper()
    state = word(location_of(opened, "death"), "address", "state")
    if re.fullmatch(r"[A-Za-z]{2}", state):
        return state.upper()
    return ""


def voided(told: dict[str, str]) -> list[str]:
    """Return the state file numbers that a void message strikes: one, or a block of them."""
    year, where, first_number = (
        told.get(k, "") for k in ("death_year", "jurisdiction_id", "cert_no")
    )
    count = told.get("block_count", "1")
    many = min(int(count), 1_000) if count.isdecimal() and len(count) < 7 else 1
    if not first_number.isdecimal() or len(first_number) > 6:
        return []
    start = int(first_number)
    numbers = range(start, min(start + max(many, 1), _COUNTED))
    found = (state_file_number(year, where, str(number)) for number in numbers)
    return [number for number in found if number]
