"""Assessment of partitions, against worked examples that were published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.series.assessment import assess_partition


def labels(*groups: str) -> dict[str, int]:
    return {case: k for k, group in enumerate(groups) for case in group}


TRUE = labels("12345", "67", "89ABC")


@pytest.mark.parametrize(
    ("found", "precision"),
    [(labels("12345", "6789ABC"), 0.76), (labels("67", "1234589ABC"), 0.58)],
)
def test_b_cubed_of_bagga_and_baldwin_1998(found: dict[str, int], precision: float) -> None:
    """Their two responses to one key: 76 and 58 %, recall 100 % both times."""
    seen = assess_partition(found, TRUE)
    assert seen.bcubed_precision == pytest.approx(precision, abs=0.005)
    assert seen.bcubed_recall == 1


def test_b_cubed_of_amigo_and_others_2009() -> None:
    """Fourteen items: {4 a, 1 b}, {2 b, 4 c}, c, c, c: 0.69 and 0.59 (cut, not rounded)."""
    found = labels("abcde", "fghijk", "l", "m", "n")
    seen = assess_partition(found, labels("abcd", "efg", "hijklmn"))
    assert seen.bcubed_precision == pytest.approx(0.69, abs=0.006)
    assert seen.bcubed_recall == pytest.approx(0.59, abs=0.01)


def test_pairs_and_rebuilding_by_hand() -> None:
    """Found ab, cde, fg against abc, de, fg and the one-off h."""
    seen = assess_partition(labels("ab", "cde", "fg"), labels("abc", "de", "fg", "h"))
    assert seen.pair_precision == pytest.approx(3 / 5)
    assert seen.pair_recall == pytest.approx(3 / 5)
    assert seen.exact == pytest.approx(1 / 3)
    assert seen.partial == 1
    assert (seen.series, seen.cases) == (3, 8)


def test_nothing_found_and_nothing_to_find() -> None:
    seen = assess_partition({}, TRUE)
    assert (seen.pair_precision, seen.pair_recall, seen.exact, seen.partial) == (1, 0, 0, 0)
    assert seen.bcubed_precision == 1
    assert assess_partition({}, {}).exact == 1
    assert assess_partition({}, labels("a", "b")).bcubed_recall == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12))
def test_both_ways_round_precision_is_recall_and_truth_is_perfect(
    drawn: list[tuple[int, int]],
) -> None:
    found = {str(k): group for k, (group, _) in enumerate(drawn)}
    true = {str(k): label for k, (_, label) in enumerate(drawn)}
    one, other = assess_partition(found, true), assess_partition(true, found)
    assert one.bcubed_precision == pytest.approx(other.bcubed_recall)
    assert one.pair_precision == other.pair_recall
    assert one.exact <= one.partial
    perfect = assess_partition(true, true)
    assert (perfect.bcubed_precision, perfect.bcubed_recall, perfect.exact) == (1, 1, 1)
