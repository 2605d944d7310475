"""What a message says: records of cases, what became known late, and what was odd."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from clew.model.cells import safe_line


class RecordKind(StrEnum):
    """What a record is to its case: its report, or something that came later."""

    CASE = "case"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Odd:
    """Something odd about a file: where it is, what it is, and what to do about it.

    `path` leads to the place: `entry[3].Observation.valueQuantity`, `record 2, SEX (189)`.
    """

    path: str
    reason: str
    remedy: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class DatedField:
    """One field of a case to which a message gives a time of its own (POLE histories)."""

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
        if the case is made of this record.
    at
        When a system recorded it, as ISO 8601 text; "" where the message does not say.
    known
        When it became known by the message itself (a report was issued); "" for the same time.
    later
        Facts with times of their own.
    adds
        Columns whose elements are added to what is there, instead of replacing it.
    versioned
        True if a further record of the same case is a later version of it (a certificate that is
        sent again), and no second row.

    """

    kind: RecordKind = RecordKind.CASE
    ids: tuple[str, ...] = ()
    at: str = ""
    known: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    later: list[DatedField] = field(default_factory=list)
    adds: frozenset[str] = frozenset()
    basis: str = ""
    known_to: str = ""
    versioned: bool = True

    def put(self, column: str, text: object) -> None:
        """Set a column's text where there is one."""
        if line := " ".join(str(text or "").split()):
            self.texts[column] = line


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One item of a file: a record, or the one line for which it was refused."""

    file: str
    record: MessageRecord | None
    refused: str = ""
    odd: tuple[Odd, ...] = ()
    place: str = ""


class RefusedError(Exception):
    """A file or part of one with no record that Clew can take: why, and what to do.

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
                reason = f"more than {self.most} oddities; the others are not listed"
                self.found.append(Odd("", reason))
                self._more = True
            return
        if isinstance(value, str):
            shown = value
        else:  # it may be too large to write out
            size = f"{len(value):,}" if isinstance(value, list | dict) else str(value)[:60]
            shown = f"{type(value).__name__} of {size}"
        odd = Odd(path, reason, remedy, " ".join(shown[:200].split())[:120])
        if odd not in self.found:
            self.found.append(odd)
