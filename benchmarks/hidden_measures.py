"""What a replay with hidden series in it is measured by."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clew.model.finding import Relation
from clew.model.values import DAY, Instant
from clew.replay.budget import AGAIN, AlertBudget
from hidden_draws import Drawn, Light

SOON = 2 * DAY


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: when, on which case, linked with which."""

    at: Instant
    case_id: str
    linked: str


def decide(
    streams: Sequence[Sequence[Light]], ranker: int, share: float, begins: Instant
) -> list[Alert]:
    """Return the alerts of several streams together, as a replay decides them.

    All rankers spend the same budget by the same rule; only Clew tells two reports of one death.
    """
    budget, told = AlertBudget(share), dict[frozenset[str], float]()
    alerts = []
    for light in heapq.merge(*streams, key=lambda one: (one.at, one.case_id)):
        if light.new_death:
            budget.earn(light.at)
        rows = light.rows[ranker]
        if not rows or (ranker == 0 and light.relation is Relation.DUPLICATE_REPORT):
            continue
        linked, priority = rows[0]
        pair = frozenset((light.case_id, linked))
        known = told.get(pair)
        again = AGAIN if ranker == 0 else 1.0
        if not light.anew or (known is not None and priority < known + again):
            continue
        if budget.offer(light.at, priority, may_alert=light.at >= begins):
            told[pair] = priority
            alerts.append(Alert(light.at, light.case_id, linked))
    return alerts


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
