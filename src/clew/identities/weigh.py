"""Pairs that Splink weighed become pairs with findings, in bans, with households allowed for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log10

from clew.identities.person_model import Level
from clew.identities.splink_run import Scored
from clew.model.finding import MICRO, Stance
from clew.model.identity import IdentityFinding

# What a shared home or phone can tell: which household, never which of its members.


OTHERS = 2.0
"""Others in a household who could be meant (declared; homes of the United Kingdom hold 2.4)."""
TWINS = 0.02
"""Share of others in a household born on the same day: about 1.5 % of births are twins."""
NAMESAKES = 0.02
"""Share of others in a household with the same given name: fathers and sons (declared)."""
ASPECT = "what comes together"
NAMED = frozenset({"same", "form", "further", "slip"})
BORN_ALIKE = frozenset({"same", "swapped", "slip", "year"})


def dependence_finding(
    weights: dict[str, float], levels: dict[str, str], prior_bans: float
) -> IdentityFinding | None:
    """Return what is taken off because findings come together; None where nothing is.

    Home, phone and family name come together in a family, so they count as one: no more than says
    that one of the household is meant. Given name and day then tell the members apart, and count
    no more than they can among people who may be twins, or father and son of one name. Elsewhere
    too, family name and day leave a twin open where no given name speaks. A given name that agrees
    tells the sex already.

    Parameters
    ----------
    weights
        Bans of each comparison.
    levels
        The level each comparison found.
    prior_bans
        log10 of the odds that two records of the register are one person.
    """
    taken, said = 0.0, []
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
        said.append("home, phone and family name tell the household, not which member")
    elif (
        levels["given"] in {"missing", "initial"}
        and weights["family"] > 0
        and levels["birth"] in BORN_ALIKE
    ):
        whole = prior_bans + weights["family"] + weights["birth"]
        taken += max(whole + log10(TWINS), 0.0)
        said.append("without a given name it may be a twin")
    if named and weights["sex"] > 0:
        taken += weights["sex"]
        said.append("the given name tells the sex already")
    micro = -round(taken * MICRO)
    return IdentityFinding(ASPECT, Stance.DIFFERS, "; ".join(said), micro) if micro else None


# What each level of a comparison says to people.


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
        "year": "the same year; one record tells no day, or 1 January", "slip": "one digit differs",
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


def say_level(comparison: str, level: str) -> tuple[str, Stance, str]:
    """Return aspect, stance and words of a level of a comparison."""
    aspect = ASPECTS[comparison]
    if level == "missing":
        return aspect, Stance.MISSING, "not in both records"
    if level == "else":
        return aspect, Stance.DIFFERS, "differs"
    return aspect, Stance.AGREES, AGREES[comparison][level]


BANS_A_BIT = log10(2)
MATCHES_A_RECORD = 0.1
"""Further records of the same person that a record is expected to have (declared)."""
ROUNDS = 12
"""Rounds in which a large register's own number of matches is found; it settles in a few."""


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
    names = {name: [step.name for step in steps] for name, steps in levels.items()}
    found = []
    for k in range(len(scored.left)):
        at = {name: names[name][int(scored.levels[name][k])] for name in names}
        bans = {name: float(scored.bits[name][k]) * BANS_A_BIT for name in names}
        findings = [
            IdentityFinding(*say_level(name, at[name]), round(bans[name] * MICRO)) for name in names
        ]
        further = dependence_finding(bans, at, before) if people else None
        found.append(
            RecordPair(
                int(scored.left[k]),
                int(scored.right[k]),
                (*findings, further) if further else tuple(findings),
                before,
            )
        )
    return found


def with_own_prior(pairs: Sequence[RecordPair], records: int) -> list[RecordPair]:
    """Return pairs with the odds before them that fit how many matches the register shows."""
    before = pairs[0].prior_bans if pairs else 0.0
    for _ in range(ROUNDS):
        expected = sum(
            o / (1 + o) for pair in pairs if (o := replace(pair, prior_bans=before).odds)
        )
        before = prior_bans(records, max(expected, 1.0) / records)
    return [replace(pair, prior_bans=before) for pair in pairs]
