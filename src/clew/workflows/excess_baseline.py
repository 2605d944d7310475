"""Units against expected counts that were given: the sequential probability ratio test."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from clew.model.columns import Array
from clew.model.excess import Expected, UnitExcess, Variation
from clew.survey.funnel import holm, measure_variation
from clew.survey.sprt import Design, exact_boundary, p_value, statistic
from clew.workflows.excess_units import Calendar, Sighting, opaque

BETWEEN = 0.2
"""Declared: coefficient of variation of ordinary units' steady rates where fewer than ten units are
given to measure it on. General practices' case mix alone moves death rates by about a fifth."""
METHOD = "sprt"


def watch_expected(
    rows: Sequence[Expected],
    sightings: Sequence[Sighting],
    clock: Calendar,
    false_signals: float,
    ratio: float,
) -> tuple[UnitExcess, ...]:
    """Test each unit of a baseline over the periods that the baseline gives.

    Years and months of one unit must not be mixed: where both are given, months are taken. Every
    unit's boundary is exact for its own expected counts; the error is shared by all units.
    """
    expected = _by_unit(rows)
    counted: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in sightings:
        day = clock.day(one.at)
        for period in (day[:4], day[:7]):
            counted[one.kind, one.unit][period].append(one.case_id)
    observed = {
        unit: np.array([len(counted[unit][p]) for p in periods])
        for unit, (periods, _) in expected.items()
    }
    variation = _variation(expected, observed)
    design = Design(ratio, variation)
    years = max(_years(periods) for periods, _ in expected.values()) if expected else 1.0
    alpha = min(max(false_signals * years / max(len(expected), 1), 1e-12), 0.5)
    found = []
    for (kind, unit), (periods, each) in sorted(expected.items()):
        told = _test(observed[kind, unit], each, design, alpha)
        found.append(_say((kind, unit), periods, told, counted[kind, unit], len(expected)))
    chances = holm(np.array([one.p_value for one in found]))
    return tuple(replace(o, p_corrected=float(p)) for o, p in zip(found, chances, strict=True))


def _by_unit(rows: Sequence[Expected]) -> dict[tuple[str, str], tuple[list[str], Array]]:
    given: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        given[row.kind, opaque(row.kind, row.unit)][row.period] = row.expected
    found = {}
    for unit, told in given.items():
        months = sorted(period for period in told if len(period) > 4)
        periods = months or sorted(told)
        found[unit] = (periods, np.array([told[period] for period in periods]))
    return found


def _years(periods: list[str]) -> float:
    return len(periods) / (12 if len(periods[0]) > 4 else 1)


def _variation(
    expected: dict[tuple[str, str], tuple[list[str], Array]],
    observed: dict[tuple[str, str], Array],
) -> Variation:
    """Measure how far units vary where ten or more are given; else what is declared."""
    if len(expected) < 10:
        return Variation(BETWEEN)
    seen = np.array([observed[unit].sum() for unit in expected], float)
    told = np.array([each.sum() for _, each in expected.values()])
    return measure_variation(seen, told)


def _test(
    observed: Array, expected: Array, design: Design, alpha: float
) -> tuple[Array, Array, Array, float, float]:
    path = statistic(observed, expected, design)
    height = exact_boundary(alpha, expected, design)
    return path, observed.cumsum(), expected.cumsum(), height, p_value(observed, expected, design)


def _say(
    unit: tuple[str, str],
    periods: list[str],
    told: tuple[Array, Array, Array, float, float],
    cases: dict[str, list[str]],
    watched: int,
) -> UnitExcess:
    path, seen, foretold, height, chance = told
    crossed = np.flatnonzero(path >= height)
    top = int(path.argmax())
    signal = int(crossed[0]) if len(crossed) else None
    steps = tuple((p, float(h), height) for p, h in zip(periods, path, strict=True))
    return UnitExcess(
        kind=unit[0],
        unit=unit[1],
        period=f"{periods[0]}/{periods[top]}",
        observed=int(seen[top]),
        expected=float(foretold[top]),
        statistic=float(path[top]),
        boundary=height,
        signal_date=None if signal is None else _last_day(periods[signal]),
        p_value=chance,
        p_corrected=1.0,
        watched=watched,
        method=METHOD,
        case_ids=tuple(case for period in periods[: top + 1] for case in cases[period]),
        steps=() if signal is None else steps,
    )


def _last_day(period: str) -> str:
    year, month = int(period[:4]), int(period[5:7] or 12)
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()
