"""Nearer never weighs less than farther; a more exact time never widens the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import START, case_lists, code, findings_of

from clew.comparison import kernel
from clew.comparison.evidence.levels import level_of
from clew.comparison.evidence.timing import SHORTEST_S, knots_of, mean_ratio
from clew.model.case import Case
from clew.model.values import DAY, TimeWindow

GAP = kernel.GAP
FILE = [
    Case(f"F{days}", START + DAY + days * DAY)
    for days in (0, 1, 2, 4, 9, 16, 35, 70, 130, 300, 420, 800, 1_600, 6_000)
]
"""Cases that tell nothing but their report: among them every level of the gap is seen."""


@given(case_lists())
@settings(max_examples=40, deadline=None)
def test_no_table_rises_with_distance(cases: list[Case]) -> None:
    _, tables = code(cases)
    assert (np.diff(tables.place.astype(np.int64), axis=-1) <= 0).all()
    assert (np.diff(tables.gap.astype(np.int64)) <= 0).all()
    assert (np.diff(tables.gap_ratio) <= 0).all()
    assert (np.diff(tables.age_half.astype(np.int64), axis=-1) <= 0).all()
    for square in (tables.clock, tables.weekday, tables.far):
        assert np.array_equal(square, square.T)
    assert np.array_equal(tables.place, tables.place.transpose(1, 0, 2, 3))


@given(case_lists(), st.integers(0, 200 * DAY), st.integers(0, 200 * DAY), st.integers(0, 30 * DAY))
@settings(max_examples=40, deadline=None)
def test_of_two_windows_as_long_the_nearer_weighs_no_less(
    cases: list[Case], one: int, two: int, length: int
) -> None:
    near, far = sorted((one, two))
    fixed = TimeWindow(START, START + DAY)
    made = [
        replace(cases[0], case_id="X", reported_at=START, window=fixed),
        *(
            replace(
                cases[0],
                case_id=name,
                reported_at=START + 1,
                window=TimeWindow(START + shift, START + shift + length),
            )
            for name, shift in (("Y-near", near), ("Z-far", far))
        ),
    ]
    middle = abs(length / 2 - DAY / 2 + near) <= abs(length / 2 - DAY / 2 + far)
    coded, tables = code([*made, *FILE, *(replace(c, reported_at=START + DAY) for c in cases)])
    weights = findings_of(coded, tables, np.array([[1, 0], [2, 0]]))[:, GAP]
    if middle:
        assert weights[0] >= weights[1] - 1
    else:
        assert weights[1] >= weights[0] - 1


@st.composite
def windows(draw: st.DrawFn) -> tuple[TimeWindow, TimeWindow, TimeWindow]:
    """A wide window, a narrower one within it, and another."""
    start, other = (START + draw(st.integers(0, 500 * DAY)) for _ in range(2))
    length = draw(st.integers(0, 90 * DAY))
    low, high = sorted(start + draw(st.integers(0, length)) for _ in range(2))
    second = TimeWindow(other, other + draw(st.integers(0, 60 * DAY)))
    return TimeWindow(start, start + length), TimeWindow(low, high), second


def reachable(one: TimeWindow, two: TimeWindow, edges: np.ndarray) -> set[int]:
    """Every level that some moment of one window and some moment of the other may have."""
    apart = max(one.earliest - two.latest, two.earliest - one.latest, 0)
    most = max(one.latest - two.earliest, two.latest - one.earliest)
    # A time given to the minute is a window of one minute: half of it on either side.
    slack = SHORTEST_S if min(one.seconds, two.seconds) < SHORTEST_S else 0.0
    return set(range(level_of(max(apart - slack, 0.0), edges), level_of(most + slack, edges) + 1))


@given(case_lists(), windows())
@settings(max_examples=200, deadline=None)
def test_a_more_exact_time_never_widens_the_answer(
    cases: list[Case], windows: tuple[TimeWindow, TimeWindow, TimeWindow]
) -> None:
    wide, narrow, other = windows
    made = [
        replace(cases[0], case_id=name, reported_at=START + k, window=window)
        for k, (name, window) in enumerate([("wide", wide), ("narrow", narrow), ("other", other)])
    ]
    coded, tables = code([*made, *FILE, *(replace(c, reported_at=START + DAY) for c in cases)])
    levels_wide = reachable(wide, other, tables.gap_edges)
    levels_narrow = reachable(narrow, other, tables.gap_edges)
    assert levels_narrow <= levels_wide
    by_wide, by_narrow = findings_of(coded, tables, np.array([[2, 0], [2, 1]]))[:, GAP]
    for weight, levels in ((by_wide, levels_wide), (by_narrow, levels_narrow)):
        reached = tables.gap[sorted(levels)]
        assert reached.min() - 1 <= weight <= reached.max() + 1
    assert tables.gap[sorted(levels_wide)].min() - 1 <= by_narrow
    assert by_narrow <= tables.gap[sorted(levels_wide)].max() + 1


@given(
    st.integers(-40 * DAY, 40 * DAY),
    st.integers(60, 40 * DAY),
    st.integers(60, 40 * DAY),
    st.lists(st.floats(0.02, 30), min_size=4, max_size=4),
)
@settings(max_examples=100, deadline=None)
def test_the_mean_ratio_is_the_plain_average(
    apart: int, width_a: int, width_b: int, ratios: list[float]
) -> None:
    edges = np.array([1.0, 5.0, 20.0]) * DAY
    levels = np.array(sorted(ratios, reverse=True))
    n = 600
    steps = (np.arange(n) + 0.5) / n - 0.5
    a, b = apart + steps * width_a, steps * width_b
    gaps = np.abs(a[:, None] - b[None, :])
    average = levels[np.searchsorted(edges, gaps)].mean()
    exact = mean_ratio(float(apart), float(width_a), float(width_b), knots_of(edges, levels))
    assert abs(exact - average) <= 4 / n * np.ptp(levels) + 1e-6 * levels[0]
    assert levels[-1] * (1 - 1e-4) <= exact <= levels[0] * (1 + 1e-4)
    back = mean_ratio(float(-apart), float(width_b), float(width_a), knots_of(edges, levels))
    assert abs(exact - back) <= 1e-5 * levels[0]
