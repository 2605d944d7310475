"""Deaths a year: a few wrong dates change nothing, and a steady stream loses no report."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.model.case import Case
from clew.model.contract import MOST_ID, id_fault
from clew.model.values import DAY, EARLIEST, LATEST, YEAR_DAYS, first_of_the_rate
from clew.workflows.link import deaths_a_year_of


def steady(count: int, seed: int) -> list[int]:
    draws, at, found = random.Random(seed), 1_400_000_000.0, []
    for _ in range(count):
        at += draws.expovariate(1 / DAY)
        found.append(int(at))
    return found


@given(st.integers(20, 2_000), st.integers(0, 200))
def test_a_steady_stream_is_counted_whole_but_for_a_chance_of_one_in_its_square(
    count: int, seed: int
) -> None:
    reported = steady(count, seed)
    first = first_of_the_rate(reported, count, reported[-1])
    assert first <= 1  # the very first gap may be long by chance


@pytest.mark.parametrize(
    "wrong", [[EARLIEST], [EARLIEST, EARLIEST + DAY], [0, 86_400, 900_000_000]]
)
def test_early_dates_that_stand_alone_are_left_out(wrong: list[int]) -> None:
    right = steady(100, 3)
    reported = wrong + right
    assert first_of_the_rate(reported, len(reported), reported[-1]) == len(wrong)
    cases = tuple(Case(f"C{k}", at) for k, at in enumerate(reported))
    assert deaths_a_year_of(cases) == pytest.approx(YEAR_DAYS, rel=0.35)
    assert deaths_a_year_of(cases) == deaths_a_year_of(cases[len(wrong) :])


def test_more_than_one_in_twenty_are_no_slip_of_the_pen() -> None:
    reported = [EARLIEST + k for k in range(10)] + steady(90, 3)
    assert first_of_the_rate(reported, 100, reported[-1]) == 0


def test_few_reports_are_taken_as_they_are() -> None:
    assert first_of_the_rate([0, 10**9, 10**9 + DAY], 3, 10**9 + DAY) == 0
    assert deaths_a_year_of(()) == 0.0


def test_the_calendar_has_one_beginning_and_one_end() -> None:
    assert (EARLIEST, LATEST) == (-5_364_662_400, 7_258_118_399)


@pytest.mark.parametrize(
    "case_id", ["", "A\nB", "A\rB", "A\u2028B", "A\0", "\u202eA", "\ud800", ".", "..", "A" * 101]
)
def test_what_cannot_be_an_id(case_id: str) -> None:
    assert id_fault(case_id)


@pytest.mark.parametrize("case_id", ["BD-1", "K/1 2014", "É-1", "A.1", "A" * MOST_ID])
def test_what_can_be_an_id(case_id: str) -> None:
    assert id_fault(case_id) == ""
