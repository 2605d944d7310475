"""A referral is a contract: a request, a clock, an answer with a reason, a challenge, a review.

A possible series is referred automatically: silence past the deadline counts as acceptance, and a
named chief officer is notified. A person's request that nobody answers is escalated.
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
"""States in which an answer is due."""
ANSWER = ("by", "rank", "reason")
REFERRAL = StateMachine(
    "referral",
    SENT,
    (
        Move("accepted", WAITS, ACCEPTED, ANSWER),
        Move("refused", WAITS, REFUSED, ANSWER),
        Move("challenged", (REFUSED,), CHALLENGED, ("by", "reason", "senior")),
        Move("brought up again", (REFUSED, WITHDRAWN), IN_REVIEW, ("because",), automatic=True),
        Move("accepted by silence", WAITS, ACCEPTED, ("told",), automatic=True),
        Move("withdrawn", (SENT, CHALLENGED), WITHDRAWN, ("by", "reason", "approver")),
    ),
)
ANSWER_HOURS = 24
"""Declared: hours for an answer; a force may decide another number."""


@dataclass(frozen=True, slots=True)
class Referral:
    """One request to the specialist team.

    `message` is what the team received, `asked_by` "" where a possible series was referred
    automatically; `due` when an answer is due; `went_up` how often it was escalated.
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


def act_on_referral(referral: Referral, act: str, said: Mapping[str, str], at: Instant) -> Referral:
    """Return the referral after an act.

    Raises
    ------
    ActRefused
        If the table does not allow it; if the same person would refuse and judge the challenge; if
        a person's request would be accepted by silence.
    """
    state = advance(REFERRAL, referral.state, act, said)
    if act == "accepted by silence" and referral.asked_by:
        raise ActRefused("only an automatic referral is accepted by silence; this one is escalated")
    if act == "accepted by silence" and at <= referral.due:
        raise ActRefused("its deadline has not passed")
    same = said.get("by", "").strip().lower() == referral.refused_by.strip().lower() != ""
    if referral.state == CHALLENGED and act in ("accepted", "refused") and same:
        raise ActRefused(
            "a challenge must be answered by someone other than the person who refused", ("by",)
        )
    due = at + ANSWER_HOURS * HOUR if state in WAITS else referral.due
    refused_by = said["by"] if act == "refused" else referral.refused_by
    return replace(referral, state=state, due=due, refused_by=refused_by)


def touched_by(referral: Referral, case_ids: frozenset[str]) -> bool:
    """Tell whether a new link or fact of these records brings a refusal up again."""
    return referral.state in (REFUSED, WITHDRAWN) and not case_ids.isdisjoint(referral.about)
