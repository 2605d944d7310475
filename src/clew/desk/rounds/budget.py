"""The alert budget between rounds: its state, the decision that signed it, what a round found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clew.desk.review.models import AlertBudgetDecision
from clew.model.alert import AlertRow
from clew.model.finding import Relation
from clew.model.values import Instant
from clew.replay.budget import AGAIN, WINDOW_S, Decisions
from clew.replay.events import Event

UNSIGNED_SHARE = 0.01
"""Declared: one alert in a hundred deaths, as in `clew replay`, until a decision is signed."""
NOT_SIGNED = "not signed"


def signed_share() -> tuple[float, str]:
    """Return the share of alerts per death that applies now, and the decision that set it."""
    signed = AlertBudgetDecision.objects.select_related("decision").order_by("-id").first()
    if signed is None:
        return UNSIGNED_SHARE, NOT_SIGNED
    return signed.share, f"decision {signed.decision.number}"


@dataclass(slots=True)
class BudgetState:
    """The budget's state as plain numbers: what a round leaves for the next one.

    `deaths` and `rows` (at, priority) of the past ninety days; `alerted` pairs with their priority.
    Read back from JSON, each row and pair is a list.
    """

    tokens: int = 0
    deaths: list[Instant] = field(default_factory=list)
    rows: list[tuple[Instant, float]] = field(default_factory=list)
    alerted: list[tuple[str, str, float]] = field(default_factory=list)

    def to_json(self, until: Instant) -> dict[str, Any]:
        """Return what must be kept after a round up to `until`."""
        since = until - WINDOW_S
        return {
            "tokens": self.tokens,
            "deaths": [at for at in self.deaths if at > since],
            "rows": [list(row) for row in self.rows if row[0] > since],
            "alerted": [list(pair) for pair in self.alerted],
        }


class BudgetSpender:
    """Decides the rows of one round, continuing from the state that the last one left."""

    def __init__(self, state: BudgetState, share: float, begins: Instant) -> None:
        self.state = state
        alerted = {frozenset((a, b)): priority for a, b, priority in state.alerted}
        self._decisions = Decisions(share, begins, alerted)
        for at in state.deaths:
            self._decisions.budget.earn(at)
        for at, priority in state.rows:
            self._decisions.budget.offer(at, priority, may_alert=False)
        if state.deaths or state.rows:
            self._decisions.budget.tokens = state.tokens

    def take(self, event: Event, row: AlertRow | None) -> bool:
        """Let a new death earn and its best row be decided; True if it alerts."""
        pair = frozenset((row.case_id, row.linked_case_id)) if row else frozenset()
        before = self._decisions.alerted.get(pair)
        alerts = self._decisions.take(event, row)
        if event.is_new_death:
            self.state.deaths.append(event.at)
        # As `Decisions` does: only these rows show what is ordinary.
        if (
            row is not None
            and row.relation is not Relation.DUPLICATE_REPORT
            and event.compares_anew
            and (before is None or row.priority >= before + AGAIN)
        ):
            self.state.rows.append((event.at, row.priority))
        self.state.tokens = self._decisions.budget.tokens
        alerted = self._decisions.alerted.items()
        self.state.alerted = [(*sorted(pair), priority) for pair, priority in alerted]  # type: ignore[misc]
        return alerts


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
    results: list[StepResult] = field(default_factory=list)
    budget: BudgetState = field(default_factory=BudgetState)
