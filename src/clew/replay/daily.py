"""One round: what came in, compared with the whole history as it stood, and nothing later.

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
from clew.model.columns import ITEM_TYPES, Array, Columns
from clew.model.finding import Breakdown
from clew.model.values import Instant
from clew.model.weight import WeightTable
from clew.replay.events import ORDER, Event
from clew.replay.learned_history import KeptPast
from clew.replay.monthly import ComparedEvents, MonthWindow, compare_events, first_days, learn
from clew.replay.replay import alert_rows, ranked_rows
from clew.replay.store_versions import LazyCases, Versions, as_cases

# Pairs in words as they stood at one moment of a stretch: what was counted then, and no more.
#
# The words of a stretch's values are the same at each of its moments and are made once; how many
# records held each is counted at the moment, and only of what a pair shares is it put into words.


class _Rarity(Sequence[str]):
    """How many records hold a value, in words, by its code; as `ValueWords` says it."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def __getitem__(self, code: Any) -> Any:
        codes, kind = self._codes, int(self._codes.item_type[code])
        told = value_words.count_of(int(codes.item_counts[code]), int(codes.item_known[kind]))
        return f"{told} records that tell the {value_words.KIND_WORDS[ITEM_TYPES[kind]]}"

    def __len__(self) -> int:
        return len(self._codes.items)


