"""`like`: more like this series. Every other case of a file, ranked against those of a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.comparison.breakdown import break_down
from clew.comparison.compare import Comparison, compare_cases, relation_of
from clew.comparison.kernel import kinds_of_pairs, weigh_pairs
from clew.comparison.ranking.ranked import Progress
from clew.comparison.weights.chance import KEPT, WORST_BANS
from clew.comparison.weights.weight_table import check_crime
from clew.disclosure.input_words import why_not_there
from clew.errors import UsageRejected
from clew.identities.merged_reports import judged_by, merge_reports, refuse_merged
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.columns import Array
from clew.model.finding import MICRO, Breakdown, Relation
from clew.series.adopted import adopt_series
from clew.workflows.link import LinkOptions, possible_series


@dataclass(frozen=True, slots=True)
class Alike:
    """One case beside a series. `rank` 1 is most like it.

    `micro_bans` is the mean of its weights with the members, as when a case joins a series;
    `chance` the expected number of unrelated cases among those compared that match the series at
    least this well, > 0; `breakdowns` one a member, in the members' order; `relations` what each
    such pair looks like.
    """

    case_id: str
    rank: int
    micro_bans: int
    chance: float
    breakdowns: tuple[Breakdown, ...]
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class LikeAnswer:
    """The members asked about, in order of report, how many cases were ranked, and the first.

    `cases` are the records that it names.
    """

    members: tuple[str, ...]
    ranked: int
    alike: tuple[Alike, ...]
    cases: tuple[Case, ...] = ()


def find_alike(
    case_file: CaseFile,
    options: LinkOptions,
    named: Sequence[str],
    progress: Progress | None = None,
) -> LikeAnswer:
    """Rank all other cases known by `as_of`, earlier and later, against those of a series.

    Parameters
    ----------
    named
        Case ids; or the one id of a possible or adopted series of this file at that time.

    Raises
    ------
    UsageRejected
        If a name is neither, or there is no other case to rank.
    WeightTableMismatch
        If the table was learned from another kind of crime.
    """
    check_crime(options.table, case_file.crime, case_file.name)
    case_file = merge_reports(case_file, options.judgements)
    cases = case_file.as_of(options.as_of)
    for name in named:
        refuse_merged(case_file, name, options.as_of)
    found = compare_cases(
        cases, case_file.timezone, options.table, progress=progress, rank=options.rank
    )
    ordered = found.coded.cases
    row_of = {case.case_id: row for row, case in enumerate(ordered)}
    members = tuple(named)
    if not all(name in row_of for name in named):
        judged = judged_by(options.judgements, case_file, options.as_of)
        reported = {case.case_id: case.reported_at for case in ordered}
        both = (*possible_series(found, options.table), *adopt_series(judged, reported))
        series = {one.series_id: one for one in both}
        if len(named) != 1 or named[0] not in series:
            unknown = next(name for name in named if name not in row_of)
            otherwise = f"{case_file.name} has no case and no series {unknown} at that time"
            remedy = "Give case ids, or one id of series.csv with the same --as-of and --judgements"
            raise UsageRejected(*why_not_there(case_file.account, unknown, otherwise, remedy))
        members = tuple(member.case_id for member in series[named[0]].members)
    rows = np.array(sorted({row_of[name] for name in members if name in row_of}))
    others = np.setdiff1d(np.arange(len(row_of)), rows)
    if not len(others):
        raise UsageRejected("there is no other case to rank", "Name fewer cases")
    alike = tuple(_rank(found, rows, others, options.top))
    members = tuple(ordered[row].case_id for row in rows)
    shown = [*members, *(one.case_id for one in alike)]
    cases = tuple(ordered[row_of[case_id]] for case_id in shown)
    return LikeAnswer(members, len(others), alike, cases)


def _rank(found: Comparison, members: Array, others: Array, top: int) -> list[Alike]:
    """Return the first `top` of the other rows, by the mean of their weights with the members."""
    pairs = np.stack(np.meshgrid(others, members, indexing="ij"), axis=-1)
    pairs = np.sort(pairs, axis=-1)[..., ::-1]  # the later case first
    flat = np.ascontiguousarray(pairs.reshape(-1, 2))
    weights = weigh_pairs(found.coded.cols, found.tables, flat).reshape(len(others), len(members))
    means = np.rint(weights.mean(axis=1)).astype(np.int64)
    order = np.argsort(-means, kind="stable")
    chance = _chance(found, means[order] / MICRO)
    kinds = kinds_of_pairs(found.coded.cols, found.tables, flat).reshape(weights.shape)
    cases = found.coded.cases
    first = []
    for place, k in enumerate(order[:top]):
        relations = tuple(
            relation_of(cases[a], cases[b], int(kind))
            for (a, b), kind in zip(pairs[k], kinds[k], strict=True)
        )
        breakdowns = tuple(break_down(found.coded, found.tables, pairs[k]))
        name, weight = cases[others[k]].case_id, int(means[k])
        first.append(Alike(name, place + 1, weight, float(chance[place]), breakdowns, relations))
    return first


def _chance(found: Comparison, means: Array) -> Array:
    """Expected number of unrelated cases that match as well, for means in bans, best first.

    The series is taken as one more case, and what all others weigh with it is its null.
    """
    best = np.full((1, KEPT), WORST_BANS)
    best[0, : min(KEPT, len(means))] = means[:KEPT]
    null = found.model.plain.of_others(best, np.array([len(means)]))
    rows = np.zeros(len(means), np.int64)
    expected = null.expected(rows, means, np.full(len(means), len(means)))
    least = len(means) / max(found.model.pairs, 1.0)
    return np.clip(np.maximum(expected, least), 1e-12, len(means))
