"""What a replay with hidden series in it is measured by."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from clew.model.alert import AlertRow
from clew.model.finding import LEADS, Relation, Tier
from clew.model.values import DAY, Instant
from clew.replay.budget import Decisions
from hidden_draws import Drawn, Ground, Light

SOON = 2 * DAY


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, or update of one: when, on which case, linked with which, as which of a series."""

    at: Instant
    case_id: str
    linked: str
    update: bool = False
    size: int = 2


def decide(
    ground: Ground, streams: Sequence[Sequence[Light]], ranker: int, share: float
) -> list[Alert]:
    """Return the alerts and updates of several streams together, as a replay decides them.

    All rankers spend the same budget by the same rule. The plain ones know neither chance, so that
    no floor holds for them, nor weights, so that a series joins nobody but by an alert.
    """
    decisions, alerts = Decisions(share, ground.begins), []
    for light in heapq.merge(*streams, key=lambda one: (one.at, one.case_id)):
        rows = light.ours if ranker == 0 else _plain_rows(light, ranker, decisions.floor(1_000))
        if not light.new_death and not (rows and light.anew):
            continue
        for row in decisions.take(light.event, rows, partial(ground.weigh, light)):
            if row.notifies:
                size = row.series_size
                alerts.append(Alert(light.at, light.case_id, row.linked_case_id, row.update, size))
    return alerts


def _plain_rows(light: Light, ranker: int, chance: float) -> list[AlertRow]:
    return [
        AlertRow(
            light.at, light.case_id, linked, rank, priority, 0, chance, 1_000, Tier.SIMILARITY,
            Relation.LEAD, light.trigger, alert=False,
        )
        for rank, (linked, priority) in enumerate(light.rows[ranker], 1)
    ]  # fmt: skip


def in_hindsight(
    ground: Ground, streams: Sequence[Sequence[Light]], count: int
) -> set[frozenset[str]]:
    """Return the `count` pairs that the best threshold in hindsight would have alerted."""
    best: dict[frozenset[str], float] = {}
    for light in (light for stream in streams for light in stream):
        leads = [row for row in light.ours if row.relation in LEADS]
        if light.at < ground.begins or not light.anew or not leads:
            continue
        lead = max(leads, key=lambda row: row.priority)
        pair = frozenset((light.case_id, lead.linked_case_id))
        best[pair] = max(best.get(pair, lead.priority), lead.priority)
    return set(sorted(best, key=best.__getitem__, reverse=True)[:count])


@dataclass(frozen=True, slots=True)
class Later:
    """A later death of a series: best rank of a true mate within 48 hours, 0 = beyond five."""

    kind: str
    case_id: str
    rank: int
    light: Light


def later_deaths(drawn: Drawn, ranker: int) -> Iterable[Later]:
    """Yield every later death with the best rank of an earlier record of the series."""
    known = dict(zip(drawn.members, drawn.reported, strict=True))
    for case_id, reported in list(known.items())[1:]:
        mates = {other for other, at in known.items() if at <= reported} - {case_id}
        mates |= set(drawn.earlier)
        own = [light for light in drawn.stream if light.case_id == case_id]
        soon = [light for light in own if light.at <= reported + SOON]
        ranks = [
            rank
            for light in soon
            for rank, (linked, _) in enumerate(light.rows[ranker], 1)
            if linked in mates
        ]
        if soon:  # the few that came before the walk began were never ranked
            yield Later(drawn.kind, case_id, min(ranks, default=0), soon[0])


@dataclass(frozen=True, slots=True)
class Found:
    """When a series was first alerted, with a true mate.

    `by` deaths had been reported by then (0: never alerted); `soon` the same, counting alerts
    within 48 hours of a death's report alone; `saved` days before the last death.
    """

    kind: str
    by: int
    soon: int
    saved: float
    size: int


def first_alert(drawn: Drawn, alerts: Iterable[Alert]) -> Found:
    """Return when the series was first alerted."""
    own = {*drawn.members, *drawn.earlier}
    true = [a for a in alerts if a.case_id in own and a.linked in own]
    reported = dict(zip(drawn.members, drawn.reported, strict=True))
    deaths = [sum(at <= a.at for at in drawn.reported) for a in true]
    soon = [
        n
        for a, n in zip(true, deaths, strict=True)
        if a.case_id in reported and a.at <= reported[a.case_id] + SOON
    ]
    saved = max(((drawn.reported[-1] - a.at) / DAY for a in true), default=0.0)
    return Found(
        drawn.kind, min(deaths, default=0), min(soon, default=0), max(saved, 0.0), len(reported)
    )


def share_by(found: Sequence[Found], death: int, *, soon: bool = False) -> float:
    """Return the share of series alerted by their n-th death."""
    hits = [0 < (one.soon if soon else one.by) <= death for one in found]
    return sum(hits) / max(len(hits), 1)
