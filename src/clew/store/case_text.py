"""A case as one line of JSON and back, to the bit; columns as one Arrow record batch and back.

A store's files contain both, and Spark is sent the batches.
"""

from __future__ import annotations

import json
from dataclasses import fields
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from clew.model.case import Case, Entity, Kind
from clew.model.columns import Array, Columns
from clew.model.contract import LIST_COLUMNS
from clew.model.values import MissingCause, Point, TimeWindow

NAMES = tuple(field.name for field in fields(Case))
LISTS = (LIST_COLUMNS - {"entities"}) | {"further"}
STARTS = {"items": "item_start", "entities": "entity_start", "mentions": "mention_start"}
"""Lists laid end to end, each with the column that says where a row's own part begins."""
FLAT = tuple(name for name in Columns._fields if name not in {*STARTS, *STARTS.values()})


def case_text(case: Case) -> str:
    """Return everything that a case records; what is missing is left out."""
    values: dict[str, Any] = {}
    for name in NAMES:
        value = getattr(case, name)
        if value is None:
            continue
        if name == "window":
            value = (value.earliest, value.latest)
        elif name in {"point", "home"}:
            value = (value.latitude, value.longitude, value.precision_m)
        elif name == "entities":
            value = [(one.role, one.type, one.code) for one in value]
        elif name in {"extra", "missing"}:
            if not value:
                continue
            value = dict(value)
        values[name] = value
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def case_of(text: str) -> Case:
    """Return the case that was written.

    Raises
    ------
    ValueError, TypeError, KeyError
        If it is no case.
    """
    values: dict[str, Any] = json.loads(text)
    values["kind"] = Kind(values["kind"])
    if "window" in values:
        values["window"] = TimeWindow(*values["window"])
    for name in ("point", "home"):
        if name in values:
            values[name] = Point(*values[name])
    for name in LISTS & values.keys():
        values[name] = tuple(values[name])
    if "entities" in values:
        values["entities"] = tuple(Entity(*one) for one in values["entities"])
    if "extra" in values:
        values["extra"] = MappingProxyType(values["extra"])
    if "missing" in values:
        causes = {name: MissingCause(cause) for name, cause in values["missing"].items()}
        values["missing"] = MappingProxyType(causes)
    return Case(**values)


def in_memory(array: pa.Array) -> Array:
    """Return a column of numbers where it is, which cannot be written to.

    pyarrow's own `to_numpy` loads pandas where that is installed, half a second in each process.

    Raises
    ------
    ValueError
        If a value is missing.
    """
    if array.null_count:
        raise ValueError("a column of numbers has missing values")
    kind = np.dtype(array.type.to_pandas_dtype())
    whole = np.frombuffer(array.buffers()[1] or b"", kind)
    whole.flags.writeable = False
    return whole[array.offset : array.offset + len(array)]


def to_arrow(cols: Columns) -> pa.RecordBatch:
    """Return the columns as a record batch of as many rows; nothing is copied."""
    arrays: dict[str, Any] = {}
    for name in FLAT:
        values = np.ascontiguousarray(getattr(cols, name))
        flat = pa.array(values.reshape(-1))
        wide = values.ndim > 1
        arrays[name] = pa.FixedSizeListArray.from_arrays(flat, values.shape[1]) if wide else flat
    for name, starts in STARTS.items():
        values, at = getattr(cols, name), getattr(cols, starts)
        arrays[name] = pa.LargeListArray.from_arrays(pa.array(at), pa.array(values))
    return pa.RecordBatch.from_arrays(list(arrays.values()), list(arrays))


def from_arrow(batch: pa.RecordBatch) -> Columns:
    """Return the columns of a record batch; they are in its memory and cannot be written to.

    Raises
    ------
    KeyError, ValueError, pyarrow.ArrowInvalid
        If a column is not there or holds a missing value.
    """
    found: dict[str, Array] = {}
    for name in FLAT:
        column = batch.column(name)
        if pa.types.is_fixed_size_list(column.type):
            found[name] = in_memory(column.flatten()).reshape(-1, column.type.list_size)
        else:
            found[name] = in_memory(column)
    for name, starts in STARTS.items():
        column = batch.column(name)
        at = in_memory(column.offsets)
        found[starts] = at - at[0]
        found[name] = in_memory(column.values)[at[0] : at[-1]]
    return Columns(**found)


def to_bytes(cols: Columns) -> bytes:
    """Return the columns as an Arrow stream of one record batch."""
    batch = to_arrow(cols)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    stream: bytes = sink.getvalue().to_pybytes()
    return stream


def from_bytes(stream: bytes) -> Columns:
    """Return the columns of an Arrow stream, each in memory of its own that can be written to.

    The kernel is compiled for such arrays; others would make it compile again.
    """
    with pa.ipc.open_stream(pa.py_buffer(stream)) as reader:
        cols = from_arrow(reader.read_next_batch())
    own: dict[str, Array] = {name: np.array(getattr(cols, name)) for name in Columns._fields}
    return Columns(**own)
