"""Marks known by their shape: phones, handles, vehicles, addresses, venues, case numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clew.intake.prose.prose_fact import ProseFact

_FINDER = (
    r"(?:found|discovered)\b[^.;]{0,30}\bby\b|\bfinder\b|dog[ -]?walk\w*|(?:refuse|bin)\b"
    r"|walking (?:a|his|her|the) dog|flags? down|found (?:him|her|the|them|\w+ body)"
)
ROLES = (
    ("finder", re.compile(_FINDER, re.I)),
    (
        "caller",
        re.compile(
            r"\bcall(?:er|ed| came| from)\b|\brang\b|\b999\b|\b911\b|phoned|telephoned", re.I
        ),
    ),
    ("owner", re.compile(r"landlord|registered keeper|\bowner\b", re.I)),
    ("occupier", re.compile(r"\blive[sd]?\b|resid\w+|home address|occupier|tenant|\bhome\b", re.I)),
    ("informant", re.compile(r"informant|reports?\b|reported", re.I)),
    ("companion", re.compile(r"\bwith\b|companion|friend", re.I)),
)
"""Roles of docs/reference/columns.md and the words before a mark that name them. The last wins."""
FINDS = re.compile(
    r"[,)]?\s*\(?(?:who|a|the)?\s*(?:was |is )?"
    r"(?:walk|dog|refuse|bin|sanitation|found|from the bins|calls|flags)",
    re.I,
)
"""Words behind a code of a person that make him or her the finder."""


_SEP = r"[ .\-\u2011]?"
PHONE = re.compile(
    r"(?<![\w/.@+])(?:"
    rf"(?:\+44|0044){_SEP}(?:\(0\))?{_SEP}\d{{2,5}}(?:{_SEP}\d{{2,6}}){{1,3}}"
    rf"|\(?0\d{{2,4}}\)?{_SEP}\d{{3,6}}(?:{_SEP}\d{{3,4}}){{0,2}}"
    rf"|(?:\+?1{_SEP})?\(\d{{3}}\){_SEP}\d{{3}}[-. ]\d{{4}}"
    r"|(?:\+?1[-. ])?\d{3}[-.]\d{3}[-.]\d{4}"
    r"|[2-9]\d{2}-\d{4}"
    r")(?![\w/]|[-.]\d)"
)
"""British numbers, and American ones with their marks. A date, a clock or a reference is none."""

PLATE = re.compile(
    r"(?<![\w-])(?:[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]\d{3} ?[A-Z]{3}"
    r"|[A-Z]\d{1,3} [A-Z]{3}(?=\W*(?:was|seen|parked|reg)))(?![\w-])"
)
"""British plates of 2001 on, and of 1983 to 2001."""
PLATE_NAMED = re.compile(
    r"\b(?:VRMs?|VRNs?|reg(?:istration|\.)?|index|license plate|licence plate|number plate"
    r"|plates?|tag)\b"
    r"(?: (?:number|no\.?|mark|is|of|plate)){0,2}[ :.]{1,3}"
    r"(?P<plate>[A-Za-z]{1,3}\d{1,4} ?[A-Za-z]{0,3}|\d[A-Za-z]{3}\d{3}"
    r"|[A-Za-z]{3}[ -]?\d{3,4}[A-Za-z]?|\d{3}[ -]?[A-Za-z]{3})(?![\w-])",
    re.IGNORECASE,
)

HANDLE_AT = re.compile(r"(?<![\w.@/])@[A-Za-z0-9_][A-Za-z0-9_.\-]{1,29}")
HANDLE_NAMED = re.compile(
    r"\b(?:user ?names?|screen ?names?|handles?|profiles?|accounts?|snapchat|instagram|insta"
    r"|kik|grindr|facebook|telegram|tinder|scruff|hornet|whatsapp|tiktok|twitter)\b"
    r"(?: (?:name|id|of|is|was|user|account|profile|called|named|handle|as|in|the"
    r"|under)){0,4}[ :]{1,2}"
    r"(?:['\"‘“`](?P<quoted>[^'\"’”`\n]{2,30})['\"’”`]|(?P<bare>[A-Za-z0-9][A-Za-z0-9_.\-]{2,29})(?![@\w]))",
    re.IGNORECASE,
)

_TYPES = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Close|Drive|Dr|Court|Ct|Place|Pl|Way|Terrace"
    "|Gardens|Gdns|Crescent|Cres"
    "|Grove|Square|Sq|Parade|Hill|Mews|Walk|Rise|Row|Park|Green|Boulevard|Blvd|Broadway"
    "|Parkway|Pkwy|Circle|Cir|Trail"
    "|House|Quay|Wharf|Villas|Mansions|Buildings|Vale|View|Highway|Hwy"
)
_NAME = (
    r"(?:[NSEW]\.? |(?:North|South|East|West|St|St\.|The|Upper|Lower|Old"
    r"|New) )?(?:[A-Z][A-Za-z'’\-]{1,20}|\d{1,3}(?:st|nd|rd|th))(?: [A-Z][A-Za-z'’\-]{1,20}){0,2}"
)
ADDRESS = re.compile(
    r"(?<![\w/.:-])(?:(?:Flat|Apt|Apartment|Unit|Room|FLAT)\.? ?\w{1,4},? )?\d{1,5}[A-Za-z]?,? "
    rf"{_NAME} (?:{_TYPES})(?![\w])"
    r"(?:,? (?:[A-Z][A-Za-z]{2,20}, )?[A-Z]{1,2}\d{1,2}[A-Z]? ?\d[A-Z]{2}(?!\w))?"
)
"""A number, a name in capitals and a kind of street; flat before it and postcode behind it."""

COUNTED = re.compile(
    r"\d+,? (?:Days?|Hours?|Minutes?|Weeks?|Months?|Years?|Officers?|Constables?|Units?|Males?"
    r"|Females?|Men|Women|Miles?|Metres?|Photographs?|Pages?|Points?|Items?|Exhibits?) ",
    re.I,
)
"""A number of things is no house's ("3 Constables Drive over", "30 Days Close observation")."""

