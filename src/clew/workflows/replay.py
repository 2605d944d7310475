"""`replay`: what would have been seen, and when. One report or fact at a time, no hindsight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from clew.comparison.breakdown import break_down
from clew.comparison.coding.columns import take_rows
from clew.comparison.weights.weight_table import check_crime
from clew.errors import InputRejected, UsageRejected, WeightTableMismatch
from clew.identities.merged_reports import merge_reports, merged_by, say_merged
from clew.model.alert import (
    AlertRow,
    Budget,
    CurvePoint,
    Replay,
    Trigger,
    decided_rows,
)
from clew.model.case_file import CaseFile
from clew.model.columns import Array
from clew.model.finding import Breakdown
from clew.model.judgement import Judgement
from clew.model.values import DAY, Instant
from clew.model.weight import WeightTable
from clew.replay.budget import Decisions
from clew.replay.events import events_of
from clew.replay.monthly import (
    WARM_UP_CASES,
    ComparedEvents,
    alert_rows,
    beginnings,
    ranked_rows,
    walk,
)
from clew.replay.series_stories import tell_stories
from clew.version import VERSION


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """`begins` None: when enough is known; `ends` None: the last event. Budget in (0, 1].

    `curve`: other budgets, alerts per new death, to count what they would have brought.
    """

    table: WeightTable
    budget: Budget = field(default_factory=lambda: Budget(0.01))
    begins: Instant | None = None
    ends: Instant | None = None
    judgements: tuple[Judgement, ...] = ()
    allow_hindsight: bool = False
    curve: tuple[float, ...] = ()


Progress = Callable[[int, int], None]


def replay_cases(
    case_file: CaseFile, options: ReplayOptions, progress: Progress | None = None
) -> Replay:
    """Walk through time and alert within the budget.

    Raises
    ------
    InputRejected
        If there are fewer than two cases by then.
    UsageRejected
        If the walk would end before it begins, or the budget is out of range.
    WeightTableMismatch
        If the weight table was trained on what came later, and that is not allowed.
    """
    table = options.table
    check_crime(table, case_file.crime, case_file.name)
    case_file = merge_reports(case_file, options.judgements)
    events = events_of(case_file.histories, options.ends)
    arrivals = [event.at for event in events if event.trigger is Trigger.NEW_CASE]
    if len(arrivals) < 2:
        known = f"{len(arrivals)} case is known by then"
        raise InputRejected(case_file.name, known, "Two are needed to compare")
    learns_from, begins = beginnings(arrivals, options.begins)
    ends = events[-1].at if options.ends is None else options.ends
    hindsight = _check(options, begins, ends)
    rows: list[AlertRow] = []
    beyond: list[AlertRow] = []
    breakdowns: dict[tuple[Instant, str, str], Breakdown] = {}
    decisions = Decisions(options.budget.share, begins)
    others = [Decisions(share, begins) for share in options.curve]
    counted = [Counter[str]() for _ in others]
    last: ComparedEvents | None = None
    for compared in walk(events, learns_from, case_file.timezone, table):
        last = compared
        for k, (event, ranked) in enumerate(ranked_rows(compared)):
            weigh = partial(compared.weigh, k)
            decided = decisions.take(event, ranked, weigh)
            rows += decided
            for other, count in zip(others, counted, strict=True):
                taken = other.take(event, ranked, weigh)
                count["alerts"] += sum(row.alert for row in taken)
                count["updates"] += sum(row.update for row in taken)
            for row in decided:
                if row.notifies:
                    breakdowns[row.at, row.case_id, row.linked_case_id] = _account(
                        compared, k, row.rank
                    )
        beyond += alert_rows(compared, compared.beyond())
        if progress is not None:
            done = (compared.month.events[-1].at - learns_from) // DAY
            progress(done, max((ends - learns_from) // DAY, done, 1))
    went = merged_by(case_file, ends)
    warnings = (*say_merged(len(went)), *case_file.together)
    if begins > ends:
        warnings = (
            f"The file is too short to learn what is ordinary. That takes {WARM_UP_CASES} cases and"
            " the ninety days after them. There was no alert. Use --from to start earlier.",
            *warnings,
        )
    return Replay(
        file=case_file.name,
        timezone=case_file.timezone,
        budget=options.budget,
        judgements=options.judgements,
        coverage=case_file.coverage,
        rejects=len(case_file.rejects),
        account=case_file.account,
        crime=case_file.crime,
        histories={history.case_id: history for history in case_file.histories},
        version=VERSION,
        weights=f"{table.name} ({table.fingerprint})",
        learns_from=learns_from,
        begins=begins,
        ends=ends,
        cases=len(arrivals),
        deaths=sum(event.is_new_death and event.at >= begins for event in events),
        rows=tuple(row for row in rows if row.at >= begins),
        breakdowns=breakdowns,
        stories=tell_stories(rows, last, options.judgements, len(arrivals), begins, went),
        hindsight=hindsight,
        beyond=tuple(row for row in beyond if row.at >= begins),
        warm_up=tuple(decided_rows(row for row in rows if row.at < begins)),
        warnings=warnings,
        curve=tuple(
            CurvePoint(other.share, count["alerts"], count["updates"])
            for other, count in zip(others, counted, strict=True)
        ),
    )


def _check(options: ReplayOptions, begins: Instant, ends: Instant) -> bool:
    """Refuse what cannot be; return whether the table knows what came later."""
    if not 0 < options.budget.share <= 1:
        raise UsageRejected(
            f"a budget of {options.budget.share:g} alerts per new death is out of range",
            "Give more than 0 and at most 1. 0.01 is one in a hundred",
        )
    if options.begins is not None and begins > ends:
        raise UsageRejected("--from is after the last fact or --to", "Give an earlier --from")
    until = options.table.trained_until
    if until is None or until <= begins:
        return False
    if not options.allow_hindsight:
        raise WeightTableMismatch(
            "the weight table was trained on cases after the start of the replay",
            "Give a table trained earlier, a later --from, or --allow-hindsight",
        )
    return True


def _account(compared: ComparedEvents, k: int, rank: int) -> Breakdown:
    """Break down a pair of the k-th event in words that count what was current at that moment."""
    month = compared.month
    row, linked = month.first + k, int(compared.met.rows[k, rank - 1])
    now = month.since[row]
    current: Array = np.flatnonzero((month.since < now) & (month.until > now))
    rows = np.append(current, row)
    pair = np.array([[len(rows) - 1, int(np.searchsorted(current, linked))]])
    return break_down(take_rows(month.coded, rows), month.tables, pair)[0]
