"""The shapes of marks, as expressions that look at each character a bounded number of times."""

from __future__ import annotations

import re

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
"""Keyed codes of people, as papers that hold no names use them: W1, P12."""
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