_VENUE_TYPE = (
    "public house|pub|inn|tavern|hotel|nightclub|night club|wine bar|bar|sauna"
    "|hostel|guest house|club|casino|cafe|café|gym|restaurant"
)
VENUE = re.compile(
    r"(?<!\w)(?:(?:[Tt]he )?(?!The\b|A\b|At\b|In\b|He\b|She\b|His\b|Her\b|No\b|One\b|This\b"
    r"|That\b|It\b|Off\b|Behind\b|Public\b|From\b|When\b|Staff\b|Wine\b|Night\b|Last\b)"
    r"(?P<name>[A-Z][A-Za-z'’&]{1,20}(?: (?:and |& |of )?[A-Z][A-Za-z'’]{1,20}){0,3}) "
    rf"(?:{_VENUE_TYPE})(?!\w)"
    r"|(?:Club|Bar|Café|Cafe|Hotel|Sauna) [A-Z][A-Za-z0-9'’]{2,20}(?: [A-Z][a-z]{2,20})?"
    r"|[Tt]he [A-Z][a-z]{2,15}(?: [A-Z][a-z]{2,15})? (?:Arms|Head|Tavern|Inn|Hotel))"
)
CHAIN = re.compile(
    r"\b(?:Travelodge|Premier Inn|Holiday Inn|Ibis|Motel 6|Super 8|Wetherspoons?|Best Western"
    r"|Hilton|Marriott|Days Inn|easyHotel)(?: [A-Z][A-Za-z]{2,20}){0,2}"
)

PERSON_CODE = re.compile(r"(?<![\w/-])(?P<code>[POWMFLU]\d{1,4})(?![\w/-]|\.\d)")
"""Keyed codes of people, as documents without names use them: W1, P12."""
OFFICER = re.compile(
    r"(?<!\w)(?:PC|DC|PS|DS|DI|DCI|SGT|PCSO|Sgt|Deputy|Officer) \d{2,5}(?: ?[A-Z]{1,3})?(?!\w)"
)

