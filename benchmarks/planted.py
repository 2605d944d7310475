"""Cases planted into a walked background: one walk serves many draws.

The background is walked once, month by month. A draw's cases are then appended to each stretch in
which they stand or arrive, and ranked against everything that stood at their moments, by what the
background's past taught. Two things are left out: planted cases teach no frequency, and background
cases are not ranked against them anew. planted_check.py compares with full replays.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clew.comparison.coding.columns import append_cases
from clew.intake.read import read_case_file
from clew.model.alert import AlertRow
from clew.model.case_file import CaseFile
from clew.model.values import Instant
from clew.model.weight import WeightTable
from clew.replay.budget import Decisions, Weigh
from clew.replay.events import ORDER, Event, events_of
from clew.replay.monthly import (
    NEVER_INSTANT,
    ComparedEvents,
    MonthWindow,
    compare_events,
    ranked_rows,
    walk,
)
from clew.synthetic.generated import Generated, write_generated


def read_generated(made: Generated, mapping: str | None = None) -> CaseFile:
    """Read generated rows as any file is read."""
    with tempfile.TemporaryDirectory() as folder:
        write_generated(made, Path(folder))
        facts = Path(folder) / "facts.csv" if made.facts else None
        return read_case_file(Path(folder) / "cases.csv", facts=facts, mapping=mapping)


@dataclass(frozen=True)
class Ranked:
    """One event and its rows, best first; what the budget is offered, and what it weighs."""

    event: Event
    rows: tuple[AlertRow, ...]
    weigh: Weigh


@dataclass(frozen=True)
class Walked:
    """A background that was walked through once."""

    timezone: str
    table: WeightTable
    stretches: tuple[MonthWindow, ...]
    ranked: tuple[Ranked, ...]

    def plant(self, events: Sequence[Event]) -> list[Ranked]:
        """Rank the planted events, each at its moment, against all that stood then."""
        found: list[Ranked] = []
        for k, stretch in enumerate(self.stretches):
            last = k + 1 == len(self.stretches)
            ends = NEVER_INSTANT if last else self.stretches[k + 1].begins
            here = [event for event in events if stretch.begins <= event.at < ends]
            if not here:
                continue
            standing = {event.case_id: event for event in events if event.at < stretch.begins}
            found += _rows_of(self.compared(stretch, [*standing.values()], here))
        return sorted(found, key=lambda ranked: ORDER(ranked.event))

    def compared(
        self, stretch: MonthWindow, standing: Sequence[Event], here: Sequence[Event]
    ) -> ComparedEvents:
        """Compare the events `here` in a stretch in which planted cases already stand."""
        first, events = len(stretch.events) + len(standing), [*standing, *here]
        coded = append_cases(stretch.coded, [event.case for event in events], self.timezone)
        return compare_events(stretch.followed_by(coded, events, self.table), first)


def walk_background(case_file: CaseFile, begins: Instant, table: WeightTable) -> Walked:
    """Walk through a background once."""
    events = events_of(case_file.histories)
    stretches, ranked = [], []
    for compared in walk(events, begins, case_file.timezone, table):
        stretches.append(compared.month)
        ranked += _rows_of(compared)
    return Walked(case_file.timezone, table, tuple(stretches), tuple(ranked))


def _rows_of(compared: ComparedEvents) -> list[Ranked]:
    return [
        Ranked(event, tuple(rows), partial(compared.weigh, k))
        for k, (event, rows) in enumerate(ranked_rows(compared))
    ]


def merged(*streams: Sequence[Ranked]) -> list[Ranked]:
    """Return several streams as one, in order of time."""
    return sorted((one for stream in streams for one in stream), key=lambda r: ORDER(r.event))


def decide(ranked: Sequence[Ranked], share: float, begins: Instant) -> list[AlertRow]:
    """Return the alerts and updates of a stream of ranked events, as a replay decides them."""
    decisions = Decisions(share, begins)
    return [
        row
        for one in ranked
        for row in decisions.take(one.event, one.rows, one.weigh)
        if row.notifies
    ]
