"""The decision that signed the alert budget, and what a round found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clew.desk.review.models import AlertBudgetDecision
from clew.desk.review.pair_state import CANDIDATES
from clew.model.alert import AlertRow
from clew.model.values import Instant
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


@dataclass(frozen=True, slots=True)
class StepResult:
    """One event of the round with its rows, the best first; `accounts` of each, as JSON text.

    `ranked`: how many of the rows, from the first, have an exact rank; those of them behind the
    first five are spare.
    """

    event: Event
    rows: tuple[AlertRow, ...]
    accounts: tuple[str, ...]
    ranked: int = CANDIDATES


@dataclass(slots=True)
class RoundOutcome:
    """Everything a round found, before any of it is committed.

    `budget` is the state that `clew.replay.budget.Decisions` goes on from in the next round.
    """

    learns_from: Instant
    begins: Instant
    share: float
    signed: str
    weights: str
    compared: int = 0
    results: list[StepResult] = field(default_factory=list)
    budget: dict[str, Any] = field(default_factory=dict)
