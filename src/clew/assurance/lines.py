"""One line of enquiry of one death: open, done with proof, or waived with a reason and approver."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clew.assurance.machine import Move, StateMachine, advance
from clew.assurance.standard import Line
from clew.errors import ActRefused
from clew.model.values import Instant

OPEN, DONE, WAIVED = "open", "done", "waived"
LINE = StateMachine(
    "line of enquiry",
    OPEN,
    (
        Move("done", (OPEN, WAIVED), DONE, ("proof", "by")),
        Move("waived", (OPEN,), WAIVED, ("reason", "by", "approver")),
        Move("reopened", (DONE, WAIVED), OPEN, ("reason", "by")),
    ),
)
MONEY_OR_TIME = re.compile(
    r"\b(cost|costs|costly|expens\w*|budget\w*|resourc\w*|fund\w*|workload|busy|too many|"
    r"understaff\w*|short[- ]?staff\w*|no staff|staffing|no time|lack of time|overtime|capacity)\b",
    re.IGNORECASE,
)
"""Declared: words by which cost or workload is given as the reason (requirements.md, 32)."""


@dataclass(frozen=True, slots=True)
class LineStatus:
    """The state of a line, since when, and what was said with the last act."""

    line: Line
    state: str = OPEN
    since: Instant | None = None
    said: tuple[tuple[str, str], ...] = ()

    def overdue(self, reported_at: Instant, now: Instant) -> bool:
        """Tell whether it is open past its time."""
        return self.state == OPEN and now > self.line.due(reported_at)

    def lost(self, reported_at: Instant, now: Instant) -> bool:
        """Tell whether it is open, and what it seeks is usually gone by now."""
        gone = self.line.gone(reported_at)
        return self.state == OPEN and gone is not None and now > gone


def act_on_line(status: LineStatus, act: str, said: Mapping[str, str], at: Instant) -> LineStatus:
    """Return the line after an act.

    Raises
    ------
    ActRefused
        If the table does not allow it, or a person approves their own waiver.
    """
    state = advance(LINE, status.state, act, said)
    if act == "waived" and said["approver"].strip().lower() == said["by"].strip().lower():
        raise ActRefused("a waiver must be approved by someone else", ("approver",))
    return LineStatus(status.line, state, at, tuple(sorted(said.items())))


def must_escalate(reason: str) -> bool:
    """Tell whether a waiver gives cost or workload as its reason: it is escalated automatically."""
    return MONEY_OR_TIME.search(reason) is not None
