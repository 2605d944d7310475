"""The nouns of the register: each row says when it was so, when it was recorded, and its source.

A row is never changed. A later row of the same id takes its place from the day it was recorded;
a row with a reason in `withdrawn` says that the thing no longer applies, and is kept too.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any


class Axis(StrEnum):
    """The three questions that are never one "complete"."""

    ANSWER = "answer"
    POSITION = "position"
    PRACTICE = "practice"


class Verdict(StrEnum):
    """What a check found."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_MEASURABLE = "not_measurable"


class Direction(StrEnum):
    """Which way a measure should move."""

    UP = "up"
    DOWN = "down"


class ProceedingKind(StrEnum):
    """What kind of proceeding it is."""

    INQUEST = "inquest"
    WATCHDOG = "watchdog_investigation"
    INSPECTION = "inspection"
    CLAIM = "claim"
    REVIEW = "review"
    INQUIRY = "inquiry"
    REPORT = "report_to_prevent_deaths"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every row has.

    Parameters
    ----------
    valid_from
        The day from which it was so.
    recorded_at
        The day on which it was first recorded; a view as of an earlier day does not have it.
    source
        Who says so, and where.
    withdrawn
        Why it no longer applies; "" where it does.
    public
        Somebody has read the words of this row and released them for the public.
    """

    id: str
    valid_from: date
    recorded_at: date
    source: str
    withdrawn: str = ""
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Body(Row):
    """An office, not a person. `part_of`: the body above it, from which it is not independent."""

    name: str
    aliases: tuple[str, ...] = ()
    part_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power(Row):
    """What a body may decide by law, with its dates."""

    body: str
    power: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proceeding(Row):
    """An inquest, investigation, inspection, claim, review or inquiry."""

    title: str
    kind: ProceedingKind
    body: str = ""
    legal_basis: str = ""
    opened: date | None = None
    closed: date | None = None
    reopened: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Row):
    """A finding in its exact words, with the standard of proof that they have.

    `function`: what was found wanting, never who; `quoted_by`: where the words are quoted at
    second hand.
    """

    proceeding: str
    by: str
    about: str
    words: str
    standard: str = ""
    function: str = ""
    quoted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount(Row):
    """How many, and of how many: no identities, and no rate of a person.

    `of_set` is the id of another count, or words; `part_of`: counts with one value there are
    exclusive parts of their set; `published`: the number was public before.
    """

    proceeding: str
    what: str
    number: int
    of_set: str = ""
    part_of: str = ""
    as_of: date | None = None
    published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation(Row):
    """What a proceeding says should be done."""

    proceeding: str
    by: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation(Row):
    """What one addressee must answer, by when, and on what basis.

    `due` missing: it follows from the basis and the day it was sent, if the basis has a term.
    """

    recommendation: str
    addressee: str
    basis: str
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Row):
    """An answer; one joint letter may answer several obligations.

    `part` says that it answers in part; `document` is the SHA-256 of the letter.
    """

    obligations: tuple[str, ...]
    by: str
    words: str = ""
    document: str = ""
    part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateClaim(Row):
    """What somebody says the state of an obligation or promise is, on one axis."""

    about: str
    axis: Axis
    state: str
    by: str
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise(Row):
    """What a body promised, and who says that it did."""

    by: str
    words: str
    reported_by: str = ""
    office: str = ""
    due: date | None = None
    measure: str = ""
    document: str = ""
    proceeding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apology(Row):
    """An apology: no promise, and no admission that is not in its words."""

    by: str
    words: str
    office: str = ""
    proceeding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(Row):
    """An offer, such as to meet."""

    by: str
    words: str
    to: str = ""
    due: date | None = None
    proceeding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CivilClaim(Row):
    """Claims for damages, by count; a missing `number` was not given."""

    against: str
    by: str
    state: str
    number: int | None = None
    sum: str = ""
    proceeding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Row):
    """A public call: who, how many signed, asked of whom, and who has the power.

    `follows` is the id of an answer that was given before the call; `reply` the reply to it.
    """

    by: str
    words: str
    asked_of: str
    signed: int | None = None
    power: str = ""
    power_of: str = ""
    follows: str = ""
    reply: str = ""
    proceeding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Row):
    """What a body said of itself: an explanation, a refusal, or a claim to have changed."""

    by: str
    words: str
    proceeding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion(Row):
    """A question that nobody has answered yet, who asks it, and what bears on it."""

    words: str
    asked_by: str
    explanation: str = ""
    explained_by: str = ""
    audit: str = ""
    proceeding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenTest(Row):
    """The legal test for reopening, by version; `words` are missing where no source gives them."""

    about: str
    test: str
    section: str
    decides: str
    in_force: date
    watch: str
    words: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Row):
    """A reason to look whether a test is met, and what a person decided.

    `words` are those of the test on the day it was raised.
    """

    about: str
    test: str
    trigger: str
    words: str = ""
    decision: str = ""
    decided_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Row):
    """What would show that practice changed, frozen before anybody looks.

    `baseline` is the share before, 0 to 1; `smallest` the smallest change that can be detected.
    """

    about: str
    numerator: str
    denominator: str
    query: str
    baseline: float
    direction: Direction
    smallest: float
    frozen_at: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Row):
    """Somebody looked: who, what they saw, and what they conclude. `value`: the measure now."""

    about: str
    axis: Axis
    by: str
    verdict: Verdict
    evidence: str
    measure: str = ""
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(Row):
    """A finding that was made before; how the earlier one was answered."""

    finding: str
    earlier: str
    answered: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Row):
    """A body's own words beside a finding, never over it."""

    about: str
    by: str
    words: str


NOUNS: dict[str, type[Row]] = {
    "body": Body,
    "power": Power,
    "proceeding": Proceeding,
    "finding": Finding,
    "outcome_count": OutcomeCount,
    "recommendation": Recommendation,
    "obligation": Obligation,
    "answer": Answer,
    "state_claim": StateClaim,
    "promise": Promise,
    "apology": Apology,
    "offer": Offer,
    "claim": CivilClaim,
    "call": Call,
    "statement": Statement,
    "open_question": OpenQuestion,
    "reopen_test": ReopenTest,
    "candidate": Candidate,
    "measure": Measure,
    "check": Check,
    "repeat": Repeat,
    "reply": Reply,
}
"""Each noun by the name that files use."""
NAME_OF = {kind: name for name, kind in NOUNS.items()}


def noun_of(row: Row) -> str:
    """Return the name of a row's noun, as files use it."""
    return NAME_OF[type(row)]


def cells_of(row: Row) -> dict[str, str]:
    """Return a row as cells of text, one for each of its columns, as files have them."""
    return {field.name: cell_of(getattr(row, field.name)) for field in fields(row)}


def cell_of(value: Any) -> str:
    """Return one value as a cell: lists with `;`, yes and no, days in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(value)
    if isinstance(value, float):
        return repr(value)
    return str(value)
