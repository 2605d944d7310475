"""Phones, vehicles and handles under other spellings: the same number is the same line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import log10

from clew.intake.identities.numbers import handle_key, phone_key, vehicle_key, vehicle_look
from clew.intake.identities.weigh import Pair
from clew.model.finding import MICRO, Stance
from clew.model.identity import IdentityFinding, RegisterRecord

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
) -> list[Pair]:
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


def _pair(a: int, b: int, before: float, finding: IdentityFinding) -> Pair:
    return Pair(a, b, (finding,), before)


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
