"""Open a table of any kind that Clew reads, check its header, and hand on its rows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from clew.errors import InputRejected
from clew.intake.cases.contract import column_key
from clew.intake.messages.reader import is_message
from clew.intake.messages.table import open_messages
from clew.intake.tables.csv_rows import CsvRows
from clew.intake.tables.table import Row, RowSource, Table
from clew.intake.tables.xlsx_rows import ParquetRows, XlsxRows

__all__ = ["READ", "Row", "Table", "open_table", "require_columns"]

READ = "CSV, CSV.GZ, XLSX, Parquet, JSON, XML and IJE files"

_MAGIC = {b"\x1f\x8b": ".csv.gz", b"PK\x03\x04": ".xlsx", b"PAR1": ".parquet", b"\xd0\xcf": ".xls"}


def open_table(path: Path) -> Table:
    """Return the open table of a CSV, CSV.GZ, XLSX or Parquet file, or of messages.

    Raises
    ------
    InputRejected
        If the file is absent, unreadable, of another kind, empty, or its header names two columns
        alike. What is wrong further down is raised, or rejected row by row, while reading.

    """
    if path.exists() and is_message(path):
        return open_messages(path)
    _check_path(path)
    source = _source(path)
    cells = iter(source)
    header = next(cells, None)
    while header is not None and not isinstance(header, str) and not any(map(str.strip, header)):
        header = next(cells, None)
    if header is None:
        raise InputRejected(path.name, "the file is empty", "Give a file with a header and rows")
    if isinstance(header, str):
        raise InputRejected(path.name, f"the header cannot be read: {header}", "Mend its first row")
    names = _checked_header(path, header)
    warnings, zone = list(getattr(source, "warnings", ())), getattr(source, "timezone", None)
    return Table(path.name, names, cells, source, warnings, timezone=zone)


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
            f"the header lacks {', '.join(absent)}; it has: {found}",
            hint or f"Name the columns {', '.join(required)}",
        )
    return places


def _check_path(path: Path) -> None:
    if path.is_dir():
        raise InputRejected(path.name, "this is a folder", "Name one file in it")
    if not path.exists():
        raise InputRejected(str(path), "there is no such file", "Check the path")
    if not path.is_file():
        raise InputRejected(path.name, "this is no ordinary file", "Copy it to one first")
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
                path.name, f"the file is no {ending} file, or is damaged", "Fetch or save it again"
            )
        remedy = "Save it as XLSX or CSV" if real == ".xls" else f"Rename it to end in {real}"
        raise InputRejected(path.name, f"the file is named {ending}, but holds {real}", remedy)


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


def _source(path: Path) -> RowSource:
    match _ending(path):
        case ".xlsx":
            return XlsxRows(path)
        case ".parquet":
            return ParquetRows(path)
        case ending:
            return CsvRows(path, packed=ending == ".csv.gz")


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _checked_header(path: Path, header: list[str]) -> tuple[str, ...]:
    while header and not header[-1].strip():
        header = header[:-1]  # separators that a spreadsheet leaves at the end of every line
    names = tuple(
        _one_line(cell) if column_key(cell) else f"column_{place}"
        for place, cell in enumerate(header, start=1)
    )
    twice = [name for name, count in Counter(map(column_key, names)).items() if count > 1]
    if twice:
        raise InputRejected(
            path.name,
            f"the header names a column more than once: {', '.join(sorted(twice))}",
            "Give each column a name of its own",
        )
    return names
