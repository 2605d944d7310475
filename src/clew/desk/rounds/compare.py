"""The comparison of a round: found first, aside; then committed, all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from clew.comparison.weights.weight_table import declared_table
from clew.desk.ledger.models import Act, Entry
from clew.desk.ledger.write import instant_text
from clew.desk.records.models import Case
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds.budget import (
    BudgetSpender,
    BudgetState,
    RoundOutcome,
    StepResult,
    signed_share,
)
from clew.desk.rounds.lease import Lease
from clew.desk.rounds.save import keep
from clew.desk.rounds.sync import past_folder, store_folder
from clew.model.values import DAY
from clew.replay.daily import DayRequest, EventMatches, compare_day
from clew.replay.learned_history import LearnedHistory
from clew.replay.monthly import beginnings
from clew.replay.store_versions import Versions
from clew.store.manifest import is_store
from clew.store.opened import Store

FIELDS_OF = {
    "earliest": "window", "latest": "window", "latitude": "point", "longitude": "point",
    "location_precision_m": "point", "home_latitude": "home", "home_longitude": "home",
    "cause": "mechanism", "manner": "mechanism", "narrative": "scene",
}  # fmt: skip
"""Columns whose name in the record differs from the attribute that is compared. A narrative may
tell of any; the scene is what it most often tells."""


def find(hold: Lease, one: Round) -> Callable[[Round], dict[str, Any]]:
    """Compare what came in since the last round, and return how to commit it."""
    last = last_found()
    if not is_store(store_folder()):
        return lambda _: _says(RoundOutcome(0, 0, *signed_share(), ""), one)
    versions = Versions.from_store(Store(store_folder()))
    outcome = _begin(versions, one, last)
    if outcome is None:
        return lambda _: _says(RoundOutcome(0, 0, *signed_share(), ""), one)
    _compare(hold, one, versions, outcome)
    hold.say("Writing down what was found", 0.95)

    def commit(held: Round) -> dict[str, Any]:
        kept = keep(held, outcome)
        return _says(outcome, held) | kept

    return commit


def last_found() -> dict[str, Any] | None:
    """Return what the last round that compared anything left for the next; None: none did."""
    for step in RoundStep.objects.filter(name="link").order_by("-id")[:50]:
        if step.says.get("learns_from"):
            return dict(step.says)
    return None


def _begin(versions: Versions, one: Round, last: dict[str, Any] | None) -> RoundOutcome | None:
    """Return what to begin with; None where fewer than two records are known by then."""
    table = declared_table()
    weights = f"{table.name} ({table.fingerprint})"
    share, signed = signed_share()
    if last is not None:
        outcome = RoundOutcome(last["learns_from"], last["begins"], share, signed, weights)
        outcome.purse = BudgetState.of(last["purse"])
        return outcome
    as_of = int(one.as_of.timestamp())
    arrivals = [at for at in versions.arrivals() if at <= as_of]
    if len(arrivals) < 2:
        return None
    learns_from, begins = beginnings(arrivals, as_of - DAY)
    return RoundOutcome(learns_from, begins, share, signed, weights)


def _compare(hold: Lease, one: Round, versions: Versions, outcome: RoundOutcome) -> None:
    last = last_found()
    done = None if last is None else int(last["as_of"])
    table = declared_table()
    asked = DayRequest(
        table, outcome.learns_from, int(one.as_of.timestamp()), done,
        {} if last is None else _late(last),
    )  # fmt: skip
    spending = BudgetSpender(outcome.purse, outcome.share, outcome.begins)
    kept = LearnedHistory(past_folder(), table.fingerprint)

    def say(month: int, months: int) -> None:
        hold.say(f"Comparing: stretch {month + 1} of {months}", 0.5 + 0.4 * month / months)

    for found in compare_day(versions, asked, kept, say):
        hold.say("Comparing", 0.9)
        outcome.compared = max([outcome.compared, *(row.compared for row in found.rows)])
        alerts = spending.take(found.event, found.rows[0] if _has_best(found) else None)
        if found.event.at >= outcome.begins and found.event.compares_anew:
            outcome.told.append(_told(found, alerts=alerts))


def _has_best(found: EventMatches) -> bool:
    return bool(found.rows) and found.rows[0].rank == 1


def _told(found: EventMatches, *, alerts: bool) -> StepResult:
    rows = list(found.rows)
    if alerts:
        rows[0] = replace(rows[0], alert=True)
    accounts = []
    for told in found.breakdowns() if rows else ():
        findings = [asdict(one) for one in told.findings]
        accounts.append(json.dumps([findings, list(told.other_explanations)], ensure_ascii=False))
    return StepResult(found.event, tuple(rows), tuple(accounts))


def _late(last: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the cases that got papers of a time that a round had passed, and what these change."""
    done = last["as_of_text"]
    now = RoundStep.objects.filter(name="store").order_by("-id").first()
    until = 0 if now is None else int(now.says["ledger"])
    rows = Entry.objects.filter(
        number__gt=last["ledger"], number__lte=until, subject__startswith="case:"
    )
    late: dict[str, set[str]] = {}
    for subject, body in rows.filter(act=Act.ALTERATION.value).values_list("subject", "body"):
        told = json.loads(body)
        if "field" in told and told["recorded_at"] <= done:
            name = told["field"]
            late.setdefault(subject.removeprefix("case:"), set()).add(FIELDS_OF.get(name, name))
    found = {case_id: tuple(sorted(names)) for case_id, names in late.items()}
    new = rows.filter(act=Act.COLLECTION.value).values_list("subject", flat=True)
    ids = [subject.removeprefix("case:") for subject in new]
    for k in range(0, len(ids), 5_000):
        arrived = Case.objects.filter(case_id__in=ids[k : k + 5_000])
        for case_id in arrived.filter(reported_at__lte=last["as_of_text"]).values_list(
            "case_id", flat=True
        ):
            found[case_id] = ()
    return found


def _says(outcome: RoundOutcome, one: Round) -> dict[str, Any]:
    store = RoundStep.objects.filter(round=one, name="store").first()
    as_of = int(one.as_of.timestamp())
    return {
        "learns_from": outcome.learns_from,
        "begins": outcome.begins,
        "as_of": as_of,
        "as_of_text": instant_text(one.as_of.replace(microsecond=0)),
        "ledger": 0 if store is None else store.says["ledger"],
        "share": outcome.share,
        "signed": outcome.signed,
        "events": len(outcome.told),
        "compared": outcome.compared,
        "purse": outcome.purse.told(as_of),
    }
