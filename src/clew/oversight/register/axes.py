"""The three axes, each claimed and, separately, verified.

A state is what its rows say on a day: there is no state of its own to be edited. `supported` needs
a check by a body other than the one that promised, and a measure that was frozen before the check
and moved beyond its smallest detectable change. A verified state ends after twelve months.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from clew.oversight.register.nouns import Axis, Check, Direction, Measure, StateClaim, Verdict

STATES: dict[Axis, tuple[str, ...]] = {
    Axis.ANSWER: ("due", "overdue", "partial", "answered"),
    Axis.POSITION: ("none", "rejected", "in_principle", "in_part", "accepted"),
    Axis.PRACTICE: ("none", "written", "trained", "done", "sustained"),
}
"""The states of each axis, from the first to the furthest (account.md)."""
BEFORE: dict[tuple[Axis, str], frozenset[str]] = {
    (Axis.PRACTICE, "sustained"): frozenset(("done", "sustained")),
}
"""States that cannot be claimed first: to sustain is to have done. Every other may follow any."""
VALID_DAYS = 365
"""Declared (account.md): a verified state ends after twelve months."""


class Verified(StrEnum):
    """What is verified of a claimed state."""

    NOT_CHECKED = "not_checked"
    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_MEASURABLE = "not_measurable"


class Move(StrEnum):
    """How one claimed state follows another."""

    FIRST = "first"
    SAME = "same"
    FORWARD = "forward"
    BACK = "back"
    SKIPS = "skips"


@dataclass(frozen=True, slots=True)
class AxisState:
    """What is claimed and what is verified of one thing on one axis, on one day.

    `back_from` is the state that was claimed before, where the thing went backwards. `why` says
    why a check does not count, or when a verified state ended.
    """

    axis: Axis
    claimed: str
    claimed_by: str = ""
    claimed_on: date | None = None
    document: str = ""
    back_from: str = ""
    verified: Verified = Verified.NOT_CHECKED
    verified_by: str = ""
    verified_on: date | None = None
    ends: date | None = None
    why: str = ""


def move(axis: Axis, before: str | None, after: str) -> Move:
    """Return how a claimed state follows the one before; None where nothing was claimed.

    Raises
    ------
    ValueError
        If the axis has no such state.
    """
    order = STATES[axis]
    place = order.index(after)
    needed = BEFORE.get((axis, after))
    if needed is not None and before not in needed:
        return Move.SKIPS
    if before is None:
        return Move.FIRST
    then = order.index(before)
    return Move.SAME if place == then else Move.FORWARD if place > then else Move.BACK


def change_of(measure: Measure, value: float) -> float:
    """Return by how much a measure moved the way it should; below zero: the other way."""
    moved = value - measure.baseline
    return moved if measure.direction is Direction.UP else -moved


def weigh_check(
    check: Check, measures: Sequence[Measure], *, independent: bool
) -> tuple[Verified, str]:
    """Return what a check verifies, and why it verifies less than it says.

    Parameters
    ----------
    measures
        Those of the thing that was checked, as recorded on the day.
    independent
        Whether another body made the check than the one that must do the thing.
    """
    if not independent:
        return Verified.NOT_CHECKED, "no independent body made this check"
    if check.verdict is not Verdict.SUPPORTED:
        return Verified(check.verdict.value), ""
    measure = next((one for one in measures if one.id == check.measure), None)
    if measure is None:
        return Verified.NOT_MEASURABLE, "no measure was named for it"
    why = ""
    if measure.frozen_at > check.valid_from or measure.recorded_at > check.recorded_at:
        why = "the measure was not frozen before the check"
    elif check.value is None:
        why = "the check gives no value of the measure"
    elif not change_of(measure, check.value) > measure.smallest:
        why = "the change is within what cannot be detected"
    return (Verified.NOT_CHECKED if why else Verified.SUPPORTED), why


def read_state(
    axis: Axis,
    claims: Iterable[StateClaim],
    checks: Iterable[Check],
    measures: Sequence[Measure],
    independent: Set[str],
    day: date,
) -> AxisState:
    """Return what is claimed and verified of one thing on one axis, on a day.

    All rows are of this thing, as recorded by the day; `independent` are the ids of the checks
    that another body made. The claim of the latest day counts, and of
    those who checked it since, the latest whose check counts.
    """
    said = sorted(
        (one for one in claims if one.axis is axis and one.valid_from <= day),
        key=lambda one: (one.valid_from, one.recorded_at, one.id),
    )
    last = said[-1] if said else None
    before = said[-2].state if len(said) > 1 else None
    claimed = last.state if last else ("due" if axis is Axis.ANSWER else "none")
    went_back = last is not None and move(axis, before, last.state) is Move.BACK
    state = AxisState(
        axis,
        claimed,
        last.by if last else "",
        last.valid_from if last else None,
        last.document if last else "",
        before or "" if went_back else "",
    )
    return _verify(state, axis, checks, measures, independent, day)


def _verify(
    state: AxisState,
    axis: Axis,
    checks: Iterable[Check],
    measures: Sequence[Measure],
    independent: Set[str],
    day: date,
) -> AxisState:
    why = ""
    looked = sorted(
        (one for one in checks if one.axis is axis and one.valid_from <= day),
        key=lambda one: (one.valid_from, one.recorded_at, one.id),
        reverse=True,
    )
    for check in looked:
        if state.claimed_on is not None and check.valid_from < state.claimed_on:
            why = why or "the check was made before the state that is claimed now"
            break
        verified, fault = weigh_check(check, measures, independent=check.id in independent)
        if verified is Verified.NOT_CHECKED:
            why = why or fault
            continue
        ends: date | None = check.valid_from + timedelta(days=VALID_DAYS)
        if verified is not Verified.NOT_MEASURABLE and ends is not None and day >= ends:
            why = why or "the check is more than twelve months old"
            break
        if verified is Verified.NOT_MEASURABLE:
            ends = None
        return replace(
            state,
            verified=verified,
            verified_by=check.by,
            verified_on=check.valid_from,
            ends=ends,
            why=fault,
        )
    return replace(state, why=why)