class _Counted(LazyCases):
    """Cases by row of the stretch, of which only so many are counted: those that then stood."""

    def __init__(self, cases: Sequence[Case], counted: int) -> None:
        super().__init__(cases.__getitem__, np.arange(len(cases)), ())
        self._counted = counted

    def __len__(self) -> int:
        return self._counted


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many of some rows hold each value, tell of each kind, lie at each address, name each."""

    items: Array
    known: Array
    keys: Array
    entities: Array

    @classmethod
    def of(cls, cols: Columns, codes: Codes) -> _Counts:
        """Count the rows of `cols`."""
        keys = cols.place_key[cols.place_key >= 0]
        return cls(
            np.bincount(cols.items, minlength=len(codes.items)),
            seen(cols).sum(axis=0).astype(np.int64),
            np.bincount(keys, minlength=len(codes.place_keys)),
            np.bincount(cols.entities, minlength=len(codes.entities)),
        )

    def changed(self, gone: _Counts, come: _Counts) -> _Counts:
        """Return the counts after some rows went and others came."""
        return _Counts(
            self.items - gone.items + come.items,
            self.known - gone.known + come.known,
            self.keys - gone.keys + come.keys,
            self.entities - gone.entities + come.entities,
        )


class WordsThen:
    """The words of one stretch, and what of it stood when each of its events came.

    What stood when the stretch began is counted once. At an event, what went and came since is
    taken away and added, so that an event costs no walk through the history.
    """

    def __init__(self, stretch: MonthWindow) -> None:
        self.stretch = stretch
        self._begun: tuple[ValueWords, _Counts] | None = None

    def at(self, row: int) -> ValueWords:
        """Return the words as of the event of `row`, which counts too."""
        stretch, coded = self.stretch, self.stretch.coded
        if self._begun is None:
            first = rows_of(coded.cols, np.arange(stretch.first))
            self._begun = ValueWords(coded), _Counts.of(first, coded.codes)
        words, begun = self._begun
        now, events = stretch.since[row], np.arange(stretch.first, len(stretch.since))
        gone = np.flatnonzero(stretch.until[: stretch.first] <= now)
        come = events[(stretch.since[events] < now) & (stretch.until[events] > now)]
        come = np.append(come, row)
        parts = (_Counts.of(rows_of(coded.cols, rows), coded.codes) for rows in (gone, come))
        counts = begun.changed(*parts)
        codes = replace(coded.codes, item_counts=counts.items, item_known=counts.known)
        cases = as_cases(_Counted(coded.cases, stretch.first - len(gone) + len(come)))
        held = copy(words)
        held.coded = Coded(cases, coded.cols, codes, coded.reference)
        held.rarity = _Rarity(codes)  # type: ignore[assignment]
        held.at_key, held.in_entity = counts.keys, counts.entities
        return held


def break_down_then(words: WordsThen, row: int, linked: Sequence[int]) -> list[Breakdown]:
    """Break down the event of a row with each of the rows that it was linked to, at its moment."""
    pairs = np.array([[row, one] for one in linked], np.int64).reshape(-1, 2)
    return break_down_held(words.at(row), words.stretch.tables, pairs)


Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DayAsked:
    """What a round is to compare: events after `done` up to `as_of`, and late papers.

    `learns_from`: when comparing began at this desk. `done` None: this is the first round, which
    compares everything from then on. `late`: cases that got papers of a time that a round had
    already passed, each with the attributes that they change, () where the case itself is late.
    """

    table: WeightTable
    learns_from: Instant
    as_of: Instant
    done: Instant | None = None
    late: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventFound:
    """One event, its ranked rows and behind them shared entities, and the account of each."""

    event: Event
    rows: tuple[AlertRow, ...]
    told: Callable[[], list[Breakdown]]


def compare_day(
    versions: Versions, asked: DayAsked, kept: KeptPast, progress: Progress | None = None
) -> Iterator[EventFound]:
    """Compare every event of a round at its own moment, in order of time.

    Yields
    ------
    Each event with what it met; one that met nothing has no rows.
    """
    kept.forget_after(asked.learns_from - 1 if asked.done is None else asked.done)
    starts = first_days(asked.learns_from, asked.as_of, versions.store.manifest.timezone)
    for k, start in enumerate(starts):
        ends = min(starts[k + 1] - 1 if k + 1 < len(starts) else asked.as_of, asked.as_of)
        before, new = _events(versions, asked, start, ends)
        if progress is not None:
            progress(k, len(starts))
        if not new:
            continue
        stretch = _learnt(versions, asked, kept, start)
        if stretch is None:
            continue
        compared = compare_events(_followed(stretch, [*before, *new], versions, asked), len(before))
        met = compared.met
        kept.remember(start, asked.as_of, (met.null, np.maximum(met.counts[:, 2], 1)))
        yield from _found(compared)


def _events(
    versions: Versions, asked: DayAsked, start: Instant, ends: Instant
) -> tuple[list[Event], list[Event]]:
    """Return the events of a stretch that earlier rounds compared, and those of this round."""
    done = asked.done
    if done is None:
        return [], versions.events_between(start, ends)
    late = versions.late(asked.late, done) if start <= done + 1 <= ends else []
    if ends <= done:
        return [], []
    told = versions.events_between(start, ends)
    before = [event for event in told if event.at <= done]
    new = [event for event in told if event.at > done]
    return before, sorted([*late, *new], key=ORDER)


def _learnt(
    versions: Versions, asked: DayAsked, kept: KeptPast, start: Instant
) -> MonthWindow | None:
    """Return what was ordinary before `start`; None where fewer than two cases were known."""
    held = kept.read(start, versions)
    if held is not None:
        return held
    rows = versions.standing_before(start)
    if len(rows) < 2:
        return None
    cases = versions.cases_at(rows)
    row_of = {case.case_id: int(row) for case, row in zip(cases, rows, strict=True)}
    ordered = in_report_order(cases)
    coded = to_columns(ordered, versions.store.manifest.timezone)
    stretch = learn(start, coded, kept.remembered(start), asked.table)
    kept.write(stretch, np.array([row_of[case.case_id] for case in ordered]), versions.store)
    return stretch


def _followed(
    stretch: MonthWindow, events: Sequence[Event], versions: Versions, asked: DayAsked
) -> MonthWindow:
    """Return the stretch with one row an event behind; no case of the past is read for it."""
    coded, cases = stretch.coded, [event.case for event in events]
    near = coded.cols.xyz[coded.reference][coded.cols.density[coded.reference] >= 0]
    more, codes = code_behind(coded.codes, near, cases, versions.store.manifest.timezone)
    first = len(coded.cases)
    told = LazyCases(coded.cases.__getitem__, np.arange(first), cases)
    grown = Coded(as_cases(told), stack_rows(coded.cols, more), codes, coded.reference)
    return stretch.followed_as(grown, events, asked.table)


def _found(compared: ComparedEvents) -> Iterator[EventFound]:
    """Yield each compared event with its rows; what it shares beyond the first five is behind."""
    stretch, met = compared.stretch, compared.met
    beyond: dict[int, list[tuple[AlertRow, int]]] = {}
    others = compared.beyond()
    for p, behind_row in enumerate(alert_rows(compared, others)):
        beyond.setdefault(int(others.later[p]), []).append((behind_row, int(others.earlier[p])))
    told = list(ranked_rows(compared))
    words = WordsThen(stretch)
    order = sorted(range(len(told)), key=lambda k: ORDER(told[k][0]))
    for k in order:
        event, rows = told[k]
        row = stretch.first + compared.first + k
        linked = met.rows[k][met.weights[k] != EMPTY].tolist()
        behind = beyond.get(row, [])
        linked += [other for _, other in behind]
        both = (*rows, *(one for one, _ in behind))
        yield EventFound(event, both, partial(break_down_then, words, row, tuple(linked)))
