"""The queue's rules, walked at random: no pair is lost, and a senior reader stays one."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from clew.desk.review.pair_state import (
    LINKED,
    MOST_WORDS,
    NOT_TAKEN,
    OPEN,
    SECOND,
    STATES,
    FactTouched,
    NewMatch,
    PairState,
    judged,
    resurface,
    second_read,
)

CASES = ("A", "B", "C", "D")
chances = st.floats(1e-9, 100)


class Queue(RuleBasedStateMachine):
    """One pair, A and B, whose own chance is 0.01, under whatever comes."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = PairState()
        self.highest = 1
        self.times = 1

    @rule(verdict=st.sampled_from(["linked", "not_linked", "undetermined"]))
    def somebody_judges(self, verdict: str) -> None:
        if self.standing.state in (OPEN, LINKED):
            self.standing = judged(self.standing, verdict)
            assert (self.standing.state == SECOND) == (verdict == "not_linked")

    @rule(agrees=st.booleans())
    def somebody_reads_second(self, agrees: bool) -> None:
        waited = self.standing.state == SECOND
        before = self.standing
        self.standing = second_read(self.standing, agrees=agrees)
        if waited:
            assert self.standing.state == (NOT_TAKEN if agrees else OPEN)
        else:
            assert self.standing == before

    @rule(case=st.sampled_from(CASES[:2]), field=st.sampled_from(["substances", "entities"]))
    def a_fact_touches_either(self, case: str, field: str) -> None:
        self._hears(resurface(self.standing, [FactTouched(case, (field,))]), news=True)

    @rule(
        case=st.sampled_from(CASES),
        candidate=st.sampled_from(CASES),
        within=st.booleans(),
        chance=chances,
    )
    def a_new_case_matches(self, case: str, candidate: str, within: bool, chance: float) -> None:
        match = NewMatch(case, candidate, within, chance)
        counts = match.counts_for("A", "B", 0.01)
        third = case in "CD" and candidate in "AB"
        assert counts == (third and (within or chance <= 0.01))
        self._hears(resurface(self.standing, [match] if counts else []), news=counts)

    def _hears(self, after: PairState, *, news: bool) -> None:
        before = self.standing
        if news and before.state == NOT_TAKEN:
            assert (after.state, after.level) == (OPEN, 2)
            assert after.times == before.times + 1
            assert "not taken forward" in after.because
        else:
            assert (after.state, after.level) == (before.state, before.level)
        assert news or after == before
        self.standing = after

    @invariant()
    def no_pair_is_lost_and_no_level_falls(self) -> None:
        assert self.standing.state in STATES
        assert self.standing.level >= self.highest
        assert self.standing.times >= self.times
        assert len(self.standing.because) <= MOST_WORDS
        self.highest, self.times = self.standing.level, self.standing.times


TestQueue = Queue.TestCase


def test_long_news_fit_their_column() -> None:
    many = [FactTouched("X" * 120, ("substances",)) for _ in range(2)]
    many += [FactTouched("Y" * 120, ("scene", "entities")), FactTouched("Z" * 120, ("sex",))]
    assert len(resurface(PairState(NOT_TAKEN), many).because) <= MOST_WORDS
