"""What a store keeps comes back to the bit, whatever a case holds."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import ZONE, case_lists

from clew.comparison.coding.columns import append_cases, code_behind, stack_rows, to_columns
from clew.comparison.ranking.spark import cut_rows
from clew.model.case import Case
from clew.model.columns import Columns
from clew.model.values import MissingCause
from clew.store.case_text import case_of, case_text, from_arrow, from_bytes, to_arrow, to_bytes

WORDS = st.text(max_size=12)


def same(one: Columns, other: Columns) -> None:
    for name in Columns._fields:
        a, b = getattr(one, name), getattr(other, name)
        assert a.dtype == b.dtype, name
        np.testing.assert_array_equal(a, b, name)


@given(case_lists(), WORDS, WORDS, st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=100, deadline=None)
def test_a_case_in_text_is_that_case(
    cases: list[Case], words: str, name: str, number: float
) -> None:
    for case in cases:
        full = replace(
            case,
            narrative=words,
            age_years=abs(number),
            moved_after_death=False,
            extra=MappingProxyType({name: words}),
            missing=MappingProxyType({"sex": MissingCause.WITHHELD}),
        )
        for one in (case, full):
            assert case_of(case_text(one)) == one


@given(case_lists(), st.data())
@settings(max_examples=60, deadline=None)
def test_columns_come_back_whole_and_in_parts(cases: list[Case], data: st.DataObject) -> None:
    cols = to_columns(cases, ZONE).cols
    same(from_arrow(to_arrow(cols)), cols)
    at = data.draw(st.integers(0, len(cases)))
    first, rest = cut_rows(cols, 0, at), cut_rows(cols, at, len(cases))
    same(stack_rows(from_bytes(to_bytes(first)), from_bytes(to_bytes(rest))), cols)


@given(case_lists(), case_lists(least=1))
@settings(max_examples=60, deadline=None)
def test_coding_behind_is_appending(first: list[Case], later: list[Case]) -> None:
    """Rows that are coded alone, by what earlier rows taught, are those of an append."""
    coded = to_columns(first, ZONE)
    later = [replace(case, case_id=f"L{k:02d}") for k, case in enumerate(later)]
    near = coded.cols.xyz[coded.reference][coded.cols.density[coded.reference] >= 0]
    more, codes = code_behind(coded.codes, near, later, ZONE)
    whole = append_cases(coded, later, ZONE)
    same(stack_rows(coded.cols, more), whole.cols)
    assert codes.items == whole.codes.items
    assert codes.case_ids == whole.codes.case_ids
