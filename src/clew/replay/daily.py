"""One round: what came in, compared with the whole history as it was, and nothing later.

The rows are those that a replay gives for the same events: each report and fact is compared at its
own moment, by what was learnt of the past on the first of its month. Only the month is learnt; a
day's reports and facts are compared by that, so that a day costs seconds whatever the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from clew.comparison import value_words
from clew.comparison.breakdown import break_down_held
from clew.comparison.coding.codes import Codes
from clew.comparison.coding.columns import (
    Coded,
    code_behind,
    in_report_order,
    rows_of,
    stack_rows,
    to_columns,
)
from clew.comparison.evidence.shared import seen
from clew.comparison.kernel import EMPTY
from clew.comparison.value_words import ValueWords
from clew.model.alert import AlertRow
from clew.model.case import Case
from clew.model.columns import ITEM_TYPES, Array
from clew.model.finding import Breakdown
from clew.model.values import Instant
from clew.model.weight import WeightTable
from clew.replay.budget import Weigh
from clew.replay.events import ORDER, Event
from clew.replay.learned_history import LearnedHistory
from clew.replay.monthly import (
    TOP,
    ComparedEvents,
    MonthWindow,
    alert_rows,
    compare_events,
    first_days,
    learn,
    ranked_rows,
)
from clew.replay.store_versions import LazyCases, Versions, as_cases

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DayRequest:
    """What a round is to compare: events after `done` up to `as_of`, and late papers.

    `learns_from`: when comparing began at this desk. `done` None: this is the first round, which
    compares everything from then on. `late`: cases that got papers of a time that a round had
    already passed, each with the attributes that they change, () where the case itself is late.
    `top`: how many rows an event has at most before `keep` of `compare_day` says how many of them.
    """

    table: WeightTable
    learns_from: Instant
    as_of: Instant
    done: Instant | None = None
    late: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    top: int = TOP


@dataclass(frozen=True, slots=True)
class EventMatches:
    """One event, its ranked rows and behind them shared entities, and the breakdown of each.

    `ranked`: how many of the rows, from the first, have an exact rank.
    `weigh` returns the micro-bans of its case with each of some others, as they were then.
    """

    event: Event
    rows: tuple[AlertRow, ...]
    breakdowns: Callable[[], list[Breakdown]]
    weigh: Weigh
    ranked: int = TOP


def compare_day(
    versions: Versions,
    request: DayRequest,
    history: LearnedHistory,
    progress: Progress | None = None,
    named: Callable[[str], Sequence[str]] = lambda _: (),
    keep: Callable[[Sequence[AlertRow]], int] = len,
) -> Iterator[EventMatches]:
    """Compare every event of a round at its own moment, in order of time.

    Parameters
    ----------
    named
        Given a case that is compared, returns cases whose rows are wanted besides, ranked or not.
    keep
        Given the ranked rows of an event, up to `request.top`, returns how many of them are wanted.

    Yields
    ------
    Each event with what it met; one that met nothing has no rows.
    """
    done, table = request.done, request.table
    timezone = versions.store.manifest.timezone
    passed = request.learns_from - 1 if done is None else done
    history.forget_after(passed)
    starts = first_days(request.learns_from, request.as_of, timezone)
    for k, start in enumerate(starts):
        ends = min(starts[k + 1] - 1 if k + 1 < len(starts) else request.as_of, request.as_of)
        if progress is not None:
            progress(k, len(starts))
        if ends <= passed:
            continue
        events = versions.events_between(start, ends)
        before = [event for event in events if event.at <= passed]
        new = events[len(before) :]
        if done is not None and start <= done + 1:
            new = sorted([*versions.late(request.late, done), *new], key=ORDER)
        if not new:
            continue
        month = history.read(start, versions) or _learn(versions, table, history, start)
        if month is None:
            continue
        # One row an event is added behind; no case of the past is read for it.
        coded, cases = month.coded, [event.case for event in (*before, *new)]
        near = coded.cols.xyz[coded.reference][coded.cols.density[coded.reference] >= 0]
        more, codes = code_behind(coded.codes, near, cases, timezone)
        grown = Coded(
            as_cases(LazyCases(coded.cases.__getitem__, np.arange(len(coded.cases)), cases)),
            stack_rows(coded.cols, more), codes, coded.reference,
        )  # fmt: skip
        compared = compare_events(
            month.followed_by(grown, [*before, *new], table), len(before), request.top
        )
        met = compared.met
        history.remember(start, request.as_of, (met.null, np.maximum(met.counts[:, 2], 1)))
        yield from _matches(compared, named, keep)


def _learn(
    versions: Versions, table: WeightTable, history: LearnedHistory, start: Instant
) -> MonthWindow | None:
    """Learn what was ordinary before `start`; None where fewer than two cases were known."""
    rows = versions.rows[(versions.since < start) & (versions.until >= start)]
    if len(rows) < 2:
        return None
    cases = versions.cases_at(rows)
    row_of = {case.case_id: int(row) for case, row in zip(cases, rows, strict=True)}
    ordered = in_report_order(cases)
    coded = to_columns(ordered, versions.store.manifest.timezone)
    month = learn(start, coded, history.remembered(start), table)
    history.write(month, np.array([row_of[case.case_id] for case in ordered]), versions.store)
    return month


def _matches(
    compared: ComparedEvents,
    named: Callable[[str], Sequence[str]],
    keep: Callable[[Sequence[AlertRow]], int],
) -> Iterator[EventMatches]:
    """Yield each compared event with its rows; behind them what shares an entity or is named."""
    month, met = compared.month, compared.met
    beyond: dict[int, list[tuple[AlertRow, int]]] = {}
    others = compared.beyond()
    for p, row in enumerate(alert_rows(compared, others)):
        beyond.setdefault(int(others.later[p]), []).append((row, int(others.earlier[p])))
    ranked = list(ranked_rows(compared))
    words = HistoricalWords(month)
    for k in sorted(range(len(ranked)), key=lambda k: ORDER(ranked[k][0])):
        event, every = ranked[k]
        rows = every[: keep(every)]
        number = month.first + compared.first + k
        kept = {row.linked_case_id for row in rows}
        behind = [one for one in beyond.get(number, []) if one[0].linked_case_id not in kept]
        there = {row.linked_case_id for row in (*rows, *(row for row, _ in behind))}
        asked = compared.named(k, [one for one in named(event.case_id) if one not in there])
        behind = [*behind, *zip(alert_rows(compared, asked), asked.earlier.tolist(), strict=True)]
        best = met.rows[k][met.weights[k] != EMPTY].tolist()[: len(rows)]
        linked = best + [other for _, other in behind]
        every_row = (*rows, *(row for row, _ in behind))
        breakdowns = partial(words.break_down, number, tuple(linked))
        weigh = partial(compared.weigh, k)
        yield EventMatches(event, every_row, breakdowns, weigh, len(rows))


# The words of a month's values are the same at each of its moments and are made once; how many
# records contain each is counted at the moment, and only what a pair shares is put into words.


class _Rarity(Sequence[str]):
    """How many records have a value, in words, by its code; as `ValueWords` says it."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def __getitem__(self, code: Any) -> Any:
        codes, kind = self._codes, int(self._codes.item_type[code])
        counts = int(codes.item_counts[code]), int(codes.item_known[kind])
        return value_words.say_rarity(*counts, ITEM_TYPES[kind])

    def __len__(self) -> int:
        return len(self._codes.items)


