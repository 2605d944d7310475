"""Laws of the budget: what may alert, what it costs, and that an alert is about a series, once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.model.alert import AlertRow, Trigger
from clew.model.case import Case, Kind
from clew.model.finding import LEADS, Relation, Tier
from clew.model.values import DAY, HOUR
from clew.replay.budget import (
    AGAIN,
    BEST_LEADS,
    FLOOR,
    LEAST_SAVED,
    RARE,
    SAVED_S,
    SUPPORT,
    SUPPORTED_SHARE,
    TOKEN,
    WARM_UP_MATCHES,
    WINDOW_S,
    Decisions,
    priority_of,
)
from clew.replay.events import Event

SHARES = st.sampled_from([0.005, 0.01, 0.03, 0.1, 0.25, 1 / 3, 0.5, 1.0])
NAMES = "ABCDEF"


@dataclass(frozen=True)
class Came:
    """One event: seconds since the last, who came as what, and what it met."""

    gap: int
    name: str
    is_death: bool = True
    rows: tuple[tuple[str, int, float, Relation], ...] = ()  # linked, micro-bans, chance, relation
    compares: bool = True


ROWS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from([-1_000_000, 500_000, 2_000_000, 4_000_000, 6_000_000]),
        st.sampled_from([1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 40.0]),
        st.sampled_from(list(Relation)),
    ),
    max_size=3,
    unique_by=lambda row: row[0],
)
COMES = st.lists(
    st.builds(
        Came,
        gap=st.sampled_from([0, HOUR, DAY, 9 * DAY, SAVED_S, 200 * DAY, WINDOW_S]),
        name=st.sampled_from(NAMES),
        is_death=st.booleans() | st.just(True),
        rows=ROWS.map(tuple),
        compares=st.booleans() | st.just(True),
    ),
    max_size=40,
)


def event_of(came: Came, at: int) -> tuple[Event, list[AlertRow]]:
    kind = Kind.DEATH if came.is_death else Kind.NON_FATAL
    trigger, changed = (Trigger.NEW_CASE, ()) if came.compares else (Trigger.NEW_FACT, ("agency",))
    event = Event(at, Case(came.name, at, kind=kind), trigger, changed)
    rows = [
        AlertRow(
            at, came.name, linked, rank, priority_of(chance, weight), weight, chance, 900,
            Tier.SIMILARITY, relation, trigger, alert=False,
        )
        for rank, (linked, weight, chance, relation) in enumerate(came.rows, 1)
        if linked != came.name
    ]  # fmt: skip
    return event, rows


def alike(_: Sequence[str]) -> list[int]:
    """Weigh every pair as if it spoke for one series."""
    return [1]


@dataclass
class Step:
    """What one event did: the rows it was given and returned, and what stood before it."""

    rows: list[AlertRow]
    marked: list[AlertRow]
    tokens: int
    after: int
    limit: float
    floor: float
    rarest: float
    owed: int

    @property
    def alert(self) -> AlertRow | None:
        return next((row for row in self.marked if row.alert), None)


def run(share: float, comes: Sequence[Came], weigh: Any = alike, begins: int = 0) -> list[Step]:
    decisions, at, steps = Decisions(share, begins), 0, []
    for came in comes:
        at += came.gap
        event, rows = event_of(came, at)
        # What a death earns counts for its own rows: it is let in first, without them.
        decisions.take(event, [], weigh)
        fact = replace(event, trigger=Trigger.NEW_FACT, changed=("scene",) * came.compares)
        limit = decisions.threshold(at)
        rarest = min((row[2] for row in decisions.to_json()["rows"]), default=0.0)
        tokens, floor = decisions.tokens, decisions.floor(900)
        owed = max(TOKEN, round(share * TOKEN) * deaths_in(comes, steps, at, came))
        marked = decisions.take(fact, rows, weigh)
        steps.append(Step(rows, marked, tokens, decisions.tokens, limit, floor, rarest, owed))
    return steps


def deaths_in(comes: Sequence[Came], steps: Sequence[Step], now: int, last: Came) -> int:
    """Count the deaths of the past sixty days, the last event's included."""
    at = count = 0
    for came in comes[: len(steps) + 1]:
        at += came.gap
        count += came.is_death and came.compares and at > now - SAVED_S
    return count


