"""No path closes a death without every ground; none loses a dissent, a refusal or a concern."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from clew.assurance.classes import CLASS, INVESTIGATED, NOT_SUSPICIOUS, change_class
from clew.assurance.closing import Closing, missing_grounds
from clew.assurance.concern import CLOSED, CONCERN, Concern, act_on_concern
from clew.assurance.lines import LINE, LineStatus, act_on_line
from clew.assurance.machine import STEPS, Deadline, escalate
from clew.assurance.referral import (
    ACCEPTED,
    REFERRAL,
    REFUSED,
    Referral,
    act_on_referral,
    touched_by,
)
from clew.assurance.standard import HOUR, default_standard
from clew.errors import ActRefused

PEOPLE = ["pc.one", "ds.two", "di.three", "dci.four"]
EVIDENCE = ["", "Nothing similar was found.", "Camera shows him alone; door bolted from inside."]
PERSON, WORDS = st.sampled_from(PEOPLE), st.sampled_from(["", "because of the camera"])


class Death(RuleBasedStateMachine):
    """A death with two lines, one referral and one concern, and people who try everything."""

    def __init__(self) -> None:
        super().__init__()
        lines = default_standard().lines_for(INVESTIGATED)[:2]
        self.state, self.now, self.reporter = INVESTIGATED, 0, PEOPLE[0]
        self.lines = [LineStatus(line) for line in lines]
        self.referral = Referral("R-1", ("BD-2",), "two deaths", PEOPLE[0], 0, 24 * HOUR)
        self.concern = Concern("C-1", "sister", "I read about another death", 0, 48 * HOUR)
        self.dissents: list[str] = []
        self.history: list[tuple[str, bool]] = []
        self.refusals = 0

    def closing(self, supervisor: str, evidence: str, change: str) -> Closing:
        waits = self.referral.state not in (ACCEPTED, REFUSED, "withdrawn")
        return Closing(
            reporter=self.reporter, supervisor=supervisor,
            supervisor_may=supervisor == PEOPLE[1], evidence=evidence, would_change=change,
            lines=self.lines, open_concerns=[] if self.concern.answers else [self.concern.words],
            open_referrals=["R-1"] if waits else [],
        )  # fmt: skip

    @rule(act=st.sampled_from([move.act for move in CLASS.moves]), by=PERSON, signer=PERSON,
          evidence=st.sampled_from(EVIDENCE), change=WORDS)  # fmt: skip
    def change(self, act: str, by: str, signer: str, evidence: str, change: str) -> None:
        closing = self.closing(signer, evidence, change)
        said = {
            "by": by, "rank": "PC", "reason": evidence, "would_change": change, "doctor": "Dr A",
            "supervisor": signer, "senior": signer,
        }  # fmt: skip
        missing = missing_grounds(closing)
        try:
            after = change_class(self.state, act, said, missing)
        except ActRefused:
            return
        self.history.append((after, not missing))
        self.state = after

    @rule(k=st.integers(0, 1), act=st.sampled_from([move.act for move in LINE.moves]), by=PERSON,
          approver=PERSON, words=WORDS)  # fmt: skip
    def work(self, k: int, act: str, by: str, approver: str, words: str) -> None:
        said = {"by": by, "approver": approver, "proof": words, "reason": words}
        before = self.lines[k]
        try:
            self.lines[k] = act_on_line(before, act, said, self.now)
        except ActRefused:
            return
        assert words
        if self.lines[k].state == "waived":
            assert by != approver

    @rule(act=st.sampled_from([move.act for move in REFERRAL.moves]), by=PERSON, words=WORDS)
    def refer(self, act: str, by: str, words: str) -> None:
        said = {
            "by": by, "rank": "DCI", "reason": words, "senior": PEOPLE[3], "because": words,
            "told": words, "approver": PEOPLE[3],
        }  # fmt: skip
        before = self.referral
        try:
            self.referral = act_on_referral(before, act, said, self.now)
        except ActRefused:
            return
        assert act != "accepted by silence"  # a person asked: it is escalated
        if act == "refused":
            self.refusals += 1
        if before.state == "challenged" and act in ("accepted", "refused"):
            assert by != before.refused_by

    @rule(act=st.sampled_from([move.act for move in CONCERN.moves]), by=PERSON, words=WORDS,
          answer=st.sampled_from(["", "We found no links.", "It was looked into by two people."]),
          second=st.sampled_from(["", *PEOPLE]))  # fmt: skip
    def listen(self, act: str, by: str, words: str, answer: str, second: str) -> None:
        said = {
            "by": by, "owner": by, "answer": answer, "second_reader": second, "searched": words,
            "how_to_challenge": "write to us", "words": words,
        }  # fmt: skip
        before = self.concern
        try:
            self.concern = act_on_concern(before, act, said, self.now)
        except ActRefused:
            return
        if act == "answered" and "no links" in answer:
            assert second
            assert second != by
            assert words

    @rule(words=st.text(min_size=1, max_size=5))
    def dissent(self, words: str) -> None:
        self.dissents.append(words)

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        self.now += hours * HOUR

    @invariant()
    def closed_only_with_every_ground(self) -> None:
        assert all(whole for state, whole in self.history if state == NOT_SUSPICIOUS)

    @invariant()
    def a_concern_keeps_its_words_and_is_closed_only_when_answered(self) -> None:
        assert self.concern.words == "I read about another death"
        assert self.concern.state != CLOSED or self.concern.answers

    @invariant()
    def a_refusal_is_never_forgotten(self) -> None:
        assert not self.refusals or self.referral.refused_by


Death.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_no_path_loses_anything = Death.TestCase


@st.composite
def deadlines(draw: st.DrawFn) -> list[Deadline]:
    hours = draw(st.lists(st.integers(0, 200), max_size=6))
    return [
        Deadline(f"line:{k}", "line", "what", h * HOUR, "pc.one", "KD", "BD-1")
        for k, h in enumerate(hours)
    ]


def run(found: list[Deadline], moments: list[int]) -> list[str]:
    """What goes up when the clock is asked at these moments and remembers what has gone up."""
    gone: set[str] = set()
    told = []
    for moment in sorted(moments):
        for one in escalate(found, moment, gone):
            gone.add(one.key)
            told.append(one.key)
    return told


@given(deadlines(), st.lists(st.integers(0, 400 * HOUR), min_size=1, max_size=8))
def test_a_deadline_goes_up_exactly_once_a_step(found: list[Deadline], moments: list[int]) -> None:
    told = run(found, moments)
    end = max(moments)
    due = {
        f"{d.key}#{k}" for d in found for k, hours in enumerate(STEPS) if end > d.due + hours * HOUR
    }
    assert len(told) == len(set(told))
    assert set(told) == due


def test_what_referred_itself_is_accepted_by_silence_only_when_its_time_has_run_out() -> None:
    itself = Referral("R-2", ("BD-2", "BD-3"), "a possible series", "", 0, 24 * HOUR)
    with pytest.raises(ActRefused, match="has not passed"):
        act_on_referral(itself, "accepted by silence", {"told": "chief"}, 24 * HOUR)
    after = act_on_referral(itself, "accepted by silence", {"told": "chief"}, 24 * HOUR + 1)
    assert after.state == ACCEPTED


def test_a_new_death_brings_a_refusal_up_again() -> None:
    sent = Referral("R-1", ("BD-1", "BD-2"), "two deaths", "pc.one", 0, 24 * HOUR)
    said = {"by": "dci.four", "rank": "DCI", "reason": "no evidence of a third party"}
    refused = act_on_referral(sent, "refused", said, HOUR)
    assert touched_by(refused, frozenset({"BD-2", "BD-3"}))
    assert not touched_by(refused, frozenset({"BD-9"}))
    again = act_on_referral(refused, "brought up again", {"because": "BD-3"}, 2 * HOUR)
    assert again.state == "in_review"
    assert again.refused_by == "dci.four"
