"""Possible series: what joins, through whom, and what chance costs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.series.groups import JOIN_CHANCE, LINK_CHANCE, Edge, SeriesFile, WeighPair
from clew.series.possible import form_series


def weigh_by(pairs: Mapping[str, int], otherwise: int = 1) -> WeighPair:
    return lambda a, b: pairs.get("".join(sorted((a, b))), otherwise)


def test_a_pair_is_a_series_and_its_chance_is_over_the_whole_file() -> None:
    (one,) = form_series([Edge("B", "A", 1e-4, 5)], SeriesFile(1_000, weigh_by({}), 0.1))
    assert (one.series_id, one.view, one.micro_bans) == ("S-A", "engine", 5)
    assert one.chance == pytest.approx(0.1)
    assert {(m.case_id, m.added_by) for m in one.members} == {("B", None), ("A", "B")}


def test_a_third_case_never_counts_for_less_than_clumps_and_a_fourth_for_nothing() -> None:
    edges = [Edge("B", "A", 1e-4, 5), Edge("C", "B", 1e-3, 4), Edge("D", "C", 2e-3, 3)]
    (one,) = form_series(edges, SeriesFile(1_000, weigh_by({}), 0.1))
    assert one.chance == pytest.approx(1_000 * 1e-4 * max(2 * 1e-3, 0.1))
    assert [m.case_id for m in one.members] == ["B", "A", "C", "D"]
    assert {m.case_id: m.added_by for m in one.members} == {"B": None, "A": "B", "C": "B", "D": "C"}


def test_a_link_of_high_chance_holds_nothing_together() -> None:
    assert (
        form_series([Edge("B", "A", LINK_CHANCE * 1.01, 5)], SeriesFile(10, weigh_by({}), 0.1))
        == ()
    )
    assert form_series([], SeriesFile(10, weigh_by({}), 0.1)) == ()


def test_one_more_case_joins_on_weaker_terms_and_begins_nothing() -> None:
    weak = JOIN_CHANCE * 0.99
    (one,) = form_series(
        [Edge("B", "A", 1e-4, 5), Edge("C", "B", weak, 3)], SeriesFile(100, weigh_by({}), 0.1)
    )
    assert {m.case_id for m in one.members} == {"A", "B", "C"}
    assert one.chance == pytest.approx(100 * 1e-4 * 2 * weak)
    two = [Edge("B", "A", 1e-4, 5), Edge("D", "C", 1e-4, 5), Edge("C", "B", weak, 3)]
    assert len(form_series(two, SeriesFile(100, weigh_by({}), 0.1))) == 2
    assert form_series([Edge("B", "A", weak, 5)], SeriesFile(100, weigh_by({}), 0.1)) == ()


def test_one_wrong_link_does_not_fuse_two_series() -> None:
    edges = [Edge("B", "A", 1e-5, 9), Edge("D", "C", 1e-5, 9), Edge("C", "B", 1e-3, 2)]
    against = {"BC": 2, "AC": -2, "BD": -2, "AD": -2}
    apart = form_series(edges, SeriesFile(100, weigh_by(against), 0.1))
    assert sorted(one.series_id for one in apart) == ["S-A", "S-C"]
    (fused,) = form_series(edges, SeriesFile(100, weigh_by({}, 1), 0.1))
    assert len(fused.members) == 4


def test_a_case_of_two_series_stays_with_its_best_link() -> None:
    edges = [Edge("B", "A", 1e-5, 9), Edge("C", "B", 1e-4, 9), Edge("D", "C", 1e-3, 9)]
    against = {"AC": -3, "BC": 1, "CD": 1}
    found = form_series(edges, SeriesFile(100, weigh_by(against), 0.1))
    assert [sorted(m.case_id for m in one.members) for one in found] == [["A", "B"], ["C", "D"]]


EDGES = st.lists(
    st.builds(
        Edge,
        st.sampled_from("ABCDEF"),
        st.sampled_from("ABCDEF"),
        st.sampled_from([1e-6, 1e-4, 1e-3, 1e-2, 0.5]),
        st.integers(-3, 9),
    ).filter(lambda edge: edge.case_a > edge.case_b),
    max_size=12,
    unique_by=lambda edge: (edge.case_a, edge.case_b),
)


@given(EDGES, st.randoms(use_true_random=False), st.integers(-1, 1))
@settings(max_examples=150, deadline=None)
def test_the_order_of_links_changes_nothing_and_no_case_is_in_two_series(
    edges: list[Edge], chance: object, otherwise: int
) -> None:
    weights = {e.case_b + e.case_a: e.micro_bans for e in edges}
    shuffled = list(edges)
    chance.shuffle(shuffled)
    found = form_series(edges, SeriesFile(50, weigh_by(weights, otherwise), 0.2))
    assert form_series(shuffled, SeriesFile(50, weigh_by(weights, otherwise), 0.2)) == found
    ids = [m.case_id for one in found for m in one.members]
    assert len(ids) == len(set(ids))
    assert [one.chance for one in found] == sorted(one.chance for one in found)
    for one in found:
        assert 0 < one.chance <= 50 * LINK_CHANCE
        assert one.members[0].added_by is None
        weigh = weigh_by(weights, otherwise)
        cases = [m.case_id for m in one.members]
        together = sum(weigh(a, b) for k, a in enumerate(cases) for b in cases[:k])
        assert together > 0, "a series is in favour on the whole"
