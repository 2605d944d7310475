"""Any message file, or a folder of them, becomes items: records, and what was refused, with why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clew.intake.messages.fhir import read_fhir
from clew.intake.messages.ije import LEAST, looks_like_ije, read_ije
from clew.intake.messages.message import MessageItem, Oddities, RefusedError
from clew.intake.messages.pole import is_pole, plain_rows, read_pole, read_row
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
            return looks_like_ije(file.read(LEAST))
    except OSError:
        return False


def read_items(path: Path) -> Iterator[MessageItem]:
    """Yield all that a file, or the files of a folder in order of their names, hold.

    Every file yields at least one item; hidden files, and links that lead elsewhere, are left out.
    """
    if not path.is_dir():
        yield from _of_file(path)
        return
    for one in sorted(path.rglob("*")):
        inside = one.relative_to(path)
        if one.is_dir() or any(part.startswith(".") for part in inside.parts):
            continue
        name = str(inside)
        for item in _of_file(one):
            yield MessageItem(name, item.record, item.refused, item.odd, item.place)


def _of_file(path: Path) -> Iterator[MessageItem]:
    if path.is_symlink() or not path.is_file():
        yield MessageItem(path.name, None, "this is no ordinary file. Copy it there")
        return
    try:
        yield from _of_kind(path)
    except RefusedError as refused:
        yield MessageItem(path.name, None, refused.line())
    except OSError as fault:
        yield MessageItem(
            path.name, None, f"it cannot be opened ({fault.strerror}). Check who may read it"
        )


def _of_kind(path: Path) -> Iterator[MessageItem]:
    name = path.name.lower()
    plain = name.removesuffix(".gz")
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
        raise RefusedError("a table among messages", "Give it by itself")
    else:
        raise RefusedError(f"Clew does not read '{path.suffix}' files here", f"It reads {READ}")


def _of_lines(path: Path) -> Iterator[MessageItem]:
    number = 0
    with path.open("rb") as file:
        while line := file.readline(MAX_BYTES + 1):
            number += 1
            place = f"line {number}"
            if len(line) > MAX_BYTES:
                raise RefusedError(f"{place} holds more than {MAX_BYTES:,} bytes", "Split it")
            if not line.strip():
                continue
            try:
                yield from _of_tree(path.name, line, f"{place}: ")
            except RefusedError as refused:
                yield MessageItem(path.name, None, f"{place}: {refused.line()}", place=place)
    if not number:
        raise RefusedError("the file is empty", "Have it sent again")


def _of_tree(file: str, raw: bytes, place: str) -> Iterator[MessageItem]:
    odd = Oddities()
    text = ""
    if _begins_as_xml(raw):
        tree: Any = read_fhir_xml(raw, odd)
    else:
        text, said = to_text(raw)
        if said:
            odd.note("", said, "Save it as UTF-8")
        tree = read_json(text, odd)
    del text
    if is_pole(tree):
        yield from read_pole(file, tree, odd)
    elif (rows := plain_rows(tree)) is not None:
        for number, row in enumerate(rows, 1):
            yield from _of_row(file, row, f"{place}item {number}")
    else:
        records = read_fhir(tree, odd)
        for record in records:
            yield MessageItem(file, record, odd=tuple(odd.found), place=place)


def _of_row(file: str, row: Any, place: str) -> Iterator[MessageItem]:
    if word(row, "resourceType"):
        odd = Oddities()
        try:
            records = read_fhir(row, odd)
        except RefusedError as refused:
            yield MessageItem(file, None, f"{place}: {refused.line()}", place=place)
            return
        yield from (
            MessageItem(file, record, odd=tuple(odd.found), place=place) for record in records
        )
        return
    yield read_row(file, row, place)


def _begins_as_xml(raw: bytes) -> bool:
    start = raw[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith((b"<", b"\0<"))
