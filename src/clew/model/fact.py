"""A fact: one value of one field of one case, with the time at which it became known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clew.model.time_window import Instant


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
