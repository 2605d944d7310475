"""Columns in Arrow come back as they were, lists and two-wide columns included."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from clew.comparison.coding.columns import to_columns
from clew.comparison.ranking.spark import cut_rows
from clew.model.columns import Columns
from clew.store.case_text import from_arrow, from_bytes, to_arrow, to_bytes
from clew.workflows.demo import made_cases


@pytest.fixture(scope="module")
def cols() -> Columns:
    return to_columns(made_cases(), "Europe/London").cols


def same(one: Columns, other: Columns) -> None:
    for name in Columns._fields:
        a, b = getattr(one, name), getattr(other, name)
        assert a.dtype == b.dtype, name
        np.testing.assert_array_equal(a, b, name)


def test_they_come_back_without_a_copy(cols: Columns) -> None:
    back = from_arrow(to_arrow(cols))
    same(back, cols)
    assert not back.items.flags.writeable
    assert np.shares_memory(from_arrow(to_arrow(cols)).mid, cols.mid)


def test_bytes_come_back_as_arrays_that_the_kernel_knows(cols: Columns) -> None:
    back = from_bytes(to_bytes(cols))
    same(back, cols)
    assert all(values.flags.writeable and values.flags.c_contiguous for values in back)


@pytest.mark.parametrize(("start", "stop"), [(0, 6), (2, 5), (3, 3)])
def test_a_part_of_a_batch_is_that_part(cols: Columns, start: int, stop: int) -> None:
    same(from_arrow(to_arrow(cols).slice(start, stop - start)), cut_rows(cols, start, stop))


def test_a_column_that_is_not_there_is_said(cols: Columns) -> None:
    batch = to_arrow(cols)
    lacking = pa.RecordBatch.from_arrays(batch.columns[1:], batch.schema.names[1:])
    with pytest.raises(KeyError):
        from_arrow(lacking)
