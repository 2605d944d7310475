"""State machines as tables: from which states an act leads where, and what must be said with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from clew.assurance.standard import HOUR
from clew.errors import ActRefused
from clew.model.values import Instant


@dataclass(frozen=True, slots=True)
class Move:
    """One act: the states it is allowed in, the state it leads to, and what must be said.

    `by_itself`: the clock or a new fact does it, nobody else may.
    """

    act: str
    whence: tuple[str, ...]
    to: str
    needs: tuple[str, ...] = ()
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class StateMachine:
    """All moves of one kind of thing. What no line allows is refused."""

    name: str
    begins: str
    moves: tuple[Move, ...]

    def states(self) -> tuple[str, ...]:
        """Return every state, the first one first."""
        told = [self.begins, *(move.to for move in self.moves)]
        return tuple(dict.fromkeys(told))

    def acts_in(self, state: str) -> tuple[Move, ...]:
        """Return the moves that are allowed in a state."""
        return tuple(move for move in self.moves if state in move.whence)


def advance(table: StateMachine, state: str, act: str, said: Mapping[str, str]) -> str:
    """Return the state after an act.

    Raises
    ------
    ActRefused
        If the act is not allowed in this state, or something that must be said is blank.
    """
    known = [move for move in table.moves if move.act == act]
    if not known:
        raise ActRefused(f"there is no act {act} for a {table.name}")
    here = [move for move in known if state in move.whence]
    if not here:
        raise ActRefused(f"a {table.name} that is {state.replace('_', ' ')} cannot be {act}")
    move = here[0]
    missing = tuple(name for name in move.needs if not said.get(name, "").strip())
    if missing:
        told = ", ".join(name.replace("_", " ") for name in missing)
        raise ActRefused(f"{act.replace('_', ' ')}: say also {told}", missing)
    return move.to


# The clock: every deadline in one place, and which of them go up now. It goes up exactly once.
#
# A deadline is known by its key; what has gone up is remembered by key and step, by whoever keeps
# rows. The same deadlines, the same memory and the same moment give the same answer, however often
# and after whatever restart they are asked.


STEPS = (0, 24, 72)
"""Declared: hours past the due time at which it goes one step up: supervisor, head, chief."""
TO = ("supervisor", "head of unit", "chief officer")


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something owed by `due`. `owner` sees it first; `area` is where its supervisor is."""

    key: str
    kind: str
    what: str
    due: Instant
    owner: str
    area: str
    subject: str


@dataclass(frozen=True, slots=True)
class GoesUp:
    """A deadline that has run out goes up one step."""

    deadline: Deadline
    step: int
    to: str

    @property
    def key(self) -> str:
        """Return what is remembered, so that it goes up once."""
        return f"{self.deadline.key}#{self.step}"


def escalate(
    deadlines: Iterable[Deadline], now: Instant, gone_up: Collection[str]
) -> tuple[GoesUp, ...]:
    """Return what goes up now and has not yet; after a long stop every step that was missed."""
    found = []
    for deadline in sorted(deadlines, key=lambda one: (one.due, one.key)):
        for step, hours in enumerate(STEPS):
            one = GoesUp(deadline, step, TO[step])
            if now > deadline.due + hours * HOUR and one.key not in gone_up:
                found.append(one)
    return tuple(found)


def own_list(deadlines: Iterable[Deadline], name: str) -> tuple[Deadline, ...]:
    """Return one person's deadlines, the next first."""
    return tuple(sorted((d for d in deadlines if d.owner == name), key=lambda d: (d.due, d.key)))


def next_of(deadlines: Iterable[Deadline], now: Instant) -> Mapping[str, int]:
    """Return seconds left by key; below 0 it has run out."""
    return {deadline.key: deadline.due - now for deadline in deadlines}
