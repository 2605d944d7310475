"""A walk through time, a month at a stretch: what was ordinary is learnt from the past only.

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

from clew.comparison.coding.columns import Coded, append_cases
from clew.comparison.coding.recode import EncodedHistory
from clew.comparison.compare import Candidates
from clew.comparison.kernel import EMPTY, SAME_ADDRESS, SHARED_ENTITY, kinds_of_pairs
from clew.comparison.null import fit_keys, to_bans_or_worst
from clew.comparison.ranking.local import TopMatches, rank_sample, rank_triggers
from clew.comparison.tables import tabulate, widen
from clew.comparison.weights.chance import KEPT, ChanceModel, KeyNull, PlainNull, fit_plain_null
from clew.model.columns import I32, Array, Tables
from clew.model.finding import MICRO
from clew.model.values import Instant
from clew.model.weight import WeightTable
from clew.replay.events import Event

SAMPLED = 2_000
"""Declared: past cases that carry the curve of chance until as many triggers have been ranked."""
REMEMBERED = 12_000
"""Declared: the latest triggers, whose nulls carry the curve of chance; a large force's year."""
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class PastNull:
    """What chance looked like in the past: the curve, and pairs by address and by entity.

    `pairs`: how many pairs of past cases there are, below one of which no chance can be told.
    """

    plain: PlainNull
    address: KeyNull
    entity: KeyNull
    pairs: float


@dataclass(frozen=True, slots=True)
class MonthWindow:
    """The events of one stretch of time, ready to be compared.

    Rows of `coded`: the cases as they stood when the stretch began, in order of report, then one
    row an event; event k is row `first` + k. `since` and `until` (rows,) are the numbers of the
    events from which and until which a row stood; -1 from the beginning, NEVER to the end.
    """

    begins: Instant
    coded: Coded
    tables: Tables
    past: PastNull
    events: tuple[Event, ...]
    first: int
    since: Array
    until: Array

    def followed_by(
        self, events: Sequence[Event], timezone: str, table: WeightTable
    ) -> MonthWindow:
        """Return the stretch with further rows, one an event, that teach nothing."""
        coded = append_cases(self.coded, [event.case for event in events], timezone)
        return self.followed_as(coded, events, table)

    def followed_as(self, coded: Coded, events: Sequence[Event], table: WeightTable) -> MonthWindow:
        """Return the stretch with further rows, one an event, that `coded` holds already."""
        tables = widen(self.tables, self.coded, coded, table)
        everything = (*self.events, *events)
        since, until = lives(coded.cols.owner, self.first, everything)
        _end_merged(until, since, coded, everything)
        return replace(
            self, coded=coded, tables=tables, events=everything, since=since, until=until
        )


def lives(owner: Array, first: int, events: Sequence[Event]) -> tuple[Array, Array]:
    """Number the events by time, and tell from and until which one each row stood."""
    order = sorted(range(len(events)), key=lambda k: (events[k].at, events[k].case_id))
    since = np.full(len(owner), -1, np.int32)
    since[first + np.array(order, np.int64)] = np.arange(len(order))
    by_owner = np.lexsort((since, owner))
    following = np.append(owner[by_owner[1:]] == owner[by_owner[:-1]], False)
    until = np.full(len(owner), NEVER, np.int32)
    until[by_owner[following]] = since[np.roll(by_owner, -1)[following]]
    return since, until


def _end_merged(until: Array, since: Array, coded: Coded, events: Sequence[Event]) -> None:
    """Let reports end at the event that made another record theirs."""
    first = len(since) - len(events)
    for k, event in enumerate(events):
        if event.gone:
            owners = [
                coded.codes.case_ids.index(c) for c in event.gone if c in coded.codes.case_ids
            ]
            rows = np.isin(coded.cols.owner, owners)
            until[rows] = np.minimum(until[rows], since[first + k])


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


def walk(
    events: Sequence[Event], begins: Instant, timezone: str, table: WeightTable
) -> Iterator[ComparedEvents]:
    """Walk through all events from `begins` on, month by month.

    Parameters
    ----------
    events
        In order; those before `begins` are the past that the first stretch learns from.

    Yields
    ------
    Each stretch that has events, and what each of its events met.
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
        stretch = learn(start, known, remembered, table)
        coded = whole.append(known, book, whole.row_of[at:stop])
        stretch = stretch.followed_as(coded, events[at:stop], table)
        compared = compare_events(stretch)
        _remember(remembered, compared.met)
        yield compared


NEVER_INSTANT = 1 << 62


def learn(
    start: Instant,
    coded: Coded,
    remembered: Sequence[tuple[I32, Array]],
    table: WeightTable,
) -> MonthWindow:
    """Learn from the cases that stand at `start`; return a stretch as yet without events."""
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
    """The events of a stretch, from number `first` on, and what each met at its moment."""

    stretch: MonthWindow
    met: TopMatches
    first: int = 0

    def candidates(self) -> Candidates:
        """Return the ranked pairs with their chance; `later` is the event's row."""
        met = self.met
        trigger, slot = np.nonzero(met.weights != EMPTY)
        linked = met.rows[trigger, slot].astype(np.int64)
        return self._priced(trigger, linked, met.weights[trigger, slot], slot + 1)

    def beyond(self) -> Candidates:
        """Return the pairs that share an entity and rank behind; `rank` is a lower bound."""
        met = self.met
        trigger, slot = np.nonzero(met.entity_weights != EMPTY)
        linked = met.entity_rows[trigger, slot]
        behind = ~(met.rows[trigger] == linked[:, None]).any(axis=1)
        trigger, slot, linked = trigger[behind], slot[behind], linked[behind].astype(np.int64)
        weights = met.entity_weights[trigger, slot]
        heavier = (met.null[trigger] > weights[:, None]).sum(axis=1)
        return self._priced(trigger, linked, weights, np.maximum(heavier, TOP) + 1)

    def _priced(self, trigger: Array, linked: Array, weights: Array, rank: Array) -> Candidates:
        stretch, met, past = self.stretch, self.met, self.stretch.past
        later = stretch.first + self.first + trigger
        pairs = np.column_stack([later, linked])
        kind = kinds_of_pairs(stretch.coded.cols, stretch.tables, pairs)
        compared = met.counts[:, 2]
        plain = past.plain.of_others(to_bans_or_worst(met.null), np.maximum(compared, 1))
        model = ChanceModel(
            plain, past.address, past.entity, met.counts[:, 0], met.counts[:, 1], past.pairs
        )
        chance = model.chance(trigger, weights / MICRO, kind, compared[trigger])
        return Candidates(later, linked, rank, weights, kind, chance)


def compare_events(stretch: MonthWindow, first: int = 0) -> ComparedEvents:
    """Compare the events of a stretch, from number `first` on as listed, each at its moment."""
    rows = stretch.first + np.arange(first, len(stretch.events))
    life = (stretch.since, stretch.until)
    met = rank_triggers(stretch.coded.cols, stretch.tables, rows, life, TOP, KEPT)
    return ComparedEvents(stretch, met, first)


TOP = 5
"""Settled: up to five rows a trigger."""


def _remember(remembered: deque[tuple[I32, Array]], met: TopMatches) -> None:
    remembered.append((met.null, np.maximum(met.counts[:, 2], 1)))
    while sum(len(null) for null, _ in remembered) - len(remembered[0][0]) >= REMEMBERED:
        remembered.popleft()