class _Counted(LazyCases):
    """Cases by row of the month, of which only so many are counted: those current then."""

    def __init__(self, cases: Sequence[Case], counted: int) -> None:
        super().__init__(cases.__getitem__, np.arange(len(cases)), ())
        self._counted = counted

    def __len__(self) -> int:
        return self._counted


class HistoricalWords:
    """The words of one month, and what of it was current when each of its events came.

    What was current when the month began is counted once. At an event, what went and came since is
    taken away and added, so that an event costs no walk through the history.
    """

    def __init__(self, month: MonthWindow) -> None:
        self.month = month
        self._begun: tuple[ValueWords, list[Array]] | None = None

    def break_down(self, row: int, linked: Sequence[int]) -> list[Breakdown]:
        """Break down a row's event with each row that it was linked to, in words of its moment.

        The event of `row` counts too.
        """
        month, coded = self.month, self.month.coded
        if self._begun is None:
            self._begun = ValueWords(coded), self._count(np.arange(month.first))
        words, begun = self._begun
        now, events = month.since[row], np.arange(month.first, len(month.since))
        gone = np.flatnonzero(month.until[: month.first] <= now)
        come = events[(month.since[events] < now) & (month.until[events] > now)]
        come = np.append(come, row)
        changes = zip(begun, self._count(gone), self._count(come), strict=True)
        items, known, keys, entities = (before - out + new for before, out, new in changes)
        codes = replace(coded.codes, item_counts=items, item_known=known)
        cases = as_cases(_Counted(coded.cases, month.first - len(gone) + len(come)))
        then = copy(words)
        then.coded = Coded(cases, coded.cols, codes, coded.reference)
        then.rarity = _Rarity(codes)  # type: ignore[assignment]
        then.at_key, then.in_entity = keys, entities
        pairs = np.array([[row, one] for one in linked], np.int64).reshape(-1, 2)
        return break_down_held(then, month.tables, pairs)

    def _count(self, rows: Array) -> list[Array]:
        """Count how many of some rows have each value, record each kind, address and entity."""
        cols, codes = rows_of(self.month.coded.cols, rows), self.month.coded.codes
        keys = cols.place_key[cols.place_key >= 0]
        return [
            np.bincount(cols.items, minlength=len(codes.items)),
            seen(cols).sum(axis=0).astype(np.int64),
            np.bincount(keys, minlength=len(codes.place_keys)),
            np.bincount(cols.entities, minlength=len(codes.entities)),
        ]
