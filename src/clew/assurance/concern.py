"""A concern raised by the public: kept in their words, owned, never closed without an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from clew.assurance.closing import rests_on_nothing_found
from clew.assurance.machine import Move, StateMachine, advance
from clew.assurance.standard import HOUR
from clew.errors import ActRefused
from clew.model.values import Instant

RECEIVED, OWNED, ANSWERED, CHALLENGED, CLOSED = (
    "received", "owned", "answered", "challenged", "closed",
)  # fmt: skip
CONCERN = StateMachine(
    "concern",
    RECEIVED,
    (
        Move("owned", (RECEIVED, OWNED, CHALLENGED), OWNED, ("owner",)),
        Move("answered", (OWNED,), ANSWERED, ("answer", "by", "how_to_challenge")),
        Move("challenged", (ANSWERED, CLOSED), CHALLENGED, ("words",)),
        Move("closed", (ANSWERED,), CLOSED, ("by",)),
    ),
)
ANSWER_HOURS = 7 * 24
"""Declared: hours until an answer is due; a force may decide another number."""


@dataclass(frozen=True, slots=True)
class Concern:
    """One concern. `words` are the person's own and are never edited.

    `due` is when an answer is due, `answers` those given, oldest first.
    """

    reference: str
    raised_by: str
    words: str
    received_at: Instant
    due: Instant
    about: tuple[str, ...] = ()
    state: str = RECEIVED
    owner: str = ""
    answers: tuple[str, ...] = ()

    def overdue(self, now: Instant) -> bool:
        """Tell whether an answer is overdue."""
        return self.state in (RECEIVED, OWNED, CHALLENGED) and now > self.due


def act_on_concern(concern: Concern, act: str, said: Mapping[str, str], at: Instant) -> Concern:
    """Return the concern after an act; its words stay as they are.

    Raises
    ------
    ActRefused
        If the table does not allow it; if an answer says that there is no link without a second
        reader and without what was searched.
    """
    state = advance(CONCERN, concern.state, act, said)
    if act == "answered" and rests_on_nothing_found(said["answer"]):
        missing = tuple(
            name for name in ("second_reader", "searched") if not said.get(name, "").strip()
        )
        if missing:
            raise ActRefused(
                "an answer that there is no link needs a second reader, and what was searched",
                missing,
            )
        if said["second_reader"].strip().lower() == said["by"].strip().lower():
            raise ActRefused("the second reader must be someone else", ("second_reader",))
    answers = (*concern.answers, said["answer"]) if act == "answered" else concern.answers
    owner = said["owner"] if act == "owned" else concern.owner
    due = at + ANSWER_HOURS * HOUR if act == "challenged" else concern.due
    return replace(concern, state=state, answers=answers, owner=owner, due=due)
