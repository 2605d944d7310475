"""Any message file, or a folder of them, becomes items: records, and what was refused, with why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from clew.intake.messages.fhir import read_fhir
from clew.intake.messages.ije import BEGIN, LEAST, read_ije
from clew.intake.messages.message import MessageItem, Oddities, RefusedError
from clew.intake.messages.pole import plain_rows, read_pole, read_row
from clew.intake.messages.trees import (
    MAX_BYTES,
    read_bytes,
    read_fhir_xml,
    read_json,
    to_text,
    word,
)

JSON, LINES, XML = (".json",), (".ndjson", ".jsonl"), (".xml",)
IJE = (".ije", ".mor")
_MAYBE_IJE = (".txt", ".dat")
_TABLES = (".csv", ".tsv", ".gz", ".xlsx", ".parquet")
READ = "FHIR in JSON, NDJSON or XML, IJE records and POLE files"


def is_message(path: Path) -> bool:
    """Tell whether a path is a message file or a folder of them, by its ending or its beginning."""
    if path.is_dir():
        return True
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((*JSON, *LINES, *XML, *IJE)):
        return True
    if not name.endswith(_MAYBE_IJE) or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            start = file.read(LEAST)
    except OSError:
        return False
    return len(start) == LEAST and bool(BEGIN.match(start)) and b"," not in start[:30]


def read_items(path: Path) -> Iterator[MessageItem]:
    """Yield the items of a file, or of the files of a folder in order of their names.

    Every file yields at least one item; hidden files, and links that lead elsewhere, are left out.
    """
    if not path.is_dir():
        yield from _of_file(path)
        return
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        if file.is_dir() or any(part.startswith(".") for part in inside.parts):
            continue
        for item in _of_file(file):
            yield replace(item, file=str(inside))


def _of_file(path: Path) -> Iterator[MessageItem]:
    if path.is_symlink() or not path.is_file():
        yield MessageItem(path.name, None, "this is not an ordinary file. Copy it there")
        return
    name = path.name.lower()
    plain = name.removesuffix(".gz")
    try:
        if plain.endswith(IJE) or (plain.endswith(_MAYBE_IJE) and is_message(path)):
            if name.endswith(".gz"):
                raise RefusedError("a packed IJE file", "Unpack it first")
            yield from read_ije(path)
        elif plain.endswith(LINES):
            yield from _of_lines(path)
        elif plain.endswith((*JSON, *XML)):
            raw = read_bytes(path)
            if not raw.strip():
                raise RefusedError("the file is empty", "Have it sent again")
            yield from _of_tree(path.name, raw, "")
        elif name.endswith(_TABLES):
            raise RefusedError("a table among messages", "Give it separately")
        else:
            reason = f"Clew does not read '{path.suffix}' files here"
            raise RefusedError(reason, f"It reads {READ}")
    except RefusedError as refused:
        yield MessageItem(path.name, None, refused.line())
    except OSError as fault:
        reason = f"it cannot be opened ({fault.strerror}). Check who may read it"
        yield MessageItem(path.name, None, reason)


def _of_lines(path: Path) -> Iterator[MessageItem]:
    number = 0
    with path.open("rb") as file:
        while line := file.readline(MAX_BYTES + 1):
            number += 1
            place = f"line {number}"
            if len(line) > MAX_BYTES:
                raise RefusedError(f"{place} has more than {MAX_BYTES:,} bytes", "Split it")
            if not line.strip():
                continue
            try:
                yield from _of_tree(path.name, line, f"{place}: ")
            except RefusedError as refused:
                yield MessageItem(path.name, None, f"{place}: {refused.line()}", place=place)
    if not number:
        raise RefusedError("the file is empty", "Have it sent again")


def _of_tree(file: str, raw: bytes, place: str) -> Iterator[MessageItem]:
    """Yield the items of one tree in JSON or XML: FHIR, POLE, or rows of columns."""
    odd = Oddities()
    if raw[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith((b"<", b"\0<")):
        tree: Any = read_fhir_xml(raw, odd)
    else:
        text, oddity = to_text(raw)
        if oddity:
            odd.note("", oddity, "Save it as UTF-8")
        tree = read_json(text, odd)
        del text  # it may be as large as the tree
    if isinstance(tree, dict) and "events" in tree and not word(tree, "resourceType"):
        yield from read_pole(file, tree, odd)
    elif (rows := plain_rows(tree)) is None:
        for record in read_fhir(tree, odd):
            yield MessageItem(file, record, odd=tuple(odd.found), place=place)
    else:
        for number, row in enumerate(rows, 1):
            row_place = f"{place}item {number}"
            if not word(row, "resourceType"):
                yield read_row(file, row, row_place)
                continue
            odd = Oddities()
            try:
                for record in read_fhir(row, odd):
                    yield MessageItem(file, record, odd=tuple(odd.found), place=row_place)
            except RefusedError as refused:
                reason = f"{row_place}: {refused.line()}"
                yield MessageItem(file, None, reason, place=row_place)
