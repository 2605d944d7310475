"""What intake hands on: cases with their histories and facts, rejects, what was searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clew.model.case import Case
from clew.model.input_account import InputAccount
from clew.model.profile import ProfiledColumn
from clew.model.values import Instant


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """The versions of one case, oldest first: from each instant until the next it read so.

    The first instant is when the case itself became known (its report). Instants strictly rise.
    From `until` on it is no record of its own: it is one with the record `merged_into`.
    """

    case_id: str
    versions: tuple[tuple[Instant, Case], ...]
    until: Instant | None = None
    merged_into: str = ""

    def is_merged(self, instant: Instant | None) -> bool:
        """Return whether it is part of another at `instant`; None means after every fact."""
        return self.until is not None and (instant is None or self.until <= instant)

    def as_of(self, instant: Instant) -> Case | None:
        """Return the case as recorded at `instant` (inclusive), or None where it is none."""
        if self.is_merged(instant):
            return None
        current = None
        for since, case in self.versions:
            if since > instant:
                break
            current = case
        return current


@dataclass(frozen=True, slots=True)
class Reject:
    """A row, or one field of it, that could not be taken. `kept` says whether the row was.

    `row` is its number as a spreadsheet shows it. `case_id` is the case that the row is of, where
    it could be read; `of_case_file`: the row is a case of its own, not a fact about one.
    """

    file: str
    row: int
    field: str
    value: str
    reason: str
    kept: bool
    case_id: str = ""
    of_case_file: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """One row of a coverage file: a system searched (`records` > 0), or one that was not."""

    system: str
    agency: str
    records: int
    up_to: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A read case file. Histories are in the order of their first instant, then `case_id`.

    `traits` are sensitive columns by case, apart from `Case`, for the equality audit alone.
    `crime` is the kind of crime that the file's mapping declares; no mapping: `death`.
    `together` says which codes people took for one, where decisions were given; else nothing.
    `account` says what was taken of the files and what was not, `profile` how columns were read.
    """

    name: str
    histories: tuple[CaseHistory, ...]
    rejects: tuple[Reject, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    warnings: tuple[str, ...] = ()
    traits: Mapping[str, Mapping[str, str]] | None = None
    timezone: str = "Europe/London"
    crime: str = "death"
    together: tuple[str, ...] = ()
    account: InputAccount = field(default_factory=InputAccount)
    profile: tuple[ProfiledColumn, ...] = ()

    def as_of(self, instant: Instant | None) -> tuple[Case, ...]:
        """Return all cases as recorded at `instant`; None means after every fact."""
        if instant is None:
            return tuple(h.versions[-1][1] for h in self.histories if h.until is None)
        views = (history.as_of(instant) for history in self.histories)
        return tuple(case for case in views if case is not None)


class Op(StrEnum):
    """`SET` replaces the whole value; `ADD` and `WITHDRAW` change one element of a list."""

    SET = "set"
    ADD = "add"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a facts file. The as-of view uses `recorded_at`; an empty `value` retracts.

    `row` is the row's number in its file: facts recorded at one instant apply in file order.
    """

    case_id: str
    field: str
    op: Op
    value: str
    known_at: Instant
    recorded_at: Instant
    known_to: str = ""
    basis: str = ""
    source: str = ""
    row: int = 0
