"""The one builder of a made-up desk, through the doors that service uses.

Records are handed in as files (`take_in`), and what an engine found is committed as a round commits
it (`save_round`): the run, its links, the queue, the series, owners, referrals, a ledger row each.
So no test stands on rows of a shape that a desk in service never has; one did, and hid a fault.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import transaction
from django.utils import timezone

from clew.desk.accounts.models import Account, Area, Grant
from clew.desk.accounts.rules import Person, Role, RoleGrant
from clew.desk.records.models import Case
from clew.desk.records.sealing import seal
from clew.desk.records.take_in import take_in
from clew.desk.review.models import Pair
from clew.desk.review.runs import Round, Run
from clew.desk.rounds.budget import RoundOutcome, StepResult
from clew.desk.rounds.save import save_round
from clew.intake.read import CaseSources
from clew.model.alert import AlertRow, Trigger
from clew.model.case import Case as Known
from clew.model.finding import Link as Found
from clew.model.finding import Relation, Tier
from clew.replay.budget import priority_of
from clew.replay.events import Event

Row = dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """A row that an engine found, with its findings and what else would explain it, as text."""

    row: AlertRow
    account: str


def candidate(case: Case, other: Case, figures: Row) -> Candidate:
    """Return a candidate of a record; `figures` has its numbers, findings and explanations."""
    row = AlertRow(
        int(figures.get("at", case.reported_at).timestamp()), case.case_id, other.case_id,
        figures["rank"], priority_of(figures["chance"], figures["micro_bans"]),
        figures["micro_bans"], figures["chance"], figures["compared"], Tier(figures["tier"]),
        Relation(figures["relation"]), Trigger.NEW_CASE, figures["alert"],
    )  # fmt: skip
    return Candidate(row, json.dumps([figures["findings"], figures["other_explanations"]]))


def of_engine(case: Case, other: Case, found: Found, *, alert: bool) -> Candidate:
    """Return what `link_cases` found as a candidate."""
    figures = {
        "rank": found.rank, "chance": found.chance, "micro_bans": found.micro_bans,
        "compared": found.compared, "tier": found.tier, "relation": found.relation, "alert": alert,
        "findings": [asdict(one) for one in found.breakdown.findings],
        "other_explanations": found.breakdown.other_explanations,
    }  # fmt: skip
    return candidate(case, other, figures)


def round_found(
    as_of: datetime, found: Iterable[Candidate], weights: str = "declared", compared: int = 0
) -> Run:
    """Commit what was found as a round does, and return the run."""
    by_event = sorted(found, key=lambda one: (one.row.at, one.row.case_id, one.row.rank))
    outcome = RoundOutcome(0, 0, 0.0, "", weights, compared)
    for (at, case_id), group in groupby(by_event, key=lambda one: (one.row.at, one.row.case_id)):
        part = list(group)
        event = Event(at, Known(case_id, at), Trigger.NEW_CASE)
        rows, accounts = tuple(p.row for p in part), tuple(p.account for p in part)
        ranked = sum(row.rank == k for k, row in enumerate(rows, 1))
        outcome.results.append(StepResult(event, rows, accounts, ranked))
        outcome.compared = max(outcome.compared, *(row.compared for row in rows))
    with transaction.atomic():
        held = Round.objects.create(asked_by="the tests", as_of=as_of, state=Round.DONE, done=1.0)
        save_round(held, outcome)
    return Run.objects.get(round=held)


def pair_of(first: str, second: str) -> Pair:
    """Return the pair of two records, whichever comes first."""
    found = Pair.objects.filter(first__case_id=first, second__case_id=second).first()
    return found or Pair.objects.get(first__case_id=second, second__case_id=first)


def record(
    case_id: str, area: str = "KD", at: datetime | None = None, sealed_by: str = "", **cells: Any
) -> Case:
    """Hand one record in, with these cells of its report, and seal it where somebody sealed it."""
    at = (at or timezone.now()).astimezone(UTC)
    row = {"case_id": case_id, "reported_at": at.isoformat(timespec="seconds"), "area": area}
    with TemporaryDirectory() as folder:
        path = write_rows(Path(folder) / "cases.csv", [row | cells])
        taken = take_in(CaseSources(path), "test")
    assert taken.new_ids == [case_id], taken
    case = Case.objects.get(case_id=case_id)
    if sealed_by:
        with transaction.atomic():
            sealed_by_two(case, Person(sealed_by, (RoleGrant(Role.SUPERVISOR),)), "test")
    return case


def sealed_by_two(case: Case, keeper: Person, reason: str) -> None:
    """Seal a record as its keeper proposed; a second person, who has no account here, agreed."""
    second = Person("a second person", (RoleGrant(Role.SUPERVISOR),))
    seal(case, second, reason, proposed_by=keeper.name, review=date(2199, 1, 1))


def write_rows(path: Path, rows: Sequence[Row]) -> Path:
    """Write rows as a CSV file, with a column for every name in any of them."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def person(name: str, *roles: str, area: str = "", password: str | None = None) -> Account:
    """Make an account with these roles for an area, or for all."""
    with transaction.atomic():
        made = Account.objects.make(name, name.replace("_", " ").title(), password)
        for role in roles:
            Grant.objects.create(account=made, role=role, area=area, granted_by="test")
    return made


def folder_owner(*roles: str, area: str = "") -> Account:
    """Make the account that answers for the watched folder (tests/desk_settings.py names it)."""
    return person("folder", *(roles or ("supervisor",)), area=area)


def areas(**names: str) -> None:
    """Make areas by code and name."""
    with transaction.atomic():
        for code, name in names.items():
            Area.objects.get_or_create(code=code, defaults={"name": name})
