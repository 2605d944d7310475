"""Partition by mean weight: by hand, and against every partition of a few cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.model.finding import MICRO
from clew.series.groups import Edge, SeriesFile
from clew.series.partition import Across, partition_cases, series_by_means


def far(across: Across) -> list[float]:
    assert all(not set(rows) & set(others) for rows, others in across)
    return [-9.0 * len(rows) * len(others) for rows, others in across]


def test_the_best_are_joined_first_and_all_is_weighed_again() -> None:
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


def test_a_series_by_means_names_its_chain_and_adds_means_up() -> None:
    bans = {("B", "A"): 4.0, ("C", "A"): 1.5, ("C", "B"): 2.5, ("E", "D"): 3.0, ("E", "A"): 2.0}

    def weigh(a: str, b: str) -> int:
        return int(bans.get((max(a, b), min(a, b)), -1.0) * MICRO)

    def weigh_across(groups: Across) -> list[float]:
        return [sum(weigh("ABCDE"[i], "ABCDE"[j]) for i in a for j in b) / MICRO for a, b in groups]

    edges = [Edge(a, b, 0.01, int(weight * MICRO)) for (a, b), weight in bans.items()]
    setting = SeriesFile(5, weigh, 0.5, {case: at for at, case in enumerate("DEABC")})
    formed = series_by_means("ABCDE", edges, weigh_across, 1.9, setting)
    assert {series.series_id: [m.case_id for m in series.members] for series in formed} == {
        "S-A": ["B", "A", "C"],
        "S-D": ["E", "D"],
    }
    by_id = {series.series_id: series for series in formed}
    assert by_id["S-A"].members[2].added_by == "B", "the heaviest link, not the first"
    assert by_id["S-A"].micro_bans == (4.0 + (1.5 + 2.5) / 2) * MICRO
    assert by_id["S-D"].micro_bans == 3.0 * MICRO
    assert by_id["S-A"].chance == pytest.approx(5 * 0.01 * 0.5)
    assert by_id["S-D"].chance == pytest.approx(5 * 0.01)
    apart = series_by_means("ABCDE", edges, weigh_across, 2.1, setting)
    assert sorted(len(series.members) for series in apart) == [2, 2]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_series_by_means_are_the_partition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cases = [f"C{k}" for k in range(9)]
    matrix = rng.integers(-3, 6, (9, 9)) * MICRO

    def weigh(a: str, b: str) -> int:
        i, j = sorted((cases.index(a), cases.index(b)))
        return int(matrix[j, i])

    def weigh_across(groups: Across) -> list[float]:
        return [sum(weigh(cases[i], cases[j]) for i in a for j in b) / MICRO for a, b in groups]

    linked = [(j, i) for j in range(9) for i in range(j) if matrix[j, i] > 0]
    edges = [Edge(cases[j], cases[i], 0.05, int(matrix[j, i])) for j, i in linked]
    links = {(j, i): matrix[j, i] / MICRO for j, i in linked}
    groups: dict[int, set[str]] = {}
    for row, group in partition_cases(links, weigh_across, 1.2).items():
        groups.setdefault(group, set()).add(cases[row])
    formed = series_by_means(cases, edges, weigh_across, 1.2, SeriesFile(9, weigh, 0.5))
    members = [{member.case_id for member in series.members} for series in formed]
    assert sorted(map(sorted, members)) == sorted(map(sorted, groups.values()))
    for series in formed:
        named = [member.added_by for member in series.members]
        assert named[0] is None
        assert all(name in cases for name in named[1:])
