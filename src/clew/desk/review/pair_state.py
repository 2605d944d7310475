"""Where a pair stands in the queue, and what brings it back. Pure rules, and no weight among them.

A pair is there once. `not_linked` with a second reader's agreement puts it aside; a fact that is
compared and touches either case, or a new case that matches either, brings it back, before a more
senior reader. Nothing here reads or alters a weight, a rank, a chance or an alert.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

OPEN, SECOND, NOT_TAKEN, LINKED = "open", "second_reader", "not_taken_forward", "linked"
STATES = (OPEN, SECOND, NOT_TAKEN, LINKED)
ANY_READER, SENIOR_READER = 1, 2
"""Who reads: any analyst; from the second time that a pair comes up, somebody more senior."""
CANDIDATES = 5
"""Settled: at most five candidates a death."""
MOST_WORDS = 300
"""Characters of `because`; the column's length."""


@dataclass(frozen=True, slots=True)
class PairState:
    """Where a pair stands. `times` it came up; `because` says why it is here, in words."""

    state: str = OPEN
    level: int = ANY_READER
    times: int = 1
    because: str = ""


@dataclass(frozen=True, slots=True)
class FactTouched:
    """A fact that is compared became known of one of the two; `fields` in words."""

    case_id: str
    fields: tuple[str, ...]

    def says(self) -> str:
        """Return one sentence for the reader."""
        names = ", ".join(self.fields[:4]) or "a fact"
        return f"Something new is known of {self.case_id}: {names}"


@dataclass(frozen=True, slots=True)
class NewMatch:
    """Another case, `case_id`, whose candidate is `candidate`, one of the two."""

    case_id: str
    candidate: str
    within_budget: bool
    chance: float

    def counts_for(self, first: str, second: str, chance: float) -> bool:
        """Tell whether it brings the pair back, whose own chance is `chance`.

        It does within the alert budget, or where it is at least as surprising as the pair itself.
        """
        if self.case_id in (first, second) or self.candidate not in (first, second):
            return False
        return self.within_budget or self.chance <= chance

    def says(self) -> str:
        """Return one sentence for the reader."""
        return f"Another record, {self.case_id}, matches {self.candidate}"


News = FactTouched | NewMatch


def resurface(standing: PairState, news: Iterable[News]) -> PairState:
    """Return where a pair stands after news of it.

    One that was put aside is open again, before a more senior reader. One that waits for its
    second reader goes on waiting, and that reader is told; so it is with a linked one, and an open
    one that was read before. Of one that nobody has read yet, the newest link tells everything.
    """
    said = tuple(dict.fromkeys(one.says() for one in news))
    unread = standing.state == OPEN and standing.times == 1 and standing.level == ANY_READER
    if not said or unread:
        return standing
    if standing.state == NOT_TAKEN:
        return PairState(
            OPEN,
            max(standing.level, SENIOR_READER),
            standing.times + 1,
            _words((*said, "It was looked at before and not taken forward")),
        )
    return replace(standing, because=_words(said))


def judged(standing: PairState, verdict: str) -> PairState:
    """Return where a pair stands after a judgement.

    `undetermined` leaves it open: nobody has decided, and it must not be lost.
    """
    state = {"linked": LINKED, "not_linked": SECOND, "undetermined": OPEN}[verdict]
    return replace(standing, state=state)


def second_read(standing: PairState, *, agrees: bool) -> PairState:
    """Return where a pair stands after its second reader; disagreement goes to a senior one."""
    if standing.state != SECOND:
        return standing
    if agrees:
        return replace(standing, state=NOT_TAKEN)
    level = max(standing.level, SENIOR_READER)
    return replace(standing, state=OPEN, level=level, because="Two readers disagree")


def _words(said: Iterable[str]) -> str:
    text = ". ".join(said) + "."
    return text if len(text) <= MOST_WORDS else text[: MOST_WORDS - 4] + " ..."
