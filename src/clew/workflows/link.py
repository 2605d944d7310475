"""The linking job: a case file becomes ranked links, possible series, and what was not searched."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product

import numpy as np

from clew.comparison.breakdown import break_down, break_down_held
from clew.comparison.compare import Comparison, compare_cases, relation_of
from clew.comparison.kernel import SHARED_ENTITY, kinds_of_pairs, weigh_pairs
from clew.comparison.ranking.engines import RankAll
from clew.comparison.ranking.local import rank_all
from clew.comparison.ranking.ranked import Progress
from clew.comparison.value_words import ValueWords
from clew.comparison.weights.weight_table import check_crime, prior_odds_against
from clew.errors import UsageRejected
from clew.identities.merged_reports import judged_by, merge_reports, merged_by, refuse_merged
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.columns import Array
from clew.model.finding import (
    ADOPTED,
    ENGINE,
    MICRO,
    Answer,
    Breakdown,
    Link,
    Relation,
    Series,
    SeriesChange,
    ThinCase,
    Tier,
)
from clew.model.judgement import Judgement
from clew.model.values import DAY, YEAR_DAYS, Instant
from clew.model.weight import WeightTable
from clew.series.adopted import adopt_series, compare_series, find_contradictions
from clew.series.groups import JOIN_CHANCE, Edge, SeriesFile, clumping
from clew.series.partition import Across, series_by_means
from clew.series.possible import form_series
from clew.version import VERSION

# Cases too thin to compare: listed outside the budget, with the three facts to ask for.


LEAST_COMPARABLE = 5
"""Declared: a record that tells fewer of the things below cannot be told from thousands."""
ASKED = 3

# In the order in which an answer changes a ranking most: the spread of its weight over 400,000
# random pairs of the made-up force, in bans (0.59 for missing items, 0.03 for entities, which are
# rare and then decisive). Measured; see docs/method/thin.md.
THINGS = (
    ("missing_items", "was a phone found, and were keys and wallet there?"),
    ("age_years", "how old was the person?"),
    ("point", "where exactly was the person found?"),
    ("mechanism", "what was the cause, or what is suspected?"),
    ("sex", "what was the person's sex?"),
    ("home", "where did the person live?"),
    ("scene", "what was at the scene, and was anything out of place?"),
    ("premises", "what kind of place is it?"),
    ("posture", "how did the person lie or sit?"),
    ("substances", "has toxicology been asked for, and for which substances?"),
    ("window", "when was the person last known to be alive?"),
    ("entities", "who called, who found the person, and who was last with them?"),
)


def find_thin(cases: Sequence[Case]) -> tuple[ThinCase, ...]:
    """Return cases that tell fewer than LEAST_COMPARABLE things, in the order given."""
    found = []
    for case in cases:
        told = [name for name, _ in THINGS if getattr(case, name) is not None]
        if len(told) < LEAST_COMPARABLE:
            ask = tuple(question for name, question in THINGS if name not in told)[:ASKED]
            found.append(ThinCase(case.case_id, len(told), ask))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """`as_of` None uses every fact; `top` candidates a case, at least 1; `rank` is the engine.

    `before` are the series of an earlier run, with which this one's are compared; None: no run.
    """

    table: WeightTable
    as_of: Instant | None = None
    top: int = 5
    judgements: tuple[Judgement, ...] = ()
    rank: RankAll = rank_all
    before: tuple[Series, ...] | None = None


def link_cases(
    case_file: CaseFile, options: LinkOptions, progress: Progress | None = None
) -> Answer:
    """Compare all cases known by `as_of` and return the answer with every reason."""
    check_crime(options.table, case_file.crime, case_file.name)
    case_file = merge_reports(case_file, options.judgements)
    cases = case_file.as_of(options.as_of)
    comparison = compare_cases(
        cases,
        case_file.timezone,
        options.table,
        top=options.top,
        progress=progress,
        rank=options.rank,
    )
    links = tuple(_links(comparison, options.top))
    ordered = comparison.coded.cases
    judged = judged_by(options.judgements, case_file, options.as_of)
    formed = possible_series(comparison, options.table)
    series = (*formed, *adopt_series(judged, _reported(ordered)))
    return Answer(
        file=case_file.name,
        as_of=options.as_of,
        timezone=case_file.timezone,
        compared=len(ordered),
        first_report=ordered[0].reported_at,
        last_report=ordered[-1].reported_at,
        cases=ordered,
        links=links,
        series=series,
        thin=find_thin(ordered),
        coverage=case_file.coverage,
        rejects=len(case_file.rejects),
        deaths_a_year=_deaths_a_year(ordered),
        version=VERSION,
        weights=f"{options.table.name} ({options.table.fingerprint})",
        within_series=tuple(within_series(comparison, series)),
        merged=len(merged_by(case_file, options.as_of)),
        null_sample=comparison.ranked.sample,
        contradictions=find_contradictions(judged),
        together=case_file.together,
        changes=None if options.before is None else _changes(options.before, series),
        by_means=options.table.learned is not None,
    )


def _changes(before: tuple[Series, ...], after: tuple[Series, ...]) -> tuple[SeriesChange, ...]:
    """Compare both views, each with its own of before."""
    return tuple(
        change
        for view in (ENGINE, ADOPTED)
        for change in compare_series(
            (one for one in before if one.view == view), (one for one in after if one.view == view)
        )
    )


def _links(comparison: Comparison, top: int) -> Iterable[Link]:
    found = comparison.candidates
    held, cases = ValueWords(comparison.coded), comparison.coded.cases

    def told(later: int, earlier: int) -> Breakdown:
        return break_down_held(held, comparison.tables, np.array([[later, earlier]]))[0]

    for p in range(len(found.later)):
        a, b = cases[found.later[p]], cases[found.earlier[p]]
        kind = int(found.kind[p])
        yield Link(
            case_a=a.case_id,
            case_b=b.case_id,
            rank=int(found.rank[p]),
            micro_bans=int(found.micro_bans[p]),
            chance=float(found.chance[p]),
            compared=int(found.later[p]),
            tier=Tier.SHARED_ENTITY if kind == SHARED_ENTITY else Tier.SIMILARITY,
            relation=relation_of(a, b, kind),
            explain=partial(told, int(found.later[p]), int(found.earlier[p])),
            always_shown=int(found.rank[p]) > top,
        )


def possible_series(comparison: Comparison, table: WeightTable | None = None) -> tuple[Series, ...]:
    """Form the engine's possible series from candidates that are leads.

    By chance; or by means, where `table`, with which the cases were compared, was learned from
    solved series, which tell how common series are.
    """
    found, cases = comparison.candidates, comparison.coded.cases
    solved = table if table is not None and table.learned is not None else None
    least = math.inf if solved is None else prior_odds_against(solved, len(cases))
    edges = []
    for p in np.flatnonzero((found.chance <= JOIN_CHANCE) | (found.micro_bans > least * MICRO)):
        a, b = cases[found.later[p]], cases[found.earlier[p]]
        if relation_of(a, b, int(found.kind[p])) is Relation.LEAD:
            weight = int(found.micro_bans[p])
            edges.append(Edge(a.case_id, b.case_id, float(found.chance[p]), weight))
    row_of = {case.case_id: row for row, case in enumerate(cases)}

    def weigh(a: str, b: str) -> int:
        pair: Array = np.array([[row_of[a], row_of[b]]])
        return int(weigh_pairs(comparison.coded.cols, comparison.tables, pair)[0])

    setting = SeriesFile(len(row_of), weigh, clumping(edges), _reported(cases))
    if solved is None:
        return form_series(edges, setting)

    def weigh_across(groups: Across) -> list[float]:
        sizes = [len(rows) * len(others) for rows, others in groups]
        pairs = [pair for rows, others in groups for pair in product(rows, others)]
        listed: Array = np.array(pairs, np.int64).reshape(-1, 2)
        bans = weigh_pairs(comparison.coded.cols, comparison.tables, listed) / MICRO
        group = np.repeat(np.arange(len(sizes)), sizes)
        sums: list[float] = np.bincount(group, weights=bans, minlength=len(sizes)).tolist()
        return sums

    return series_by_means([case.case_id for case in cases], edges, weigh_across, least, setting)


def within_series(comparison: Comparison, series: tuple[Series, ...]) -> list[Breakdown]:
    """Break down every pair within each series, later case first, whether it ranked or not."""
    row_of = {case.case_id: row for row, case in enumerate(comparison.coded.cases)}
    pairs = {
        (max(a, b), min(a, b))
        for one in series
        for a, b in combinations([row_of[m.case_id] for m in one.members if m.case_id in row_of], 2)
    }
    listed = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    return break_down(comparison.coded, comparison.tables, listed)


def _reported(cases: tuple[Case, ...]) -> dict[str, Instant]:
    return {case.case_id: case.reported_at for case in cases}


def _deaths_a_year(cases: tuple[Case, ...]) -> float:
    """Deaths reported a year in this file; the whole span, at least one day."""
    deaths = [case.reported_at for case in cases if case.kind == "death"]
    span = (max(deaths) - min(deaths)) / DAY if deaths else 1.0
    return len(deaths) / max(span, 1.0) * YEAR_DAYS


@dataclass(frozen=True, slots=True)
class Explained:
    """One pair, explained: later case first, among `compared` earlier records.

    `null_sample` as in `Answer`.
    """

    breakdown: Breakdown
    chance: float
    compared: int
    deaths_a_year: float
    null_sample: int = 0


def explain_pair(case_file: CaseFile, options: LinkOptions, case_a: str, case_b: str) -> Explained:
    """Return the breakdown of one pair, whatever its rank.

    Raises
    ------
    UsageRejected
        If a case id is not in the file at that time, or the two are one.
    """
    check_crime(options.table, case_file.crime, case_file.name)
    case_file = merge_reports(case_file, options.judgements)
    cases = case_file.as_of(options.as_of)
    known = {case.case_id for case in cases}
    for case_id in (case_a, case_b):
        refuse_merged(case_file, case_id, options.as_of)
        if case_id not in known:
            raise UsageRejected(
                f"{case_file.name} holds no case {case_id} at that time",
                "Check the id and --as-of",
            )
    if case_a == case_b:
        raise UsageRejected(f"{case_a} cannot be compared with itself", "Give two cases")
    found = compare_cases(cases, case_file.timezone, options.table, rank=options.rank)
    row_of = {case.case_id: row for row, case in enumerate(found.coded.cases)}
    later, earlier = sorted((row_of[case_a], row_of[case_b]), reverse=True)
    pair: Array = np.array([[later, earlier]])
    breakdown = break_down(found.coded, found.tables, pair)[0]
    kind = kinds_of_pairs(found.coded.cols, found.tables, pair)
    bans = np.array([breakdown.micro_bans / MICRO])
    chance = float(found.model.chance(pair[:, 0], bans, kind, pair[:, 0])[0])
    return Explained(
        breakdown, chance, later, _deaths_a_year(found.coded.cases), found.ranked.sample
    )
