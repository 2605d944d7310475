"""Rows that are appended teach nothing and change nothing; rows that are taken stay the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import ZONE, all_pairs, case_lists, code, declared

from clew.comparison import kernel
from clew.comparison.coding.columns import STARTS, Coded, append_cases, take_rows, to_columns
from clew.comparison.tables import tabulate, widen
from clew.model.case import Case, Entity
from clew.model.columns import Array, Columns

NEW_WORDS = {
    "scene": ("never_seen",),
    "place_key": "NEW",
    "area": "NEW",
    "premises": "railway",
    "entities": (Entity("caller", "phone", "NEW"),),
}


def row_of(cols: Columns, row: int) -> dict[str, list[object]]:
    """Return everything that the columns hold of one row, lists as lists."""
    held = {}
    for name in Columns._fields:
        values = getattr(cols, name)
        if name in STARTS:
            listed = getattr(cols, STARTS[name])
            held[STARTS[name]] = listed[values[row] : values[row + 1]].tolist()
        elif name not in STARTS.values():
            held[name] = np.nan_to_num(values[row], nan=-1).tolist()
    return held


def renamed(cases: Sequence[Case], new: bool) -> list[Case]:
    more = NEW_WORDS if new else {}
    return [replace(case, case_id=f"L{k:02d}", **more) for k, case in enumerate(cases)]


@given(case_lists(), case_lists(least=1), st.booleans())
@settings(max_examples=80, deadline=None)
def test_appending_changes_no_earlier_row_and_no_earlier_weight(
    first: list[Case], later: list[Case], new: bool
) -> None:
    coded = to_columns(first, ZONE)
    tables = tabulate(coded, declared(), arriving=1)
    more = append_cases(coded, renamed(later, new), ZONE)
    wide = widen(tables, coded, more, declared())
    n = len(first)
    assert more.cases[:n] == coded.cases
    assert [row_of(more.cols, k) for k in range(n)] == [row_of(coded.cols, k) for k in range(n)]
    for name in ("items", "place_keys", "areas", "entities", "mechanisms", "case_ids"):
        before = getattr(coded.codes, name)
        assert getattr(more.codes, name)[: len(before)] == before, name
    counted = coded.codes.item_counts
    assert more.codes.item_counts.tolist() == [
        *counted.tolist(),
        *[0] * (len(more.codes.items) - len(counted)),
    ]
    pairs = all_pairs(n)
    assert weights(more, wide, pairs) == weights(coded, tables, pairs)


def weights(coded: Coded, tables: object, pairs: Array) -> list[list[int]]:
    return kernel.explain_pairs(coded.cols, tables, pairs, kernel.DETAIL)[0].tolist()


@given(case_lists(), case_lists(least=1), case_lists(least=1), st.booleans())
@settings(max_examples=50, deadline=None)
def test_what_is_appended_behind_changes_no_weight_of_what_was_appended_before(
    first: list[Case], second: list[Case], third: list[Case], new: bool
) -> None:
    """Weights at one moment do not depend on what comes later in the same month."""
    coded = to_columns(first, ZONE)
    tables = tabulate(coded, declared(), arriving=1)
    second = renamed(second, new)
    last = [
        replace(
            case,
            case_id=f"X{k:02d}",
            scene=("aaa", "zzz", f"new_{k}"),
            place_key=f"A{k}",
            area=f"A{k}",
            entities=(Entity("caller", "phone", "AAA"), Entity("caller", "phone", f"Z{k}")),
        )
        for k, case in enumerate(third)
    ]
    some = append_cases(coded, second, ZONE)
    every = append_cases(coded, [*second, *last], ZONE)
    pairs = all_pairs(len(first) + len(second))
    assert weights(some, widen(tables, coded, some, declared()), pairs) == weights(
        every, widen(tables, coded, every, declared()), pairs
    )


@given(case_lists())
@settings(max_examples=80, deadline=None)
def test_a_version_in_which_nothing_changed_is_the_same_row(cases: list[Case]) -> None:
    coded, _ = code(cases)
    again = append_cases(coded, coded.cases, ZONE)
    n = len(cases)
    for k in range(n):
        assert row_of(again.cols, n + k) == row_of(coded.cols, k)


@given(case_lists())
@settings(max_examples=80, deadline=None)
def test_taking_all_rows_is_taking_nothing_away(cases: list[Case]) -> None:
    coded, _ = code(cases)
    taken = take_rows(coded, np.arange(len(cases)))
    assert taken.cases == coded.cases
    for name in Columns._fields:
        np.testing.assert_array_equal(getattr(taken.cols, name), getattr(coded.cols, name), name)
    assert taken.codes.item_counts.tolist() == coded.codes.item_counts.tolist()
    assert taken.codes.item_known.tolist() == coded.codes.item_known.tolist()


@given(case_lists(least=3), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_rows_that_are_taken_keep_their_weights_and_are_counted_among_themselves(
    cases: list[Case], chance: object
) -> None:
    coded, tables = code(cases)
    rows = chance.sample(range(len(cases)), len(cases) - 1)
    taken = take_rows(coded, np.array(rows))
    assert taken.cases == tuple(coded.cases[row] for row in rows)
    assert [row_of(taken.cols, k) for k in range(len(rows))] == [
        row_of(coded.cols, row) for row in rows
    ]
    pairs = all_pairs(len(rows))
    same = np.array(rows)[pairs]
    assert weights(taken, tables, pairs) == weights(coded, tables, same)
    held = [value for k in range(len(rows)) for value in row_of(taken.cols, k)["items"]]
    counts = np.bincount(held, minlength=len(coded.codes.items)) if held else None
    if counts is not None:
        assert taken.codes.item_counts.tolist() == counts.tolist()
