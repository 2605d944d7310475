"""What must hold of any pair: symmetry, order, exact sums, and what may never weigh."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import EVIDENTIAL, all_pairs, case_lists, code, findings_of, weights_by_id

from clew.comparison import kernel
from clew.comparison.breakdown import break_down
from clew.model.case import Case, Entity, Kind
from clew.model.finding import Stance
from clew.model.values import MissingCause

TEXT = st.sampled_from(["", "homicide", "natural", "overdose of ghb", "expected", "rape", "MPS"])


@given(case_lists())
@settings(max_examples=150, deadline=None)
def test_every_finding_is_symmetric(cases: list[Case]) -> None:
    coded, tables = code(cases)
    pairs = all_pairs(len(cases))
    there, back = (findings_of(coded, tables, p) for p in (pairs, pairs[:, ::-1].copy()))
    assert np.array_equal(there, back)


@given(case_lists(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_order_of_cases_changes_nothing(cases: list[Case], chance: object) -> None:
    shuffled = list(cases)
    chance.shuffle(shuffled)
    assert weights_by_id(*code(cases)) == weights_by_id(*code(shuffled))


@given(case_lists())
@settings(max_examples=150, deadline=None)
def test_the_breakdown_adds_up_exactly(cases: list[Case]) -> None:
    coded, tables = code(cases)
    pairs = all_pairs(len(cases))
    weights = kernel.weigh_pairs(coded.cols, tables, pairs).tolist()
    for told, weight in zip(break_down(coded, tables, pairs), weights, strict=True):
        assert told.micro_bans == weight
        assert sum(finding.micro_bans for finding in told.findings) == weight
        for finding in told.findings:
            assert isinstance(finding.micro_bans, int)
            if finding.stance is Stance.MISSING:
                assert finding.micro_bans == 0
                assert not (finding.value_a and finding.value_b)
            if finding.micro_bans < 0 and finding.stance not in (Stance.DIFFERS, Stance.NOTE):
                # The same, or near, and yet so common here that it speaks against.
                assert finding.stance is Stance.AGREES
                near = "within about" in finding.says or finding.says.startswith("found about")
                assert near or finding.value_a == finding.value_b


@given(
    case_lists(),
    st.lists(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(Kind),
                "category": TEXT,
                "manner": TEXT,
                "manner_said_by": TEXT,
                "cause": TEXT,
                "allegation": TEXT,
                "allegation_status": TEXT,
                "narrative": TEXT,
                "agency": TEXT,
                "identity_status": TEXT,
                "moved_after_death": st.sampled_from([None, True, False]),
                "references": st.sampled_from([None, ("CAD:1",), ("CAD:1", "coroner:2")]),
                "extra": st.sampled_from([{}, {"group_ethnicity": "a", "lifestyle_words": "b"}]),
                "missing": st.sampled_from([{}, {"sex": MissingCause.WITHHELD}]),
            }
        ),
        min_size=12,
        max_size=12,
    ),
)
@settings(max_examples=40, deadline=None)
def test_officials_words_and_plain_facts_never_weigh(
    cases: list[Case], said: list[dict[str, object]]
) -> None:
    told = [replace(case, **said[k]) for k, case in enumerate(cases)]
    assert weights_by_id(*code(cases)) == weights_by_id(*code(told))


@given(case_lists(), st.sampled_from(["officer", "paramedic", "pathologist"]))
@settings(max_examples=40, deadline=None)
def test_prompt_only_roles_never_weigh(cases: list[Case], role: str) -> None:
    same = Entity(role, "person", "ON-DUTY")
    on_duty = [replace(c, entities=tuple(sorted((*(c.entities or ()), same)))) for c in cases]
    coded, tables = code(on_duty)
    assert weights_by_id(coded, tables) == weights_by_id(*code(cases))
    assert not any("ON-DUTY" in name for name in coded.codes.entities)


@given(case_lists(), st.sampled_from(EVIDENTIAL))
@settings(max_examples=30, deadline=None)
def test_a_person_in_two_records_alone_weighs_and_is_told_apart(
    cases: list[Case], role: str
) -> None:
    """The counterpart of the law above: the same entity in an evidential role does weigh."""
    same = Entity(role, "person", "STRANGER")
    both = [replace(c, entities=(same,) if k < 2 else c.entities) for k, c in enumerate(cases)]
    coded, tables = code(both)
    rows = [k for k, case in enumerate(coded.cases) if case.case_id in {"C00", "C01"}]
    pair = np.array([rows], np.int64)
    expected = tables.entity[coded.codes.entities.index("person:STRANGER")]
    assert findings_of(coded, tables, pair)[0, kernel.ENTITY] == expected > 0
    assert kernel.kinds_of_pairs(coded.cols, tables, pair)[0] == kernel.SHARED_ENTITY


@given(case_lists())
@settings(max_examples=40, deadline=None)
def test_place_and_entity_are_never_simply_added(cases: list[Case]) -> None:
    coded, tables = code(cases)
    found = findings_of(coded, tables, all_pairs(len(cases))).astype(np.int64)
    place = found[:, [kernel.DISTANCE, kernel.ADDRESS, kernel.AREA]].sum(axis=1)
    entity = found[:, kernel.ENTITY] + found[:, kernel.MENTION]
    kept = place + entity + found[:, kernel.COMBINED]
    both = (place > 0) & (entity > 0)
    assert (found[~both, kernel.COMBINED] == 0).all()
    assert (kept[both] >= np.maximum(place, entity)[both]).all()
    assert (kept[both] < (place + entity)[both]).all()
