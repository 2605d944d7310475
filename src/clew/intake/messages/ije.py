"""IJE mortality records: 5,000 characters each, one a line or one behind the other."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from clew.intake.messages.ije_record import read_ije_record
from clew.intake.messages.message import MessageItem, Odd, Oddities, RefusedError
from clew.intake.messages.trees import to_text

LENGTH = 5_000
LEAST = 201
"""A record that ends before its age (field 17) tells nothing that could be compared."""
_LONGEST_LINE = 1024 * 1024
_ALL_SHORT = 1_000
_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?\d{4}[A-Z]{2}[\d ]{6}[01 ]")
"""Year of death, state, certificate number, void flag: how every record begins."""


@cache
def layout() -> dict[str, tuple[int, int]]:
    """Return where each field stands: its first position from 0, and the position behind it."""
    text = (files("clew.intake.messages") / "ije_layout.toml").read_text(encoding="utf-8")
    fields: dict[str, tuple[int, int, int]] = tomllib.loads(text)["fields"]
    return {name: (at - 1, at - 1 + length) for name, (_, at, length) in fields.items()}


def looks_like_ije(start: bytes) -> bool:
    """Tell whether the first bytes of a file are those of an IJE record."""
    return len(start) >= LEAST and bool(_BEGIN.match(start)) and b"," not in start[:30]


def read_ije(path: Path) -> Iterator[MessageItem]:
    """Yield every record of a file, or why it was refused; the file is never held as a whole.

    Raises
    ------
    RefusedError
        If a thousand lines hold no record at all.

    """
    number = short = 0
    for text, odd in _pieces(path):
        number += 1
        place = f"record {number}"
        if len(text.rstrip()) < LEAST:
            short += 1
            if short == number == _ALL_SHORT:
                raise RefusedError(
                    f"the first {number:,} lines are no IJE records", "Have it sent whole"
                )
            told = len(text.rstrip())
            reason = f"{place} has {told:,} characters of 5,000, and ends before its age"
            yield MessageItem(path.name, None, f"{reason}. Have it sent whole", place=place)
            continue
        yield _item(path.name, place, text, odd)
    if not number:
        yield MessageItem(path.name, None, "the file is empty. Have it sent whole")


def _item(file: str, place: str, text: str, odd: list[Odd]) -> MessageItem:
    found = Oddities(list(odd))
    if "\0" in text:
        found.note(place, "it holds NUL bytes, which were read as spaces")
        text = text.replace("\0", " ")
    full = text.ljust(LENGTH)
    fields = {name: full[begin:end].strip() for name, (begin, end) in layout().items()}
    record = read_ije_record(fields, found, place)
    return MessageItem(file, record, odd=tuple(found.found), place=place)


def _pieces(path: Path) -> Iterator[tuple[str, list[Odd]]]:
    """Yield the texts of records, as lines where the file has lines, else piece by piece."""
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            body = line.rstrip(b"\r\n\x1a")
            if not body.strip():
                continue
            text, said = to_text(body)
            odd = [Odd("", said)] if said else []
            yield from _cut(text, odd)


def _cut(text: str, odd: list[Odd]) -> Iterator[tuple[str, list[Odd]]]:
    """Cut one line into records of 5,000 characters; say what is short or too long."""
    if len(text) <= LENGTH:
        yield text, odd + _short(text)
        return
    for begin in range(0, len(text), LENGTH):
        piece = text[begin : begin + LENGTH]
        if begin and not piece.strip():
            return
        if begin and len(piece) < LENGTH and not _BEGIN.match(piece.encode("latin-1", "replace")):
            yield "", [Odd("", f"{len(piece):,} characters behind the record are no record")]
            return
        yield piece, odd + _short(piece)


def _short(text: str) -> list[Odd]:
    if len(text) == LENGTH:
        return []
    # Spaces at the end are often cut off by whatever carried the file: that loses nothing.
    return [
        Odd(
            "",
            f"{len(text):,} characters, not 5,000; the rest was read as blank",
            "Send records of 5,000 characters",
        )
    ]
