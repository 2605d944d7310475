"""Rows of a Parquet file, a batch at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from clew.errors import InputRejected

ZONE_KEY = b"clew.timezone"
BATCH_ROWS = 4_096
MAX_BATCH_BYTES = 512 * 1024 * 1024
"""A batch that unpacks to more is no table of deaths."""


class ParquetRows:
    """The rows of one Parquet file; iterate once. The first row is the header.

    A column of times whose every value is midnight holds dates alone, and is handed on as such.
    `timezone` is the zone that the file names for its naive times, as `clew intake` writes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._done = self._total = 0
        self.timezone: str | None = None

    def progress(self) -> tuple[int, int]:
        """Return rows handed on so far, and rows in all."""
        return self._done, self._total

    def __iter__(self) -> Iterator[list[str] | str]:
        try:
            with pq.ParquetFile(self.path) as file:
                self._total = file.metadata.num_rows
                names = list(file.schema_arrow.names)
                told = (file.schema_arrow.metadata or {}).get(ZONE_KEY, b"")
                self.timezone = told.decode("utf-8", "replace") or None
                yield names
                days = {name for name in names if _holds_dates(file, name)}
                for batch in file.iter_batches(batch_size=BATCH_ROWS):
                    yield from self._batch(batch, [name in days for name in names])
        except (pa.ArrowException, OSError, ValueError) as fault:
            raise InputRejected(
                self.path.name,
                f"this is no readable Parquet file ({str(fault).splitlines()[0][:120]})",
                "Fetch or write the file again",
            ) from None

    def _batch(self, batch: pa.RecordBatch, as_days: list[bool]) -> Iterator[list[str]]:
        if batch.nbytes > MAX_BATCH_BYTES:
            raise InputRejected(
                self.path.name,
                f"{BATCH_ROWS:,} rows unpack to more than {MAX_BATCH_BYTES:,} bytes",
                "Check where it comes from; save the table as CSV",
            )
        columns = [
            [_text(value, as_day=as_day) for value in column.to_pylist()]
            for column, as_day in zip(batch.columns, as_days, strict=True)
        ]
        for cells in zip(*columns, strict=True):
            self._done += 1
            yield list(cells)


def _holds_dates(file: pq.ParquetFile, name: str) -> bool:
    if file.schema_arrow.names.count(name) != 1:
        return False
    if not pa.types.is_timestamp(file.schema_arrow.field(name).type):
        return False
    column = file.read(columns=[name]).column(0).drop_null()
    midnight = pc.all(pc.equal(column, pc.floor_temporal(column, unit="day")))
    return bool(midnight.as_py()) and len(column) > 0


def _text(value: Any, *, as_day: bool = False) -> str:  # noqa: PLR0911 - one line a type
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "" if math.isnan(value) else str(value)
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if as_day else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list):
        return ";".join(_text(element) for element in value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value)
