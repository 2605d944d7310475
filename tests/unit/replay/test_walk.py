"""The walk against a plain reference: weigh the event against every case as it then stood."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from small_force import JUNE

from clew.comparison.kernel import (
    EMPTY,
    PLAIN,
    SAME_ADDRESS,
    SHARED_ENTITY,
    kinds_of_pairs,
    weigh_pairs,
)
from clew.comparison.weights.weight_table import declared_table
from clew.identities.merged_reports import merge_reports
from clew.model.alert import Trigger
from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.judgement import Judgement, Verdict
from clew.model.values import DAY
from clew.replay.events import Event, events_of
from clew.replay.monthly import (
    NEVER,
    TOP,
    ComparedEvents,
    alert_rows,
    first_days,
    lives,
    ranked_rows,
    walk,
)

ZONE = "Europe/London"


@pytest.fixture(scope="module")
def stretches(small_force: CaseFile) -> list[ComparedEvents]:
    return list(walk(events_of(small_force.histories), JUNE, ZONE, declared_table()))


def others_at(case_file: CaseFile, event: Event) -> dict[str, Case]:
    """Every other case as it stood when the event came; of one moment, lower ids came first.

    A report that was merged into another went when that other's event came, and not its own.
    """
    views = {}
    for history in case_file.histories:
        came = history.merged_into if history.until == event.at else history.case_id
        if history.case_id != event.case_id:
            views[history.case_id] = history.as_of(event.at - (came > event.case_id))
    return {case_id: case for case_id, case in views.items() if case is not None}


def reference(case_file: CaseFile, compared: ComparedEvents, k: int) -> dict[str, object]:
    """What event k met, by weighing every pair and sorting."""
    stretch = compared.month
    coded, row = stretch.coded, stretch.first + k
    others = others_at(case_file, stretch.events[k])
    rows, found = [], set()
    for at, case in enumerate(coded.cases):
        if at != row and case.case_id not in found and others.get(case.case_id) == case:
            rows.append(at)
            found.add(case.case_id)
    assert found == set(others), "every case as it stood has a row"
    pairs = np.column_stack([np.full(len(rows), row), rows])
    weights = weigh_pairs(coded.cols, stretch.tables, pairs).tolist()
    kinds = kinds_of_pairs(coded.cols, stretch.tables, pairs).tolist()
    told = list(zip(weights, rows, kinds, strict=True))
    best = sorted((-weight, at) for weight, at, _ in told)[:TOP]
    return {
        "best": [(coded.cases[at].case_id, -weight) for weight, at in best],
        "null": sorted((w for w, _, kind in told if kind == PLAIN), reverse=True),
        "entities": sorted((w for w, _, kind in told if kind == SHARED_ENTITY), reverse=True),
        "counts": [kinds.count(SAME_ADDRESS), kinds.count(SHARED_ENTITY), len(rows)],
    }


def check(case_file: CaseFile, stretches: list[ComparedEvents], every: int) -> int:
    """Check every so manyth event, and all at which a report went; return how many."""
    checked = 0
    for compared in stretches:
        met, stretch = compared.met, compared.month
        for k, event in enumerate(stretch.events):
            if k % every and not event.gone:
                continue
            told = reference(case_file, compared, k)
            rows = [row for row in met.rows[k].tolist() if row >= 0]
            ids = [stretch.coded.cases[row].case_id for row in rows]
            weights = met.weights[k][: len(rows)].tolist()
            assert list(zip(ids, weights, strict=True)) == told["best"]
            null = met.null[k][met.null[k] != EMPTY].tolist()
            assert null == told["null"][: met.null.shape[1]]
            shared = met.entity_weights[k][met.entity_weights[k] != EMPTY].tolist()
            assert shared == told["entities"][: met.entity_weights.shape[1]]
            assert met.counts[k].tolist() == told["counts"]
            checked += 1
    return checked


def test_every_event_meets_every_other_case_as_it_then_stood(
    small_force: CaseFile, stretches: list[ComparedEvents]
) -> None:
    assert check(small_force, stretches, 41) > 40


def test_what_is_weighed_by_name_weighs_as_it_does_when_ranked(
    small_force: CaseFile, stretches: list[ComparedEvents]
) -> None:
    checked = 0
    for compared in stretches:
        for k, (event, rows) in enumerate(ranked_rows(compared)):
            if k % 41:
                continue
            ids = [row.linked_case_id for row in rows]
            assert compared.weigh(k, ids) == [row.micro_bans for row in rows]
            named = alert_rows(compared, compared.named(k, ids))
            assert [replace(row, rank=was.rank) for row, was in zip(named, rows, strict=True)] == (
                rows
            )
            assert all(row.rank > TOP for row in named), "a lower bound, behind those that ranked"
            others = sorted(others_at(small_force, event))
            weights = compared.weigh(k, others)
            assert len(weights) == len(others)
            assert sorted(weights, reverse=True)[:TOP] == [row.micro_bans for row in rows]
            checked += 1
    assert checked > 40


def test_what_was_not_known_yet_has_no_weight(stretches: list[ComparedEvents]) -> None:
    for compared in stretches[:3]:
        events = compared.month.events
        later = [event.case_id for event in events if event.trigger is Trigger.NEW_CASE][-1]
        assert later != events[0].case_id
        for unknown in ("NOBODY", later, events[0].case_id):
            assert compared.weigh(0, [unknown]) == []
            assert alert_rows(compared, compared.named(0, [unknown])) == []


def test_a_report_that_was_merged_is_met_until_then_and_never_again(small_force: CaseFile) -> None:
    ids = [history.case_id for history in small_force.histories][::40]
    judgements = [
        Judgement(a, b, Verdict.LINKED, "duplicate_report", "", True, JUNE + k * 2 * DAY)
        for k, (a, b) in enumerate(zip(ids[::2], ids[1::2]))  # noqa: B905
    ]
    merged = merge_reports(small_force, judgements)
    walked = list(walk(events_of(merged.histories), JUNE, ZONE, declared_table()))
    went = [gone for one in walked for event in one.month.events for gone in event.gone]
    assert len(went) > 15
    assert check(merged, walked, 97) > 40


def test_the_stretches_are_months_and_hold_every_event_once(
    small_force: CaseFile, stretches: list[ComparedEvents]
) -> None:
    events = [event for compared in stretches for event in compared.month.events]
    assert events == [e for e in events_of(small_force.histories) if e.at >= JUNE]
    begins = [datetime.fromtimestamp(c.month.begins, ZoneInfo(ZONE)) for c in stretches]
    assert [(d.month, d.day, d.hour) for d in begins[:3]] == [(6, 1, 0), (7, 1, 0), (8, 1, 0)]
    for compared, following in zip(stretches, [*stretches[1:], None], strict=True):
        stretch = compared.month
        assert all(stretch.begins <= event.at for event in stretch.events)
        ends = NEVER if following is None else following.month.begins
        assert all(event.at < ends for event in stretch.events)
        known = small_force.as_of(stretch.begins - 1)
        assert {c.case_id: c for c in stretch.coded.cases[: stretch.first]} == {
            c.case_id: c for c in known
        }


def walk_made(*histories: CaseHistory, begins: int) -> list[ComparedEvents]:
    return list(walk(events_of(histories), begins, ZONE, declared_table()))


def made(case_id: str, at: int, **told: object) -> CaseHistory:
    return CaseHistory(case_id, ((at, Case(case_id, at, **told)),))


def candidates(compared: ComparedEvents) -> dict[str, list[str]]:
    cases = compared.month.coded.cases
    return {
        event.case_id: [cases[row].case_id for row in compared.met.rows[k].tolist() if row >= 0]
        for k, event in enumerate(compared.month.events)
    }


def test_of_one_moment_the_lower_id_comes_first() -> None:
    past = [made(f"P{k}", k, sex="male") for k in range(3)]
    now = [made(name, 10 * DAY, sex="male") for name in ("D", "B", "C")]
    (compared,) = walk_made(*past, *now, begins=5 * DAY)
    met = {case_id: set(ids) - {"P0", "P1", "P2"} for case_id, ids in candidates(compared).items()}
    assert met == {"B": set(), "C": {"B"}, "D": {"B", "C"}}


def test_a_replaced_version_is_never_met_again() -> None:
    before, after = Case("A", 0, sex="male"), Case("A", 0, sex="female", scene=("note",))
    changing = CaseHistory("A", ((0, before), (10 * DAY, after)))
    past = [made(f"P{k}", k, sex="male") for k in range(3)]
    sooner, later = made("S", 9 * DAY, sex="male"), made("Z", 11 * DAY, sex="male")
    (compared,) = walk_made(changing, *past, sooner, later, begins=5 * DAY)
    cases, events = compared.month.coded.cases, compared.month.events
    met = {
        event.case_id: [cases[row] for row in compared.met.rows[k].tolist() if row >= 0]
        for k, event in enumerate(events)
    }
    assert before in met["S"]
    assert after not in met["S"]
    assert after in met["Z"]
    assert before not in met["Z"]
    assert "A" not in [case.case_id for case in met["A"]]
    assert compared.met.counts[:, 2].tolist() == [4, 4, 5]


def test_lives_numbers_events_by_time_whatever_their_rows() -> None:
    a, b = Case("A", 0), Case("B", 0)
    events = [
        Event(30, a, "new_fact"), Event(10, b, "new_fact"), Event(20, a, "new_fact"),
    ]  # fmt: skip
    since, until = lives(np.array([0, 1, 0, 1, 0]), 2, events)
    assert since.tolist() == [-1, -1, 2, 0, 1]
    assert until.tolist() == [1, 0, NEVER, NEVER, 2]


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        ("2014-01-15T12:00", "2014-01-31T23:59", []),
        ("2014-01-15T12:00", "2014-02-01T00:00", ["2014-02-01"]),
        ("2014-11-01T00:00", "2015-02-03T00:00", ["2014-12-01", "2015-01-01", "2015-02-01"]),
        ("2014-02-27T00:00", "2014-05-02T00:00", ["2014-03-01", "2014-04-01", "2014-05-01"]),
    ],
)
def test_months_begin_at_local_midnight(begins: str, ends: str, expected: list[str]) -> None:
    zone = ZoneInfo(ZONE)
    first, last = (
        int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())
        for text in (begins, ends)
    )
    told = first_days(first, last, ZONE)
    assert told[0] == first
    days = [datetime.fromtimestamp(at, zone) for at in told[1:]]
    assert [day.date().isoformat() for day in days] == expected
    assert all(day.hour == 0 for day in days)
