"""A walk through time, a month at a time: what was ordinary is learnt from the past only.

On the first of each month frequencies, densities, chance are estimated from the cases that were
known by then. Every report and fact of that month is then compared, at its own moment, with every
other case as it stood at that moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from clew.comparison.coding.columns import Coded
from clew.comparison.coding.recode import EncodedHistory
from clew.comparison.compare import Candidates, relation_of
from clew.comparison.kernel import (
    EMPTY,
    SAME_ADDRESS,
    SHARED_ENTITY,
    kinds_of_pairs,
    weigh_pairs,
)
from clew.comparison.null import fit_keys, to_bans_or_worst
from clew.comparison.ranking.local import TopMatches, rank_sample, rank_triggers
from clew.comparison.tables import tabulate, widen
from clew.comparison.weights.chance import KEPT, ChanceModel, KeyNull, PlainNull, fit_plain_null
from clew.model.alert import AlertRow
from clew.model.columns import I32, Array, Tables
from clew.model.finding import MICRO, Tier
from clew.model.values import DAY, Instant
from clew.model.weight import WeightTable
from clew.replay.budget import priority_of
from clew.replay.events import Event

SAMPLED = 2_000
"""Declared: past cases that carry the curve of chance until as many triggers have been ranked."""
REMEMBERED = 12_000
"""Declared: the latest triggers, whose nulls carry the curve of chance; a large force's year."""
NEVER = np.iinfo(np.int32).max
NEVER_INSTANT = 1 << 62
WARM_UP_CASES = 200
"""Declared: cases that must be known before frequencies are taken from them."""
RANKED_S = 90 * DAY
"""Settled: rows are ranked for ninety days before the first alert, to know what is ordinary."""
TOP = 5
"""Settled: up to five rows a trigger."""


@dataclass(frozen=True, slots=True)
class PastNull:
    """What chance looked like in the past: the curve, and pairs by address and by entity.

    `pairs`: how many pairs of past cases there are, below one of which no chance can be estimated.
    """

    plain: PlainNull
    address: KeyNull
    entity: KeyNull
    pairs: float


@dataclass(frozen=True, slots=True)
class MonthWindow:
    """The events of one month, or of a part of it, ready to be compared.

    Rows of `coded`: the cases as they were when the month began, in order of report, then one row
    an event; event k is row `first` + k. `since` and `until` (rows,) are the numbers of the events
    from which and until which a row was current; -1 from the beginning, NEVER to the end.
    """

    begins: Instant
    coded: Coded
    tables: Tables
    past: PastNull
    events: tuple[Event, ...]
    first: int
    since: Array
    until: Array

    def followed_by(self, coded: Coded, events: Sequence[Event], table: WeightTable) -> MonthWindow:
        """Return the month with further rows, one an event, that `coded` already contains.

        Reports end at the event that made another record theirs.
        """
        tables = widen(self.tables, self.coded, coded, table)
        everything = (*self.events, *events)
        since, until = lives(coded.cols.owner, self.first, everything)
        numbers = coded.codes.case_ids
        for k, event in enumerate(everything):
            if event.gone:
                owners = [numbers.index(case_id) for case_id in event.gone if case_id in numbers]
                rows = np.isin(coded.cols.owner, owners)
                until[rows] = np.minimum(until[rows], since[self.first + k])
        return replace(
            self, coded=coded, tables=tables, events=everything, since=since, until=until
        )


def lives(owner: Array, first: int, events: Sequence[Event]) -> tuple[Array, Array]:
    """Number the events by time, and return from and until which one each row was current."""
    order = sorted(range(len(events)), key=lambda k: (events[k].at, events[k].case_id))
    since = np.full(len(owner), -1, np.int32)
    since[first + np.array(order, np.int64)] = np.arange(len(order))
    by_owner = np.lexsort((since, owner))
    following = np.append(owner[by_owner[1:]] == owner[by_owner[:-1]], False)
    until = np.full(len(owner), NEVER, np.int32)
    until[by_owner[following]] = since[np.roll(by_owner, -1)[following]]
    return since, until


def first_days(begins: Instant, ends: Instant, timezone: str) -> list[Instant]:
    """Return `begins`, and every first of a month after it that is not after `ends`."""
    zone = ZoneInfo(timezone)
    day = datetime.fromtimestamp(begins, zone)
    found = [begins]
    year, month = day.year, day.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        instant = int(datetime(year, month, 1, tzinfo=zone).timestamp())
        if instant > ends:
            return found
        found.append(instant)


