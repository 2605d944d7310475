"""Messages become a table of cases, with what came later beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from clew.digests import file_digest
from clew.errors import InputRejected
from clew.intake.messages.message import MessageItem, MessageRecord, Odd, RecordKind
from clew.intake.messages.reader import READ, read_items
from clew.intake.tables.table import CountedRows, Late, OddPlace, Table
from clew.model.contract import CASE_COLUMNS

FILE, SHA = "source_file", "source_sha256"
"""Plain facts of every case that came in a message: its file, and that file's SHA-256."""
NO_NUMBER = "no-number-"
"""Begins the id of a case whose message gives none; what follows is a hash of the message."""


def open_messages(path: Path, *, all_late: bool = False) -> Table:
    """Return the table of a message file, or of a folder of messages.

    Parameters
    ----------
    path
        The file or folder.
    all_late
        True: every record is about a case that is known elsewhere, as in a facts file.

    Raises
    ------
    InputRejected
        If a single file has no record, in the words of that file's refusal; or if a folder is
        empty.

    """
    items = list(read_items(path))
    if not items:
        raise InputRejected(path.name, "the folder has no files", f"Put messages in it: {READ}")
    if not any(item.record for item in items):
        reason = items[0].refused.rstrip(".")
        if len(items) > 1 or path.is_dir():
            reason = f"none of its {len(items):,} items has a record; the first: {reason}"
        head, _, remedy = reason.rpartition(". ")
        raise InputRejected(path.name, head or remedy, remedy if head else "Send another file")
    rows = _MessageRows(path, items, all_late=all_late)
    return Table(
        path.name,
        rows.header,
        iter(rows),
        rows,
        items=rows.items,
        late=rows.late,
        odd=rows.odd,
        partial=any(item.record.versioned for item in items if item.record is not None),
    )


class _MessageRows(CountedRows):
    """The rows of some messages, cells or why an item was refused; and what is no row."""

    def __init__(self, path: Path, items: list[MessageItem], *, all_late: bool) -> None:
        self.items: list[tuple[int, str]] = []
        self.late: list[Late] = []
        self.odd: list[OddPlace] = []
        self._rows: list[dict[str, str] | str] = []
        versions: dict[str, list[tuple[str, int]]] = {}
        for number, item in enumerate([] if all_late else items, start=1):
            record = item.record
            if record and record.kind is RecordKind.CASE and record.ids and record.versioned:
                versions.setdefault(record.ids[0], []).append((record.at[:19], number))
        earliest = {own: min(numbered)[1] for own, numbered in versions.items()}
        digests: dict[str, str] = {}
        for number, item in enumerate(items, start=1):
            file, record = item.file, item.record
            if file not in digests:
                with suppress(OSError):
                    digests[file] = file_digest(path / file if path.is_dir() else path)
            digest = digests.setdefault(file, "")
            self.odd += [OddPlace(file, number, odd) for odd in item.odd]
            if record is None:
                self._rows.append(item.refused)
                self.items.append((number, file))
                continue
            is_late = record.kind is RecordKind.LATE
            own = record.ids[0] if record.ids else ""
            if not record.ids and not is_late:
                content = repr((digest, item.place, sorted(record.texts.items()))).encode()
                own = NO_NUMBER + hashlib.sha256(content).hexdigest()[:12]
                reason = f"no number of its own; it was called {own}"
                self.odd.append(
                    OddPlace(file, number, Odd(item.place, reason, "Give a case number"))
                )
            if all_late or is_late or earliest.get(own, number) != number:
                self.late.append(Late(file, number, record, digest))
                continue
            self._rows.append(record.texts | {"case_id": own, FILE: file, SHA: digest})
            self.items.append((number, file))
            if record.later:
                dated = MessageRecord(RecordKind.LATE, (own,), later=record.later)
                self.late.append(Late(file, number, dated, digest))
        super().__init__(len(self._rows))
        names = {name for row in self._rows if isinstance(row, dict) for name in row}
        columns = [name for name in CASE_COLUMNS if name in names | {"case_id", "reported_at"}]
        self.header = (*columns, *sorted(names - set(columns)))

    def __iter__(self) -> Iterator[list[str] | str]:
        for row in self._rows:
            self.done += 1
            yield row if isinstance(row, str) else [row.get(name, "") for name in self.header]


def say_odd(table: Table) -> list[str]:
    """Return one line for each thing that was odd, with how often and where first."""
    places: dict[str, list[str]] = {}
    for entry in table.odd:
        odd = entry.odd
        line = f"{odd.reason}{f' ({odd.remedy})' if odd.remedy else ''}"
        places.setdefault(line, []).append(f"{entry.file}{f', {odd.path}' if odd.path else ''}")
    return [
        f"{table.name}: {line}: {len(at):,} times, first in {at[0]}"
        if len(at) > 1
        else f"{table.name}: {line}: in {at[0]}"
        for line, at in places.items()
    ]
