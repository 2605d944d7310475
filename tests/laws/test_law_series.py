"""Laws of series: what a group weighs, what growth leaves alone, what judgements never lose."""

from __future__ import annotations

from itertools import combinations, product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_law_judgements import IDS, judged, latest

from clew.model.finding import MICRO, Series, SeriesFate
from clew.model.judgement import Conflict, Verdict
from clew.series.adopted import (
    adopt_series,
    cases_of,
    compare_series,
    find_contradictions,
    latest_judgements,
)
from clew.series.groups import Edge, SeriesFile, mean_weight
from clew.series.possible import form_series

OLD, NEW = "ABCDEFG", "a"
REPORTED = {case: place for place, case in enumerate("GFEDCBA" + NEW)}
CHANCES = (1e-6, 1e-4, 1e-3, 1e-2, 0.05, 0.5)
WEIGHTS = st.integers(-4, 6).map(lambda bans: bans * MICRO)


@given(st.lists(WEIGHTS, min_size=1, max_size=9))
def test_the_mean_of_weights_is_the_nearest_whole_number(weights: list[int]) -> None:
    assert mean_weight(weights) == round(sum(weights) / len(weights))
    assert mean_weight([]) == 0


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_unrelated_cases_are_not_expected_to_weigh_anything(kept: float) -> None:
    """Every outcome of four unrelated cases: 10^weight is expected to be 1 at most.

    The plain sum of all pairs is not so bounded: it overstates what belongs to nothing.
    """
    share = {"x": 0.6, "y": 0.3, "z": 0.1}

    def ratio(a: str, b: str) -> float:
        return kept / share[a] + 1 - kept if a == b else 1 - kept

    joined = summed = 0.0
    for cases in product(share, repeat=4):
        chance = prod(share[case] for case in cases)
        geometric = 1.0
        for k in range(1, 4):
            geometric *= prod(ratio(cases[k], cases[j]) for j in range(k)) ** (1 / k)
        joined += chance * geometric
        summed += chance * prod(ratio(a, b) for a, b in combinations(cases, 2))
    assert joined <= 1
    assert summed > 1


def edges_of(pairs: list[tuple[str, str]]) -> st.SearchStrategy[list[Edge]]:
    one = st.sampled_from(pairs).flatmap(
        lambda pair: st.builds(Edge, st.just(pair[0]), st.just(pair[1]),
                               st.sampled_from(CHANCES), WEIGHTS)
    )  # fmt: skip
    return st.lists(one, max_size=10, unique_by=lambda edge: (edge.case_a, edge.case_b))


OLD_EDGES = edges_of([(a, b) for b, a in combinations(sorted(OLD, key=REPORTED.get), 2)])
NEW_EDGES = edges_of([(NEW, case) for case in OLD])
BETWEEN = st.dictionaries(
    st.sampled_from(["".join(p) for p in combinations(OLD + NEW, 2)]), WEIGHTS
)


@given(OLD_EDGES, NEW_EDGES, BETWEEN)
@settings(max_examples=400, deadline=None)
def test_a_new_case_joins_bridges_or_starts_and_renames_nothing_else(
    old: list[Edge], new: list[Edge], weights: dict[str, int]
) -> None:
    def weigh(a: str, b: str) -> int:
        return weights.get(min(a + b, b + a), MICRO)

    before = form_series(old, SeriesFile(7, weigh, 0.2, REPORTED))
    after = form_series(new, SeriesFile(8, weigh, 0.2, REPORTED), before)
    home = next((one for one in after if NEW in cases_of(one)), None)
    rest = [one for one in after if one is not home]
    taken = [one for one in before if one not in rest]
    assert all(one in before for one in rest), "what the case does not touch stays as it was"
    for one in taken:
        assert home is not None
        assert cases_of(one) < cases_of(home), "no case is lost from a series"
    if home is not None:
        first = min(cases_of(home), key=REPORTED.get)
        assert home.series_id == f"S-{first}"
        held = {one.series_id for one in taken if first in cases_of(one)}
        assert held <= {home.series_id}, "a series that a later case joins keeps its name"
    told = {c.series.series_id: c for c in compare_series(before, after)}
    assert all(told[one.series_id].change is SeriesFate.UNTOUCHED for one in rest)
    if home is not None:
        kinds = {0: SeriesFate.STARTED, 1: SeriesFate.JOINED}
        assert told[home.series_id].change is kinds.get(len(taken), SeriesFate.BRIDGED)
        assert NEW in told[home.series_id].came
    assert len({one.series_id for one in after}) == len(after)


