"""Pairs that Splink weighed become pairs with findings, in bans, with households allowed for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log10

from clew.intake.identities.dependence import dependence_finding
from clew.intake.identities.person_model import Level
from clew.intake.identities.say import say_level
from clew.intake.identities.splink_run import Scored
from clew.model.finding import MICRO
from clew.model.identity import IdentityFinding

BANS_A_BIT = log10(2)
MATCHES_A_RECORD = 0.1
"""Further records of the same person that a record is expected to have (declared)."""
ROUNDS = 12
"""Rounds in which a large register's own number of matches is found; it settles in a few."""


@dataclass(frozen=True, slots=True)
class Pair:
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
) -> list[Pair]:
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
            Pair(
                int(scored.left[k]),
                int(scored.right[k]),
                (*findings, further) if further else tuple(findings),
                before,
            )
        )
    return found


def with_own_prior(pairs: Sequence[Pair], records: int) -> list[Pair]:
    """Return pairs with the odds before them that fit how many matches the register shows."""
    before = pairs[0].prior_bans if pairs else 0.0
    for _ in range(ROUNDS):
        expected = sum(
            o / (1 + o) for pair in pairs if (o := replace(pair, prior_bans=before).odds)
        )
        before = prior_bans(records, max(expected, 1.0) / records)
    return [replace(pair, prior_bans=before) for pair in pairs]
