"""What was taken of the files that an answer rests on, and what was not.

Made once where files are read, kept with what was read, and put into words in one place
(disclosure/input_words.py), so that no answer is silent about what it could not take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a case file has an account, so this module cannot import that one
    from clew.model.case_file import Reject

FIRST_ROWS = 5
"""Declared: row numbers kept for each reason, as many as fit on a line; rejects.csv has all."""
SAME_ID = "an earlier row has the same case_id"
"""The one reason for all rows whose id was there before."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """How many rows of one file, or fields of one column, were refused for one reason.

    `kept`: the rows were taken, and only this field of theirs was not. `rows` are the first row
    numbers, as a spreadsheet shows them.
    """

    file: str
    field: str
    reason: str
    kept: bool
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NotRead:
    """A part of a file, or a whole one, that was not read at all: which, and why."""

    file: str
    part: str
    why: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Why the row of one case was refused: its file, its number, the field at fault."""

    file: str
    row: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class InputAccount:
    """What was taken of an answer's files, and what was not.

    `rows` counts the rows of the case file that have anything in them, `taken` those that became
    cases. `refused` counts refused rows and `fields` refused fields of every file that was given:
    facts, judgements and others too. `ids` has the refused row of each case that has no other;
    `without_id` counts refused rows of which no id could be read. `earlier`: the files were taken
    in before, into a store or by an import, and their rejects were listed then. `notes` say what
    was in doubt about how a file was read.
    """

    file: str = ""
    rows: int = 0
    taken: int = 0
    refused: int = 0
    fields: int = 0
    reasons: tuple[NotTaken, ...] = ()
    not_read: tuple[NotRead, ...] = ()
    ids: Mapping[str, RefusedRow] = field(default_factory=dict)
    without_id: int = 0
    earlier: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Return whether everything was taken."""
        return not (self.refused or self.fields or self.not_read)

    def with_rejects(self, rejects: Iterable[Reject]) -> InputAccount:
        """Return the account with what was refused of one more file, not of the case file."""
        more = account_for(self.file, rejects)
        if not more.reasons:
            return self
        return replace(
            self,
            refused=self.refused + more.refused,
            fields=self.fields + more.fields,
            reasons=(*self.reasons, *more.reasons),
        )

    def of_rows(self) -> InputAccount:
        """Return the account of refused rows alone, without fields."""
        return replace(self, fields=0, reasons=tuple(one for one in self.reasons if not one.kept))

    def joined(self, more: InputAccount) -> InputAccount:
        """Return one account of two readings, as of two additions to a store."""
        return replace(
            self,
            file=self.file or more.file,
            rows=self.rows + more.rows,
            taken=self.taken + more.taken,
            refused=self.refused + more.refused,
            fields=self.fields + more.fields,
            reasons=(*self.reasons, *more.reasons),
            not_read=(*self.not_read, *more.not_read),
            ids={**self.ids, **more.ids},
            without_id=self.without_id + more.without_id,
            notes=(*self.notes, *more.notes),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the account as plain values, from which `account_from_json` makes it again."""
        return asdict(self)


def account_for(
    file: str,
    rejects: Iterable[Reject],
    *,
    rows: int = 0,
    not_read: Iterable[NotRead] = (),
    case_ids: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> InputAccount:
    """Return the account of what was read: rejects counted by reason, the commonest first.

    `case_ids` are the cases that were taken: their id is no refused one, though a second row of it
    was. `rows` are all that were read. Reasons that name another row (`row 3 has the same
    case_id`) count as one.
    """
    known = frozenset(case_ids)
    counted: dict[tuple[str, str, str, bool], list[int]] = {}
    ids: dict[str, RefusedRow] = {}
    without_id = 0
    for one in rejects:
        reason = SAME_ID if "has the same case_id" in one.reason else one.reason
        counted.setdefault((one.file, one.field, reason, one.kept), []).append(one.row)
        if one.kept or not one.of_case_file:
            continue
        if not one.case_id:
            without_id += 1
        elif one.case_id not in known:
            refused = RefusedRow(one.file, one.row, one.field, one.value[:200], one.reason)
            ids.setdefault(one.case_id, refused)
    reasons = sorted(
        (
            NotTaken(*key, len(numbers), tuple(numbers[:FIRST_ROWS]))
            for key, numbers in counted.items()
        ),
        key=lambda one: (one.file != file, one.file, one.kept, -one.count, one.field, one.reason),
    )
    return InputAccount(
        file,
        rows,
        len(known),
        refused=sum(one.count for one in reasons if not one.kept),
        fields=sum(one.count for one in reasons if one.kept),
        reasons=tuple(reasons),
        not_read=tuple(not_read),
        ids=ids,
        without_id=without_id,
        notes=tuple(notes),
    )


def account_from_json(record: Mapping[str, Any]) -> InputAccount:
    """Return an account that `to_json` wrote.

    Raises
    ------
    KeyError, TypeError
        If it is none.
    """
    given = dict(record)
    given["reasons"] = tuple(
        NotTaken(**(one | {"rows": tuple(one["rows"])})) for one in given["reasons"]
    )
    given["not_read"] = tuple(NotRead(**one) for one in given["not_read"])
    given["notes"] = tuple(given["notes"])
    given["ids"] = {name: RefusedRow(**row) for name, row in given["ids"].items()}
    return InputAccount(**given)