def beginnings(arrivals: Sequence[Instant], wanted: Instant | None) -> tuple[Instant, Instant]:
    """Return when ranking begins and when alerting does, from what is known by then alone.

    Ranking needs WARM_UP_CASES known cases, alerting ninety days of ranked rows besides. Where
    somebody wants to begin earlier, it begins then, with what there is.
    """
    known = len(arrivals) >= WARM_UP_CASES
    enough = arrivals[WARM_UP_CASES - 1] + 1 if known else NEVER_INSTANT
    begins = enough + RANKED_S if wanted is None else max(wanted, arrivals[1] + 1)
    return min(begins, max(enough, begins - RANKED_S)), begins


def walk(
    events: Sequence[Event], begins: Instant, timezone: str, table: WeightTable
) -> Iterator[ComparedEvents]:
    """Walk through all events from `begins` on, month by month.

    Parameters
    ----------
    events
        In order; those before `begins` are the past that the first month learns from.

    Yields
    ------
    Each month that has events, and what each of its events met.
    """
    if not events or events[-1].at < begins:
        return  # `begins` may lie beyond any calendar where too few cases are known
    if len(events) < 2:
        return
    whole = EncodedHistory.from_versions([event.case for event in events], timezone)
    standing: dict[str, int] = {}
    remembered: deque[tuple[I32, Array]] = deque()
    starts = first_days(begins, events[-1].at, timezone)
    at = 0
    for k, start in enumerate(starts):
        while at < len(events) and events[at].at < start:
            standing[events[at].case_id] = at
            for gone in events[at].gone:
                standing.pop(gone, None)
            at += 1
        ends = starts[k + 1] if k + 1 < len(starts) else NEVER_INSTANT
        stop = at
        while stop < len(events) and events[stop].at < ends:
            stop += 1
        if stop == at or len(standing) < 2:
            continue
        known, book = whole.learn(np.sort(whole.row_of[list(standing.values())]))
        month = learn(start, known, remembered, table)
        coded = whole.append(known, book, whole.row_of[at:stop])
        compared = compare_events(month.followed_by(coded, events[at:stop], table))
        remembered.append((compared.met.null, np.maximum(compared.met.counts[:, 2], 1)))
        while sum(len(null) for null, _ in remembered) - len(remembered[0][0]) >= REMEMBERED:
            remembered.popleft()
        yield compared


def learn(
    start: Instant,
    coded: Coded,
    remembered: Sequence[tuple[I32, Array]],
    table: WeightTable,
) -> MonthWindow:
    """Learn from the cases that are current at `start`; return a month as yet without events."""
    tables = tabulate(coded, table, arriving=1)
    n = len(coded.cases)
    if sum(len(null) for null, _ in remembered) >= SAMPLED:
        null = np.concatenate([null for null, _ in remembered])
        among = np.concatenate([compared for _, compared in remembered])
    else:
        rows = np.unique(np.linspace(0, n - 1, min(n, SAMPLED)).astype(np.int64))
        null, among = rank_sample(coded.cols, tables, rows, KEPT), np.full(len(rows), n - 1)
    plain = fit_plain_null(to_bans_or_worst(null), among)
    keys = [fit_keys(coded, tables, kind)[0] for kind in (SAME_ADDRESS, SHARED_ENTITY)]
    past = PastNull(plain, keys[0], keys[1], n * (n - 1) / 2)
    since = np.full(n, -1, np.int32)
    return MonthWindow(start, coded, tables, past, (), n, since, np.full(n, NEVER, np.int32))


