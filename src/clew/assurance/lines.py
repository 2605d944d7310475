"""One line of enquiry of one death: open, done with proof, or waived with a reason and approver."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
SAME_WORDS = 3
"""Declared: a waiver whose text stands on so many others is shown to the supervisor as such."""


@dataclass(frozen=True, slots=True)
class LineStatus:
    """Where a line stands: its state, since when, and what was said with the last act."""

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


def act_on_line(kept: LineStatus, act: str, said: Mapping[str, str], at: Instant) -> LineStatus:
    """Return the line after an act.

    Raises
    ------
    ActRefused
        If the table does not allow it, or the approver of a waiver is whoever asks for it.
    """
    state = advance(LINE, kept.state, act, said)
    if act == "waived" and said["approver"].strip().lower() == said["by"].strip().lower():
        raise ActRefused("a waiver is approved by somebody else", ("approver",))
    return LineStatus(kept.line, state, at, tuple(sorted(said.items())))


def must_escalate(reason: str) -> bool:
    """Tell whether a waiver gives cost or workload as its reason: then it goes up by itself."""
    return MONEY_OR_TIME.search(reason) is not None


def same_texts(reasons: Sequence[str]) -> dict[str, int]:
    """Return the waiver texts that stand word for word on SAME_WORDS waivers or more, with counts.

    Case and blanks play no part. Identical texts mean that a box was ticked, not a question asked.
    """
    counted: dict[str, int] = {}
    for reason in reasons:
        text = " ".join(reason.lower().split())
        if text:
            counted[text] = counted.get(text, 0) + 1
    return {text: count for text, count in sorted(counted.items()) if count >= SAME_WORDS}


# Measures for supervisors: counts by unit with denominators. Nothing here knows an officer.


@dataclass(frozen=True, slots=True)
class LineFate:
    """How one line of one death ended: `late` if it was done after its time, or is open past it."""

    unit: str
    state: str
    late: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UnitMeasures:
    """One unit's counts; a share is told only beside its denominator."""

    unit: str
    lines: int
    on_time: int
    waived: int
    waived_for_money_or_time: int


def measure_lines(fates: Sequence[LineFate]) -> tuple[UnitMeasures, ...]:
    """Return each unit's counts, by name: units are never ranked."""
    units = sorted({fate.unit for fate in fates})
    return tuple(_measure(unit, [fate for fate in fates if fate.unit == unit]) for unit in units)


def _measure(unit: str, fates: Sequence[LineFate]) -> UnitMeasures:
    waived = [fate for fate in fates if fate.state == WAIVED]
    return UnitMeasures(
        unit=unit,
        lines=len(fates),
        on_time=sum(fate.state == DONE and not fate.late for fate in fates),
        waived=len(waived),
        waived_for_money_or_time=sum(must_escalate(fate.reason) for fate in waived),
    )
