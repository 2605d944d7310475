"""Laws of the words of a pair: for and against by what is said, nothing twice, nothing lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_cases import all_pairs, case_lists, code

from clew.comparison import pair_words
from clew.comparison.breakdown import break_down
from clew.comparison.evidence.place import NEAR_M
from clew.comparison.pair_words import Alike, stance_of
from clew.disclosure.comparison import WIDTH, say_missing, strongest
from clew.disclosure.pair_lines import reason_lines
from clew.model.case import Case
from clew.model.finding import Breakdown, Finding, Stance
from clew.model.values import DAY

WEIGHTS = st.integers(-3_000_000, 3_000_000)
SECONDS = st.floats(0, 20_000 * DAY)


def reasons(finding: Finding) -> tuple[int, int]:
    """How often a finding is listed for, and against."""
    return len(strongest([finding], 1)), len(strongest([finding], -1))


def found(said: tuple[str, Alike], weight: int) -> Finding:
    return Finding("any", "any", stance_of(said[1], weight), weight, said[0])


@given(SECONDS, WEIGHTS)
def test_a_long_gap_is_never_for_and_a_short_one_never_against(seconds: float, weight: int) -> None:
    listed = reasons(found(pair_words.say_gap(seconds, wide=False, by_report=False), weight))
    if seconds > pair_words.LONG_GAP_S:
        assert listed == (0, int(weight < 0))
    elif seconds <= pair_words.SHORT_GAP_S:
        assert listed == (int(weight > 0), 0)
    else:
        assert listed == (int(weight > 0), int(weight < 0))


@given(st.floats(0, 2_000_000), WEIGHTS)
def test_nearness_is_never_against_and_a_great_distance_never_for(m: float, weight: int) -> None:
    listed = reasons(found(pair_words.say_distance(m), weight))
    if m <= NEAR_M:
        assert listed == (int(weight > 0), 0)
    elif m > pair_words.FAR_M:
        assert listed == (0, int(weight < 0))


@given(st.floats(0, 110), WEIGHTS)
def test_one_age_is_never_against_and_two_generations_never_for(years: float, weight: int) -> None:
    listed = reasons(found(pair_words.say_ages("30", "31", years), weight))
    if years <= pair_words.SAME_AGE:
        assert listed[1] == 0
    elif years > pair_words.OTHER_AGE:
        assert listed[0] == 0


def breakdowns_of(cases: list[Case]) -> list[Breakdown]:
    coded, tables = code(cases)
    return break_down(coded, tables, all_pairs(len(coded.cases)))


@given(case_lists())
def test_every_reason_is_for_what_agrees_or_against_what_differs(cases: list[Case]) -> None:
    for breakdown in breakdowns_of(cases):
        ahead, against = strongest(breakdown.findings, 1), strongest(breakdown.findings, -1)
        assert {f.stance for f in ahead} <= {Stance.AGREES}
        assert {f.stance for f in against} <= {Stance.DIFFERS}
        assert not {f.aspect for f in (*ahead, *against)} & {"taken together"}
        for finding in breakdown.findings:
            if "taken together" in finding.aspect:
                assert finding.stance is Stance.NOTE
            if finding.stance is Stance.MISSING:
                assert finding.micro_bans == 0
        assert sum(f.micro_bans for f in breakdown.findings) == breakdown.micro_bans


TWICE = re.compile(r"\b(?P<label>\w[\w ]{3,}): (?P=label)\b")


@given(case_lists())
def test_no_sentence_says_its_label_twice_or_ends_open(cases: list[Case]) -> None:
    for breakdown in breakdowns_of(cases):
        for finding in breakdown.findings:
            assert finding.says, finding
            assert not TWICE.search(finding.says), finding.says
            assert "tell" not in finding.says
            assert finding.says == finding.says.strip(" ;,.:"), finding.says


def test_a_label_that_is_said_twice_is_found() -> None:
    """The pattern above can fail."""
    assert TWICE.search("time of day: time of day: the same")


@given(case_lists(), st.sampled_from([1, 2, 3]))
def test_a_list_has_three_lines_a_pair_and_counts_what_it_leaves_out(
    cases: list[Case], most: int
) -> None:
    for breakdown in breakdowns_of(cases):
        lines = reason_lines(breakdown.findings, most)
        assert 1 <= len(lines) <= 3
        for line, sign in ((lines[0], 1), (lines[1] if len(lines) > 1 else "", -1)):
            said = strongest(breakdown.findings, sign)
            if (line.startswith("For: ") and sign == 1) or line.startswith("Against: "):
                more = int(m[1]) if (m := re.search(r"; and (\d+) more$", line)) else 0
                shown = [f for f in said[:most] if f.says in line]
                assert len(shown) + more >= len(said)
                assert len(shown) == 1 or len("; ".join(f.says for f in shown)) <= WIDTH
        whole = " ".join(reason_lines(breakdown.findings, None))
        listed = (*strongest(breakdown.findings, 1), *strongest(breakdown.findings, -1))
        notes = [f for f in breakdown.findings if f.stance is Stance.NOTE]
        assert all(finding.says in whole for finding in (*listed, *notes))


@pytest.mark.parametrize("most", [None, 3])
def test_what_is_missing_is_one_line(most: int | None) -> None:
    aspects = ("gap", "mechanism", "things missing", "posture", "lividity", "clothing")
    findings = [pair_words.missing_from_both("scene", aspect) for aspect in aspects]
    said = say_missing(findings, most)
    assert "\n" not in said
    if most is None:
        assert said == "gap, cause, missing things, posture, lividity, clothing"
    else:
        assert said == "missing things, cause, posture and 3 more"
