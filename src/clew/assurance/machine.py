"""State machines as tables, and deadlines: which acts are allowed, and what must be escalated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from clew.assurance.standard import HOUR
from clew.errors import ActRefused
from clew.model.values import Instant


@dataclass(frozen=True, slots=True)
class Move:
    """One act: the states it is allowed in, the state it leads to, and what must be stated.

    `automatic`: the clock or a new fact does it; no person may.
    """

    act: str
    sources: tuple[str, ...]
    to: str
    needs: tuple[str, ...] = ()
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class StateMachine:
    """All moves of one kind of thing. Anything else is refused."""

    name: str
    initial: str
    moves: tuple[Move, ...]


def advance(table: StateMachine, state: str, act: str, said: Mapping[str, str]) -> str:
    """Return the state after an act.

    Raises
    ------
    ActRefused
        If the act is not allowed in this state, or something that it needs is blank.
    """
    known = [move for move in table.moves if move.act == act]
    if not known:
        raise ActRefused(f"there is no act {act} for a {table.name}")
    move = next((move for move in known if state in move.sources), None)
    if move is None:
        raise ActRefused(f"a {table.name} that is {state.replace('_', ' ')} cannot be {act}")
    missing = tuple(name for name in move.needs if not said.get(name, "").strip())
    if missing:
        names = ", ".join(name.replace("_", " ") for name in missing)
        raise ActRefused(f"{act.replace('_', ' ')}: say also {names}", missing)
    return move.to


# Deadlines, and which of them are escalated now: each step exactly once.
#
# A deadline is known by its key; what was escalated is remembered by key and step by the desk. The
# same deadlines, memory and moment give the same answer, however often and after whatever restart.


STEPS = (0, 24, 72)
"""Declared: hours past the due time at which it is escalated: to supervisor, head, chief."""
TO = ("supervisor", "head of unit", "chief officer")


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something due. `owner` sees it first; `area` says whose supervisor is next."""

    key: str
    kind: str
    what: str
    due: Instant
    owner: str
    area: str
    subject: str


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """One step by which an overdue deadline is escalated."""

    deadline: Deadline
    step: int
    to: str

    @property
    def key(self) -> str:
        """Return what is remembered, so that the step is taken once."""
        return f"{self.deadline.key}#{self.step}"


def escalate(
    deadlines: Iterable[Deadline], now: Instant, escalated: Collection[str]
) -> tuple[EscalationStep, ...]:
    """Return the steps that are due now; after a long stop, every step that was missed.

    Parameters
    ----------
    escalated
        The keys of the steps that were taken before.
    """
    return tuple(
        escalation
        for deadline in sorted(deadlines, key=lambda each: (each.due, each.key))
        for step, hours in enumerate(STEPS)
        if now > deadline.due + hours * HOUR
        and (escalation := EscalationStep(deadline, step, TO[step])).key not in escalated
    )