CASE_ID = re.compile(
    r"(?<![\w/.-])[A-Z]{1,6}\d{0,4}-(?:[A-Z]{0,3}\d{2,6}-)?\d{1,9}(?![\w/]|-\w|\.\d)"
)
"""Numbers of other cases: letters, a hyphen, digits. What looks so and is none: NOT_CASE."""
NOT_CASE = re.compile(
    r"(?:COVID|DF|GHB|PCP|THC|MDMA|CBD|HIV|HCV|T|L|C|S|A|B|AB|U|AH|AM|JWH|NPS|CYP|H|F|G|K|M"
    r"|MT|ICD|ISO|BS|EN|RTA|IC|PM|AM|AK|AR|UR|XLR|HU|CP|BMW|BD-1,4|DSM|COX|Q|V|X|SPF|UN|USB"
    r"|MP|PS|PR)-?\d{1,3}$|(?:CAD|CRO|PNC|SOP|COR)-?\d+$"
)
NO_CASE = re.compile(
    r"\b(?:form|call ?sign|exhibit|model|unit|vehicle|fleet|locker|flight|serial|seal|bag|version"
    r"|product|batch|lot|part|room|policy|invoice|order)\W*(?:no\.?|number)?\W*$",
    re.I,
)
"""Before a number these make it that of a document or a thing."""
NO_PHONE = re.compile(
    r"(?:NHS|CAD|exhibit|ref(?:erence)?|case|account|policy|badge|NI|hospital|patient|records?|bags?"
    r"|seal|log|incident|invoice|serial|crime|tag|ticket|docket|job|order|IMEI|booking|warrant"
    r"|custody|shipment|licen[cs]e|passport|batch|lot)"
    r"\W*(?:no\.?|number|nos)?\W*(?:is|was|:)?\W*$",
    re.I,
)
"""Before a number these say that it is no phone's."""
NO_PERSON = re.compile(
    r"\b(?:an?|the|this|ward|bay|bed|room|flat|unit|size|form|bus|route|road|gate|platform|wing"
    r"|level|grade|type|class|plot|row|seat|zone|area|page|map|grid|junction|locker|block)\W*$",
    re.I,
)
"""Before a code these make it a bus, a ward or a size; no report calls a person "the W3"."""
ROLE_BY_LETTER = {"W": "present", "L": "owner", "F": "informant"}
BEFORE_OFFICER = re.compile(
    r"(?:officers?|PCs?|DCs?|PS|constables?|\bO\d{1,4} (?:and|\+|&))\s*$", re.I
)


OXYGEN_BEFORE = re.compile(
    r"(?:\b(?:on|high[ -]?flow|sats?|given|via|with|of|breathing|home|litres?|lpm|l)|%)\s*$", re.I
)
OXYGEN_BEHIND = re.compile(
    r"\s*(?:sat|sats|saturations?|mask|therapy|cylinders?|via|given|levels?|at \d|\d+ ?(?:l|%))\b",
    re.I,
)
"""About "O2" these make it the gas, and no officer."""
FOLLOWS = 60
"""Characters before a mark in which its role is given ("call from ...")."""


