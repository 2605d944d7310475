"""Committing what a round found: the run, its links, the queue, the series. One transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Min
from django.utils import timezone

from clew.desk.assured.classes import late_fact
from clew.desk.cases.models import Case, Searched
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, write
from clew.desk.links.models import Link, Run
from clew.desk.rounds.models import Round
from clew.desk.rounds.outcome import Outcome, Told
from clew.desk.rounds.owners import give_owners
from clew.desk.rounds.queue import queue
from clew.desk.rounds.refers import tell_referrals
from clew.desk.rounds.series import keep_series
from clew.model.alert import AlertRow, Trigger
from clew.model.time_window import YEAR_DAYS
from clew.version import VERSION

AT_ONCE = 500
"""Declared: links written in one statement; each carries some twenty findings."""


def keep(held: Round, outcome: Outcome) -> dict[str, Any]:
    """Write all of it; call it within the transaction of the step."""
    run = Run.objects.create(
        round=held, as_of=held.as_of, version=VERSION, weights=outcome.weights,
        compared=outcome.compared, deaths_a_year=deaths_a_year(held.as_of), coverage=coverage(),
    )  # fmt: skip
    cases = _cases(outcome)
    links: list[Link] = []
    for part in _parts(outcome):
        made = [link for told in part for link in _links(run, told, cases)]
        links += Link.objects.bulk_create(made)
    for told in outcome.told:
        _account(run, held, told)
    moved = queue(run, [told.event for told in outcome.told], links)
    series = keep_series(run)
    owned = {"owned": give_owners(held.as_of)}
    clock = held.as_of if held.replays else None
    again = _open_closed_deaths_again(outcome, cases, clock or timezone.now())
    told_on = tell_referrals([told.event for told in outcome.told], links, clock)
    alerts = sum(link.alert for link in links)
    counts = {**again, **moved, **series, **owned, **told_on}
    return {"run": run.pk, "links": len(links), "alerts": alerts, **counts}


def _open_closed_deaths_again(
    outcome: Outcome, cases: dict[str, Case], now: datetime
) -> dict[str, int]:
    """Open each closed death again of which facts that are compared came late: once, naming all."""
    late: dict[str, dict[str, None]] = {}
    for event in (told.event for told in outcome.told):
        if event.trigger is Trigger.NEW_FACT and event.compares_anew:
            late.setdefault(event.case_id, {}).update(dict.fromkeys(event.changed))
    names = late.keys() - cases.keys()
    found = cases | {case.case_id: case for case in Case.objects.filter(case_id__in=names)}
    opened = [late_fact(found[name], tuple(late[name]), now) for name in late if name in found]
    return {"opened_again": sum(opened)}


def deaths_a_year(as_of: datetime) -> float:
    """Return deaths reported a year among all records, over at least one day."""
    deaths = Case.objects.filter(kind="death", reported_at__lte=as_of)
    first = deaths.aggregate(Min("reported_at"))["reported_at__min"]
    days = 1.0 if first is None else max((as_of - first).total_seconds() / 86_400, 1.0)
    return deaths.count() / days * YEAR_DAYS


def coverage() -> list[dict[str, Any]]:
    """Return what was searched, and what was not, as every answer repeats it."""
    return [dict(row) for row in Searched.objects.values("system", "agency", "records", "up_to")]


def _cases(outcome: Outcome) -> dict[str, Case]:
    ids = {row.case_id for told in outcome.told for row in told.rows}
    ids |= {row.linked_case_id for told in outcome.told for row in told.rows}
    listed = sorted(ids)
    found: dict[str, Case] = {}
    for k in range(0, len(listed), AT_ONCE):
        part = Case.objects.filter(case_id__in=listed[k : k + AT_ONCE]).defer("told")
        found |= {case.case_id: case for case in part}
    return found


def _parts(outcome: Outcome) -> Iterator[list[Told]]:
    step = AT_ONCE // 5
    for k in range(0, len(outcome.told), step):
        yield outcome.told[k : k + step]


def _links(run: Run, told: Told, cases: dict[str, Case]) -> Iterator[Link]:
    for row, account in zip(told.rows, told.accounts, strict=True):
        yield _link(run, row, json.loads(account), cases)


def _link(run: Run, row: AlertRow, account: list[Any], cases: dict[str, Case]) -> Link:
    findings, others = account
    return Link(
        run=run, case=cases[row.case_id], other=cases[row.linked_case_id],
        at=datetime.fromtimestamp(row.at, UTC), rank=row.rank, micro_bans=row.micro_bans,
        chance=row.chance, priority=row.priority, compared=row.compared, tier=row.tier.value,
        relation=row.relation.value, trigger=row.trigger.value, changed=list(row.changed),
        alert=row.alert, findings=findings, other_explanations=others,
    )  # fmt: skip


def _account(run: Run, held: Round, told: Told) -> None:
    """Write down that the engine brought these records together: run, version, which cases."""
    write(
        Act.COMBINATION,
        f"case:{told.event.case_id}",
        ENGINE,
        f"round {held.pk}",
        run=run.pk,
        version=VERSION,
        weights=run.weights,
        trigger=told.event.trigger.value,
        compared=told.rows[0].compared if told.rows else 0,
        shown=[row.linked_case_id for row in told.rows],
    )
