"""What a replay says: rows ranked at each trigger, alerts within a budget, and who signed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from clew.model.case_file import CaseHistory, Coverage
from clew.model.finding import LEADS, Breakdown, Relation, Series, Tier
from clew.model.input_account import InputAccount
from clew.model.judgement import Judgement
from clew.model.values import Instant, deaths_a_year


class Trigger(StrEnum):
    """Why a case was compared: it arrived, or something new became known of it."""

    NEW_CASE = "new_case"
    NEW_FACT = "new_fact"


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One candidate of one case at one trigger, rank 1 to 5; a row of alerts.csv.

    `chance` is the expected number of unrelated records among the `compared` ones that match this
    well; `priority` orders rows across cases (`clew.replay.budget.priority_of`). `alert` is True
    within the budget, `update` where the row brings a new case into a possible series that has
    alerted: at most one row of a trigger each, among its leads. `series_alert` names the alert that
    it opens or updates, and `series_size` counts the records of that series by then. `changed`
    names the fields that became known (new facts only), in the order of the contract.
    """

    at: Instant
    case_id: str
    linked_case_id: str
    rank: int
    priority: float
    micro_bans: int
    chance: float
    compared: int
    tier: Tier
    relation: Relation
    trigger: Trigger
    alert: bool
    changed: tuple[str, ...] = ()
    update: bool = False
    series_alert: str = ""
    series_size: int = 0

    @property
    def notifies(self) -> bool:
        """Return whether it reaches people: an alert, or a new case of a series that alerted."""
        return self.alert or self.update


def decided_rows(rows: Iterable[AlertRow]) -> Iterator[AlertRow]:
    """Yield the row of each trigger that the budget decided: its best lead, else its first row.

    `rows` of one trigger stand together, by rank.
    """
    for _, group in groupby(rows, key=lambda row: (row.at, row.case_id)):
        ranked = list(group)
        leads = [row for row in ranked if row.relation in LEADS]
        yield max(leads, key=lambda row: row.priority) if leads else ranked[0]


@dataclass(frozen=True, slots=True)
class Budget:
    """Alerts per new death that somebody decided to look at, in (0, 1].

    `signed_by` and `signed_on` say who decided it and when; empty where nobody signed.
    """

    share: float
    signed_by: str = ""
    signed_on: str = ""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What another budget would have brought in the same replay, `share` alerts per new death."""

    share: float
    alerts: int
    updates: int


@dataclass(frozen=True, slots=True)
class SeriesMoment:
    """What was known at one moment in the life of a series, for the replay report.

    `alerts_before` counts all alerts and updates of the file before `at`, `alerts_on_series` those
    of them that were on a pair of this series. `row` is the row between two members that reached
    people, else the best one, if any ranked among the first five.
    """

    at: Instant
    case_id: str
    trigger: Trigger
    row: AlertRow | None
    alerts_before: int
    alerts_on_series: int
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesStory:
    """A series as the replay saw it come: every trigger of a member, in order of time."""

    series: Series
    moments: tuple[SeriesMoment, ...]

    @property
    def first_alert(self) -> SeriesMoment | None:
        """Return the moment of the first alert between two members."""
        return next((m for m in self.moments if m.row is not None and m.row.notifies), None)


@dataclass(frozen=True, slots=True)
class Replay:
    """A walk through time, one report or fact at a time, knowing only what was known.

    `begins` is when alerting began; `learns_from` when rows began to be ranked, to know what
    ordinary rows look like; `ends` the last instant walked to. `deaths` counts the deaths
    reported between `begins` and `ends`. `breakdowns` has the account of every alerted pair
    as it was at the alert, keyed (at, case_id, linked_case_id). `rows` begin at `begins`;
    `warm_up` has the row of each trigger before that would have been decided.
    `beyond` are pairs that share an entity and ranked beyond the first five. `curve` has what other
    budgets would have brought, where that was asked. `account` says what was read of the files.
    `histories` are the records by number, for what was known of each at any time.
    """

    file: str
    timezone: str
    budget: Budget
    judgements: tuple[Judgement, ...]
    coverage: tuple[Coverage, ...]
    rejects: int
    version: str
    weights: str
    learns_from: Instant = 0
    begins: Instant = 0
    ends: Instant = 0
    cases: int = 0
    deaths: int = 0
    rows: tuple[AlertRow, ...] = ()
    breakdowns: Mapping[tuple[Instant, str, str], Breakdown] = field(default_factory=dict)
    stories: tuple[SeriesStory, ...] = ()
    hindsight: bool = False
    beyond: tuple[AlertRow, ...] = ()
    warm_up: tuple[AlertRow, ...] = ()
    warnings: tuple[str, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    account: InputAccount = field(default_factory=InputAccount)
    crime: str = "death"
    histories: Mapping[str, CaseHistory] = field(default_factory=dict)

    @property
    def alerts(self) -> tuple[AlertRow, ...]:
        """Return the rows that alerted, in order of time."""
        return tuple(row for row in self.rows if row.alert)

    @property
    def updates(self) -> tuple[AlertRow, ...]:
        """Return the rows that brought a new case into a series that had alerted."""
        return tuple(row for row in self.rows if row.update)

    @property
    def began(self) -> bool:
        """Return whether alerting began at all: a short file may end before enough is known."""
        return self.begins <= self.ends

    @property
    def below(self) -> tuple[AlertRow, ...]:
        """Return the rows decided since alerting began that reached nobody, in order of time."""
        since = (row for row in self.rows if row.at >= self.begins)
        return tuple(row for row in decided_rows(since) if not row.notifies)

    @property
    def duplicates(self) -> tuple[AlertRow, ...]:
        """Return the first row since alerting began of each pair that looks like one death."""
        return self._first_of_pairs(Relation.DUPLICATE_REPORT)

    @property
    def same_events(self) -> tuple[AlertRow, ...]:
        """Return the first row since alerting began of each pair that looks like one event."""
        return self._first_of_pairs(Relation.SAME_EVENT)

    def _first_of_pairs(self, relation: Relation) -> tuple[AlertRow, ...]:
        found: dict[frozenset[str], AlertRow] = {}
        for row in self.rows:
            if row.at >= self.begins and row.relation is relation:
                found.setdefault(frozenset((row.case_id, row.linked_case_id)), row)
        return tuple(found.values())

    @property
    def deaths_a_year(self) -> float:
        """Return deaths reported a year while alerting ran, over at least one day."""
        return deaths_a_year(self.deaths, self.ends - self.begins)
