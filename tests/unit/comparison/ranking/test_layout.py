"""Columns laid out for pruning: no ordinary file has types for which the kernel is not compiled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from clew.comparison.coding.columns import to_columns
from clew.comparison.ranking import index
from clew.comparison.ranking.index import lay_out
from clew.model.case import Case
from clew.model.values import TimeWindow


def cases(seconds: int) -> list[Case]:
    """Four cases whose windows are so many seconds long."""
    case = Case(case_id="A", reported_at=86_400 * 400)
    ends = [case.reported_at - k * 7_000 for k in range(4)]
    return [
        replace(case, case_id=f"A-{k}", window=TimeWindow(end - seconds, end))
        for k, end in enumerate(ends)
    ]


def test_odd_seconds_change_no_type() -> None:
    odd = lay_out(to_columns(cases(86_399), "UTC").cols, np.arange(4))
    even = lay_out(to_columns(cases(86_400), "UTC").cols, np.arange(4))
    assert [a.dtype for a in odd] == [a.dtype for a in even]


def test_times_of_large_files_are_narrowed_only_where_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(index, "LARGE", 3)
    odd = to_columns(cases(86_399), "UTC").cols
    even = to_columns(cases(86_400), "UTC").cols
    assert lay_out(even, np.arange(4)).mid.dtype == np.int32
    assert lay_out(odd, np.arange(4)).mid.dtype == odd.mid.dtype
    for cols in (odd, even):
        assert lay_out(cols, np.arange(4)).mid.tolist() == cols.mid.tolist()


def test_folded_bits_still_tell_that_something_may_be_shared() -> None:
    bits = np.array([1 << k for k in range(64)], np.uint64)
    folded = index.narrow("item_bits", bits)
    assert folded.dtype == np.uint16
    assert all(folded[k] == 1 << (k % 16) for k in range(64))