@given(SHARES, COMES)
@settings(max_examples=200, deadline=None)
def test_an_alert_spends_a_token_and_only_a_rare_match_may_owe_one(
    share: float, comes: list[Came]
) -> None:
    for came, step in zip(comes, run(share, comes), strict=True):
        alert = step.alert
        assert step.after == step.tokens - TOKEN * (alert is not None)
        if alert is not None and step.tokens < TOKEN:
            assert alert.chance <= max(step.floor / RARE, step.rarest)
            assert step.after >= -step.owed
        if came.is_death and came.compares:  # what was saved is cut when a death earns
            assert step.after <= max(LEAST_SAVED * TOKEN, step.owed)


@given(SHARES, COMES)
@settings(max_examples=200, deadline=None)
def test_alerts_pass_threshold_and_floor_and_updates_too_or_two_support_each_other(
    share: float, comes: list[Came]
) -> None:
    members: dict[str, set[str]] = {}
    for step in run(share, comes):
        leads = sorted((r for r in step.rows if r.relation in LEADS), key=lambda r: -r.priority)
        for row in step.marked:
            if row.notifies:
                passes = row.priority > step.limit and row.chance <= step.floor
                own = members.get(row.series_alert, set())
                if not passes:
                    assert row.update
                    assert sum(lead.linked_case_id in own for lead in leads[:BEST_LEADS]) >= SUPPORT
                    assert row.chance <= FLOOR * max(share, SUPPORTED_SHARE)
                members[row.series_alert] = own | {row.case_id, row.linked_case_id}
                assert row.relation in LEADS
                assert row.series_alert
                assert row.series_size >= 2
        assert sum(row.alert for row in step.marked) <= 1
        assert sum(row.update for row in step.marked) <= 1
        bare = [replace(r, alert=False, update=False, series_alert="", series_size=0)
                for r in step.marked]  # fmt: skip
        assert bare == step.rows


@given(SHARES, COMES)
@settings(max_examples=150, deadline=None)
def test_no_more_rows_of_a_year_exceed_an_alert_than_its_deaths_paid_for(
    share: float, comes: list[Came]
) -> None:
    decisions, at = Decisions(share, 0), 0
    for came in comes:
        at += came.gap
        event, rows = event_of(came, at)
        limit = decisions.threshold(at)
        state = decisions.to_json()
        above = sum(row[1] > limit for row in state["rows"])
        assert above <= share * len(state["deaths"]) + 1e-6
        decisions.take(event, rows, alike)


@given(SHARES, COMES, COMES)
@settings(max_examples=100, deadline=None)
def test_it_decides_without_what_comes_later(
    share: float, comes: list[Came], later: list[Came]
) -> None:
    both, first = run(share, [*comes, *later]), run(share, comes)
    assert [step.marked for step in both[: len(comes)]] == [step.marked for step in first]


