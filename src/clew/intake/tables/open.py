"""Open a table of any kind that Clew reads, check its header, and hand on its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

from clew.errors import InputRejected
from clew.intake.cases.cleaning import read_number
from clew.intake.cases.contract import column_key
from clew.intake.messages.reader import is_message
from clew.intake.messages.table import open_messages
from clew.intake.tables.binary_rows import ParquetRows, XlsxRows
from clew.intake.tables.csv_rows import CsvRows
from clew.intake.tables.header import PEEKED, Wanted, find_header
from clew.intake.tables.table import Row, RowSource, Table
from clew.model.case_file import Reject
from clew.model.cells import unsafe_cell
from clew.model.input_account import NotRead

__all__ = ["READ", "Row", "RowRefusedError", "Table", "open_table", "require_columns"]

READ = "CSV, CSV.GZ, XLSX, Parquet, JSON, XML and IJE files"

ANY = Wanted()
"""A table of which only the contract's names are known."""

_MAGIC = {b"\x1f\x8b": ".csv.gz", b"PK\x03\x04": ".xlsx", b"PAR1": ".parquet", b"\xd0\xcf": ".xls"}


class RowRefusedError(Exception):
    """A row that cannot be taken, by the column at fault ("" for the whole row) and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def open_table(path: Path, wanted: Wanted = ANY) -> Table:
    """Return the open table of a CSV, CSV.GZ, XLSX or Parquet file, or of messages.

    `wanted` says by which names the header is known: titles above it, hidden sheets and other
    sheets are left out, and `not_read` names them.

    Raises
    ------
    InputRejected
        If the file is absent, unreadable, of another kind, empty, or its header names two columns
        alike. What is wrong further down is raised, or rejected row by row, while reading.

    """
    if path.exists() and is_message(path):
        return open_messages(path)
    _check_path(path)
    source: RowSource
    match _ending(path):
        case ".xlsx":
            source = XlsxRows(path, wanted)
        case ".parquet":
            source = ParquetRows(path)
        case ending:
            source = CsvRows(path, wanted, packed=ending == ".csv.gz")
    cells = iter(source)
    first = list(islice(cells, 1 if isinstance(source, ParquetRows) else PEEKED))
    place = find_header(first, wanted)
    if place is None:
        if fault := next((row for row in first if isinstance(row, str)), ""):
            raise InputRejected(
                path.name, f"the header cannot be read: {fault}", "Correct its first row"
            )
        raise InputRejected(path.name, "the file is empty", "Give a file with a header and rows")
    above, header = first[:place], list(first[place])
    while header and not header[-1].strip():
        header.pop()  # separators that a spreadsheet leaves at the end of every line
    names = tuple(
        " ".join("".join(c if c.isprintable() else " " for c in cell).split())
        if column_key(cell)
        else f"column_{place}"
        for place, cell in enumerate(header, start=1)
    )
    by_key: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        by_key.setdefault(column_key(name), []).append(at)
    doubled = {key: tuple(places) for key, places in by_key.items() if len(places) > 1}
    if doubled and not wanted.of_cases:
        raise refuse_doubled(path.name, sorted(doubled))
    is_parquet = isinstance(source, ParquetRows)
    return Table(
        path.name,
        _own_names(names, doubled),
        chain(first[place + 1 :], cells),
        source,
        list(getattr(source, "warnings", ())),
        timezone=getattr(source, "timezone", None),
        not_read=[*getattr(source, "not_read", ()), *_say_above(path.name, above)],
        header_row=0 if is_parquet else place + 1,
        of_cases=wanted.of_cases,
        doubled=doubled,
        before=getattr(source, "before", None),
    )


def refuse_doubled(file: str, keys: Sequence[str]) -> InputRejected:
    """Return the refusal of a header that names a column twice."""
    return InputRejected(
        file,
        f"the header names a column more than once: {', '.join(keys)}",
        "Give each column a name of its own",
    )


def _own_names(names: tuple[str, ...], doubled: Mapping[str, tuple[int, ...]]) -> tuple[str, ...]:
    """Number the second and later columns of one name: `notes`, `notes (2)`."""
    own, keys = list(names), set(map(column_key, names))
    for places in doubled.values():
        number = 1
        for place in places[1:]:
            number += 1
            while column_key(f"{names[place]} ({number})") in keys:
                number += 1
            own[place] = f"{names[place]} ({number})"
            keys.add(column_key(own[place]))
    return tuple(own)


def _say_above(file: str, above: Sequence[list[str] | str]) -> list[NotRead]:
    """Return what is above the header and has anything in it, as what was not read."""
    texts = [row if isinstance(row, str) else " ".join(filter(None, row)) for row in above]
    said = [f"'{' '.join(text.split())[:60]}'" for text in texts if text.strip()]
    if not said:
        return []
    rows = "row 1" if len(above) == 1 else f"rows 1 to {len(above)}"
    why = f"the header is row {len(above) + 1}; above it is {', '.join(said[:3])}"
    return [NotRead(file, rows, why)]


def require_columns(table: Table, required: tuple[str, ...], hint: str = "") -> dict[str, int]:
    """Return the place of every column by its key.

    Raises
    ------
    InputRejected
        If a required column is not there.

    """
    places = {column_key(name): place for place, name in enumerate(table.header)}
    absent = [name for name in required if name not in places]
    if absent:
        found = ", ".join(table.header[:40])
        raise InputRejected(
            table.name,
            f"the header is missing {', '.join(absent)}; it has: {found}",
            hint or f"Name the columns {', '.join(required)}",
        )
    return places


def named_rows(
    path: Path, required: tuple[str, ...], hint: str = "", *, escaped: bool = False
) -> Iterator[tuple[Row, dict[str, str]]]:
    """Yield every row with its cells by column; a faulty row has none.

    `escaped`: Clew wrote the file, so cells that a spreadsheet might run are turned back.

    Raises
    ------
    InputRejected
        As for `open_table` and `require_columns`.

    """
    table = open_table(path, Wanted.from_names(required))
    places = require_columns(table, required, hint)
    for row in table.rows():
        cells = {} if row.fault else {name: row.cells[place] for name, place in places.items()}
        if escaped:
            cells = {name: unsafe_cell(text) for name, text in cells.items()}
        yield row, cells


def sound_rows(
    path: Path, required: tuple[str, ...], remedy: str, *, escaped: bool = False
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number and cells of every row of a file that must be whole.

    Raises
    ------
    InputRejected
        As for `named_rows`, and at the first faulty row.

    """
    for row, cells in named_rows(path, required, remedy, escaped=escaped):
        if row.fault:
            raise InputRejected(path.name, row.fault, remedy, row=row.number)
        yield row.number, cells


