"""A large possible series is held together by more than a chain of links, or its core is shown."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.model.finding import MICRO, Member
from clew.series.core import strongest_core
from clew.series.groups import (
    LARGEST_LOOSE,
    LINK_CHANCE,
    Edge,
    Group,
    SeriesFile,
    WeighPair,
)
from clew.series.possible import form_series

CASES = "ABCDEFGHIJKLMN"


def weigh_by(weights: Mapping[str, int], otherwise: int) -> WeighPair:
    return lambda a, b: weights.get("".join(sorted((a, b))), otherwise)


def chain(cases: str, weak: float = 1e-3) -> list[Edge]:
    """Links of each case with the next one, the first the strongest."""
    return [Edge(b, a, weak * (1 + k), 3 * MICRO) for k, (a, b) in enumerate(pairwise(cases))]


def links_of(edges: list[Edge]) -> dict[str, int]:
    return {"".join(sorted((e.case_a, e.case_b))): e.micro_bans for e in edges}


def test_a_long_chain_of_weak_links_is_not_listed_as_a_series() -> None:
    # Fourteen unrelated records: three of them alike, the rest each like one other record.
    edges = chain(CASES)
    weights = links_of(edges) | {"AC": 3 * MICRO}
    setting = SeriesFile(10_000, weigh_by(weights, -MICRO // 20), 0.1)
    (one,) = form_series(edges, setting)
    assert sorted(member.case_id for member in one.members) == ["A", "B", "C"]
    assert one.micro_bans == 6 * MICRO
    assert one.series_id == "S-A"


def test_a_large_series_whose_cases_all_match_stays_whole() -> None:
    edges = chain(CASES)
    (one,) = form_series(edges, SeriesFile(10_000, weigh_by(links_of(edges), MICRO), 0.1))
    assert len(one.members) == len(CASES)


def test_weaker_links_bring_no_more_than_eight_together_and_the_strongest_come_first() -> None:
    weak = [
        Edge(case, "A", LINK_CHANCE * (1 + k / 10), 2 * MICRO)
        for k, case in enumerate(CASES[2:], 1)
    ]
    first = Edge("B", "A", 1e-4, 5 * MICRO)
    setting = SeriesFile(10_000, weigh_by({}, MICRO), 0.1)
    (one,) = form_series([*reversed(weak), first], setting)
    assert [member.case_id for member in one.members] == list("BACDEFGH")
    strong = [Edge(case, "A", LINK_CHANCE, 4 * MICRO) for case in CASES[2:]]
    (whole,) = form_series([first, *strong], setting)
    assert len(whole.members) == len(CASES), "strong links hold a long series together"


@pytest.mark.parametrize("size", [3, LARGEST_LOOSE])
def test_a_small_group_is_listed_however_it_holds_together(size: int) -> None:
    edges = chain(CASES[:size])
    setting = SeriesFile(10_000, weigh_by(links_of(edges), -1), 0.1)
    (one,) = form_series(edges, setting)
    assert len(one.members) == size


WEIGHTS = st.dictionaries(
    st.sampled_from(["".join(pair) for pair in combinations(CASES, 2)]),
    st.integers(-4, 6).map(lambda bans: bans * MICRO),
)


@given(WEIGHTS, st.integers(-2, 2), st.integers(2, len(CASES)))
@settings(max_examples=300, deadline=None)
def test_what_the_core_of_any_group_is(weights: dict[str, int], otherwise: int, size: int) -> None:
    weigh = weigh_by(weights, otherwise * MICRO)
    setting = SeriesFile(100, weigh, 0.2)
    members = (Member("A", None, 0), *(Member(case, "A", 1) for case in CASES[1:size]))
    group = Group(members, 1e-3, 5)
    core = strongest_core(group, setting)
    assert set(core.cases) <= set(group.cases)
    assert len(core.members) >= 2
    if size <= LARGEST_LOOSE:
        assert core is group
    if (core is group and size > LARGEST_LOOSE) or (len(core.members) > 2 and core is not group):
        for case in core.cases:
            others = [weigh(case, other) for other in core.cases if other != case]
            assert sum(others) - max(others) > 0
    if core is not group:
        assert core.chance == (group.chance if len(core.members) > 2 else group.chance / 0.2)
        seen: set[str] = set()
        for member in core.members:
            assert member.added_by is None if not seen else member.added_by in seen
            if member.added_by is not None:
                assert member.micro_bans == weigh(member.case_id, member.added_by)
            seen.add(member.case_id)
    assert strongest_core(Group(group.members[::-1], 1e-3, 5), setting).cases