@given(SHARES, COMES, st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_it_goes_on_from_what_was_kept(share: float, comes: list[Came], stop: int) -> None:
    whole, parts, at = Decisions(share, 0), Decisions(share, 0), 0
    for k, came in enumerate(comes):
        at += came.gap
        if k == stop:
            parts = Decisions(share, 0, json.loads(json.dumps(parts.to_json())))
        event, rows = event_of(came, at)
        assert parts.take(event, rows, alike) == whole.take(event, rows, alike)
    assert parts.to_json() == whole.to_json()


@given(SHARES, COMES)
@settings(max_examples=150, deadline=None)
def test_one_event_and_two_reports_of_one_death_cost_nothing(
    share: float, comes: list[Came]
) -> None:
    bare = [replace(c, rows=tuple(r for r in c.rows if r[3] in LEADS)) for c in comes]
    with_them, without = run(share, comes), run(share, bare)
    assert [s.after for s in with_them] == [s.after for s in without]
    assert [s.limit for s in with_them] == [s.limit for s in without]
    for one, other in zip(with_them, without, strict=True):
        kept = [(r.linked_case_id, r.alert, r.update) for r in one.marked if r.relation in LEADS]
        assert kept == [(r.linked_case_id, r.alert, r.update) for r in other.marked]


@given(SHARES, COMES)
@settings(max_examples=200, deadline=None)
def test_a_pair_alerts_once_until_it_is_ten_times_rarer(share: float, comes: list[Came]) -> None:
    known: dict[frozenset[str], float] = {}
    for step in run(share, comes):
        for row in step.marked:
            if row.notifies:
                pair = frozenset((row.case_id, row.linked_case_id))
                assert pair not in known or row.chance * AGAIN <= known[pair]
                known[pair] = row.chance


def test_weights_that_speak_against_a_series_let_nobody_join_it() -> None:
    found = ((("A", 6_000_000, 1e-4, Relation.LEAD),), (("B", 7_000_000, 1e-4, Relation.LEAD),))
    comes = [Came(DAY, name, rows=rows) for name, rows in zip("BC", found, strict=True)]
    (_, third) = run(1.0, comes)
    assert [(r.update, r.alert, r.series_alert, r.series_size) for r in third.marked] == [
        (True, False, "B+A", 3)
    ]
    (_, third) = run(1.0, comes, weigh=lambda names: [-1] * len(names))
    assert [(r.update, r.alert, r.series_alert) for r in third.marked] == [(False, True, "C+B")]


def test_two_of_an_alerted_series_among_the_best_leads_support_each_other() -> None:
    lead = Relation.LEAD
    ordinary = [
        Came(DAY, f"D{k}", rows=((f"E{k}", 3_000_000 + 10_000 * k, 0.2, lead),)) for k in range(99)
    ]
    opens = Came(DAY, "B", rows=(("A", 8_000_000, 1e-5, lead),))
    both = (("A", 2_930_000, 0.02, lead), ("B", 2_850_000, 0.02, lead))
    comes = [*ordinary, opens, Came(DAY, "C", rows=both)]
    *_, third = run(0.02, comes)
    assert third.rows[0].priority < third.limit
    assert [(r.update, r.series_alert, r.series_size) for r in third.marked] == [
        (True, "B+A", 3), (False, "", 0),
    ]  # fmt: skip
    # One alone is too ordinary, and so are two that most records match as well.
    for rows in (both[:1], (("A", 2_000_000, 0.02, lead), ("B", 1_900_000, 0.02, lead))):
        *_, third = run(0.02, [*ordinary, opens, Came(DAY, "C", rows=rows)])
        assert not any(row.notifies for row in third.marked)


def test_a_case_that_joins_one_series_alerts_on_what_else_it_matches() -> None:
    lead = Relation.LEAD
    comes = [
        Came(DAY, "B", rows=(("A", 6_000_000, 1e-4, lead),)),
        Came(DAY, "C", rows=(("B", 7_000_000, 1e-4, lead), ("F", 4_000_000, 1e-3, lead))),
    ]
    third = run(1.0, comes)[-1]
    assert [(r.update, r.alert, r.series_alert) for r in third.marked] == [
        (True, False, "B+A"), (False, False, ""),
    ]  # fmt: skip
    # Its second match is no more urgent than what was ordinary; a better one alerts as well.
    comes[1] = replace(comes[1], rows=(comes[1].rows[0], ("F", 6_000_000, 1e-5, lead)))
    third = run(1.0, comes)[-1]
    assert [(r.update, r.alert, r.series_alert) for r in third.marked] == [
        (True, False, "B+A"), (False, True, "C+F"),
    ]  # fmt: skip


def test_the_strongest_match_of_a_year_is_never_refused_for_want_of_a_token() -> None:
    lead = Relation.LEAD
    quiet = [Came(DAY, f"Q{k}", rows=((f"O{k}", 1_000_000, 9.0, lead),)) for k in range(110)]
    decisions = Decisions(0.01, 110 * DAY + 1)
    quiet.append(Came(0, "R", rows=(("S", 1_000_000, 0.009, lead),)))
    for k, came in enumerate(quiet):
        decisions.take(*event_of(came, k * DAY), alike)
    alerts = []
    for k, chance in enumerate([0.04, 0.03, 0.02, 1 / 3_400, 0.01]):
        came = Came(0, f"N{k}", is_death=False, rows=((f"M{k}", 5_000_000 + k, chance, lead),))
        (row,) = decisions.take(*event_of(came, 111 * DAY + k), alike)
        alerts.append(row.alert)
    # One token was earned and spent. One in 3,400 may owe one; the last waits for a whole one.
    assert alerts == [True, False, False, True, False]
    assert decisions.tokens == round(1.11 * TOKEN) - 2 * TOKEN


def test_before_the_first_token_is_earned_few_matches_among_all_are_enough() -> None:
    decisions = Decisions(0.01, 0)
    assert decisions.floor(10) == WARM_UP_MATCHES / 10
    assert decisions.floor(10_000) == FLOOR * 0.01
    for k in range(100):
        decisions.take(*event_of(Came(0, f"D{k}"), k * DAY), alike)
    assert decisions.floor(10) == FLOOR * 0.01


def test_a_year_is_forgotten_to_the_second() -> None:
    decisions = Decisions(0.5, 0)
    row = ("A", 5_000_000, 0.1, Relation.LEAD)
    decisions.take(*event_of(Came(0, "B", is_death=False, rows=(row,)), 0), alike)
    assert decisions.threshold(WINDOW_S - 1) == 6.0
    assert decisions.threshold(WINDOW_S) == float("-inf")


def test_a_quiet_spring_buys_no_flood() -> None:
    decisions = Decisions(0.5, 0)
    for day in range(200):
        decisions.take(*event_of(Came(0, f"Q{day}"), day * DAY), alike)
    assert decisions.tokens == 30 * TOKEN  # sixty days at one death a day, half a token each


def test_a_merged_report_takes_its_alert_and_series_along() -> None:
    decisions = Decisions(1.0, 0)
    row = ("A", 6_000_000, 1e-4, Relation.LEAD)
    decisions.take(*event_of(Came(0, "B", rows=(row,)), 0), alike)
    kept, _ = event_of(Came(0, "C"), DAY)
    decisions.take(replace(kept, gone=("B",)), [], alike)
    assert decisions.series == {"B+A": ["A", "C"]}
    _, rows = event_of(Came(0, "C", rows=(("A", 6_000_000, 5e-5, Relation.LEAD),)), 2 * DAY)
    (again,) = decisions.take(replace(kept, at=2 * DAY, gone=()), rows, alike)
    assert not again.notifies


@pytest.mark.parametrize("share", [0.01, 0.03, 0.1])
@pytest.mark.parametrize("gap", [48 * 60, 7 * DAY])
def test_over_a_long_time_about_its_share_alerts_at_thirty_a_day_and_one_a_week(
    share: float, gap: int
) -> None:
    decisions, alerts, chance, deaths = Decisions(share, 0), 0, 12345, 4_000
    for k in range(deaths):
        chance = (1_103_515_245 * chance + 12_345) % 2**31
        rarity = max(chance / 2**31, 1e-9)
        row = (f"O{k}", int(2e6 - 1e6 * rarity), rarity, Relation.LEAD)
        marked = decisions.take(*event_of(Came(0, f"D{k}", rows=(row,)), k * gap), alike)
        alerts += marked[0].alert
    assert 0.5 * share * deaths < alerts <= share * deaths + max(1, share * 60 * DAY / gap)
