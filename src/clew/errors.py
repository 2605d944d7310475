"""One tree of errors.

ClewError
├── InputRejected         a file, row or field that cannot be taken, with reason and remedy
├── UsageRejected         an option or identifier that makes no sense here: what, remedy
├── ActRefused            an act that the rules of assurance do not allow now: why, what is missing
├── WeightTableMismatch   a weight table that does not fit this file, version or date
├── LedgerBroken          a ledger that was altered: which row first, and what is wrong with it
└── ContentAltered        tables, triggers or files that are not what the ledger says

The edge (the command line, the desk) has three endings: one of ours becomes one clean line and
exit status 2; a known foreign error says whose fault it likely is; anything else is a fault of
Clew's own and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence


class ClewError(Exception):
    """Something Clew can say in one clear line."""

    def line(self) -> str:
        """Return the one line a person sees."""
        return str(self)


class InputRejected(ClewError):
    """A file, or a part of one, that cannot be taken.

    Parameters
    ----------
    file, reason, remedy
        Always present, in plain words.
    row
        1-based number of the data row (the header is row 0); None when the whole file is meant.
    field
        The column's name; None when the whole row or file is meant.
    """

    def __init__(
        self,
        file: str,
        reason: str,
        remedy: str,
        *,
        row: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.file, self.reason, self.remedy = file, reason, remedy
        self.row, self.field = row, field

    def line(self) -> str:
        """Return file, row, field, reason and remedy as one line."""
        row = "whole file" if self.row is None else f"row {self.row}"
        field = "" if self.field is None else f", field {self.field}"
        return f"{self.file}, {row}{field}: {self.reason}. {self.remedy}"


class UsageRejected(ClewError):
    """An option, identifier or combination of them that makes no sense here."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}. {remedy}")
        self.reason, self.remedy = reason, remedy


class ActRefused(ClewError):
    """An act that the rules do not allow in this state, or not without more information.

    `missing` names what was not given; () where nothing would help.
    """

    def __init__(self, reason: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.missing = missing


class WeightTableMismatch(ClewError):
    """A weight table that must not be used with this file, version or date."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}. {remedy}")


class LedgerBroken(ClewError):
    """A ledger that is not as it was written.

    Parameters
    ----------
    row
        Number of the first row that is wrong, missing or surplus; the first of those that come
        into question where only a checkpoint shows it.
    reason
        What is wrong, in plain words.
    """

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(f"the ledger is broken at row {row}: {reason}")
        self.row, self.reason = row, reason


class ContentAltered(ClewError):
    """Tables, triggers or files of the desk that are not what its ledger says.

    Parameters
    ----------
    faults
        Each in plain words: what it is, and what is wrong with it.
    """

    SHOWN = 20
    """Declared: faults that the one line names; what fits on a screen. `faults` has all."""

    def __init__(self, faults: Sequence[str]) -> None:
        shown = "; ".join(faults[: self.SHOWN])
        more = len(faults) - self.SHOWN
        super().__init__(
            f"the desk does not agree with its ledger: {shown}"
            + (f"; and {more:,} more" if more > 0 else "")
        )
        self.faults = list(faults)
