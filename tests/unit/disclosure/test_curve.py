"""What a budget buys: the benchmark that ships, counts a year, and what is plainly not found."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from clew.disclosure.curve import (
    SHARES,
    Share,
    cited,
    curve_rows,
    read_benchmark,
    show_curve,
    yearly,
)
from clew.model.alert import CurvePoint


def test_the_benchmark_has_every_budget_and_every_kind() -> None:
    benchmark = read_benchmark()
    assert tuple(point.share for point in benchmark.points) == SHARES
    for point in benchmark.points:
        assert point.kinds.keys() == benchmark.says.keys()
        counts = [sum(kind[k] for kind in point.kinds.values()) for k in range(4)]
        assert point.by_2nd.value == pytest.approx(counts[1] / counts[0], abs=1e-4)
        assert point.by_3rd.value == pytest.approx(counts[2] / counts[0], abs=1e-4)
        assert point.by_2nd.low <= point.by_2nd.value <= point.by_2nd.high
        assert point.alerts <= 100 * point.share * 1.2, "no more than the budget and what it owes"


@pytest.mark.parametrize(
    ("share", "nearest"), [(0.01, 0.01), (0.019, 0.01), (0.5, 0.1), (0.001, 0.005), (0.03, 0.03)]
)
def test_a_budget_is_told_of_by_the_largest_tried_that_is_no_larger(
    share: float, nearest: float
) -> None:
    assert read_benchmark().nearest(share).share == nearest


@given(st.integers(0, 200))
def test_the_interval_of_a_count_is_the_exact_one_of_poisson(count: int) -> None:
    found = yearly(count, 1.0)
    assert poisson.cdf(count, found.high) == pytest.approx(0.025)
    if count:
        assert poisson.sf(count - 1, found.low) == pytest.approx(0.025)
    else:
        assert found.low == 0.0
    assert yearly(count, 4.0).value == pytest.approx(count / 4)


def test_alerts_are_counted_where_a_replay_did_and_the_benchmark_s_otherwise() -> None:
    benchmark = read_benchmark()
    points = [CurvePoint(share, 30 + k, 3) for k, share in enumerate(SHARES)]
    counted = show_curve(benchmark, 1_000, points=points, years=3.0, minutes=60.0)
    assert counted.measured
    assert [line.alerts.value for line in counted.lines] == [(30 + k) / 3 for k in range(6)]
    assert counted.lines[0].added == 1.0
    assert counted.lines[0].hours == pytest.approx(11.0)
    told = show_curve(benchmark, 1_000)
    assert not told.measured
    for line, point in zip(told.lines, benchmark.points, strict=True):
        assert line.alerts.value == pytest.approx(10 * point.alerts)
        assert line.alerts.high >= 1_000 * point.share
    assert len(curve_rows(told)) == len(SHARES)


def test_what_is_found_by_no_budget_is_said() -> None:
    benchmark = read_benchmark()
    largest = benchmark.points[-1]
    kinds = dict.fromkeys(largest.kinds, (30, 30, 30, 30))
    rare = sorted(kinds)[0]
    kinds[rare] = (30, 0, 14, 20)
    point = dataclasses.replace(largest, kinds=kinds, by_3rd=Share(0.5, 0.4, 0.6))
    view = show_curve(dataclasses.replace(benchmark, points=(*benchmark.points[:-1], point)), 100)
    assert "leave 50 % of these series without an alert" in view.unfound[0]
    assert view.unfound[1].endswith(f"at any budget shown: {benchmark.says[rare]}.")
    assert view.unfound[-1].startswith("No budget finds a death that never reaches these records")
    none = dataclasses.replace(point, kinds=dict.fromkeys(kinds, (30, 30, 30, 30)))
    view = show_curve(dataclasses.replace(benchmark, points=(*benchmark.points[:-1], none)), 100)
    assert len(view.unfound) == 2, "no empty list of kinds"


def test_a_decision_keeps_what_it_rests_on() -> None:
    kept = cited(0.012)
    assert json.loads(json.dumps(kept)) == kept
    assert kept["budget"] == "1"
    assert "%" in kept["by_2nd"]
