"""`link`: a case file becomes ranked links, possible series, and what was not searched."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product

import numpy as np

from clew.comparison import kernel
from clew.comparison.breakdown import break_down, break_down_held, each_breakdown
from clew.comparison.compare import Comparison, compare_cases, relation_of
from clew.comparison.kernel import SHARED_ENTITY, weigh_pairs
from clew.comparison.ranking.engines import RankAll
from clew.comparison.ranking.local import rank_all
from clew.comparison.ranking.ranked import Progress
from clew.comparison.value_words import ValueWords
from clew.comparison.weights.weight_table import check_crime, prior_odds_against
from clew.identities.merged_reports import judged_by, merge_reports, merged_by
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.columns import ITEM_TYPES, Array
from clew.model.finding import (
    ADOPTED,
    BUSY,
    ENGINE,
    MICRO,
    Answer,
    Breakdown,
    CandidateColumns,
    Link,
    Relation,
    Series,
    SeriesChange,
    ThinCase,
    Tier,
)
from clew.model.judgement import Judgement
from clew.model.values import Instant, deaths_a_year, first_of_the_rate
from clew.model.weight import WeightTable
from clew.series.adopted import adopt_series, compare_series, find_contradictions
from clew.series.groups import JOIN_CHANCE, Edge, SeriesFile, clumping
from clew.series.partition import Across, series_by_means
from clew.series.possible import form_series
from clew.version import VERSION


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """`as_of` None uses every fact; `top` candidates per case, at least 1; `rank` is the engine.

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
    ordered = comparison.coded.cases
    reported = {case.case_id: case.reported_at for case in ordered}
    judged = judged_by(options.judgements, case_file, options.as_of)
    formed = possible_series(comparison, options.table)
    series = (*formed, *adopt_series(judged, reported))
    words = ValueWords(comparison.coded)
    changes: list[SeriesChange] = []
    for view in (ENGINE, ADOPTED):  # each view is compared with its own of the earlier run
        before = (one for one in options.before or () if one.view == view)
        changes += compare_series(before, (one for one in series if one.view == view))
    return Answer(
        file=case_file.name,
        as_of=options.as_of,
        timezone=case_file.timezone,
        compared=len(ordered),
        first_report=ordered[0].reported_at,
        last_report=ordered[-1].reported_at,
        cases=ordered,
        links=tuple(_links(comparison, words, options.top)),
        series=series,
        thin=find_insufficient_data(ordered),
        coverage=case_file.coverage,
        rejects=len(case_file.rejects),
        account=case_file.account,
        crime=case_file.crime,
        deaths_a_year=deaths_a_year_of(ordered),
        version=VERSION,
        weights=f"{options.table.name} ({options.table.fingerprint})",
        within_series=tuple(within_series(comparison, series)),
        merged=len(merged_by(case_file, options.as_of)),
        null_sample=comparison.ranked.sample,
        contradictions=find_contradictions(judged),
        together=case_file.together,
        changes=None if options.before is None else tuple(changes),
        by_means=options.table.learned is not None,
        break_down=partial(_break_down_links, comparison, words),
        candidates=_as_columns(comparison),
    )


def _break_down_links(
    comparison: Comparison, words: ValueWords, places: Sequence[int]
) -> Iterator[Breakdown]:
    """Yield the breakdowns of candidates by their places in the list."""
    found = comparison.candidates
    pairs = np.column_stack([found.later[places], found.earlier[places]])
    return each_breakdown(words, comparison.tables, pairs)


COLUMNS_AT_ONCE = 100_000
"""Declared: candidates whose findings are in memory together, about 40 MB."""
FINDING_NAMES = (
    *("distance", "address", "area", "distance_from_home", "gap", "time_of_day", "weekday"),
    *("age", "sex", "entity", "mention", "dependence", *ITEM_TYPES),
)
"""The kernel's findings, in its order."""


def _as_columns(comparison: Comparison) -> CandidateColumns:
    found, coded = comparison.candidates, comparison.coded

    def batches() -> Iterator[tuple[Array, Array, Array]]:
        for first in range(0, len(found.later), COLUMNS_AT_ONCE):
            some = slice(first, first + COLUMNS_AT_ONCE)
            pairs = np.column_stack([found.later[some], found.earlier[some]])
            yield kernel.explain_pairs(coded.cols, comparison.tables, pairs, kernel.DETAIL)

    return CandidateColumns(FINDING_NAMES, coded.codes.items, batches)


def _links(comparison: Comparison, words: ValueWords, top: int) -> Iterator[Link]:
    found, cases = comparison.candidates, comparison.coded.cases

    def break_down_pair(later: int, earlier: int) -> Breakdown:
        return break_down_held(words, comparison.tables, np.array([[later, earlier]]))[0]

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
            explain=partial(break_down_pair, int(found.later[p]), int(found.earlier[p])),
            always_shown=int(found.rank[p]) > top,
            busy=kind == SHARED_ENTITY and _is_busy(words, found.later[p], found.earlier[p]),
        )


def _is_busy(words: ValueWords, a: int, b: int) -> bool:
    """Return whether two rows share people, phones or places, all of them in many records."""
    cols = words.coded.cols
    in_a, in_b = (
        cols.entities[cols.entity_start[row] : cols.entity_start[row + 1]].tolist()
        for row in (a, b)
    )
    counts = [words.in_entity[code] for code in in_a if code in in_b]
    return bool(counts) and min(counts) > BUSY


def possible_series(comparison: Comparison, table: WeightTable | None = None) -> tuple[Series, ...]:
    """Form the engine's possible series from candidates that are leads.

    By chance; or by means, where `table`, with which the cases were compared, was learned from
    solved series, which say how common series are.
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

    def weigh_across(groups: Across) -> list[float]:
        sizes = [len(rows) * len(others) for rows, others in groups]
        pairs = [pair for rows, others in groups for pair in product(rows, others)]
        listed: Array = np.array(pairs, np.int64).reshape(-1, 2)
        bans = weigh_pairs(comparison.coded.cols, comparison.tables, listed) / MICRO
        group = np.repeat(np.arange(len(sizes)), sizes)
        sums: list[float] = np.bincount(group, weights=bans, minlength=len(sizes)).tolist()
        return sums

    reported = {case.case_id: case.reported_at for case in cases}
    setting = SeriesFile(len(row_of), weigh, clumping(edges), reported)
    if solved is None:
        return form_series(edges, setting)
    return series_by_means([*row_of], edges, weigh_across, least, setting)


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


def deaths_a_year_of(cases: tuple[Case, ...]) -> float:
    """Return deaths a year, from the first reported in these cases to the last."""
    deaths = sorted(case.reported_at for case in cases if case.kind == "death")
    if not deaths:
        return 0.0
    first = first_of_the_rate(deaths, len(deaths), deaths[-1])
    return deaths_a_year(len(deaths) - first, deaths[-1] - deaths[first])


LEAST_COMPARABLE = 5
"""Declared: a record with fewer of the things below cannot be distinguished from thousands."""
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


def find_insufficient_data(cases: Sequence[Case]) -> tuple[ThinCase, ...]:
    """Return cases with too little to compare, in the order given, with three facts to ask for.

    They record fewer than LEAST_COMPARABLE things, and are listed outside the budget.
    """
    found = []
    for case in cases:
        recorded = [name for name, _ in THINGS if getattr(case, name) is not None]
        if len(recorded) < LEAST_COMPARABLE:
            ask = tuple(question for name, question in THINGS if name not in recorded)[:ASKED]
            found.append(ThinCase(case.case_id, len(recorded), ask))
    return tuple(found)
