"""A small town for tests: some sixty made records with the four deaths of Barking among them.

A choice of `made_desk.py`: files are handed in, the engine compares them all at one moment, and
what it found is committed as a round commits it. Stand on it with the fixture `town`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from made_desk import areas, of_engine, pair_of, person, round_found
from signed_in import PASSWORD
from town_papers import ZONE, hand_in, town_papers

from clew.comparison.weights.weight_table import declared_table
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Role
from clew.desk.records.models import Case
from clew.desk.records.take_in import take_in
from clew.desk.review.models import Pair
from clew.desk.review.runs import Run
from clew.intake.read import CaseSources
from clew.workflows.link import LinkOptions, link_cases

__all__ = ["ZONE", "Town", "build_town", "hand_in", "town_papers"]


@dataclass(slots=True)
class Town:
    """Who works here, what was handed in, and the run that compared it.

    `accounts` by role name, each for all areas; besides `analyst_kd` and `analyst_gr`, who are
    analysts of one area each. `pair(a, b)` finds a pair whichever way round.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    run: Run | None = None
    folder: Path = Path()

    def pair(self, a: str, b: str) -> Pair:
        """Return the pair of two records, whichever comes first."""
        return pair_of(a, b)


def build_town(folder: Path, as_of: datetime | None = None) -> Town:
    """Fill an empty desk; `as_of` is the moment that candidates are found for."""
    as_of = as_of or datetime(2015, 9, 16, 23, 59, tzinfo=ZONE)
    town = Town(folder=folder)
    _people(town)
    sources = hand_in(folder)
    take_in(sources, "the town")
    town.run = _compare(sources, as_of)
    return town


def _people(town: Town) -> None:
    for role in Role:
        town.accounts[role.value] = person(role.value, role.value, password=PASSWORD)
    for area in ("kd", "gr"):
        name = f"analyst_{area}"
        town.accounts[name] = person(name, "analyst", area=area.upper(), password=PASSWORD)
    areas(KD="Kingsdown", GR="Greenrise")


def _compare(sources: CaseSources, as_of: datetime) -> Run:
    instant = int(as_of.timestamp())
    answer = link_cases(sources.read(), LinkOptions(declared_table(), as_of=instant))
    cases = {case.case_id: case for case in Case.objects.all()}
    best = sorted(link.chance for link in answer.links)[:10][-1]
    found = [
        of_engine(
            cases[link.case_a], cases[link.case_b], link,
            alert=link.rank == 1 and link.chance <= best,
        )
        for link in answer.links
    ]  # fmt: skip
    return round_found(as_of, found, answer.weights, answer.compared)
