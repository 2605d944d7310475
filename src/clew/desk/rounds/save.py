"""Saving what a round found: the run, its links, the queue, the series.

It is written in many short transactions under a run that nobody sees, so that people go on working;
one short transaction then publishes it whole. What follows from it (owners, referrals) comes after,
each act whole.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import ENGINE, write
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.review.models import Candidate, Link, Pair, SeriesView
from clew.desk.review.models import Judgement as Judged
from clew.desk.review.pair_state import CANDIDATES
from clew.desk.review.queue import Batch, QueueChange, publish_queue, stage_queue
from clew.desk.review.runs import Round, Run
from clew.desk.rounds.budget import RoundOutcome, StepResult
from clew.desk.rounds.follow import follow_round, touched_in
from clew.desk.rounds.referrals import links_of_referrals, say_matches
from clew.model import values
from clew.model.finding import Relation, Series
from clew.model.judgement import Judgement, Verdict
from clew.replay.events import Event
from clew.series.adopted import adopt_series
from clew.series.groups import JOIN_CHANCE, Edge, SeriesFile, clumping
from clew.series.possible import form_series
from clew.version import VERSION

AT_ONCE = 500
"""Declared: records asked for at once."""
RESULTS_AT_ONCE = 12
"""Declared: comparisons that one transaction writes: a ledger row each and some five to ten links,
so that people who work meanwhile wait for it no longer than for a page."""
SERIES_AT_ONCE = 100
"""Declared: series that one transaction writes, with their members."""
REMOVED_AT_ONCE = 300
"""Declared: rows of an attempt that failed, removed in one transaction."""


@dataclass(slots=True)
class Staged:
    """What a round found, written under a run that nobody sees yet, and what publishing it does."""

    run: Run
    events: list[Event]
    links: list[Link]
    queue: QueueChange
    series: int


def save_round(locked: Round, outcome: RoundOutcome) -> dict[str, Any]:
    """Write all of it, publish it, and do what follows; all at once where a transaction is open."""
    staged = stage_round(locked, outcome, transaction.atomic)
    with transaction.atomic():
        says = publish_round(locked, staged)
    follow_round(locked, touched_in(staged.events), transaction.atomic)
    say_matches(links_of_referrals(locked))
    return says


def remove_staged(batch: Batch) -> None:
    """Remove what attempts wrote that never were published, in short transactions.

    The run itself stays for the next attempt of its round.
    """
    for run in Run.objects.filter(staged=True):
        for model in (Candidate, Pair, SeriesView, Link):
            rows = model.written.filter(run=run).order_by("pk")
            while numbers := list(rows.values_list("pk", flat=True)[:REMOVED_AT_ONCE]):
                with batch():
                    model.written.filter(pk__in=numbers).delete()


def stage_round(job: Round, outcome: RoundOutcome, batch: Batch) -> Staged:
    """Write what a round found, in short transactions, where nobody sees it.

    `batch` opens one of them. Each comparison has its ledger row in the transaction of its links.
    """
    remove_staged(batch)
    figures = {
        "as_of": job.as_of, "version": VERSION, "weights": outcome.weights,
        "compared": outcome.compared, "deaths_a_year": deaths_a_year(job.as_of),
        "coverage": coverage(),
    }  # fmt: skip
    with batch():
        staged = Run.objects.filter(staged=True)
        staged.exclude(round=job).delete()  # of a round that failed
        run, _ = staged.update_or_create(round=job, defaults=figures, create_defaults={
            "staged": True, **figures,
        })  # fmt: skip
    cases = _cases_of(outcome)
    links: list[Link] = []
    for k in range(0, len(outcome.results), RESULTS_AT_ONCE):
        part = outcome.results[k : k + RESULTS_AT_ONCE]
        with batch():
            links += Link.objects.bulk_create(
                link for result in part for link in _links(run, result, cases)
            )
            for result in part:
                _write_comparison(run, result)
    events = [result.event for result in outcome.results]
    queue = stage_queue(run, events, links, batch)
    return Staged(run, events, links, queue, save_series(run, batch))


def _cases_of(outcome: RoundOutcome) -> dict[str, Case]:
    rows = [row for result in outcome.results for row in result.rows]
    ids = sorted({case_id for row in rows for case_id in (row.case_id, row.linked_case_id)})
    cases: dict[str, Case] = {}
    for k in range(0, len(ids), AT_ONCE):
        part = Case.objects.filter(case_id__in=ids[k : k + AT_ONCE]).defer("texts")
        cases |= {case.case_id: case for case in part}
    return cases


def _write_comparison(run: Run, result: StepResult) -> None:
    write(
        Act.COMBINATION,
        case_subject(result.event.case_id),
        ENGINE,
        f"round {run.round_id}",
        run=run.pk,
        version=VERSION,
        weights=run.weights,
        trigger=result.event.trigger.value,
        compared=result.rows[0].compared if result.rows else 0,
        shown=[row.linked_case_id for row in result.rows],
    )


def publish_round(locked: Round, staged: Staged) -> dict[str, Any]:
    """Let everybody see what was written; call it within the transaction of the step."""
    run, links = staged.run, staged.links
    run.staged = False
    run.save(update_fields=["staged"])
    queued = publish_queue(run, staged.queue)
    write(
        Act.COMBINATION, f"round:{locked.pk}", ENGINE, what="published", run=run.pk,
        comparisons=len(staged.events), links=len(links), pairs=queued["new_pairs"],
    )  # fmt: skip
    return {
        "run": run.pk, "links": len(links), "alerts": sum(link.alert for link in links),
        "updates": sum(link.update for link in links), **queued, "series": staged.series,
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


def save_series(run: Run, batch: Batch) -> int:
    """Form possible and adopted series as of a run and write them; return how many.

    Possible series come from every link that a round found so far, the newest of each pair;
    adopted series from what people judged. `batch` opens the transaction of a few.
    """
    leads = Link.written.filter(
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
            link = Link.written.filter(both, run_id__lte=run.pk).order_by("-at", "-id").first()
            weights[pair] = 0 if link is None else int(link.micro_bans)
        return weights[pair]

    found: list[Series] = []
    if edges:
        setting = SeriesFile(max(run.compared + 1, 2), weigh, clumping(edges), reported)
        found += form_series(edges, setting)
    found += adopt_series(judgements(run), reported)
    for k in range(0, len(found), SERIES_AT_ONCE):
        with batch():
            SeriesView.objects.bulk_create(
                SeriesView(
                    run=run,
                    series_id=series.series_id,
                    view=series.view,
                    chance=series.chance,
                    micro_bans=series.micro_bans,
                    members=[asdict(member) for member in series.members],
                )
                for series in found[k : k + SERIES_AT_ONCE]
            )
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
