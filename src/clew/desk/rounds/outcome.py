"""What a round found, while it is found and before any of it is committed."""

from __future__ import annotations

from dataclasses import dataclass, field

from clew.desk.rounds.budget import Purse
from clew.model.alert import AlertRow
from clew.model.time_window import Instant
from clew.workflows.events import Event


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the round with its rows, the best first; `accounts` of each, as JSON text."""

    event: Event
    rows: tuple[AlertRow, ...]
    accounts: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """Everything a round found, before any of it is committed."""

    learns_from: Instant
    begins: Instant
    share: float
    signed: str
    weights: str
    compared: int = 0
    told: list[Told] = field(default_factory=list)
    purse: Purse = field(default_factory=Purse)
