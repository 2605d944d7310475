"""Committing what a round found: the run, its links, the queue, the series. One transaction."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from clew.desk.casework.reopening import open_for_events, open_for_links
from clew.desk.casework.scene_card import give_owners
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import ENGINE, write
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.review.models import Judgement as Judged
from clew.desk.review.models import Link, Run, SeriesView
from clew.desk.review.pair_state import CANDIDATES
from clew.desk.review.queue import enqueue
from clew.desk.review.runs import Round
from clew.desk.rounds.budget import RoundOutcome, StepResult
from clew.desk.rounds.referrals import notify_referrals
from clew.model import values
from clew.model.alert import Trigger
from clew.model.finding import Relation, Series
from clew.model.judgement import Judgement, Verdict
from clew.replay.events import Event
from clew.series.adopted import adopt_series
from clew.series.groups import JOIN_CHANCE, Edge, SeriesFile, clumping
from clew.series.possible import form_series
from clew.version import VERSION

AT_ONCE = 500
"""Declared: links written in one statement; each carries some twenty findings."""


def save_round(locked: Round, outcome: RoundOutcome) -> dict[str, Any]:
    """Write all of it; call it within the transaction of the step."""
    run = Run.objects.create(
        round=locked, as_of=locked.as_of, version=VERSION, weights=outcome.weights,
        compared=outcome.compared, deaths_a_year=deaths_a_year(locked.as_of), coverage=coverage(),
    )  # fmt: skip
    rows = [row for result in outcome.results for row in result.rows]
    ids = sorted({case_id for row in rows for case_id in (row.case_id, row.linked_case_id)})
    cases: dict[str, Case] = {}
    for k in range(0, len(ids), AT_ONCE):
        part = Case.objects.filter(case_id__in=ids[k : k + AT_ONCE]).defer("texts")
        cases |= {case.case_id: case for case in part}
    links: list[Link] = []
    step = AT_ONCE // 5
    for k in range(0, len(outcome.results), step):
        part_of_links = [
            link for result in outcome.results[k : k + step] for link in _links(run, result, cases)
        ]
        links += Link.objects.bulk_create(part_of_links)
    for result in outcome.results:
        write(
            Act.COMBINATION,
            case_subject(result.event.case_id),
            ENGINE,
            f"round {locked.pk}",
            run=run.pk,
            version=VERSION,
            weights=run.weights,
            trigger=result.event.trigger.value,
            compared=result.rows[0].compared if result.rows else 0,
            shown=[row.linked_case_id for row in result.rows],
        )
    events = [result.event for result in outcome.results]
    queued = enqueue(run, events, links)
    series = save_series(run)
    owned = give_owners(locked.as_of)
    clock = locked.as_of if locked.replays else None
    opened = reopen_closed_deaths(outcome, cases, clock or desk_now())
    opened += open_for_links(links, clock or desk_now())
    referred = notify_referrals(events, links, clock)
    return {
        "run": run.pk, "links": len(links), "alerts": sum(link.alert for link in links),
        "updates": sum(link.update for link in links), "opened_again": opened, **queued,
        "series": series, "owned": owned, **referred,
    }  # fmt: skip


def _links(run: Run, result: StepResult, cases: dict[str, Case]) -> list[Link]:
    links = []
    for k, (row, account) in enumerate(zip(result.rows, result.accounts, strict=True)):
        findings, others = json.loads(account)
        links.append(
            Link(
                run=run, case=cases[row.case_id], other=cases[row.linked_case_id],
                at=datetime.fromtimestamp(row.at, UTC), rank=row.rank, micro_bans=row.micro_bans,
                chance=row.chance, priority=row.priority, compared=row.compared,
                tier=row.tier.value, relation=row.relation.value, trigger=row.trigger.value,
                changed=list(row.changed), alert=row.alert, update=row.update,
                series_alert=row.series_alert, series_size=row.series_size,
                spare=CANDIDATES <= k < result.ranked, findings=findings,
                other_explanations=others,
            )
        )  # fmt: skip
    return links


def reopen_closed_deaths(outcome: RoundOutcome, cases: dict[str, Case], now: datetime) -> int:
    """Open closed deaths again where facts came late, once each; return how many."""
    late: dict[str, list[Event]] = {}
    for event in (result.event for result in outcome.results):
        if event.trigger is Trigger.NEW_FACT:
            late.setdefault(event.case_id, []).append(event)
    more = Case.objects.filter(case_id__in=late.keys() - cases.keys())
    found = cases | {case.case_id: case for case in more}
    return sum(open_for_events(found[name], late[name], now) for name in late if name in found)


def deaths_a_year(as_of: datetime) -> float:
    """Return deaths reported a year among all records, over at least one day.

    Records dated long before all others do not count (`values.first_of_the_rate`).
    """
    deaths = Case.objects.filter(kind="death", reported_at__lte=as_of)
    count, until = deaths.count(), int(as_of.timestamp())
    if not count:
        return 0.0
    earliest = [
        int(at.timestamp())
        for at in deaths.order_by("reported_at").values_list("reported_at", flat=True)[
            : count // values.OUTLIER_SHARE + 1
        ]
    ]
    first = values.first_of_the_rate(earliest, count, until)
    return values.deaths_a_year(count - first, until - earliest[first])


def coverage() -> list[dict[str, Any]]:
    """Return what was searched, and what was not, as every answer repeats it."""
    return [
        dict(row) for row in SourceCoverage.objects.values("system", "agency", "records", "up_to")
    ]


def save_series(run: Run) -> int:
    """Form possible and adopted series as of a run and write them; return how many.

    Possible series come from every link that a round found so far, the newest of each pair;
    adopted series from what people judged. Call it within the run's transaction.
    """
    leads = Link.objects.filter(
        run_id__lte=run.pk, relation=Relation.LEAD.value, chance__lte=JOIN_CHANCE
    ).order_by("at", "id")
    newest: dict[frozenset[str], Edge] = {}
    reported: dict[str, int] = {}
    for a, b, chance, weight, at_a, at_b in leads.values_list(
        "case__case_id", "other__case_id", "chance", "micro_bans",
        "case__reported_at", "other__reported_at",
    ):  # fmt: skip
        newest[frozenset((a, b))] = Edge(a, b, chance, weight)
        reported |= {a: int(at_a.timestamp()), b: int(at_b.timestamp())}
    edges = list(newest.values())
    for row in Judged.objects.select_related("pair__first", "pair__second"):
        for case in (row.pair.first, row.pair.second):
            reported.setdefault(case.case_id, int(case.reported_at.timestamp()))
    weights = {frozenset((edge.case_a, edge.case_b)): edge.micro_bans for edge in edges}

    def weigh(a: str, b: str) -> int:
        """Return what a pair weighed when last compared; 0 where it was never a candidate.

        0 is more than most such pairs weigh, which are below a case's five best.
        """
        pair = frozenset((a, b))
        if pair not in weights:
            both = Q(case__case_id=a, other__case_id=b) | Q(case__case_id=b, other__case_id=a)
            link = Link.objects.filter(both, run_id__lte=run.pk).order_by("-at", "-id").first()
            weights[pair] = 0 if link is None else int(link.micro_bans)
        return weights[pair]

    found: list[Series] = []
    if edges:
        setting = SeriesFile(max(run.compared + 1, 2), weigh, clumping(edges), reported)
        found += form_series(edges, setting)
    found += adopt_series(judgements(run), reported)
    SeriesView.objects.bulk_create([
        SeriesView(
            run=run, series_id=series.series_id, view=series.view, chance=series.chance,
            micro_bans=series.micro_bans, members=[asdict(member) for member in series.members],
        )
        for series in found
    ])  # fmt: skip
    return len(found)


def judgements(run: Run) -> list[Judgement]:
    """Return what had been judged by then, as the series' rules take it.

    A `not_linked` that no second reader has agreed with is not yet one.
    """
    counted = []
    rows = Judged.objects.filter(decided_at__lte=run.as_of).select_related(
        "pair__first", "pair__second", "account", "second__account"
    )
    for row in rows:
        second = getattr(row, "second", None)
        if row.verdict == Verdict.NOT_LINKED and (second is None or not second.agrees):
            continue
        counted.append(
            Judgement(
                row.pair.first.case_id, row.pair.second.case_id, Verdict(row.verdict),
                row.relation, row.explanation, row.verified, int(row.decided_at.timestamp()),
                row.account.name, "" if second is None else second.account.name, row.reason,
            )
        )  # fmt: skip
    return counted
