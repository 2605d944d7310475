"""Pairs of records become pairs with findings, in bans, with households allowed for.

People and addresses are weighed by Splink; phones, vehicles and handles by their one spelling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log10

from clew.identities.numbers import handle_key, phone_key, vehicle_key, vehicle_look
from clew.identities.person_model import ELSE, MISSING, Level
from clew.identities.splink_run import Scored
from clew.model.finding import MICRO, Stance
from clew.model.identity import IdentityFinding, RegisterRecord

ASPECTS: Mapping[str, str] = {
    "given": "given name", "middle": "middle name", "family": "family name",
    "birth": "date of birth", "sex": "sex",
    "phone": "phone", "home": "address", "handle": "handle", "vehicle": "vehicle",
    "door": "house", "flat": "flat", "street": "street", "postcode": "postcode",
}  # fmt: skip
AGREES: Mapping[str, Mapping[str, str]] = {
    "given": {
        "same": "the same", "form": "a form of the same name (short or other spelling)",
        "further": "one of the given names is the same",
        "initial": "the initial agrees", "slip": "alike but for a slip",
    },
    "middle": {"same": "the same", "initial": "the initial agrees"},
    "family": {
        "same": "the same", "swapped": "given and family name are exchanged",
        "part": "one part of the name is the same", "slip": "alike in spelling or sound",
    },
    "birth": {
        "same": "the same day", "swapped": "the same day with day and month exchanged",
        "year": "the same year; one record has no day, or 1 January", "slip": "one digit differs",
    },
    "sex": {"same": "the same"},
    "phone": {
        "same": "the same number", "another": "one of the numbers is the same",
        "slip": "one digit differs",
    },
    "home": {
        "same": "the same door", "door": "the same door, street or postcode written otherwise",
        "postcode": "the same postcode",
    },
    "handle": {"same": "the same"},
    "vehicle": {"same": "the same mark", "look": "the same but for O and 0, or I and 1"},
    "door": {"same": "the same number"},
    "flat": {"same": "the same"},
    "street": {"same": "the same", "slip": "alike but for a slip"},
    "postcode": {"same": "the same", "slip": "one letter differs"},
}  # fmt: skip

BANS_A_BIT = log10(2)
MATCHES_A_RECORD = 0.1
"""Further records of the same person that a record is expected to have (declared)."""

OTHERS = 2.0
"""Others in a household who could be meant (declared; homes of the United Kingdom hold 2.4)."""
TWINS = 0.02
"""Share of others in a household born on the same day: about 1.5 % of births are twins."""
NAMESAKES = 0.02
"""Share of others in a household with the same given name: fathers and sons (declared)."""
ASPECT = "what comes together"
NAMED = frozenset({"same", "form", "further", "slip"})
BORN_ALIKE = frozenset({"same", "swapped", "slip", "year"})

M_SAME, M_LOOK = 0.98, 0.02
"""Share of two records of one line that are the same but for spelling, or but for O and 0."""
VEHICLES = 4e7
"""Marks on the road, to an order: about forty million vehicles are licensed in Great Britain."""
MOST_DIGITS, MOST_SIGNS = 9, 8
"""Digits by which one phone is distinct from another (declared: a tenth begins all mobile
numbers); and the signs of a handle that count, two of which are worth a digit (people choose
words)."""
MOST_OF_ONE = 200
"""Codes of one spelling beyond which not every pair is written, only each with the first."""


@dataclass(frozen=True, slots=True)
class RecordPair:
    """Two records by place, what was found, and the odds before it that they are one, in bans."""

    a: int
    b: int
    findings: tuple[IdentityFinding, ...]
    prior_bans: float

    @property
    def odds(self) -> float:
        """Return the odds that they are one, rivals apart."""
        bans = self.prior_bans + sum(f.micro_bans for f in self.findings) / MICRO
        return float(10.0 ** min(max(bans, -30.0), 30.0))


def prior_bans(records: int, matches_a_record: float = MATCHES_A_RECORD) -> float:
    """Return log10 of the odds that two records, taken at random, are one."""
    share = min(2 * matches_a_record / max(records - 1, 1), 0.2) / 2
    return log10(share / (1 - share))


def weigh_scored(
    scored: Scored, levels: Mapping[str, Sequence[Level]], before: float, *, people: bool
) -> list[RecordPair]:
    """Return a pair for each two records that Splink weighed, in its order."""
    pairs = []
    for k, (left, right) in enumerate(zip(scored.left, scored.right, strict=True)):
        at = {name: steps[int(scored.levels[name][k])].name for name, steps in levels.items()}
        bans = {name: float(scored.bits[name][k]) * BANS_A_BIT for name in levels}
        findings = []
        for name, level in at.items():
            stance, words = Stance.AGREES, AGREES[name].get(level, "")
            if level == MISSING:
                stance, words = Stance.MISSING, "not in both records"
            elif level == ELSE:
                stance, words = Stance.DIFFERS, "differs"
            micro = round(bans[name] * MICRO)
            findings.append(IdentityFinding(ASPECTS[name], stance, words, micro))
        if people and (further := dependence_finding(bans, at, before)):
            findings.append(further)
        pairs.append(RecordPair(int(left), int(right), tuple(findings), before))
    return pairs


def dependence_finding(
    weights: dict[str, float], levels: dict[str, str], prior_bans: float
) -> IdentityFinding | None:
    """Return what is taken off because findings come together; None where nothing is.

    Home, phone and family name come together in a family, so they count as one: no more than says
    that one of the household is meant. Given name and day then distinguish the members, and count
    no more than they can among people who may be twins, or father and son of one name. Elsewhere
    too, family name and day may be a twin's where there is no given name. A given name that agrees
    implies the sex already.

    Parameters
    ----------
    weights
        Bans of each comparison.
    levels
        The level each comparison found.
    prior_bans
        log10 of the odds that two records of the register are one person.
    """
    taken, reasons = 0.0, []
    shared = [name for name in ("home", "phone") if weights[name] > 0]
    named = levels["given"] in NAMED or levels["family"] == "swapped"
    if shared:
        whole = sum(weights[name] for name in shared) + max(weights["family"], 0.0)
        most = max(-prior_bans - log10(OTHERS), 0.0)
        taken += max(whole - most, 0.0)
        if levels["birth"] in BORN_ALIKE:
            taken += max(weights["birth"] + log10(TWINS), 0.0)
        elif levels["given"] in NAMED and levels["birth"] == "missing":
            taken += max(weights["given"] + log10(NAMESAKES), 0.0)
        reasons.append("home, phone and family name identify the household, not the member")
    elif (
        levels["given"] in {"missing", "initial"}
        and weights["family"] > 0
        and levels["birth"] in BORN_ALIKE
    ):
        whole = prior_bans + weights["family"] + weights["birth"]
        taken += max(whole + log10(TWINS), 0.0)
        reasons.append("without a given name it may be a twin")
    if named and weights["sex"] > 0:
        taken += weights["sex"]
        reasons.append("the given name already implies the sex")
    micro = -round(taken * MICRO)
    return IdentityFinding(ASPECT, Stance.DIFFERS, "; ".join(reasons), micro) if micro else None


def exact_pairs(
    records: Sequence[RegisterRecord], kind: str, region: str, before: float
) -> list[RecordPair]:
    """Return the pairs of one spelling, and of vehicles those that look alike at a glance."""
    keys = []
    for record in records:
        if kind == "phone":
            keys.append(phone_key(record.phones[0], region) if record.phones else None)
        elif kind == "vehicle":
            keys.append(vehicle_key(record.vehicle or ""))
        else:
            keys.append(handle_key(record.handle or ""))
    pairs = []
    for a, b in _same(keys):
        key = keys[a] or ""
        if kind == "phone":
            words = "the same number in one spelling"
            rarity = float(min(sum(c.isdigit() for c in key) - 1, MOST_DIGITS))
        elif kind == "vehicle":
            words, rarity = "the same mark in one spelling", log10(VEHICLES)
        else:
            words, rarity = "the same handle in one spelling", min(len(key), 2 * MOST_SIGNS) / 2
        micro = round((log10(M_SAME) + rarity) * MICRO)
        finding = IdentityFinding(kind, Stance.AGREES, words, micro)
        pairs.append(RecordPair(a, b, (finding,), before))
    if kind == "vehicle":
        micro = round((log10(M_LOOK) + log10(VEHICLES)) * MICRO)
        words = "the same but for O and 0, or I and 1: weak"
        finding = IdentityFinding(kind, Stance.AGREES, words, micro)
        looks = [key and vehicle_look(key) for key in keys]
        pairs += [
            RecordPair(a, b, (finding,), before) for a, b in _same(looks) if keys[a] != keys[b]
        ]
    return pairs


def _same(keys: Sequence[str | None]) -> list[tuple[int, int]]:
    places_of: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        if key:
            places_of.setdefault(key, []).append(place)
    pairs = []
    for places in places_of.values():
        if len(places) > MOST_OF_ONE:
            pairs += [(places[0], other) for other in places[1:]]
        else:
            pairs += list(combinations(places, 2))
    return pairs
