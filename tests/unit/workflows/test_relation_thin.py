"""What kind of pair it looks like, and which cases are too thin to compare."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clew.comparison.compare import SAME_CALL_S, SAME_REPORT_S, relation_of
from clew.comparison.kernel import PLAIN, SAME_ADDRESS, SHARED_ENTITY
from clew.comparison.weights.weight_table import declared_table
from clew.model.case import Case, Entity, Kind
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.finding import Relation
from clew.model.values import DAY, HOUR, Point, TimeWindow
from clew.workflows.explain import explain_pair
from clew.workflows.link import (
    ASKED,
    LEAST_COMPARABLE,
    THINGS,
    LinkOptions,
    find_insufficient_data,
    link_cases,
)

START = 1_403_145_900
HERE = Point(51.535, 0.076)
BASE = Case(
    "A", START, point=HERE, place_key="K1", premises="home", age_years=22.0, sex="male",
    mechanism="drug", window=TimeWindow(START - 8 * HOUR, START),
)  # fmt: skip
NEXT_NIGHT: dict[str, Any] = {
    "reported_at": START + DAY,
    "window": TimeWindow(START + 16 * HOUR, START + DAY),
    "age_years": 80.0,
}


@pytest.mark.parametrize(
    ("changes", "kind", "expected"),
    [
        ({}, SAME_ADDRESS, Relation.DUPLICATE_REPORT),
        ({"mechanism": None}, SAME_ADDRESS, Relation.DUPLICATE_REPORT),
        ({"mechanism": "hanging"}, SAME_ADDRESS, Relation.SAME_EVENT),
        ({"age_years": 23.5}, SAME_ADDRESS, Relation.SAME_EVENT),
        ({"age_years": None}, SAME_ADDRESS, Relation.SAME_EVENT),
        ({"sex": "female"}, SAME_ADDRESS, Relation.SAME_EVENT),
        ({"kind": Kind.NON_FATAL}, SAME_ADDRESS, Relation.SAME_EVENT),
        ({"reported_at": START + SAME_REPORT_S + 1}, SAME_ADDRESS, Relation.SAME_HOUSEHOLD),
        (
            {"reported_at": START + 9 * DAY, "premises": "apartment"},
            SAME_ADDRESS,
            Relation.SAME_HOUSEHOLD,
        ),
        ({"place_key": "K2", "point": Point(51.6, 0.1)}, PLAIN, Relation.LEAD),
        # Two nights are two events, unless their windows overlap.
        (
            {**NEXT_NIGHT, "window": TimeWindow(START - 9 * HOUR, START + 20 * HOUR)},
            SAME_ADDRESS,
            Relation.SAME_EVENT,
        ),
        (NEXT_NIGHT, SAME_ADDRESS, Relation.SAME_HOUSEHOLD),  # a home: a lead all the same
        # Without windows: reports within six hours, to the second.
        ({**NEXT_NIGHT, "window": None}, SAME_ADDRESS, Relation.SAME_HOUSEHOLD),
        (
            {**NEXT_NIGHT, "window": None, "reported_at": START + SAME_CALL_S},
            SAME_ADDRESS,
            Relation.SAME_EVENT,
        ),
        (
            {**NEXT_NIGHT, "window": None, "reported_at": START + SAME_CALL_S + 1},
            SAME_ADDRESS,
            Relation.SAME_HOUSEHOLD,
        ),
        ({"place_key": None, "point": Point(51.5355, 0.0765)}, PLAIN, Relation.DUPLICATE_REPORT),
        ({"place_key": None, "point": None}, PLAIN, Relation.LEAD),
        ({"reported_at": START + 9 * DAY, "place_key": "K2"}, SHARED_ENTITY, Relation.LEAD),
    ],
)
def test_the_relation_of_a_pair(changes: dict[str, Any], kind: int, expected: Relation) -> None:
    other = replace(BASE, case_id="B", **changes)
    assert relation_of(BASE, other, kind) is expected
    assert relation_of(other, BASE, kind) is expected


@pytest.mark.parametrize("kind", [SAME_ADDRESS, PLAIN])
def test_two_nights_in_one_care_home_are_leads(kind: int) -> None:
    first = replace(BASE, premises="care_home", place_key="K1" if kind == SAME_ADDRESS else None)
    night = replace(first, case_id="B", **NEXT_NIGHT)
    assert relation_of(first, night, kind) is Relation.LEAD
    at_once = replace(night, window=TimeWindow(START - 9 * HOUR, START + 20 * HOUR))
    assert relation_of(first, at_once, kind) is Relation.SAME_EVENT


def test_one_incident_number_in_both_is_one_event_wherever_and_whenever() -> None:
    far = {"point": Point(51.6, 0.1), "place_key": "K2", "reported_at": START + 40 * DAY}
    other = replace(BASE, case_id="B", references=("CAD:1", "CAD:7"), **far)
    for references, expected in (
        (("CAD:7",), Relation.SAME_EVENT),
        (("CAD:2",), Relation.LEAD),
        (None, Relation.LEAD),
    ):
        one = replace(BASE, references=references)
        assert relation_of(one, other, PLAIN) is expected
        assert relation_of(other, one, PLAIN) is expected


KIN, PHONE, CARER = (
    Entity("contact", "person", "P1"),
    Entity("contact", "phone", "T1"),
    Entity("finder", "person", "W1"),
)
ELSEWHERE = Point(51.60, 0.10)
AWAY = replace(
    BASE, premises="street", place_key=None, home=ELSEWHERE, entities=(KIN, PHONE, CARER)
)
"""Found 200 m off, two years older as another hand wrote it."""
AGAIN = {"point": Point(51.5368, 0.076), "age_years": 24.0}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Relation.DUPLICATE_REPORT),
        ({"home": HERE}, Relation.LEAD),  # two people of two homes, whoever knew them both
        ({"entities": (CARER,)}, Relation.LEAD),  # met by work
        ({"home": None}, Relation.LEAD),  # no home known: the age must be the same
        ({"premises": "care_home"}, Relation.LEAD),  # whose residents share a home
        ({"reported_at": START + SAME_REPORT_S + 1}, Relation.LEAD),
        ({"age_years": 25.0}, Relation.LEAD),
    ],
)
def test_a_second_report_by_another_hand(changes: dict[str, Any], expected: Relation) -> None:
    other = replace(AWAY, case_id="B", **{**AGAIN, **changes})
    assert relation_of(AWAY, other, SHARED_ENTITY) is expected
    assert relation_of(other, AWAY, SHARED_ENTITY) is expected


def test_reports_of_one_incident_are_one_event() -> None:
    one = replace(BASE, references=("CAD:7", "coroner:1"))
    far = {"reported_at": START + 9 * DAY, "place_key": "K2", "references": ("CAD:7",)}
    assert relation_of(one, replace(BASE, case_id="B", **far), PLAIN) is Relation.SAME_EVENT
    none = replace(BASE, case_id="B", **{**far, "references": None})
    assert relation_of(one, none, PLAIN) is Relation.LEAD


def test_an_institution_is_no_household() -> None:
    one = replace(BASE, premises="care_home")
    two = replace(one, case_id="B", reported_at=START + 9 * DAY)
    assert relation_of(one, two, SAME_ADDRESS) is Relation.LEAD


def test_a_thin_case_is_listed_with_three_facts_to_ask_for() -> None:
    bare = Case("A", START)
    (told,) = find_insufficient_data([bare])
    assert (told.case_id, told.comparable, len(told.ask_for)) == ("A", 0, ASKED)
    assert told.ask_for == tuple(question for _, question in THINGS[:ASKED])
    assert all(question.endswith("?") for question in told.ask_for)


def test_what_is_told_is_not_asked_for_and_empty_is_told() -> None:
    half = Case("A", START, entities=(), scene=(), sex="male", age_years=30.0)
    (told,) = find_insufficient_data([half])
    assert told.comparable == LEAST_COMPARABLE - 1
    asked = {name for name, question in THINGS if question in told.ask_for}
    told_of = {"entities", "scene", "sex", "age_years"}
    assert asked == set([name for name, _ in THINGS if name not in told_of][:ASKED])
    assert find_insufficient_data([replace(half, premises="home")]) == ()


def test_thin_cases_stand_in_the_order_given() -> None:
    cases = [Case(name, START) for name in ("C", "A", "B")]
    assert [thin.case_id for thin in find_insufficient_data(cases)] == ["C", "A", "B"]


def file_of(cases: list[Case]) -> CaseFile:
    ordered = sorted(cases, key=lambda c: (c.reported_at, c.case_id))
    return CaseFile(
        "made.csv", tuple(CaseHistory(c.case_id, ((c.reported_at, c),)) for c in ordered)
    )


def test_explaining_a_pair_is_the_same_both_ways_and_as_linked() -> None:
    cases = [
        replace(BASE, case_id=f"C{k}", reported_at=START + k * 30 * DAY, age_years=20.0 + k % 4)
        for k in range(12)
    ]
    case_file, options = file_of(cases), LinkOptions(declared_table(), top=3)
    answer = link_cases(case_file, options)
    link = next(link for link in answer.links if link.case_a == "C9")
    there = explain_pair(case_file, options, link.case_a, link.case_b)
    back = explain_pair(case_file, options, link.case_b, link.case_a)
    assert there == back
    assert there.breakdown == link.breakdown
    assert (there.chance, there.compared) == (link.chance, link.compared)


def test_the_deaths_of_a_year_are_those_of_the_file() -> None:
    cases = [Case(f"C{k:03d}", START + k * DAY) for k in range(366)]
    cases += [Case("N", START, kind=Kind.NON_FATAL)]
    answer = link_cases(file_of(cases), LinkOptions(declared_table(), top=1))
    assert answer.deaths_a_year == pytest.approx(366 / 365 * 365.25)
    assert answer.compared == 367


def test_knowing_later_changes_nothing_said_earlier() -> None:
    """As-of by design: facts and cases that came later leave the earlier answer as it was."""
    cases = [replace(BASE, case_id=f"C{k}", reported_at=START + k * DAY) for k in range(6)]
    early = file_of(cases)
    grown = CaseFile(
        "made.csv",
        (
            *(
                CaseHistory(
                    h.case_id,
                    (*h.versions, (START + 40 * DAY, replace(h.versions[0][1], sex="female"))),
                )
                for h in early.histories
            ),
            CaseHistory("LATE", ((START + 30 * DAY, Case("LATE", START + 30 * DAY)),)),
        ),
    )
    then = LinkOptions(declared_table(), as_of=START + 10 * DAY)
    assert link_cases(grown, then) == link_cases(early, then)
    assert link_cases(grown, LinkOptions(declared_table())) != link_cases(early, then)
