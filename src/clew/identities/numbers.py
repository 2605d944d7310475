"""Phones, vehicles, handles and postcodes: one spelling for each, to compare by, never shown."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from clew.identities.fillers import filled, never
from clew.vocabulary.load import word_key

SHORTEST = 6
"""Least digits by which a number is distinct (declared): local numbers have six or more."""
_TO_DIGIT = str.maketrans("OI", "01")
_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})\b", re.I)
_PROFILE = re.compile(
    r"^(?:https?://)?(?:www\.)?[\w-]+\.(?:com|org|net|co\.uk)/(?:@|u/|in/)?", re.I
)


@lru_cache(maxsize=262_144)
def phone_key(text: str, region: str = "GB") -> str | None:
    """Return a number in international form, or its digits where it fits no country's plan.

    A number need only be possible, not assigned: numbers kept for drama, such as 07700 900123,
    count as any other. Fillers and emergency lines are missing.
    """
    value = filled(text, "phone") or ""
    digits = re.sub(r"\D", "", value)
    # One digit over and over, or nothing but zeros behind it.
    made_up = len(set(digits.lstrip("0"))) <= 1 or len(set(digits[-SHORTEST:])) == 1
    if len(digits) < SHORTEST or word_key(digits) in never("phone") or made_up:
        return None
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_possible_number(number):
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    for match in phonenumbers.PhoneNumberMatcher(value, region, phonenumbers.Leniency.POSSIBLE):
        return str(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164))
    return digits


def vehicle_key(text: str) -> str | None:
    """Return a registration mark in capitals without spaces; O and 0 stay apart."""
    value = filled(text, "vehicle")
    mark = re.sub(r"[^A-Z0-9]", "", (value or "").upper())
    if len(mark) < 2 or word_key(mark) in never("vehicle") or len(set(mark)) == 1:
        return None
    return mark


def vehicle_look(mark: str) -> str:
    """Return a mark as a hurried eye sees it: O and 0, I and 1 are alike."""
    return mark.translate(_TO_DIGIT)


def handle_key(text: str) -> str | None:
    """Return a handle or e-mail address without case, @ in front, or the address of its site."""
    value = filled(text, "handle")
    if value is None:
        return None
    bare = _PROFILE.sub("", value.strip()).strip("/ ").lstrip("@").casefold()
    return None if len(bare) < 2 or word_key(bare) in never("handle") else bare


def postcode_key(text: str) -> str | None:
    """Return a postcode in capitals without spaces; pseudo postcodes are missing."""
    value = filled(text, "postcode")
    code = re.sub(r"[^A-Z0-9]", "", (value or "").upper())
    if len(code) < 3 or len(set(code)) == 1:
        return None
    pseudo = any(code.lower().startswith(f) for f in never("postcode") if len(f) > 2)
    return None if pseudo else code


def postcode_within(address: str) -> str | None:
    """Return the postcode of the United Kingdom that is within an address."""
    found = _POSTCODE.search(address)
    return postcode_key(found[1] + found[2]) if found else None