@dataclass(frozen=True, slots=True)
class ComparedEvents:
    """The events of a month, from number `first` on, and what each met at its moment."""

    month: MonthWindow
    met: TopMatches
    first: int = 0

    def candidates(self) -> Candidates:
        """Return the ranked pairs with their chance; `later` is the event's row."""
        met = self.met
        trigger, slot = np.nonzero(met.weights != EMPTY)
        linked = met.rows[trigger, slot].astype(np.int64)
        return self._priced(trigger, linked, met.weights[trigger, slot], slot + 1)

    def weigh(self, k: int, case_ids: Sequence[str]) -> list[int]:
        """Weigh the k-th compared event with some cases as they were at its moment, micro-bans.

        A case that was not known then is left out.
        """
        month, linked = self.month, self._rows_at(k, case_ids)
        pairs = np.column_stack([np.full_like(linked, month.first + self.first + k), linked])
        found: list[int] = weigh_pairs(month.coded.cols, month.tables, pairs).tolist()
        return found

    def named(self, k: int, case_ids: Sequence[str]) -> Candidates:
        """Return the pairs of the k-th event with named cases; `rank` is a lower bound."""
        month, linked = self.month, self._rows_at(k, case_ids)
        trigger = np.full(len(linked), k)
        pairs = np.column_stack([trigger + month.first + self.first, linked])
        weights = weigh_pairs(month.coded.cols, month.tables, pairs)
        heavier = (self.met.null[trigger] > weights[:, None]).sum(axis=1)
        return self._priced(trigger, linked, weights, np.maximum(heavier, TOP) + 1)

    def _rows_at(self, k: int, case_ids: Sequence[str]) -> Array:
        """Return the rows of those of some cases that were current at the k-th event."""
        month, codes = self.month, self.month.coded.codes
        now = month.since[month.first + self.first + k]
        current = (month.since < now) & (month.until > now)
        owners = [codes.case_ids.index(one) for one in case_ids if one in codes.case_ids]
        owner = month.coded.cols.owner
        rows = [np.flatnonzero(current & (owner == one))[-1:] for one in owners]
        return np.concatenate([*rows, np.empty(0, np.int64)]).astype(np.int64)

    def beyond(self) -> Candidates:
        """Return the pairs that share an entity and rank behind TOP; `rank` is a lower bound."""
        met = self.met
        trigger, slot = np.nonzero(met.entity_weights != EMPTY)
        linked = met.entity_rows[trigger, slot]
        behind = ~(met.rows[trigger, :TOP] == linked[:, None]).any(axis=1)
        trigger, slot, linked = trigger[behind], slot[behind], linked[behind].astype(np.int64)
        weights = met.entity_weights[trigger, slot]
        heavier = (met.null[trigger] > weights[:, None]).sum(axis=1)
        return self._priced(trigger, linked, weights, np.maximum(heavier, TOP) + 1)

    def _priced(self, trigger: Array, linked: Array, weights: Array, rank: Array) -> Candidates:
        month, met, past = self.month, self.met, self.month.past
        later = month.first + self.first + trigger
        pairs = np.column_stack([later, linked])
        kind = kinds_of_pairs(month.coded.cols, month.tables, pairs)
        compared = met.counts[:, 2]
        plain = past.plain.of_others(to_bans_or_worst(met.null), np.maximum(compared, 1))
        model = ChanceModel(
            plain, past.address, past.entity, met.counts[:, 0], met.counts[:, 1], past.pairs
        )
        chance = model.chance(trigger, weights / MICRO, kind, compared[trigger])
        return Candidates(later, linked, rank, weights, kind, chance)


def compare_events(month: MonthWindow, first: int = 0, top: int = TOP) -> ComparedEvents:
    """Compare the events of a month, from number `first` on as listed, each at its moment.

    `top` (TOP or more): how many rows a trigger has at most.
    """
    rows = month.first + np.arange(first, len(month.events))
    life = (month.since, month.until)
    met = rank_triggers(month.coded.cols, month.tables, rows, life, top, KEPT)
    return ComparedEvents(month, met, first)


def ranked_rows(compared: ComparedEvents) -> Iterator[tuple[Event, list[AlertRow]]]:
    """Yield each compared event with its rows, best first; no row where there was nothing yet."""
    by_event: dict[int, list[AlertRow]] = {}
    found = compared.candidates()
    for p, row in enumerate(alert_rows(compared, found)):
        by_event.setdefault(int(found.later[p]), []).append(row)
    month = compared.month
    for k in range(compared.first, len(month.events)):
        yield month.events[k], by_event.get(month.first + k, [])


def alert_rows(compared: ComparedEvents, found: Candidates) -> list[AlertRow]:
    """Return candidates, which are in order of event and rank, as rows."""
    month, rows = compared.month, []
    for p in range(len(found.later)):
        k = int(found.later[p]) - month.first
        event, linked = month.events[k], month.coded.cases[found.earlier[p]]
        kind, chance = int(found.kind[p]), float(found.chance[p])
        rows.append(
            AlertRow(
                at=event.at,
                case_id=event.case_id,
                linked_case_id=linked.case_id,
                rank=int(found.rank[p]),
                priority=priority_of(chance, int(found.micro_bans[p])),
                micro_bans=int(found.micro_bans[p]),
                chance=chance,
                compared=int(compared.met.counts[k - compared.first, 2]),
                tier=Tier.SHARED_ENTITY if kind == SHARED_ENTITY else Tier.SIMILARITY,
                relation=relation_of(event.case, linked, kind),
                trigger=event.trigger,
                alert=False,
                changed=event.changed,
            )
        )
    return rows
