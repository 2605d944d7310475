"""Messages become a table of cases, with what came later beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clew.digests import file_digest
from clew.errors import InputRejected
from clew.intake.messages.message import MessageItem, MessageRecord, Odd, What
from clew.intake.messages.reader import READ, read_items
from clew.intake.tables.table import Late, OddPlace, Table
from clew.model.contract import CASE_COLUMNS

FILE, SHA = "source_file", "source_sha256"
"""Plain facts of every case that came in a message: its file, and that file's SHA-256."""
NO_NUMBER = "no-number-"
"""Begins the id of a case whose message gives none; what follows is a sum of the message."""


@dataclass(slots=True)
class _GatheredMessages:
    """What the items of some messages come to: rows with their files, late records, oddities."""

    rows: list[dict[str, str] | str] = field(default_factory=list)
    items: list[tuple[int, str]] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    odd: list[OddPlace] = field(default_factory=list)


class _Rows:
    """The rows of some messages: the header, then cells, or why an item was refused."""

    def __init__(self, header: list[str], rows: list[dict[str, str] | str]) -> None:
        self._header, self._rows = header, rows
        self._done = 0

    def progress(self) -> tuple[int, int]:
        """Return items handed on so far, and items in all."""
        return self._done, len(self._rows)

    def __iter__(self) -> Iterator[list[str] | str]:
        for row in self._rows:
            self._done += 1
            yield row if isinstance(row, str) else [row.get(name, "") for name in self._header]


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
        If a single file holds no record, in the words of that file's refusal; or if a folder is
        empty.

    """
    items = list(read_items(path))
    if not items:
        raise InputRejected(path.name, "the folder holds no files", f"Put messages in it: {READ}")
    if not any(item.record for item in items):
        reason = items[0].refused.rstrip(".")
        if len(items) > 1 or path.is_dir():
            reason = f"none of its {len(items):,} items holds a record; the first: {reason}"
        head, _, remedy = reason.rpartition(". ")
        raise InputRejected(path.name, head or remedy, remedy if head else "Send another file")
    gathered = _gather(path, items, all_late=all_late)
    seen = {name for row in gathered.rows if isinstance(row, dict) for name in row}
    own = [name for name in CASE_COLUMNS if name in seen | {"case_id", "reported_at"}]
    header = [*own, *sorted(seen - set(own))]
    rows = _Rows(header, gathered.rows)
    return Table(
        path.name,
        tuple(header),
        iter(rows),
        rows,
        items=gathered.items,
        late=gathered.late,
        odd=gathered.odd,
        partial=any(item.record.versioned for item in items if item.record is not None),
    )


def _gather(path: Path, items: list[MessageItem], *, all_late: bool) -> _GatheredMessages:
    gathered, sums = _GatheredMessages(), dict[str, str]()
    first = {} if all_late else _first_of_each(items)
    for number, item in enumerate(items, start=1):
        if item.file not in sums:
            sums[item.file] = _sum(path / item.file if path.is_dir() else path)
        file, record = item.file, item.record
        gathered.odd += [OddPlace(file, number, odd) for odd in item.odd]
        if record is None:
            gathered.rows.append(item.refused)
            gathered.items.append((number, file))
            continue
        own = _own_id(record, item, sums[file], gathered, number)
        if all_late or record.what is What.LATE or first.get(own, number) != number:
            gathered.late.append(Late(file, number, record, sums[file]))
            continue
        row = record.texts | {"case_id": own, FILE: file, SHA: sums[file]}
        gathered.rows.append(row)
        gathered.items.append((number, file))
        if record.later:
            gathered.late.append(Late(file, number, _later_of(record, own), sums[file]))
    return gathered


def _first_of_each(items: list[MessageItem]) -> dict[str, int]:
    """Return, of each case that comes in several versions, which item tells of it first."""
    found: dict[str, list[tuple[str, int]]] = {}
    for number, item in enumerate(items, start=1):
        record = item.record
        if record is not None and record.what is What.CASE and record.ids and record.versioned:
            found.setdefault(record.ids[0], []).append((record.at[:19], number))
    return {own: min(told)[1] for own, told in found.items()}


def _later_of(record: MessageRecord, own: str) -> MessageRecord:
    return MessageRecord(What.LATE, (own,), later=record.later)


def _own_id(
    record: MessageRecord, item: MessageItem, sha256: str, gathered: _GatheredMessages, number: int
) -> str:
    if record.ids or record.what is What.LATE:
        return record.ids[0] if record.ids else ""
    told = repr((sha256, item.place, sorted(record.texts.items()))).encode()
    made = NO_NUMBER + hashlib.sha256(told).hexdigest()[:12]
    odd = Odd(item.place, f"no number of its own; it was called {made}", "Give a case number")
    gathered.odd.append(OddPlace(item.file, number, odd))
    return made


def _sum(path: Path) -> str:
    try:
        return file_digest(path)
    except OSError:
        return ""


def say_odd(table: Table) -> list[str]:
    """Return one line for each thing that was odd, with how often and where first."""
    found: dict[str, list[str]] = {}
    for one in table.odd:
        told = f"{one.odd.reason}{f' ({one.odd.remedy})' if one.odd.remedy else ''}"
        place = f"{one.file}{f', {one.odd.path}' if one.odd.path else ''}"
        found.setdefault(told, []).append(place)
    return [
        f"{table.name}: {told}: {len(places):,} times, first in {places[0]}"
        if len(places) > 1
        else f"{table.name}: {told}: in {places[0]}"
        for told, places in found.items()
    ]