@given(OLD_EDGES, NEW_EDGES)
@settings(max_examples=200, deadline=None)
def test_formed_anew_a_series_out_of_reach_of_the_new_case_is_the_same(
    old: list[Edge], new: list[Edge]
) -> None:
    setting = SeriesFile(7, lambda a, b: MICRO, 0.2, REPORTED)
    before, after = form_series(old, setting), form_series([*old, *new], setting)
    reached, grew = {NEW}, True
    while grew:
        touched = {c for e in (*old, *new) for c in (e.case_a, e.case_b)
                   if {e.case_a, e.case_b} & reached}  # fmt: skip
        grew = not touched <= reached
        reached |= touched
    assert [one for one in before if not cases_of(one) & reached] == [
        one for one in after if not cases_of(one) & reached
    ]


@given(judged(IDS))
@settings(max_examples=400, deadline=None)
def test_no_judgement_is_lost_and_none_is_broken(judgements: list) -> None:
    series = adopt_series(judgements)
    home = {case: one.series_id for one in series for case in cases_of(one)}
    verdicts = latest(judgements)
    found = find_contradictions(judgements)
    for pair, verdict in verdicts.items():
        a, b = (home.get(case, case) for case in pair)
        apart = [c for c in found if c.kind is Conflict.KEPT_APART
                 and {c.judgement.case_a, c.judgement.case_b} == pair]  # fmt: skip
        if verdict is Verdict.NOT_LINKED:
            assert a != b
        if verdict is Verdict.LINKED:
            assert (a == b) is not bool(apart), "it joins, or the report says why it does not"
    counted = latest_judgements(judgements)
    for judgement in judgements:
        pair = frozenset((judgement.case_a, judgement.case_b))
        overruled = any(c.kind is Conflict.OVERRULED and c.judgement is judgement for c in found)
        differs = counted[pair].verdict is not judgement.verdict
        assert overruled is (differs and judgement.verdict is not Verdict.UNDETERMINED)
    for one in found:
        assert one.against
        if one.kind is Conflict.KEPT_APART:
            assert {j.verdict for j in one.against} == {Verdict.NOT_LINKED}


@given(OLD_EDGES, BETWEEN, judged(tuple(OLD)))
@settings(max_examples=300, deadline=None)
def test_random_weights_and_judgements_leave_both_views_true(
    edges: list[Edge], weights: dict[str, int], judgements: list
) -> None:
    def weigh(a: str, b: str) -> int:
        return weights.get(min(a + b, b + a), MICRO)

    setting = SeriesFile(7, weigh, 0.2, REPORTED)
    silent = repr(form_series(edges, setting)).encode()
    adopted = adopt_series(judgements, REPORTED)
    assert repr(form_series(edges, setting)).encode() == silent
    apart = [pair for pair, verdict in latest(judgements).items() if verdict is Verdict.NOT_LINKED]
    for one in adopted:
        assert not any(pair <= cases_of(one) for pair in apart)
        assert one.series_id == f"A-{min(cases_of(one), key=REPORTED.get)}"
    assert _disjoint(adopted)


def _disjoint(series: tuple[Series, ...]) -> bool:
    ids = [case for one in series for case in cases_of(one)]
    return len(ids) == len(set(ids))
