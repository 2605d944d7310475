"""Replay: what would have been seen, and when. One report or fact at a time, without hindsight."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from clew.comparison.breakdown import break_down
from clew.comparison.coding.columns import take_rows
from clew.comparison.compare import Candidates, relation_of
from clew.comparison.kernel import SHARED_ENTITY
from clew.comparison.weights.weight_table import check_crime
from clew.errors import InputRejected, UsageRejected, WeightTableMismatch
from clew.identities.merged_reports import merge_reports, merged_by, say_merged
from clew.model.alert import AlertRow, Budget, Replay, Trigger
from clew.model.case_file import CaseFile
from clew.model.columns import Array
from clew.model.finding import Breakdown, Relation, Tier
from clew.model.judgement import Judgement
from clew.model.values import DAY, Instant
from clew.model.weight import WeightTable
from clew.replay.budget import WINDOW_S, AlertBudget
from clew.replay.events import Event, events_of
from clew.replay.monthly import NEVER_INSTANT, ComparedEvents, walk
from clew.replay.series_stories import tell_stories
from clew.version import VERSION

WARM_UP_CASES = 200
"""Declared: cases that must be known before frequencies are taken from them."""
AGAIN = math.log10(2)
"""Declared: a pair that has alerted alerts again once a new fact makes it twice as surprising."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """`begins` None: when enough is known; `ends` None: the last event. Budget in (0, 1]."""

    table: WeightTable
    budget: Budget = field(default_factory=lambda: Budget(0.01))
    begins: Instant | None = None
    ends: Instant | None = None
    judgements: tuple[Judgement, ...] = ()
    allow_hindsight: bool = False


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
    check_crime(options.table, case_file.crime, case_file.name)
    case_file = merge_reports(case_file, options.judgements)
    events = events_of(case_file.histories, options.ends)
    arrivals = [event.at for event in events if event.trigger is Trigger.NEW_CASE]
    if len(arrivals) < 2:
        said = f"{len(arrivals)} case is known by then"
        raise InputRejected(case_file.name, said, "Two are needed to compare")
    learns_from, begins = beginnings(arrivals, options.begins)
    ends = events[-1].at if options.ends is None else options.ends
    hindsight = _check(options, begins, ends)
    told = _Told(options.budget, begins)
    deaths = [event.at for event in events if event.is_new_death]
    went = merged_by(case_file, ends)
    for compared in walk(events, learns_from, case_file.timezone, options.table):
        told.take(compared)
        if progress is not None:
            done = (compared.stretch.events[-1].at - learns_from) // DAY
            progress(done, max((ends - learns_from) // DAY, done, 1))
    return replace(
        _about(case_file, options),
        learns_from=learns_from,
        begins=begins,
        ends=ends,
        cases=len(arrivals),
        deaths=sum(at >= begins for at in deaths),
        rows=tuple(row for row in told.rows if row.at >= begins),
        breakdowns=told.breakdowns,
        stories=tell_stories(told.rows, told.last, options.judgements, len(arrivals), begins, went),
        hindsight=hindsight,
        beyond=tuple(row for row in told.beyond if row.at >= begins),
        warm_up=tuple(row for row in told.rows if row.at < begins and row.rank == 1),
        warnings=(*_warnings(begins, ends), *say_merged(len(went)), *case_file.together),
    )


def _about(case_file: CaseFile, options: ReplayOptions) -> Replay:
    """Return what is known of a replay before it is run."""
    return Replay(
        file=case_file.name,
        timezone=case_file.timezone,
        budget=options.budget,
        judgements=options.judgements,
        coverage=case_file.coverage,
        rejects=len(case_file.rejects),
        version=VERSION,
        weights=f"{options.table.name} ({options.table.fingerprint})",
    )


def beginnings(arrivals: Sequence[Instant], wanted: Instant | None) -> tuple[Instant, Instant]:
    """Return when ranking begins and when alerting does, from what is known by then alone.

    Ranking needs WARM_UP_CASES known cases, alerting ninety days of ranked rows besides. Where
    somebody wants to begin earlier, it begins then, with what there is.
    """
    known = len(arrivals) >= WARM_UP_CASES
    enough = arrivals[WARM_UP_CASES - 1] + 1 if known else NEVER_INSTANT
    begins = enough + WINDOW_S if wanted is None else max(wanted, arrivals[1] + 1)
    return min(begins, max(enough, begins - WINDOW_S)), begins


def _check(options: ReplayOptions, begins: Instant, ends: Instant) -> bool:
    """Refuse what cannot be; return whether the table knows what came later."""
    if not 0 < options.budget.share <= 1:
        raise UsageRejected(
            f"a budget of {options.budget.share:g} alerts per new death cannot be",
            "Give more than 0 and at most 1; 0.01 is one in a hundred",
        )
    if options.begins is not None and begins > ends:
        raise UsageRejected("--from lies after the last fact or --to", "Give an earlier --from")
    until = options.table.trained_until
    if until is None or until <= begins:
        return False
    if not options.allow_hindsight:
        raise WeightTableMismatch(
            "the weight table was trained on what came after the replay begins",
            "Give a table trained earlier, a later --from, or --allow-hindsight",
        )
    return True


def _warnings(begins: Instant, ends: Instant) -> tuple[str, ...]:
    if begins > ends:
        return (
            f"The file is too short to know what is ordinary: {WARM_UP_CASES} cases and ninety"
            " days after them are taken for that. Nothing was alerted. --from begins earlier.",
        )
    return ()


class Decisions:
    """Decides one event after another, in order of time, by its best row."""

    def __init__(
        self, share: float, begins: Instant, alerted: Mapping[frozenset[str], float] | None = None
    ) -> None:
        self.budget = AlertBudget(share)
        self.begins = begins
        self._alerted = dict(alerted or {})

    @property
    def alerted(self) -> Mapping[frozenset[str], float]:
        """Return the pairs that have alerted, each with its priority then."""
        return self._alerted

    def take(self, event: Event, row: AlertRow | None) -> bool:
        """Let a new death earn, then decide its best row, if it has one; True if it alerts.

        Three kinds of row neither spend nor tell what is ordinary: two reports of one death; a
        fact that changes nothing that is compared; a pair that has alerted, until it has become
        AGAIN more surprising.
        """
        for gone in event.gone:
            self._alerted = {
                frozenset(event.case_id if one == gone else one for one in pair): priority
                for pair, priority in self._alerted.items()
            }
        if event.is_new_death:
            self.budget.earn(event.at)
        if row is None or row.relation is Relation.DUPLICATE_REPORT:
            return False
        pair = frozenset((row.case_id, row.linked_case_id))
        known = self._alerted.get(pair)
        if not event.compares_anew or (known is not None and row.priority < known + AGAIN):
            return False
        alerts = self.budget.offer(event.at, row.priority, may_alert=event.at >= self.begins)
        if alerts:
            self._alerted[pair] = row.priority
        return alerts


class _Told:
    """What the walk has told so far."""

    def __init__(self, budget: Budget, begins: Instant) -> None:
        self.decisions = Decisions(budget.share, begins)
        self.rows: list[AlertRow] = []
        self.beyond: list[AlertRow] = []
        self.breakdowns: dict[tuple[Instant, str], Breakdown] = {}
        self.last: ComparedEvents | None = None

    def take(self, compared: ComparedEvents) -> None:
        """Take all events of a stretch, in order of time."""
        self.last = compared
        stretch = compared.stretch
        for k, (event, rows) in enumerate(ranked_rows(compared)):
            if self.decisions.take(event, rows[0] if rows else None):
                rows[0] = replace(rows[0], alert=True)
                linked = int(compared.met.rows[k, 0])
                account = _account(compared, stretch.first + k, linked)
                self.breakdowns[event.at, event.case_id] = account
            self.rows += rows
        self.beyond += alert_rows(compared, compared.beyond())


def ranked_rows(compared: ComparedEvents) -> Iterator[tuple[Event, list[AlertRow]]]:
    """Yield each compared event with its rows, best first; no row where there was nothing yet."""
    by_event: dict[int, list[AlertRow]] = {}
    found = compared.candidates()
    for p, row in enumerate(alert_rows(compared, found)):
        by_event.setdefault(int(found.later[p]), []).append(row)
    stretch = compared.stretch
    for k in range(compared.first, len(stretch.events)):
        yield stretch.events[k], by_event.get(stretch.first + k, [])


def alert_rows(compared: ComparedEvents, found: Candidates) -> list[AlertRow]:
    """Return candidates, which stand in order of event and rank, as rows."""
    stretch = compared.stretch
    return [
        _row(compared, found, p, stretch.events[int(found.later[p]) - stretch.first])
        for p in range(len(found.later))
    ]


def _row(compared: ComparedEvents, found: Candidates, p: int, event: Event) -> AlertRow:
    stretch = compared.stretch
    linked = stretch.coded.cases[found.earlier[p]]
    kind, chance = int(found.kind[p]), float(found.chance[p])
    at = int(found.later[p]) - stretch.first - compared.first
    return AlertRow(
        at=event.at,
        case_id=event.case_id,
        linked_case_id=linked.case_id,
        rank=int(found.rank[p]),
        priority=-math.log10(chance),
        micro_bans=int(found.micro_bans[p]),
        chance=chance,
        compared=int(compared.met.counts[at, 2]),
        tier=Tier.SHARED_ENTITY if kind == SHARED_ENTITY else Tier.SIMILARITY,
        relation=relation_of(event.case, linked, kind),
        trigger=event.trigger,
        alert=False,
        changed=event.changed,
    )


def _account(compared: ComparedEvents, row: int, linked: int) -> Breakdown:
    """Break down one pair in words that count what stood at that moment."""
    stretch = compared.stretch
    now = stretch.since[row]
    stood: Array = np.flatnonzero((stretch.since < now) & (stretch.until > now))
    rows = np.append(stood, row)
    pair = np.array([[len(rows) - 1, int(np.searchsorted(stood, linked))]])
    return break_down(take_rows(stretch.coded, rows), stretch.tables, pair)[0]
