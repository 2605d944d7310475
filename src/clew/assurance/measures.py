"""Measures for supervisors: counts by unit with denominators. Nothing here knows an officer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.assurance.lines import DONE, WAIVED, must_escalate


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
