"""Committing what a round found: the run, its links, the queue, the series. One transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.db.models import Min, Q
from django.utils import timezone

from clew.desk.casework.lines import late_fact
from clew.desk.casework.scene_card import give_owners
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, write
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.review.models import Judgement as Judged
from clew.desk.review.models import Link, Run, SeriesView
from clew.desk.review.queue import enqueue
from clew.desk.review.runs import Round
from clew.desk.rounds.budget import RoundOutcome, StepResult
from clew.desk.rounds.referrals import tell_referrals
from clew.model import values
from clew.model.alert import AlertRow, Trigger
from clew.model.finding import Relation, Series
from clew.model.judgement import Judgement, Verdict
from clew.series.adopted import adopt_series
from clew.series.groups import JOIN_CHANCE, Edge, SeriesFile, clumping
from clew.series.possible import form_series
from clew.version import VERSION

# Possible series as the engine sees them, and the adopted ones: what people judged.


def keep_series(run: Run) -> dict[str, int]:
    """Form both views as of a run and write them; call it within the run's transaction.

    The engine's view stands on every link that a round has found so far, the newest of each pair.
    """
    links = _newest(run)
    reported = {name: at for link in links for name, at in link["reported"].items()}
    judged = judgements(run)
    for one in Judged.objects.select_related("pair__first", "pair__second"):
        for case in (one.pair.first, one.pair.second):
            reported.setdefault(case.case_id, int(case.reported_at.timestamp()))
    views = (*_possible(run, links, reported), *adopt_series(judged, reported))
    SeriesView.objects.bulk_create([view_of(run, one) for one in views])
    return {"series": len(views)}


def judgements(run: Run) -> list[Judgement]:
    """Return what had been judged by then, as the series' rules take it.

    A `not_linked` that no second reader has agreed with is not yet one.
    """
    found = []
    rows = Judged.objects.filter(decided_at__lte=run.as_of).select_related(
        "pair__first", "pair__second", "account", "second__account"
    )
    for row in rows:
        second = getattr(row, "second", None)
        if row.verdict == Verdict.NOT_LINKED and (second is None or not second.agrees):
            continue
        found.append(
            Judgement(
                row.pair.first.case_id, row.pair.second.case_id, Verdict(row.verdict),
                row.relation, row.explanation, row.verified, int(row.decided_at.timestamp()),
                row.account.name, "" if second is None else second.account.name, row.reason,
            )
        )  # fmt: skip
    return found


def _newest(run: Run) -> list[dict[str, Any]]:
    """Return the newest lead of each pair that is surprising enough to join two cases."""
    leads = Link.objects.filter(
        run_id__lte=run.pk, relation=Relation.LEAD.value, chance__lte=JOIN_CHANCE
    ).order_by("at", "id")
    newest: dict[frozenset[str], dict[str, Any]] = {}
    columns = ("case__case_id", "other__case_id", "chance", "micro_bans")
    for a, b, chance, weight, at_a, at_b in leads.values_list(
        *columns, "case__reported_at", "other__reported_at"
    ):
        times = {a: int(at_a.timestamp()), b: int(at_b.timestamp())}
        newest[frozenset((a, b))] = {
            "edge": Edge(a, b, chance, weight), "reported": times,
        }  # fmt: skip
    return list(newest.values())


def _possible(
    run: Run, links: list[dict[str, Any]], reported: dict[str, int]
) -> tuple[Series, ...]:
    edges = [link["edge"] for link in links]
    if not edges:
        return ()
    weights: dict[frozenset[str], int] = {
        frozenset((e.case_a, e.case_b)): e.micro_bans for e in edges
    }

    def weigh(a: str, b: str) -> int:
        pair = frozenset((a, b))
        if pair not in weights:
            weights[pair] = _weight_seen(run, a, b)
        return weights[pair]

    setting = SeriesFile(max(run.compared + 1, 2), weigh, clumping(edges), reported)
    return form_series(edges, setting)


def _weight_seen(run: Run, a: str, b: str) -> int:
    """Return what a pair weighed when last compared; 0 where it was never among the candidates.

    0 is more than most such pairs weigh, which lie below a case's five best.
    """
    both = Q(case__case_id=a, other__case_id=b) | Q(case__case_id=b, other__case_id=a)
    link = Link.objects.filter(both, run_id__lte=run.pk).order_by("-at", "-id").first()
    return 0 if link is None else int(link.micro_bans)


def view_of(run: Run, one: Series) -> SeriesView:
    """Return a series as it is kept: each member with what it joined by."""
    members = [asdict(member) for member in one.members]
    return SeriesView(
        run=run, series_id=one.series_id, view=one.view, members=members,
        micro_bans=one.micro_bans, chance=one.chance,
    )  # fmt: skip


AT_ONCE = 500
"""Declared: links written in one statement; each carries some twenty findings."""


def keep(held: Round, outcome: RoundOutcome) -> dict[str, Any]:
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
    moved = enqueue(run, [told.event for told in outcome.told], links)
    series = keep_series(run)
    owned = {"owned": give_owners(held.as_of)}
    clock = held.as_of if held.replays else None
    again = _open_closed_deaths_again(outcome, cases, clock or timezone.now())
    told_on = tell_referrals([told.event for told in outcome.told], links, clock)
    alerts = sum(link.alert for link in links)
    counts = {**again, **moved, **series, **owned, **told_on}
    return {"run": run.pk, "links": len(links), "alerts": alerts, **counts}


def _open_closed_deaths_again(
    outcome: RoundOutcome, cases: dict[str, Case], now: datetime
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
    span_s = 0.0 if first is None else (as_of - first).total_seconds()
    return values.deaths_a_year(deaths.count(), span_s)


def coverage() -> list[dict[str, Any]]:
    """Return what was searched, and what was not, as every answer repeats it."""
    return [
        dict(row) for row in SourceCoverage.objects.values("system", "agency", "records", "up_to")
    ]


def _cases(outcome: RoundOutcome) -> dict[str, Case]:
    ids = {row.case_id for told in outcome.told for row in told.rows}
    ids |= {row.linked_case_id for told in outcome.told for row in told.rows}
    listed = sorted(ids)
    found: dict[str, Case] = {}
    for k in range(0, len(listed), AT_ONCE):
        part = Case.objects.filter(case_id__in=listed[k : k + AT_ONCE]).defer("texts")
        found |= {case.case_id: case for case in part}
    return found


def _parts(outcome: RoundOutcome) -> Iterator[list[StepResult]]:
    step = AT_ONCE // 5
    for k in range(0, len(outcome.told), step):
        yield outcome.told[k : k + step]


def _links(run: Run, told: StepResult, cases: dict[str, Case]) -> Iterator[Link]:
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


def _account(run: Run, held: Round, told: StepResult) -> None:
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
