"""Codes that people took for one: from the date of the decision, reversibly, never in silence."""

from __future__ import annotations

from clew.identities.merge_codes import take_together
from clew.model.case import Case, Entity
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.identity import IdentityDecision, Sameness

SAME, DIFFERENT = Sameness.SAME, Sameness.DIFFERENT


def made(*codes: str) -> CaseFile:
    cases = [
        Case(f"C{k}", 100 * k, entities=(Entity("caller", "person", code),))
        for k, code in enumerate(codes)
    ]
    return CaseFile("x.csv", tuple(CaseHistory(c.case_id, ((c.reported_at, c),)) for c in cases))


def codes(case_file: CaseFile, at: int | None = None) -> list[str]:
    return [entity.code for case in case_file.as_of(at) for entity in case.entities or ()]


def decided(a: str, b: str, what: Sameness, at: int | None = None) -> IdentityDecision:
    return IdentityDecision(a, b, what, at)


def test_without_decisions_of_its_codes_the_histories_are_the_same_objects() -> None:
    file = made("P1", "P2")
    found = take_together(file, [decided("Q1", "Q2", SAME)], None)
    assert all(a is b for a, b in zip(found.histories, file.histories, strict=True))
    assert found.together == (
        "No codes are taken together: no decision is of two codes of this file.",
    )


def test_codes_are_one_from_the_date_of_the_decision_on() -> None:
    found = take_together(made("P2", "P1"), [decided("P1", "P2", SAME, 500)], None)
    assert codes(found, 499) == ["P2", "P1"]
    assert codes(found, 500) == codes(found) == ["P1", "P1"]
    assert found.together == ("Taken together by people's decisions: 2 codes as 1. P1 = P2.",)
    early = take_together(made("P2", "P1"), [decided("P1", "P2", SAME, 500)], 499)
    assert early.together == ("No codes are taken together: nothing had been decided by then.",)


def test_a_decision_without_a_date_counts_from_the_beginning() -> None:
    found = take_together(made("P2", "P1"), [decided("P1", "P2", SAME)], None)
    assert codes(found, 100) == ["P1", "P1"]
    assert len(found.histories[0].versions) == 1


def test_a_later_decision_of_the_same_pair_takes_it_back() -> None:
    rows = [decided("P1", "P2", SAME, 300), decided("P1", "P2", DIFFERENT, 600)]
    found = take_together(made("P2", "P1"), rows, None)
    assert codes(found, 300) == ["P1", "P1"]
    assert codes(found, 600) == ["P2", "P1"]
    assert codes(take_together(made("P2", "P1"), rows[::-1], None), 600) == ["P2", "P1"]


def test_different_splits_what_others_would_join_and_it_is_said() -> None:
    rows = [
        decided("P1", "P2", SAME, 1), decided("P2", "P3", SAME, 2),
        decided("P1", "P3", DIFFERENT, 3),
    ]  # fmt: skip
    found = take_together(made("P1", "P2", "P3"), rows, None)
    assert codes(found, 202) == ["P1", "P1", "P3"]
    assert "P2 and P3 were decided to be one, and are kept apart" in found.together[1]


def test_undetermined_changes_nothing() -> None:
    found = take_together(made("P1", "P2"), [decided("P1", "P2", Sameness.UNDETERMINED)], None)
    assert codes(found) == ["P1", "P2"]


def test_types_stay_apart() -> None:
    phone = Case("C1", 1, entities=(Entity("caller", "phone", "P1"),))
    person = Case("C2", 2, entities=(Entity("caller", "person", "P2"),))
    file = CaseFile(
        "x", tuple(CaseHistory(c.case_id, ((c.reported_at, c),)) for c in (phone, person))
    )
    found = take_together(file, [decided("P1", "P2", SAME)], None)
    assert {(e.type, e.code) for c in found.as_of(None) for e in c.entities or ()} == {
        ("phone", "P1"), ("person", "P1")
    }  # fmt: skip