def take_rows(
    path: Path,
    required: tuple[str, ...],
    take: Callable[[dict[str, str]], None],
    hint: str = "",
    *,
    escaped: bool = False,
) -> tuple[Reject, ...]:
    """Give the cells of each row to `take`; return the rows that are faulty or that it refused.

    `take` refuses a row by raising `RowRefusedError`.

    Raises
    ------
    InputRejected
        As for `named_rows`.

    """
    rejects: list[Reject] = []
    for row, cells in named_rows(path, required, hint, escaped=escaped):
        try:
            if row.fault:
                raise RowRefusedError("", row.fault)
            take(cells)
        except RowRefusedError as no:
            value = cells.get(no.field, "")
            rejects.append(Reject(path.name, row.number, no.field, value, no.reason, kept=False))
    return tuple(rejects)


def number_in(cells: dict[str, str], field: str) -> float:
    """Return the finite number in a cell, or raise `RowRefusedError`."""
    try:
        return read_number(cells[field])
    except ValueError as fault:
        raise RowRefusedError(field, str(fault)) from None


def is_whole(text: str, digits: int) -> bool:
    """Tell whether a text is a whole number of 0 or more, of at most so many digits."""
    return text.isascii() and text.isdigit() and len(text) <= digits


def _check_path(path: Path) -> None:
    if path.is_dir():
        raise InputRejected(path.name, "this is a folder", "Name one file in it")
    if not path.exists():
        raise InputRejected(str(path), "there is no such file", "Check the path")
    if not path.is_file():
        raise InputRejected(path.name, "this is not an ordinary file", "Copy it to one first")
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as fault:
        raise InputRejected(
            path.name, f"the file cannot be opened ({fault.strerror})", "Check who may read it"
        ) from None
    if not start:
        raise InputRejected(path.name, "the file is empty", "Give a file with a header and rows")
    ending = _ending(path)
    real = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), ".csv")
    if ending and real != ending:
        if real == ".csv":
            raise InputRejected(
                path.name, f"this is not a readable {ending} file", "Fetch or save it again"
            )
        remedy = "Save it as XLSX or CSV" if real == ".xls" else f"Rename it to end in {real}"
        raise InputRejected(
            path.name, f"the file name ends in {ending}, but the content is {real}", remedy
        )


def _ending(path: Path) -> str:
    name = path.name.lower()
    if name.endswith((".csv.gz", ".tsv.gz", ".gz")):
        return ".csv.gz"
    if name.endswith((".csv", ".tsv", ".txt")):
        return ".csv"
    for ending in (".xlsx", ".parquet"):
        if name.endswith(ending):
            return ending
    raise InputRejected(
        path.name, f"Clew does not read '{path.suffix}' files", f"It reads {READ}; save it as one"
    )
