"""A small town for tests: some sixty made records with the four deaths of Barking among them.

Everything in it is made by the project itself, by the doors that service uses: files are handed
in, candidates found, pairs queued. Build it once a test with the fixture `town`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from signed_in import PASSWORD
from town_papers import ZONE, hand_in, town_papers

from clew.comparison.weights.weight_table import declared_table
from clew.desk.accounts.models import Account, Area, Grant
from clew.desk.accounts.rules import Role
from clew.desk.records.models import Case
from clew.desk.records.take_in import take_in
from clew.desk.review.models import Link, Pair, Run
from clew.intake.read import CaseSources
from clew.model.finding import Answer
from clew.model.finding import Link as Found
from clew.version import VERSION
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
        found = Pair.objects.filter(first__case_id=a, second__case_id=b).first()
        return found or Pair.objects.get(first__case_id=b, second__case_id=a)


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
        town.accounts[role.value] = _account(role.value, role)
    for area in ("kd", "gr"):
        name = f"analyst_{area}"
        town.accounts[name] = _account(name, Role.ANALYST, area.upper())
    for code, name in (("KD", "Kingsdown"), ("GR", "Greenrise")):
        Area.objects.get_or_create(code=code, defaults={"name": name})


def _account(name: str, role: Role, area: str = "") -> Account:
    made = Account.objects.make(name, name.replace("_", " ").title(), PASSWORD)
    Grant.objects.create(account=made, role=role.value, area=area, granted_by="the town")
    return made


def _compare(sources: CaseSources, as_of: datetime) -> Run:
    instant = int(as_of.timestamp())
    answer = link_cases(sources.read(), LinkOptions(declared_table(), as_of=instant))
    run = Run.objects.create(
        as_of=as_of, version=VERSION, weights=answer.weights, compared=answer.compared,
        null_sample=answer.null_sample, deaths_a_year=answer.deaths_a_year,
        coverage=[asdict(one) for one in answer.coverage],
    )  # fmt: skip
    cases = {case.case_id: case for case in Case.objects.all()}
    links = Link.objects.bulk_create(_links(run, answer, cases))
    pairs = [
        Pair(
            first=link.case, second=link.other, link=link, area=link.case.area,
            other_area=link.other.area,
            priority=link.priority, within_budget=link.alert,
        )
        for link in links
        if link.rank <= 5
    ]  # fmt: skip
    Pair.objects.bulk_create(pairs)
    return run


def _links(run: Run, answer: Answer, cases: dict[str, Case]) -> Iterable[Link]:
    best = sorted(link.chance for link in answer.links)[:10][-1]
    for found in answer.links:
        yield _link(run, found, cases, alert=found.rank == 1 and found.chance <= best)


def _link(run: Run, found: Found, cases: dict[str, Case], *, alert: bool) -> Link:
    told = found.breakdown
    case = cases[found.case_a]
    return Link(
        run=run, case=case, other=cases[found.case_b],
        at=case.reported_at.astimezone(UTC), rank=found.rank, micro_bans=found.micro_bans,
        chance=found.chance, priority=-math.log10(found.chance), compared=found.compared,
        tier=found.tier.value, relation=found.relation.value, trigger="new_case", alert=alert,
        findings=[asdict(one) for one in told.findings],
        other_explanations=list(told.other_explanations),
    )  # fmt: skip
