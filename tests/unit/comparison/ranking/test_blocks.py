"""Ranked in parts, the answer is that of ranking in one go, ties at the edge of a list included."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from clew.comparison.coding.columns import Coded, to_columns
from clew.comparison.kernel import EMPTY
from clew.comparison.ranking import local
from clew.comparison.ranking.local import rank_all
from clew.comparison.ranking.ranked import Ranked
from clew.comparison.ranking.spark import (
    Lengths,
    PartitionLists,
    cut_rows,
    put,
    rank_against,
    rank_within,
)
from clew.comparison.tables import tabulate
from clew.comparison.weights.weight_table import declared_table
from clew.model.columns import Columns, Tables

LENGTHS = Lengths(top=3, kept=7)
HEAD = 60


@pytest.fixture(scope="module")
def coded(many_alike: list) -> Coded:
    return to_columns(many_alike, "Europe/London")


@pytest.fixture(scope="module")
def tables(coded: Coded) -> Tables:
    return tabulate(coded, declared_table())


@pytest.fixture
def whole(coded: Coded, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Ranked:
    monkeypatch.setattr(local, "NULL_CASES", HEAD)
    return rank_all(coded.cols, tables, top=LENGTHS.top, kept=LENGTHS.kept)


def same(lists: PartitionLists, whole: Ranked, rows: slice) -> None:
    for name in ("weights", "rows", "null"):
        part, of_whole = getattr(lists, name), getattr(whole, name)
        assert part.dtype == of_whole.dtype
        np.testing.assert_array_equal(part, of_whole[rows], name)


@pytest.mark.parametrize("edges", [[0, 100, 140], [0, 1, 70, 71, 139], [0, 47, 94]])
def test_blocks_in_any_order_are_the_whole(
    edges: list[int], coded: Coded, tables: Tables, whole: Ranked
) -> None:
    """The last rows against the blocks before them, the latest block first."""
    cols, n = coded.cols, len(coded.cases)
    later = cut_rows(cols, edges[-1], n)
    best = rank_within(later, np.arange(n - edges[-1]), edges[-1], tables, LENGTHS)
    for start, stop in reversed(list(pairwise(edges))):
        earlier = cut_rows(cols, start, stop)
        best = rank_against(later, earlier, start, tables, LENGTHS).merged(best)
    same(best, whole, slice(edges[-1], n))


def test_ties_are_there_and_the_earlier_row_stands_first(whole: Ranked) -> None:
    tied = (whole.weights[HEAD:, 0] == whole.weights[HEAD:, 1]).sum()
    assert tied > 10, "the cases are alike on purpose"
    at = whole.weights[:, 0] == whole.weights[:, 1]
    assert (whole.rows[at, 0] < whole.rows[at, 1])[whole.weights[at, 0] != EMPTY].all()


def test_lists_are_put_where_they_belong_and_empty_places_stay_last() -> None:
    into = Ranked(
        np.full((3, 2), EMPTY, np.int32), np.full((3, 2), -1, np.int32),
        np.full((3, 2), EMPTY, np.int32), np.arange(3),
    )  # fmt: skip
    one = np.array([[5, EMPTY]], np.int32), np.array([[0, -1]], np.int32)
    put(PartitionLists(*one, np.array([[4, 1]], np.int32)), into, 1)
    two = np.array([[5, -3]], np.int32), np.array([[7, 8]], np.int32)
    put(PartitionLists(*two, np.array([[4, 2]], np.int32)), into, 1)
    assert into.weights.tolist() == [[EMPTY, EMPTY], [5, 5], [EMPTY, EMPTY]]
    assert into.rows.tolist() == [[-1, -1], [0, 7], [-1, -1]]
    assert into.null[1].tolist() == [4, 4]


def test_what_is_cut_holds_the_same_rows(coded: Coded) -> None:
    cut = cut_rows(coded.cols, 5, 9)
    assert len(cut.age) == 4
    assert cut.item_start[0] == 0
    for name in Columns._fields:
        if not name.endswith("_start") and name not in {"items", "entities", "mentions"}:
            np.testing.assert_array_equal(getattr(cut, name), getattr(coded.cols, name)[5:9])
    items, at = coded.cols.items, coded.cols.item_start
    assert cut.items.tolist() == items[at[5] : at[9]].tolist()
