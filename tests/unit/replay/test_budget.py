"""Laws of the budget: no more alerts than deaths paid for, none for what was ordinary lately."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.model.values import DAY, HOUR
from clew.replay.budget import LEAST_SAVED, SAVED_S, TOKEN, WINDOW_S, AlertBudget

SHARES = st.sampled_from([0.005, 0.01, 0.03, 0.1, 0.25, 1 / 3, 0.5, 1.0])


@dataclass(frozen=True)
class Came:
    """One event: seconds since the last, whether a death, its priority, whether it may alert."""

    gap: int
    is_death: bool
    priority: float
    may: bool


COMES = st.lists(
    st.builds(
        Came,
        gap=st.sampled_from([0, HOUR, DAY, 3 * DAY, SAVED_S, 40 * DAY, WINDOW_S]),
        is_death=st.booleans(),
        priority=st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 3.5, 6.0]),
        may=st.booleans() | st.just(True),
    ),
    max_size=120,
)


@dataclass(frozen=True)
class Run:
    """What a budget did: one element an event."""

    at: list[int]
    alerts: list[bool]
    tokens: list[int]


def run(share: float, comes: list[Came]) -> Run:
    budget, told, at = AlertBudget(share), Run([], [], []), 0
    for came in comes:
        at += came.gap
        if came.is_death:
            budget.earn(at)
        told.at.append(at)
        told.alerts.append(budget.offer(at, came.priority, may_alert=came.may))
        told.tokens.append(budget.tokens)
    return told


def deaths_between(comes: list[Came], told: Run, after: int, upto: int) -> int:
    return sum(c.is_death and after < at <= upto for c, at in zip(comes, told.at))  # noqa: B905


@given(SHARES, COMES)
@settings(max_examples=300, deadline=None)
def test_alerts_never_exceed_what_deaths_have_earned(share: float, comes: list[Came]) -> None:
    told = run(share, comes)
    earned = spent = 0
    for came, alerted in zip(comes, told.alerts, strict=True):
        earned += came.is_death * share
        spent += alerted
        assert spent <= earned + 1e-4


@given(SHARES, COMES)
@settings(max_examples=300, deadline=None)
def test_no_stretch_alerts_more_than_it_earned_and_seven_days_had_saved(
    share: float, comes: list[Came]
) -> None:
    """What was saved is cut when a death earns, by the seven days before that death."""
    told = run(share, comes)
    n, last = len(comes), 0
    for first in range(n):
        last = told.at[first] if comes[first].is_death else last
        week = deaths_between(comes[: first + 1], told, last - SAVED_S, last)
        assert told.tokens[first] <= max(LEAST_SAVED * TOKEN, round(share * TOKEN) * week)
        saved = max(LEAST_SAVED, share * week)
        earned = spent = 0.0
        for k in range(first + 1, n):
            earned += comes[k].is_death * share
            spent += told.alerts[k]
            assert spent <= saved + earned + 1e-4


@given(SHARES, COMES)
@settings(max_examples=300, deadline=None)
def test_what_does_not_stand_out_of_ninety_days_never_alerts(
    share: float, comes: list[Came]
) -> None:
    """No more rows of ninety days were as urgent as the deaths of ninety days had paid for."""
    told = run(share, comes)
    for k, came in enumerate(comes):
        if not told.alerts[k]:
            continue
        assert came.may
        since = told.at[k] - WINDOW_S
        rows = [c.priority for c, at in zip(comes[:k], told.at) if at > since]  # noqa: B905
        paid_for = share * deaths_between(comes[: k + 1], told, since, told.at[k])
        as_urgent = sum(priority >= came.priority for priority in rows)
        assert as_urgent <= paid_for + 1e-6
        assert not rows or came.priority > min(rows)


@given(SHARES, COMES)
@settings(max_examples=150, deadline=None)
def test_a_row_not_above_the_threshold_never_alerts(share: float, comes: list[Came]) -> None:
    budget, at = AlertBudget(share), 0
    for came in comes:
        at += came.gap
        if came.is_death:
            budget.earn(at)
        least, tokens = budget.threshold(at), budget.tokens
        alerted = budget.offer(at, came.priority, may_alert=came.may)
        assert alerted == (came.may and came.priority > least and tokens >= TOKEN)
        assert budget.tokens == tokens - TOKEN * alerted


@given(SHARES, COMES, COMES)
@settings(max_examples=150, deadline=None)
def test_the_budget_decides_without_what_comes_later(
    share: float, comes: list[Came], later: list[Came]
) -> None:
    assert run(share, [*comes, *later]).alerts[: len(comes)] == run(share, comes).alerts


def test_ninety_days_are_forgotten_to_the_second() -> None:
    budget = AlertBudget(0.5)
    budget.offer(0, 6.0, may_alert=False)
    assert budget.threshold(WINDOW_S - 1) == 6.0
    assert budget.threshold(WINDOW_S) == -math.inf


def test_a_row_that_stands_out_alerts_once_a_token_is_there() -> None:
    budget = AlertBudget(0.5)
    told = []
    for day in range(6):
        budget.earn(day * DAY)
        told.append(budget.offer(day * DAY, float(day), may_alert=True))
    assert told == [False, True, False, True, False, True]


def test_equal_is_not_above() -> None:
    budget = AlertBudget(1.0)
    budget.earn(0)
    budget.offer(0, 2.0, may_alert=False)
    assert not budget.offer(1, 2.0, may_alert=True)
    assert budget.offer(2, 2.1, may_alert=True)


def test_a_quiet_spring_buys_no_flood() -> None:
    budget = AlertBudget(0.5)
    for day in range(100):
        budget.earn(day * DAY)
    flood = [budget.offer(99 * DAY, 1.0 + k, may_alert=True) for k in range(20)]
    assert sum(flood) == 3  # seven days at one death a day, half a token each


@pytest.mark.parametrize("share", [0.01, 0.03, 0.1, 1 / 3])
def test_over_a_long_time_about_its_share_alerts_and_never_more(share: float) -> None:
    budget, alerts, chance = AlertBudget(share), 0, 12345
    for k in range(20_000):
        chance = (1_103_515_245 * chance + 12_345) % 2**31
        budget.earn(k * HOUR)
        alerts += budget.offer(k * HOUR, chance / 2**31, may_alert=True)
    assert 0.6 * share * 20_000 < alerts <= share * 20_000 + 1
