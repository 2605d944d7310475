"""The alert budget between rounds: what it was on, and who signed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.desk.review.models import AlertBudgetDecision
from clew.model.alert import AlertRow
from clew.model.finding import Relation
from clew.model.values import Instant
from clew.replay.budget import AGAIN, WINDOW_S, Decisions
from clew.replay.events import Event

UNSIGNED_SHARE = 0.01
"""Declared: one alert in a hundred deaths, as `clew replay` has it, until somebody signs one."""
NOT_SIGNED = "not signed"


def signed_share() -> tuple[float, str]:
    """Return the share of alerts a death that holds now, and by which decision."""
    signed = AlertBudgetDecision.objects.select_related("decision").order_by("-id").first()
    if signed is None:
        return UNSIGNED_SHARE, NOT_SIGNED
    return signed.share, f"decision {signed.decision.number}"


@dataclass(slots=True)
class BudgetState:
    """The budget's state as plain numbers: what a round leaves for the next one.

    `deaths` and `rows` (at, priority) of the past ninety days; `alerted` pairs with their priority.
    """

    tokens: int = 0
    deaths: list[Instant] = field(default_factory=list)
    rows: list[tuple[Instant, float]] = field(default_factory=list)
    alerted: list[tuple[str, str, float]] = field(default_factory=list)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> BudgetState:
        """Return a state that was written as JSON."""
        return cls(
            told["tokens"],
            list(told["deaths"]),
            [(at, priority) for at, priority in told["rows"]],
            [(a, b, priority) for a, b, priority in told["alerted"]],
        )

    def told(self, until: Instant) -> dict[str, Any]:
        """Return what must be kept after a round up to `until`."""
        since = until - WINDOW_S
        return {
            "tokens": self.tokens,
            "deaths": [at for at in self.deaths if at > since],
            "rows": [list(row) for row in self.rows if row[0] > since],
            "alerted": [list(one) for one in self.alerted],
        }


class BudgetSpender:
    """Decides the rows of one round, going on where the last one ended."""

    def __init__(self, purse: BudgetState, share: float, begins: Instant) -> None:
        self.purse = purse
        alerted = {frozenset((a, b)): priority for a, b, priority in purse.alerted}
        self._decisions = Decisions(share, begins, alerted)
        for at in purse.deaths:
            self._decisions.budget.earn(at)
        for at, priority in purse.rows:
            self._decisions.budget.offer(at, priority, may_alert=False)
        if purse.deaths or purse.rows:
            self._decisions.budget.tokens = purse.tokens

    def take(self, event: Event, row: AlertRow | None) -> bool:
        """Let a new death earn and its best row be decided; True if it alerts."""
        known = self._decisions.alerted.get(_pair(row)) if row is not None else None
        alerts = self._decisions.take(event, row)
        if event.is_new_death:
            self.purse.deaths.append(event.at)
        if row is not None and _tells(event, row, known):
            self.purse.rows.append((event.at, row.priority))
        self.purse.tokens = self._decisions.budget.tokens
        told = self._decisions.alerted.items()
        self.purse.alerted = [(*sorted(pair), priority) for pair, priority in told]  # type: ignore[misc]
        return alerts


def _pair(row: AlertRow) -> frozenset[str]:
    return frozenset((row.case_id, row.linked_case_id))


def _tells(event: Event, row: AlertRow, known: float | None) -> bool:
    """Tell whether a row is one of those that say what is ordinary; as `Decisions` has it."""
    if row.relation is Relation.DUPLICATE_REPORT or not event.compares_anew:
        return False
    return known is None or row.priority >= known + AGAIN


# What a round found, while it is found and before any of it is committed.


@dataclass(frozen=True, slots=True)
class StepResult:
    """One event of the round with its rows, the best first; `accounts` of each, as JSON text."""

    event: Event
    rows: tuple[AlertRow, ...]
    accounts: tuple[str, ...]


@dataclass(slots=True)
class RoundOutcome:
    """Everything a round found, before any of it is committed."""

    learns_from: Instant
    begins: Instant
    share: float
    signed: str
    weights: str
    compared: int = 0
    told: list[StepResult] = field(default_factory=list)
    purse: BudgetState = field(default_factory=BudgetState)
