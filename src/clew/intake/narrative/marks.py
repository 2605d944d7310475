"""What can be told by its shape: phones, handles, vehicles, addresses, venues, case numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from clew.intake.narrative.marks_roles import FINDS, ROLES
from clew.intake.narrative.marks_shapes import (
    ADDRESS,
    CASE_ID,
    CHAIN,
    COUNTED,
    HANDLE_AT,
    HANDLE_NAMED,
    NOT_CASE,
    OFFICER,
    PERSON_CODE,
    PHONE,
    PLATE,
    PLATE_NAMED,
    VENUE,
)

FOLLOWS = 60
"""Characters before a mark in which its role is told ("call from ...")."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in a text: `field` is `entities` or `mentions`, `value` as a case file holds it."""

    field: str
    value: str
    start: int
    end: int


def find_marks(text: str, own_id: str = "") -> list[Mark]:
    """Return the marks of a text in its order. Time is linear in its length."""
    found = [
        *_cases(text, own_id),
        *_phones(text),
        *_addresses(text),
        *_vehicles(text),
        *_handles(text),
        *_venues(text),
        *_people(text),
    ]
    found.sort(key=lambda m: (m.start, -m.end))
    kept: list[Mark] = []
    for mark in found:
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


def _cases(text: str, own_id: str) -> Iterator[Mark]:
    for found in CASE_ID.finditer(text):
        code = found.group()
        before = text[max(0, found.start() - 24) : found.start()]
        if code != own_id and not NOT_CASE.match(code) and not _NO_CASE.search(before):
            yield Mark("mentions", code, *found.span())


_NO_CASE = re.compile(
    r"\b(?:form|call ?sign|exhibit|model|unit|vehicle|fleet|locker|flight|serial|seal|bag|version"
    r"|product|batch|lot|part|room|policy|invoice|order)\W*(?:no\.?|number)?\W*$",
    re.I,
)
"""Before a number these make it that of a paper or a thing."""


def _phones(text: str) -> Iterator[Mark]:
    for found in PHONE.finditer(text):
        written = found.group()
        code = phone_code(written if ")" in written else written.lstrip("("))
        if code and not _called_otherwise(text, found.start()):
            role = _role(text, found.start(), "contact")
            yield Mark("entities", f"{role}:phone:{code}", *found.span())


_OTHERWISE = re.compile(
    r"(?:NHS|CAD|exhibit|ref(?:erence)?|case|account|policy|badge|NI|hospital|patient|records?|bags?"
    r"|seal|log|incident|invoice|serial|crime|tag|ticket|docket|job|order|IMEI|booking|warrant"
    r"|custody|shipment|licen[cs]e|passport|batch|lot)"
    r"\W*(?:no\.?|number|nos)?\W*(?:is|was|:)?\W*$",
    re.I,
)


def _called_otherwise(text: str, start: int) -> bool:
    """Tell whether the words before a number say that it is no phone's."""
    return _OTHERWISE.search(text[max(0, start - 30) : start]) is not None


def phone_code(written: str) -> str:
    """Return a phone number in one way of writing; "" where the digits make none.

    British numbers of eleven digits that begin 07 or 01 stand as five and six; others as written,
    single blanks between. Numbers that only drama uses (07700 900xxx) are numbers like others.
    """
    digits = "".join(c for c in written if c.isdecimal())
    plus = written.lstrip().startswith(("+44", "0044"))
    if plus:
        digits = "0" + digits.removeprefix("0044").removeprefix("44").lstrip("0")
    if digits.startswith("0"):
        if not 10 <= len(digits) <= 11:
            return ""
        if len(digits) == 11 and digits[1] in "17":
            return f"{digits[:5]} {digits[5:]}"
        return " ".join(written.split()) if not plus else digits
    if len(digits) in {7, 10} or (len(digits) == 11 and digits[0] == "1"):
        return " ".join(written.split())
    return ""


