"""A judgement shapes the adopted series, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import START, ZONE, case_lists, declared

from clew.model.alert import Budget
from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.finding import Series
from clew.model.judgement import Judgement, Verdict
from clew.series.adopted import adopt_series
from clew.workflows.link import LinkOptions, link_cases
from clew.workflows.replay import ReplayOptions, replay_cases

IDS = tuple(f"C{k:02d}" for k in range(7))


def judged(ids: tuple[str, ...]) -> st.SearchStrategy[list[Judgement]]:
    one = st.builds(
        Judgement,
        case_a=st.sampled_from(ids),
        case_b=st.sampled_from(ids),
        verdict=st.sampled_from(Verdict),
        relation=st.sampled_from(["", "duplicate_report", "same_event"]),
        verified=st.booleans(),
        decided_at=st.none() | st.integers(START, START + 9),
    ).filter(lambda j: j.case_a != j.case_b)
    return st.lists(one, max_size=14)


def file_of(cases: list[Case]) -> CaseFile:
    ordered = sorted(cases, key=lambda c: (c.reported_at, c.case_id))
    return CaseFile(
        "made.csv",
        tuple(CaseHistory(c.case_id, ((c.reported_at, c),)) for c in ordered),
        timezone=ZONE,
    )


def latest(judgements: list[Judgement]) -> dict[frozenset[str], Verdict]:
    """The latest verdict of each pair, told anew: of equal times the one that stands later."""
    held: dict[frozenset[str], tuple[int, int, Verdict]] = {}
    for place, j in enumerate(judgements):
        told = (j.decided_at or 0, place, j.verdict)
        pair = frozenset((j.case_a, j.case_b))
        held[pair] = max(held.get(pair, told), told, key=lambda t: t[:2])
    return {pair: verdict for pair, (_, _, verdict) in held.items()}


def members(series: tuple[Series, ...]) -> list[frozenset[str]]:
    return [frozenset(m.case_id for m in one.members) for one in series]


@given(judged(IDS))
@settings(max_examples=400, deadline=None)
def test_not_linked_always_splits_and_linked_joins_unless_it_would_break_that(
    judgements: list[Judgement],
) -> None:
    series = adopt_series(judgements)
    groups, verdicts = members(series), latest(judgements)
    apart = {pair for pair, verdict in verdicts.items() if verdict is Verdict.NOT_LINKED}
    assert sum(map(len, groups)) == len(frozenset().union(*groups)), "a case is in one series"
    for group in groups:
        assert len(group) >= 2
        assert not any(pair <= group for pair in apart)
    of = {case: group for group in groups for case in group}
    for pair, verdict in verdicts.items():
        if verdict is not Verdict.LINKED:
            continue
        a, b = (of.get(case, frozenset({case})) for case in sorted(pair))
        assert a == b or any(one <= a | b for one in apart)
    for one in series:
        assert (one.view, one.chance, one.micro_bans) == ("adopted", None, 0)
        through = {member.case_id: member.added_by for member in one.members}
        first = one.members[0].case_id
        for case in through:
            path = [case]
            while through[path[-1]] is not None and len(path) <= len(through):
                path.append(through[path[-1]])
            assert path[-1] == first, "every case joined through another, back to the first"


@given(judged(IDS))
@settings(max_examples=400, deadline=None)
def test_a_case_joins_an_adopted_series_through_a_case_it_was_linked_with(
    judgements: list[Judgement],
) -> None:
    verdicts = latest(judgements)
    linked = {pair for pair, verdict in verdicts.items() if verdict is Verdict.LINKED}
    for one in adopt_series(judgements):
        for member in one.members:
            if member.added_by is not None:
                assert frozenset((member.case_id, member.added_by)) in linked


@given(judged(IDS))
@settings(max_examples=150, deadline=None)
def test_undetermined_and_the_two_ends_of_a_pair_change_nothing(
    judgements: list[Judgement],
) -> None:
    decided = [
        j
        for j in judgements
        if latest(judgements)[frozenset((j.case_a, j.case_b))] is not Verdict.UNDETERMINED
    ]
    assert adopt_series(decided) == adopt_series(judgements)


@given(case_lists(least=3, most=8), st.data())
@settings(max_examples=40, deadline=None)
def test_judgements_never_alter_what_the_engine_says(
    cases: list[Case], data: st.DataObject
) -> None:
    ids = tuple(case.case_id for case in cases)
    drawn = data.draw(judged(ids))
    # A verified double report merges two records, by name; all else changes nothing.
    judgements = tuple(j for j in drawn if not (j.verified and j.relation == "duplicate_report"))
    case_file = file_of(cases)
    silent = link_cases(case_file, LinkOptions(declared()))
    told = link_cases(case_file, LinkOptions(declared(), judgements=judgements))
    assert told.links == silent.links
    engine = [one for one in told.series if one.view == "engine"]
    assert engine == list(silent.series)
    assert (told.thin, told.deaths_a_year) == (silent.thin, silent.deaths_a_year)
    adopted = [one for one in told.series if one.view == "adopted"]
    for group in members(tuple(adopted)):
        for pair in combinations(sorted(group), 2):
            broken = [b for b in told.within_series if {b.case_a, b.case_b} == set(pair)]
            assert len(broken) == 1, "every pair of an adopted series is broken down"


@given(case_lists(least=4, most=10), st.data())
@settings(max_examples=40, deadline=None)
def test_judgements_change_no_alert_and_add_nobody_to_one(
    cases: list[Case], data: st.DataObject
) -> None:
    drawn = data.draw(judged(tuple(case.case_id for case in cases)))
    judgements = tuple(j for j in drawn if not (j.verified and j.relation == "duplicate_report"))
    case_file = file_of(cases)
    begins = sorted(case.reported_at for case in cases)[1] + 1
    if begins > max(case.reported_at for case in cases):
        return
    options = ReplayOptions(declared(), Budget(1.0), begins)
    silent = replay_cases(case_file, options)
    told = replay_cases(case_file, replace(options, judgements=judgements))
    assert (told.rows, told.beyond, told.warm_up) == (silent.rows, silent.beyond, silent.warm_up)
    assert told.breakdowns == silent.breakdowns
