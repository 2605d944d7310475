"""One round: what came in, compared with the whole history as it stood, and nothing later.

The rows are those that a replay gives for the same events: each report and fact is compared at its
own moment, by what was learnt of the past on the first of its month. Only the month is learnt; a
day's reports and facts are compared by that, so that a day costs seconds whatever the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from clew.engine.columns import Coded, code_behind, in_report_order, stack_rows, to_columns
from clew.engine.kernel import EMPTY
from clew.model.alert import AlertRow
from clew.model.finding import Breakdown
from clew.model.time_window import Instant
from clew.model.weight import WeightTable
from clew.workflows.events import ORDER, Event
from clew.workflows.kept_past import KeptPast
from clew.workflows.replay import alert_rows, ranked_rows
from clew.workflows.store_versions import LazyCases, Versions, as_cases
from clew.workflows.walk import Compared, Stretch, compare_events, first_days, learn
from clew.workflows.words_then import WordsThen, break_down_then

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


def _learnt(versions: Versions, asked: DayAsked, kept: KeptPast, start: Instant) -> Stretch | None:
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
    stretch: Stretch, events: Sequence[Event], versions: Versions, asked: DayAsked
) -> Stretch:
    """Return the stretch with one row an event behind; no case of the past is read for it."""
    coded, cases = stretch.coded, [event.case for event in events]
    near = coded.cols.xyz[coded.reference][coded.cols.density[coded.reference] >= 0]
    more, codes = code_behind(coded.codes, near, cases, versions.store.manifest.timezone)
    first = len(coded.cases)
    told = LazyCases(coded.cases.__getitem__, np.arange(first), cases)
    grown = Coded(as_cases(told), stack_rows(coded.cols, more), codes, coded.reference)
    return stretch.followed_as(grown, events, asked.table)


def _found(compared: Compared) -> Iterator[EventFound]:
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
