"""The comparison of a round: found first, written where nobody sees it, then published at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple
from typing import Any

from clew.comparison.weights.weight_table import declared_table
from clew.desk.ledger.models import Act, Entry
from clew.desk.ledger.write import instant_text
from clew.desk.records.models import Case
from clew.desk.review.candidates import listing
from clew.desk.review.pair_state import CANDIDATES, RANKED, SPARES
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds.budget import (
    RoundOutcome,
    StepResult,
    signed_share,
)
from clew.desk.rounds.follow import touched_in
from clew.desk.rounds.lease import Lease
from clew.desk.rounds.save import publish_round, remove_staged, stage_round
from clew.desk.rounds.sync import past_folder, store_folder
from clew.model.alert import AlertRow
from clew.model.values import DAY
from clew.replay.budget import Decisions
from clew.replay.daily import DayRequest, compare_day
from clew.replay.learned_history import LearnedHistory
from clew.replay.monthly import TOP, beginnings
from clew.replay.store_versions import Versions
from clew.store.manifest import is_store
from clew.store.opened import Store

FIELDS_OF = {
    "earliest": "window", "latest": "window", "latitude": "point", "longitude": "point",
    "location_precision_m": "point", "home_latitude": "home", "home_longitude": "home",
    "cause": "mechanism", "manner": "mechanism", "narrative": "scene",
}  # fmt: skip
"""Columns whose name in the record differs from the attribute that is compared. A narrative may
concern any; most often it describes the scene."""
AT_ONCE = 5_000
"""Declared: records asked for in one query."""


def compare_round(lease: Lease, job: Round) -> Callable[[Round], dict[str, Any]]:
    """Compare what came in since the last round, and return how to commit it."""
    remove_staged(lease.batch)
    share, signed = signed_share()
    steps = RoundStep.objects.filter(name="link").order_by("-id")[:50]
    last = next((dict(step.says) for step in steps if step.says.get("learns_from")), None)
    versions = Versions.from_store(Store(store_folder())) if is_store(store_folder()) else None
    outcome = None if versions is None else _begin(versions, job, last)
    if versions is None or outcome is None:
        return lambda _: _says(RoundOutcome(0, 0, share, signed, ""), job)
    _compare(lease, job, versions, outcome, last)
    lease.say("Saving results", 0.95)
    staged = stage_round(job, outcome, lease.batch)

    def commit(locked: Round) -> dict[str, Any]:
        saved = publish_round(locked, staged)
        for step in steps:  # the budget's state is that of a year; only the last one is needed
            if step.says.pop("budget", None) is not None:
                step.save(update_fields=["says"])
        touched = [astuple(facts) for facts in touched_in(staged.events)]
        return _says(outcome, locked) | saved | {"touched": touched}

    return commit


def _begin(versions: Versions, job: Round, last: dict[str, Any] | None) -> RoundOutcome | None:
    """Return what to begin with; None where fewer than two records are known by then."""
    table = declared_table()
    weights = f"{table.name} ({table.fingerprint})"
    share, signed = signed_share()
    if last is not None:
        return RoundOutcome(
            last["learns_from"], last["begins"], share, signed, weights,
            budget=last["budget"],
        )  # fmt: skip
    as_of = int(job.as_of.timestamp())
    arrivals = [at for at in versions.arrivals() if at <= as_of]
    if len(arrivals) < 2:
        return None
    learns_from, begins = beginnings(arrivals, as_of - DAY)
    return RoundOutcome(learns_from, begins, share, signed, weights)


def _compare(
    lease: Lease,
    job: Round,
    versions: Versions,
    outcome: RoundOutcome,
    last: dict[str, Any] | None,
) -> None:
    # The cases with facts of a time that the last round had passed, and what these change.
    late: dict[str, tuple[str, ...]] = {}
    if last is not None:
        done = last["as_of_text"]
        step = RoundStep.objects.filter(name="store").order_by("-id").first()
        until = 0 if step is None else int(step.says["ledger"])
        entries = Entry.objects.filter(
            number__gt=last["ledger"], number__lte=until, subject__startswith="case:"
        )
        changed: dict[str, set[str]] = {}
        altered = entries.filter(act=Act.ALTERATION.value)
        for subject, text in altered.values_list("subject", "body"):
            body = json.loads(text)
            if "field" in body and body["recorded_at"] <= done:
                name = FIELDS_OF.get(body["field"], body["field"])
                changed.setdefault(subject.removeprefix("case:"), set()).add(name)
        late = {case_id: tuple(sorted(names)) for case_id, names in changed.items()}
        new = entries.filter(act=Act.COLLECTION.value).values_list("subject", flat=True)
        ids = [subject.removeprefix("case:") for subject in new]
        for k in range(0, len(ids), AT_ONCE):
            arrived = Case.objects.filter(case_id__in=ids[k : k + AT_ONCE], reported_at__lte=done)
            late |= dict.fromkeys(arrived.values_list("case_id", flat=True), ())
    table = declared_table()
    asked = DayRequest(
        table, outcome.learns_from, int(job.as_of.timestamp()),
        None if last is None else int(last["as_of"]), late, RANKED,
    )  # fmt: skip
    sealed = frozenset(Case.objects.filter(sealed=True).values_list("case_id", flat=True))
    decisions = Decisions(outcome.share, outcome.begins, outcome.budget)
    past = LearnedHistory(past_folder(), table.fingerprint)

    def say(month: int, months: int) -> None:
        lease.say(f"Comparing: month {month + 1} of {months}", 0.5 + 0.4 * month / months)

    # Records in whose lists of candidates the compared one is, or came in this round: their
    # weight is worked out anew with it.
    partners: dict[str, set[str]] = {}

    def named(case_id: str) -> list[str]:
        return sorted({*listing(case_id), *partners.get(case_id, ())} - {case_id})

    def keep(rows: Sequence[AlertRow]) -> int:
        return rows_to_keep([row.linked_case_id in sealed for row in rows])

    for found in compare_day(versions, asked, past, say, named, keep):
        for row in (*found.rows[:TOP], *found.rows[found.ranked :]):
            partners.setdefault(row.linked_case_id, set()).add(row.case_id)
            partners.setdefault(row.case_id, set()).add(row.linked_case_id)
        lease.say("Comparing", 0.9)
        event = found.event
        outcome.compared = max([outcome.compared, *(row.compared for row in found.rows)])
        # What shares an entity beyond the first five is shown, and left out of the decision.
        ranked = [row for row in found.rows if row.rank <= TOP]
        rows = [*decisions.take(event, ranked, found.weigh), *found.rows[len(ranked) :]]
        if event.at < outcome.begins or not event.compares_anew:
            continue
        accounts = tuple(
            json.dumps(
                [[asdict(one) for one in breakdown.findings], list(breakdown.other_explanations)],
                ensure_ascii=False,
            )
            for breakdown in (found.breakdowns() if rows else ())
        )
        outcome.results.append(StepResult(event, tuple(rows), accounts, found.ranked))
    outcome.budget = decisions.to_json()


def rows_to_keep(sealed: Sequence[bool]) -> int:
    """Return how many of a comparison's rows are kept, best first, from which of them are sealed.

    The first five; and further ones until five and the spare ones are not sealed, so that a reader
    from whom some of the first are sealed has five as everyone has.
    """
    unsealed = 0
    for k, one in enumerate(sealed):
        if k >= CANDIDATES and unsealed >= CANDIDATES + SPARES:
            return k
        unsealed += not one
    return len(sealed)


def _says(outcome: RoundOutcome, job: Round) -> dict[str, Any]:
    store = RoundStep.objects.filter(round=job, name="store").first()
    as_of = int(job.as_of.timestamp())
    return {
        "learns_from": outcome.learns_from,
        "begins": outcome.begins,
        "as_of": as_of,
        "as_of_text": instant_text(job.as_of.replace(microsecond=0)),
        "ledger": 0 if store is None else store.says["ledger"],
        "share": outcome.share,
        "signed": outcome.signed,
        "events": len(outcome.results),
        "compared": outcome.compared,
        "budget": outcome.budget,
    }
