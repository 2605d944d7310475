"""What raises the question whether a closed conclusion should be reopened. A person decides.

A judgement that two deaths are not linked raises nothing, and takes nothing back that was raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from clew.oversight.register.nouns import Candidate, Proceeding
from clew.oversight.register.rows import View


class Trigger(StrEnum):
    """What can touch a closed conclusion (account.md)."""

    NEW_LINK = "new_link"
    LATE_FACT = "late_fact"
    CONCERN = "concern"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class Touch:
    """Something new that touches the cases of a conclusion: the proceeding, what kind, in words."""

    about: str
    trigger: Trigger
    words: str


def raise_candidates(view: View, touches: Iterable[Touch], day: date) -> list[Candidate]:
    """Return a candidate for each closed conclusion that was touched, one for each test and touch.

    One that is open already, or was decided, for the same touch is not raised again. Each has the
    words of the test in force on the day, or says that the wording is not held.
    """
    known = {(row.about, row.trigger) for row in (*view.of(Candidate), *_withdrawn(view))}
    found: dict[tuple[str, str], Candidate] = {}
    for touch in touches:
        test = view.test_in_force(touch.about, day)
        said = f"{touch.trigger.value.replace('_', ' ')}: {touch.words}"
        key = (touch.about, said)
        if test is None or key in known or key in found or not is_closed(view, touch.about):
            continue
        found[key] = Candidate(
            id=f"{touch.about[:80]}-{sha256(said.encode()).hexdigest()[:12]}",
            valid_from=day,
            recorded_at=day,
            source="raised automatically",
            about=touch.about,
            test=test.id,
            trigger=said,
            words=test.words or f"{test.section}: wording not held",
        )
    return list(found.values())


def _withdrawn(view: View) -> list[Candidate]:
    return [row for row in view.withdrawn if isinstance(row, Candidate)]


def is_closed(view: View, proceeding: str) -> bool:
    """Return whether a proceeding was closed by the day of the view, and not reopened since."""
    row = view.by_id.get(proceeding)
    if not isinstance(row, Proceeding) or row.closed is None or row.closed > view.day:
        return False
    return row.reopened is None or row.reopened < row.closed or row.reopened > view.day
