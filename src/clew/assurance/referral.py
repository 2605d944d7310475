"""A referral is a contract: a request, a clock, an answer with a reason, a challenge, a review.

A possible series refers itself: silence past the clock counts as acceptance, and a named chief
officer is told. A request by a person that nobody answers goes up by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from clew.assurance.machine import Move, StateMachine, advance
from clew.assurance.standard import HOUR
from clew.errors import ActRefused
from clew.model.values import Instant

SENT, ACCEPTED, REFUSED = "sent", "accepted", "refused"
CHALLENGED, IN_REVIEW, WITHDRAWN = "challenged", "in_review", "withdrawn"
WAITS = (SENT, CHALLENGED, IN_REVIEW)
"""States in which somebody owes an answer."""
ANSWER = ("by", "rank", "reason")
REFERRAL = StateMachine(
    "referral",
    SENT,
    (
        Move("accepted", WAITS, ACCEPTED, ANSWER),
        Move("refused", WAITS, REFUSED, ANSWER),
        Move("challenged", (REFUSED,), CHALLENGED, ("by", "reason", "senior")),
        Move("brought up again", (REFUSED, WITHDRAWN), IN_REVIEW, ("because",), by_itself=True),
        Move("accepted by silence", WAITS, ACCEPTED, ("told",), by_itself=True),
        Move("withdrawn", (SENT, CHALLENGED), WITHDRAWN, ("by", "reason", "approver")),
    ),
)
ANSWER_HOURS = 24
"""Declared: hours for an answer; a force may decide another number."""


@dataclass(frozen=True, slots=True)
class Referral:
    """One request to the specialist team.

    `message` is what the team was told, `asked_by` "" where a possible series refers itself; `due`
    when an answer is owed; `went_up` how often it has gone up.
    """

    id: str
    about: tuple[str, ...]
    message: str
    asked_by: str
    sent_at: Instant
    due: Instant
    state: str = SENT
    refused_by: str = ""
    went_up: int = 0

    @property
    def by_itself(self) -> bool:
        """Tell whether a possible series referred itself."""
        return not self.asked_by


def act_on_referral(referral: Referral, act: str, said: Mapping[str, str], at: Instant) -> Referral:
    """Return the referral after an act.

    Raises
    ------
    ActRefused
        If the table does not allow it; if whoever refused would judge the challenge; if a request
        by a person would be accepted by silence.
    """
    state = advance(REFERRAL, referral.state, act, said)
    if act == "accepted by silence" and not referral.by_itself:
        raise ActRefused("silence accepts only what referred itself; this goes up instead")
    if act == "accepted by silence" and at <= referral.due:
        raise ActRefused("its time has not run out")
    same = said.get("by", "").strip().lower() == referral.refused_by.strip().lower() != ""
    if referral.state == CHALLENGED and act in ("accepted", "refused") and same:
        raise ActRefused("a challenge is answered by somebody else than who refused", ("by",))
    due = at + ANSWER_HOURS * HOUR if state in WAITS else referral.due
    refused_by = said["by"] if act == "refused" else referral.refused_by
    return replace(referral, state=state, due=due, refused_by=refused_by)


def touched_by(referral: Referral, case_ids: frozenset[str]) -> bool:
    """Tell whether a new link or fact of these records brings a refusal up again."""
    return referral.state in (REFUSED, WITHDRAWN) and not case_ids.isdisjoint(referral.about)
