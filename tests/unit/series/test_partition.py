"""Partition by mean weight: by hand, and against every partition of a few cases."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from clew.series.partition import Across, partition_cases


def far(across: Across) -> list[float]:
    assert all(not set(one) & set(other) for one, other in across)
    return [-9.0 * len(one) * len(other) for one, other in across]


def test_the_best_are_joined_first_and_all_is_weighed_anew() -> None:
    links = {(1, 0): 5.0, (2, 1): 4.0, (3, 2): 4.5, (2, 0): 3.0, (3, 1): 1.0, (3, 0): 1.0}
    assert partition_cases(links, far, 3.0) == {0: 0, 1: 0, 2: 2, 3: 2}
    assert partition_cases(links, far, 2.0) == {0: 0, 1: 0, 2: 0, 3: 0}
    assert partition_cases(links, far, 5.0) == {}
    assert partition_cases({}, far, 0.0) == {}


def test_one_strong_link_does_not_fuse_two_groups() -> None:
    links = {(1, 0): 6.0, (3, 2): 6.0, (2, 1): 5.0}
    assert partition_cases(links, far, 1.0) == {0: 0, 1: 0, 2: 2, 3: 2}


PAIRS = [(a, b) for a in range(6) for b in range(a)]


@given(st.dictionaries(st.sampled_from(PAIRS), st.integers(-5, 9).map(float)), st.integers(-1, 4))
@settings(max_examples=200, deadline=None)
def test_no_two_groups_that_a_link_joins_should_be_joined_further(
    links: dict[tuple[int, int], float], least: int
) -> None:
    found = partition_cases(links, far, least)
    again = partition_cases(dict(reversed(links.items())), far, least)
    groups: dict[int, list[int]] = {}
    for case in range(6):
        groups.setdefault(found.get(case, case), []).append(case)
    for one in groups.values():
        for other in groups.values():
            if one is other:
                continue
            across = [links.get((max(a, b), min(a, b)), -9.0) for a in one for b in other]
            linked = any((max(a, b), min(a, b)) in links for a in one for b in other)
            assert not linked or sum(across) / len(across) <= least
    assert set(found) == set(again) or len(set(links.values())) < len(links)
