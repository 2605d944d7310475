"""State machines as tables: from which states an act leads where, and what must be said with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clew.errors import ActRefused


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
class Table:
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


def advance(table: Table, state: str, act: str, said: Mapping[str, str]) -> str:
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
