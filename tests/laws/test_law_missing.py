"""Missing is never evidence: two blanks are no match; a blank and a value are no difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import ASPECTS, FINDS, all_pairs, case_lists, code, findings_of, without

from clew.comparison import kernel
from clew.comparison.breakdown import break_down
from clew.model.case import Case
from clew.model.finding import Stance
from clew.model.values import DAY, TimeWindow

ITEM_SLOTS = list(range(kernel.ITEMS, kernel.FINDINGS))
PLACE_SLOTS = [kernel.DISTANCE, kernel.ADDRESS, kernel.AREA]
MAY_CHANGE = {
    # Without the address or the point the next coarser place speaks; nearness caps the premises.
    "point": [*PLACE_SLOTS, kernel.FAR, kernel.COMBINED, *ITEM_SLOTS],
    "place_key": [*PLACE_SLOTS, kernel.COMBINED, *ITEM_SLOTS],
    "area": [kernel.AREA, kernel.COMBINED],
    "entities": [kernel.ENTITY, kernel.COMBINED],
    "home": [kernel.FAR],
    "window": [kernel.CLOCK, kernel.WEEKDAY],
    "age_years": [kernel.AGE],
    "sex": [kernel.SEX],
}
"""By field, the slots that may change when it goes missing. Of items, see `may_rise`."""
SHOWS_MECHANISM = ("injuries", "posture", "scene", "body_state")
"""Until a cause is told the mechanism is what was seen: it is missing where these are too."""
LATER, EARLIER = 1, 0
PAIR = np.array([[LATER, EARLIER]], np.int64)


@pytest.mark.parametrize("field", sorted(FINDS))
@given(cases=case_lists(most=6), who=st.sampled_from(["a", "b", "both"]))
@settings(max_examples=20, deadline=None)
def test_a_missing_value_weighs_nothing_from_file_to_breakdown(
    field: str, cases: list[Case], who: str
) -> None:
    nothing = dict.fromkeys(SHOWS_MECHANISM) if field == "mechanism" else {}
    blank = [
        replace(case, **{field: None}, **nothing) if who == "both" or k == (who == "a") else case
        for k, case in enumerate(cases)
    ]
    coded, tables = code(blank)
    rows = {case.case_id: row for row, case in enumerate(coded.cases)}
    pair = np.array([[rows["C01"], rows["C00"]]], np.int64)
    found = findings_of(coded, tables, pair)[0]
    assert [found[slot] for slot in FINDS[field]] == [0] * len(FINDS[field])
    told = break_down(coded, tables, pair)[0].findings
    for aspect in ASPECTS.get(field, ()):
        (finding,) = [f for f in told if f.aspect == aspect]
        assert (finding.stance, finding.micro_bans) == (Stance.MISSING, 0)


@pytest.mark.parametrize("field", sorted(FINDS))
@given(cases=case_lists(most=6))
@settings(max_examples=20, deadline=None)
def test_a_missing_value_leaves_every_other_finding(field: str, cases: list[Case]) -> None:
    """With all codes and tables as they were: its finding is 0, and the others stand.

    Dependent values are weighed one given another, so that of the other shared values those may
    rise that were counted given the missing one. They never fall.
    """
    coded, tables = code(cases)
    before = findings_of(coded, tables, PAIR)[0]
    after = [
        findings_of(without(coded, field, rows), tables, PAIR)[0]
        for rows in ([LATER], [EARLIER], [LATER, EARLIER])
    ]
    assert np.array_equal(after[0], after[1]), "missing here or there is the same"
    assert np.array_equal(after[0], after[2]), "missing in both is missing, not a match"
    slots = FINDS[field]
    assert not after[0][list(slots)].any()
    changes = np.flatnonzero(before != after[0]).tolist()
    if field in MAY_CHANGE:
        assert set(changes) <= set(MAY_CHANGE[field])
    else:
        others = [slot for slot in changes if slot not in slots]
        assert set(others) <= set(ITEM_SLOTS)
        assert all(after[0][slot] > before[slot] for slot in others)


@given(case_lists())
@settings(max_examples=30, deadline=None)
def test_cases_that_tell_nothing_weigh_by_the_gap_alone(cases: list[Case]) -> None:
    bare = [Case(case.case_id, case.reported_at) for case in cases]
    coded, tables = code(bare)
    found = findings_of(coded, tables, all_pairs(len(bare)))
    found[:, kernel.GAP] = 0
    assert not found.any()


@given(case_lists())
@settings(max_examples=30, deadline=None)
def test_where_no_window_is_told_the_day_before_the_report_stands_for_it(cases: list[Case]) -> None:
    told = [
        replace(c, window=c.window or TimeWindow(c.reported_at - DAY, c.reported_at)) for c in cases
    ]
    pairs = all_pairs(len(cases))
    gaps = [findings_of(*code(listed), pairs)[:, kernel.GAP] for listed in (cases, told)]
    assert np.array_equal(*gaps)


@given(case_lists(least=3), st.sampled_from(["substances", "scene", "missing_items", "posture"]))
@settings(max_examples=40, deadline=None)
def test_known_to_be_empty_may_differ_and_never_agrees(cases: list[Case], field: str) -> None:
    empty = [replace(case, **{field: ()}) if k else case for k, case in enumerate(cases)]
    coded, tables = code(empty)
    found = findings_of(coded, tables, all_pairs(len(cases)))
    assert (found[:, FINDS[field][0]] <= 0).all()


def test_tested_and_nothing_found_is_not_the_same_as_not_tested() -> None:
    held = [("cocaine",), (), None, ("cocaine",), ("alcohol",)]
    cases = [Case(f"C{k}", 1_400_000_000 + k * DAY, substances=s) for k, s in enumerate(held)]
    coded, tables = code(cases)
    slot = FINDS["substances"][0]
    against, missing = findings_of(coded, tables, np.array([[1, 0], [2, 0]]))[:, slot]
    assert against < 0 == missing
