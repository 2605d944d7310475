"""Phones, vehicles, handles and postcodes: one spelling for each, to compare by, never shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from math import log10

from clew.identities.fillers import filled, never
from clew.identities.weigh import RecordPair
from clew.model.finding import MICRO, Stance
from clew.model.identity import IdentityFinding, RegisterRecord
from clew.vocabulary.load import word_key

SHORTEST = 6
"""Digits of a number that can be told from others (declared): local numbers have six or more."""
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
    import phonenumbers

    value = filled(text, "phone") or ""
    digits = re.sub(r"\D", "", value)
    if len(digits) < SHORTEST or word_key(digits) in never("phone") or _is_run(digits):
        return None
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_possible_number(number):
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    found = phonenumbers.PhoneNumberMatcher(value, region, phonenumbers.Leniency.POSSIBLE)
    first = next(iter(found), None)
    if first is not None:
        return str(phonenumbers.format_number(first.number, phonenumbers.PhoneNumberFormat.E164))
    return digits


def _is_run(digits: str) -> bool:
    """Tell whether a number was made up: one digit over and over, or nothing but zeros behind."""
    bare = digits.lstrip("0")
    return len(set(bare)) <= 1 or len(set(digits[-SHORTEST:])) == 1


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
    """Return the postcode of the United Kingdom that stands in an address."""
    found = _POSTCODE.search(address)
    return postcode_key(found[1] + found[2]) if found else None


# Phones, vehicles and handles under other spellings: the same number is the same line.


M_SAME, M_LOOK = 0.98, 0.02
"""Share of two records of one line that are the same but for spelling, or but for O and 0."""
VEHICLES = 4e7
"""Marks on the road, to an order: about forty million vehicles are licensed in Great Britain."""
MOST_DIGITS, MOST_SIGNS = 9, 8
"""Digits that tell one phone from another (declared: a tenth begins all mobile numbers); and the
signs of a handle that count, two of which are worth a digit (people choose words)."""
MOST_OF_ONE = 200
"""Codes of one spelling beyond which not every pair is written, only each with the first."""


def key_of(record: RegisterRecord, region: str) -> str | None:
    """Return the spelling under which a phone, vehicle or handle is compared."""
    if record.type == "phone":
        return phone_key(record.phones[0], region) if record.phones else None
    if record.type == "vehicle":
        return vehicle_key(record.vehicle or "")
    return handle_key(record.handle or "")


def exact_pairs(
    records: Sequence[RegisterRecord], kind: str, region: str, before: float
) -> list[RecordPair]:
    """Return the pairs of one spelling, and of vehicles those that a hurried eye takes for one."""
    keys = [key_of(record, region) for record in records]
    pairs = [_pair(a, b, before, _finding(kind, keys[a] or "")) for a, b in _same(keys)]
    if kind == "vehicle":
        looks = [key and vehicle_look(key) for key in keys]
        pairs += [_pair(a, b, before, _look()) for a, b in _same(looks) if keys[a] != keys[b]]
    return pairs


def _same(keys: Sequence[str | None]) -> list[tuple[int, int]]:
    held: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        if key:
            held.setdefault(key, []).append(place)
    found = []
    for places in held.values():
        if len(places) > MOST_OF_ONE:
            found += [(places[0], other) for other in places[1:]]
        else:
            found += list(combinations(places, 2))
    return found


def _pair(a: int, b: int, before: float, finding: IdentityFinding) -> RecordPair:
    return RecordPair(a, b, (finding,), before)


def _finding(kind: str, key: str) -> IdentityFinding:
    bans = log10(M_SAME) + _rarity[kind](key)
    words = {"phone": "the same number", "vehicle": "the same mark", "handle": "the same handle"}
    return IdentityFinding(
        kind, Stance.AGREES, f"{words[kind]} in one spelling", round(bans * MICRO)
    )


def _look() -> IdentityFinding:
    bans = log10(M_LOOK) + _rarity["vehicle"]("")
    says = "the same but for O and 0, or I and 1: weak"
    return IdentityFinding("vehicle", Stance.AGREES, says, round(bans * MICRO))


_rarity: Mapping[str, Callable[[str], float]] = {
    "phone": lambda key: float(min(sum(c.isdigit() for c in key) - 1, MOST_DIGITS)),
    "vehicle": lambda _key: log10(VEHICLES),
    "handle": lambda key: min(len(key), 2 * MOST_SIGNS) / 2,
}
