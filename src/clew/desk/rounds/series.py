"""Possible series as the engine sees them, and the adopted ones: what people judged."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import Q

from clew.desk.links.models import Judgement as Judged
from clew.desk.links.models import Link, Run, SeriesView
from clew.model.finding import Relation, Series
from clew.model.judgement import Judgement, Verdict
from clew.series.adopted import adopt_series
from clew.series.group import JOIN_CHANCE, Edge, Setting
from clew.series.possible import form_series
from clew.workflows.link import clumping


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

    setting = Setting(max(run.compared + 1, 2), weigh, clumping(edges), reported)
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
