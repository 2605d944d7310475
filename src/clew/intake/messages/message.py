"""What a message says: records of cases, what came to be known late, and what was odd."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from clew.model.cells import safe_line


class What(StrEnum):
    """What a record is to its case: its report, or something that came later."""

    CASE = "case"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Odd:
    """Something odd about a file: where it stands, what it is, and what to do about it.

    `path` leads to the place: `entry[3].Observation.valueQuantity`, `record 2, SEX (189)`.
    """

    path: str
    reason: str
    remedy: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """One field that a message tells of a case at a time of its own (POLE histories)."""

    field: str
    value: str
    op: str = "set"
    known_at: str = ""
    recorded_at: str = ""
    known_to: str = ""
    basis: str = ""
    source: str = ""


@dataclass(slots=True)
class MessageRecord:
    """One record of one case, as texts by column: the contract's, plain ones, `group_*`.

    Parameters
    ----------
    ids
        Identifiers by which the case is found, the best first; the first is the case's own id
        where it comes to be made of this record.
    at
        When a system came to hold it, as ISO 8601 text; "" where the message does not tell.
    known
        When it is said to have become known (a report was issued); "" for the same.
    later
        Facts with times of their own.
    adds
        Columns whose elements are added to what is there, instead of replacing it.
    versioned
        True where a record of a case that is there already is a later word on it (a certificate
        that is sent again), and no second row.

    """

    what: What = What.CASE
    ids: tuple[str, ...] = ()
    at: str = ""
    known: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    later: list[Later] = field(default_factory=list)
    adds: frozenset[str] = frozenset()
    basis: str = ""
    known_to: str = ""
    versioned: bool = True

    def put(self, column: str, text: object) -> None:
        """Set a column's text where there is one."""
        told = " ".join(str(text or "").split())
        if told:
            self.texts[column] = told


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One thing a file holds: a record, or the one line for which it was refused."""

    file: str
    record: MessageRecord | None
    refused: str = ""
    odd: tuple[Odd, ...] = ()
    place: str = ""


class RefusedError(Exception):
    """A file or part of one that holds no record Clew can take: why, and what to do.

    The reason may repeat what a message says of itself, so it is made one line without control
    characters.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        reason = safe_line(" ".join(reason.splitlines()))
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy

    def line(self) -> str:
        """Return reason and remedy as one text, with no full stop at its end."""
        return f"{self.reason}. {self.remedy}" if self.remedy else self.reason


@dataclass(slots=True)
class Oddities:
    """Gathers what is odd while one record is read; the same thing at one place only once."""

    found: list[Odd] = field(default_factory=list)
    most: int = 200
    _more: bool = False

    def note(self, path: str, reason: str, remedy: str = "", value: object = "") -> None:
        """Keep one oddity, up to `most` a record; beyond them one line says that there are more."""
        if len(self.found) >= self.most:
            if not self._more:
                said = f"more than {self.most} oddities; the others are not listed"
                self.found.append(Odd("", said))
                self._more = True
            return
        told = value if isinstance(value, str) else f"{type(value).__name__} of {_size(value)}"
        odd = Odd(path, reason, remedy, " ".join(told[:200].split())[:120])
        if odd not in self.found:
            self.found.append(odd)


def _size(value: object) -> str:
    """Return how much a value that is no text holds; it may be too large to write out."""
    return f"{len(value):,}" if isinstance(value, list | dict) else str(value)[:60]