def find_marks(text: str, own_id: str = "") -> list[ProseFact]:
    """Return the marks of a text in its order, as entities and mentions of other cases.

    Time is linear in the length of the text.
    """
    marks = []
    for match in CASE_ID.finditer(text):
        before = text[max(0, match.start() - 24) : match.start()]
        if match[0] != own_id and not NOT_CASE.match(match[0]) and not NO_CASE.search(before):
            marks.append(ProseFact("mentions", match[0], *match.span(), match[0]))
    plates = [match.span() for match in PLATE.finditer(text)]
    plates += [
        match.span("plate")
        for match in PLATE_NAMED.finditer(text)
        if any(c.isdecimal() for c in match["plate"])
    ]
    marks += [_entity(text, "present:vehicle", text[a:b].upper(), a, b) for a, b in plates]
    marks += _contacts(text)
    for match in (*CHAIN.finditer(text), *VENUE.finditer(text)):
        name = " ".join((match.groupdict().get("name") or match[0]).split())
        start = match.start() + (4 if match[0][:4].lower() == "the " else 0)
        name = name.removeprefix("the ").removeprefix("The ")
        marks.append(_entity(text, "contact:venue", name, start, match.end()))
    # The codes of people, officers' numbers among them.
    for match in PERSON_CODE.finditer(text):
        code, (start, end) = match["code"], match.span("code")
        before = text[max(0, start - 20) : start]
        gas = OXYGEN_BEFORE.search(before) or OXYGEN_BEHIND.match(text, end)
        if NO_PERSON.search(before) or (code == "O2" and gas):
            continue
        role = _role(text, start, "")
        if not role and FINDS.match(text[end : end + 45]):
            role = "finder"
        if code[0] == "O" or BEFORE_OFFICER.search(text[max(0, start - 22) : start]):
            marks.append(_entity(text, "officer:officer", code, start, end))
        elif role or code[0] in "PWFL":
            role = role or ROLE_BY_LETTER.get(code[0], "present")
            marks.append(_entity(text, f"{role}:person", code, start, end))
    marks += [
        _entity(text, "officer:officer", " ".join(match[0].split()), *match.span())
        for match in OFFICER.finditer(text)
    ]
    # Of marks that share characters the first and longest counts.
    marks.sort(key=lambda mark: (mark.start, -mark.end))
    apart: list[ProseFact] = []
    for mark in marks:
        if not apart or mark.start >= apart[-1].end:
            apart.append(mark)
    return apart


def _entity(text: str, kind: str, code: str, start: int, end: int) -> ProseFact:
    return ProseFact("entities", f"{kind}:{code}", start, end, text[start:end])


def _contacts(text: str) -> Iterator[ProseFact]:
    """Yield phone numbers, addresses and handles."""
    for match in PHONE.finditer(text):
        start = match.start()
        code = phone_code(match[0] if ")" in match[0] else match[0].lstrip("("))
        if code and not NO_PHONE.search(text[max(0, start - 30) : start]):
            yield _entity(text, f"{_role(text, start, 'contact')}:phone", code, *match.span())
    for match in ADDRESS.finditer(text):
        code, start = " ".join(match[0].split()).rstrip(","), match.start()
        if not COUNTED.match(code):
            end = start + len(match[0].rstrip(", "))
            yield _entity(text, f"{_role(text, start, 'contact')}:address", code, start, end)
    for match in HANDLE_AT.finditer(text):
        code, start = match[0].rstrip("."), match.start()
        yield _entity(text, "contact:handle", code, start, start + len(code))
    for match in HANDLE_NAMED.finditer(text):
        code = (match["quoted"] or match["bare"]).rstrip(".-")
        start = match.start("quoted" if match["quoted"] else "bare")
        signs = any(c.isdecimal() or c in "_." for c in code) and any(c.isalpha() for c in code)
        if match["quoted"] or signs:
            yield _entity(text, "contact:handle", code, start, start + len(code))


def phone_code(written: str) -> str:
    """Return a phone number in one way of writing; "" where the digits make none.

    British numbers of eleven digits that begin 07 or 01 are written as five and six; others as they
    are, single blanks between. Numbers that only drama uses (07700 900xxx) are numbers like others.
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


def _role(text: str, start: int, otherwise: str) -> str:
    """Return the role that the words before a mark show: the last one counts."""
    before = text[max(0, start - FOLLOWS) : start]
    before = before[max(before.rfind(". "), before.rfind("\n"), before.rfind(";")) + 1 :]
    best, at = otherwise, -1
    for role, shape in ROLES:
        for match in shape.finditer(before):
            if match.end() > at:
                best, at = role, match.end()
    return best
