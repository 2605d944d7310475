"""What a file's data are like before anything is linked: complete, possible, consistent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clew.model.input_account import InputAccount
from clew.model.profile import ProfiledColumn


@dataclass(frozen=True, slots=True)
class Filled:
    """How many of some records state each field. `name`: a unit, a month, "" for all of them."""

    name: str
    records: int
    filled: Mapping[str, int]

    def share(self, field: str) -> float:
        """Return the share of the records that state a field, 0 to 1."""
        return self.filled.get(field, 0) / self.records if self.records else 0.0


@dataclass(frozen=True, slots=True)
class Impossible:
    """An impossible value or combination of values, with examples of records."""

    field: str
    what: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Double:
    """Two records that may report one death, and by what they were found."""

    case_a: str
    case_b: str
    why: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Prose beside a column, over the records that have prose.

    `both`: both state the field; `agree`: and share a value; `contrary`: the prose denies a value
    of the column; `column_only`, `prose_only`: one is silent. `examples`: contrary ones.
    """

    field: str
    both: int
    agree: int
    contrary: int
    column_only: int
    prose_only: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """The report on one file. Units are in the order of their names and are never ranked."""

    file: str
    all: Filled
    fields: tuple[str, ...]
    units: tuple[Filled, ...]
    unit_kind: str
    months: tuple[Filled, ...]
    impossible: tuple[Impossible, ...]
    doubles: tuple[Double, ...]
    prose: int
    agreement: tuple[Agreement, ...]
    rejected_rows: int
    warnings: tuple[str, ...]
    account: InputAccount = field(default_factory=InputAccount)
    profile: tuple[ProfiledColumn, ...] = ()
