"""Closing as not suspicious: each ground that lacks is named, and a search that found nothing is
none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.assurance.classes import INVESTIGATED, NOT_SUSPICIOUS, change_class
from clew.assurance.closing import Closing, missing_grounds, prompts_of, rests_on_nothing_found
from clew.assurance.lines import DONE, LineStatus
from clew.assurance.standard import default_standard
from clew.errors import ActRefused

LINES = tuple(
    LineStatus(line, DONE) for line in default_standard().lines_for("unexpected_not_suspicious")
)
EVIDENCE = "Camera at the lobby shows him alone from 20:10 until he was found; door bolted inside."
WHOLE = Closing(
    reporter="pc.one", supervisor="ds.two", supervisor_may=True, evidence=EVIDENCE,
    would_change="Anybody else's trace on the glass", lines=LINES,
)  # fmt: skip
SAID = {
    "by": "pc.one", "rank": "PC", "reason": EVIDENCE, "would_change": "a trace",
    "supervisor": "ds.two",
}  # fmt: skip


def names(closing: Closing) -> list[str]:
    return [ground.name for ground in missing_grounds(closing)]


def test_with_every_ground_it_may_be_closed() -> None:
    assert names(WHOLE) == []
    assert change_class(INVESTIGATED, "called not suspicious", SAID) == NOT_SUSPICIOUS


@pytest.mark.parametrize(("change", "lacks"), [
    ({"evidence": ""}, "evidence"),
    ({"evidence": "Nothing similar was found in the system, so it is not suspicious."}, "evidence"),
    ({"evidence": "The search found no similar deaths anywhere near; no third party."}, "evidence"),
    ({"evidence": "He was a known drug user and had needles on him that night."}, "prompt"),
    ({"evidence": "She was homeless and had been drinking in the park that week."}, "prompt"),
    ({"evidence": "The suicide note explains what he had done to his friend before."}, "prompt"),
    ({"would_change": " "}, "would_change"),
    ({"lines": (*LINES[1:], LineStatus(LINES[0].line))}, "line"),
    ({"open_pairs": ("BD-1 and BD-2",)}, "link"),
    ({"open_concerns": ("C-7",)}, "concern"),
    ({"open_leads": ("the name Trevor",)}, "lead"),
    ({"open_referrals": ("R-1",)}, "referral"),
    ({"supervisor": ""}, "supervisor"),
    ({"supervisor": "PC.One "}, "supervisor"),
    ({"supervisor_may": False}, "supervisor"),
])  # fmt: skip
def test_each_ground_that_lacks_blocks_by_its_name(change: dict[str, object], lacks: str) -> None:
    closing = replace(WHOLE, **change)
    assert names(closing) == [lacks]
    with pytest.raises(ActRefused) as refused:
        change_class(INVESTIGATED, "called not suspicious", SAID, missing_grounds(closing))
    assert refused.value.missing == (lacks,)


def test_a_prompt_is_answered_by_its_words() -> None:
    text = "He was a known drug user; the flat was locked from inside and nobody came or went."
    (prompt,) = prompts_of(text)
    answered = replace(WHOLE, evidence=text, answers=((prompt.words, "camera and bolted door"),))
    assert names(answered) == []
    assert names(replace(answered, answers=((prompt.words, " "),))) == ["prompt"]


@pytest.mark.parametrize("text", [
    "No links", "not linked to anything", "no similar deaths found", "search returned nothing",
    "nothing like it came up", "The system shows no match", "no other deaths of this kind found",
])  # fmt: skip
def test_ways_of_saying_that_nothing_was_found(text: str) -> None:
    assert rests_on_nothing_found(text)


@pytest.mark.parametrize("text", [EVIDENCE, "The door was locked from the inside", "Seen alone"])
def test_and_what_is_not_one(text: str) -> None:
    assert not rests_on_nothing_found(text)


@given(st.sampled_from(["evidence", "would_change", "supervisor"]), st.text(" \t\n", max_size=5))
def test_blanks_are_no_ground(field: str, blanks: str) -> None:
    assert missing_grounds(replace(WHOLE, **{field: blanks}))