def _vehicles(text: str) -> Iterator[Mark]:
    for found in PLATE.finditer(text):
        yield Mark("entities", f"present:vehicle:{found.group().upper()}", *found.span())
    for found in PLATE_NAMED.finditer(text):
        code = found.group("plate")
        if any(c.isdecimal() for c in code):
            yield Mark("entities", f"present:vehicle:{code.upper()}", *found.span("plate"))


def _handles(text: str) -> Iterator[Mark]:
    for found in HANDLE_AT.finditer(text):
        yield Mark(
            "entities",
            f"contact:handle:{found.group().rstrip('.')}",
            found.start(),
            found.start() + len(found.group().rstrip(".")),
        )
    for found in HANDLE_NAMED.finditer(text):
        quoted, code = found.group("quoted"), found.group("bare")
        span = found.span("quoted" if quoted else "bare")
        code = (quoted or code).rstrip(".-")
        if quoted or (
            any(c.isdecimal() or c in "_." for c in code) and any(c.isalpha() for c in code)
        ):
            yield Mark("entities", f"contact:handle:{code}", span[0], span[0] + len(code))


def _addresses(text: str) -> Iterator[Mark]:
    for found in ADDRESS.finditer(text):
        code = " ".join(found.group().split()).rstrip(",")
        if COUNTED.match(code):
            continue
        role = _role(text, found.start(), "contact")
        yield Mark(
            "entities",
            f"{role}:address:{code}",
            found.start(),
            found.start() + len(found.group().rstrip(", ")),
        )


def _venues(text: str) -> Iterator[Mark]:
    for shape in (CHAIN, VENUE):
        for found in shape.finditer(text):
            code = " ".join((found.groupdict().get("name") or found.group()).split())
            start = found.start() + (4 if found.group()[:4].lower() == "the " else 0)
            code = code.removeprefix("the ").removeprefix("The ")
            yield Mark("entities", f"contact:venue:{code}", start, found.end())


def _role(text: str, start: int, otherwise: str) -> str:
    """Return the role that the words before a mark tell: the one told last."""
    before = text[max(0, start - FOLLOWS) : start]
    cut = max(before.rfind(". "), before.rfind("\n"), before.rfind(";"))
    before = before[cut + 1 :]
    best, at = otherwise, -1
    for role, shape in ROLES:
        for found in shape.finditer(before):
            if found.end() > at:
                best, at = role, found.end()
    return best


def _people(text: str) -> Iterator[Mark]:
    for found in PERSON_CODE.finditer(text):
        code = found.group("code")
        if _NO_PERSON.search(text[max(0, found.start() - 20) : found.start()]):
            continue
        after = text[found.end() : found.end() + 45]
        role = _role(text, found.start("code"), "")
        if not role and FINDS.match(after):
            role = "finder"
        if code[0] == "O" or _officer_before(text, found.start("code")):
            yield Mark("entities", f"officer:officer:{code}", *found.span("code"))
        elif role or code[0] in "PWFL":
            yield Mark(
                "entities",
                f"{role or _BY_LETTER.get(code[0], 'present')}:person:{code}",
                *found.span("code"),
            )
    for found in OFFICER.finditer(text):
        yield Mark("entities", f"officer:officer:{' '.join(found.group().split())}", *found.span())


_NO_PERSON = re.compile(
    r"\b(?:an?|the|this|ward|bay|bed|room|flat|unit|size|form|bus|route|road|gate|platform|wing"
    r"|level|grade|type|class|plot|row|seat|zone|area|page|map|grid|junction|locker|block)\W*$",
    re.I,
)
"""Before a code these make it a bus, a ward or a size; no paper calls a person "the W3"."""
_BY_LETTER = {"W": "present", "L": "owner", "F": "informant"}


def _officer_before(text: str, start: int) -> bool:
    return (
        re.search(
            r"(?:officers?|PCs?|DCs?|PS|constables?|\bO\d{1,4} (?:and|\+|&))\s*$",
            text[max(0, start - 22) : start],
            re.I,
        )
        is not None
    )
