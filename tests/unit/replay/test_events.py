from dataclasses import fields, replace

import pytest

from clew.model.alert import Trigger
from clew.model.case import Case, Kind
from clew.model.case_file import CaseFile, CaseHistory
from clew.replay.events import COMPARED, Event, events_of

EARLY = Case("B", 100, sex="male")
LATER = replace(EARLY, substances=("ghb",), cause="Mixed drug toxicity (GHB)", mechanism="drug")
OTHER = Case("A", 100, kind=Kind.NON_FATAL)
HISTORIES = (
    CaseHistory("B", ((100, EARLY), (250, LATER), (300, replace(LATER, agency="MPS")))),
    CaseHistory("A", ((100, OTHER), (250, replace(OTHER, narrative="said")))),
    CaseHistory("C", ((400, Case("C", 400)),)),
)


def told(events: list[Event]) -> list[tuple[int, str, Trigger, tuple[str, ...]]]:
    return [(event.at, event.case_id, event.trigger, event.changed) for event in events]


def test_events_stand_in_order_of_time_and_ties_by_case_id() -> None:
    assert told(events_of(HISTORIES)) == [
        (100, "A", Trigger.NEW_CASE, ()),
        (100, "B", Trigger.NEW_CASE, ()),
        (250, "A", Trigger.NEW_FACT, ("narrative",)),
        (250, "B", Trigger.NEW_FACT, ("cause", "mechanism", "substances")),
        (300, "B", Trigger.NEW_FACT, ("agency",)),
        (400, "C", Trigger.NEW_CASE, ()),
    ]
    assert events_of(HISTORIES) == events_of(reversed(HISTORIES))


@pytest.mark.parametrize(("until", "count"), [(99, 0), (100, 2), (249, 2), (250, 4), (400, 6)])
def test_until_is_inclusive(until: int, count: int) -> None:
    assert events_of(HISTORIES, until) == events_of(HISTORIES)[:count]


def test_each_event_carries_the_case_as_it_read_from_then_on() -> None:
    for event in events_of(HISTORIES):
        (history,) = (h for h in HISTORIES if h.case_id == event.case_id)
        assert history.as_of(event.at) == event.case


def test_only_new_deaths_earn_and_only_what_is_compared_compares_anew() -> None:
    events = events_of(HISTORIES)
    assert [event.is_new_death for event in events] == [False, True, False, False, False, True]
    assert [event.compares_anew for event in events] == [True, True, False, True, False, True]


def test_compared_names_attributes_of_a_case() -> None:
    assert {field.name for field in fields(Case)} >= COMPARED
    assert not COMPARED & {"case_id", "reported_at", "agency", "manner", "narrative", "references"}


def test_histories_of_a_read_file_give_one_arrival_a_case(small_force: CaseFile) -> None:
    events = events_of(small_force.histories)
    assert [(e.at, e.case_id) for e in events] == sorted((e.at, e.case_id) for e in events)
    arrived = [e.case_id for e in events if e.trigger is Trigger.NEW_CASE]
    assert sorted(arrived) == sorted(h.case_id for h in small_force.histories)
    assert len(events) == sum(len(h.versions) for h in small_force.histories) > len(arrived) + 500
    assert all(e.changed for e in events if e.trigger is Trigger.NEW_FACT)
