"""What a register answers: what it says on a day, what changed between two, what is due. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clew.oversight.register.nouns import Row
from clew.oversight.register.rows import ObligationState, View
from clew.oversight.register.tracker import CopyChanges, CopyTotals, Report


@dataclass(frozen=True, slots=True)
class Shown:
    """What a register says on a day: the view, the tracker's totals by copy, one report's rows.

    `rows_of_report`: where one report's number was asked for, its row in each copy by the day.
    """

    view: View
    totals: tuple[CopyTotals, ...]
    rows_of_report: tuple[Report, ...] = ()
    body: str = ""
    proceeding: str = ""
    public: bool = False
    hidden: frozenset[str] = frozenset()
    not_released: int = 0


@dataclass(frozen=True, slots=True)
class StateChange:
    """One state that differs between two days: of what, which question, before and after."""

    about: str
    who: str
    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two days.

    `rows` with whether each is new; `states` of obligations and promises, which change with time
    alone too: what was due is overdue, what was supported has ended; `copies` of a tracker.
    """

    begins: date
    ends: date
    rows: tuple[tuple[Row, bool], ...]
    states: tuple[StateChange, ...]
    copies: CopyChanges | None


@dataclass(frozen=True, slots=True)
class Due:
    """What must still be answered on a day, by its day, and the tracker's reports not answered."""

    view: View
    obligations: tuple[ObligationState, ...]
    reports: tuple[Report, ...]
    copy: date | None
