"""`explain`: one pair, whatever its rank, with every reason for and against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from clew.comparison.breakdown import break_down
from clew.comparison.compare import compare_cases, relation_of
from clew.comparison.kernel import SHARED_ENTITY, kinds_of_pairs, weigh_pairs
from clew.comparison.weights.weight_table import check_crime
from clew.disclosure.input_words import why_not_there
from clew.errors import UsageRejected
from clew.identities.merged_reports import merge_reports, refuse_merged
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.columns import Array
from clew.model.finding import MICRO, Breakdown, Link, Tier
from clew.model.values import Instant
from clew.model.weight import WeightTable
from clew.workflows.link import LinkOptions, deaths_a_year_of


@dataclass(frozen=True, slots=True)
class Explained:
    """One pair, explained: its link, later case first, with its true rank.

    `null_sample` as in `Answer`: how large a sample its chance rests on. `cases` are the two
    records as they were compared, later report first; `in_file` is how many the file has.
    """

    link: Link
    breakdown: Breakdown
    deaths_a_year: float
    null_sample: int = 0
    cases: tuple[Case, ...] = ()
    in_file: int | None = None

    @property
    def chance(self) -> float:
        """Return the expected number of unrelated cases that match at least as well."""
        return self.link.chance

    @property
    def compared(self) -> int:
        """Return how many earlier records the later case was compared with."""
        return self.link.compared


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
            otherwise = f"{case_file.name} has no case {case_id} at that time"
            raise UsageRejected(
                *why_not_there(case_file.account, case_id, otherwise, "Check the id and --as-of")
            )
    return _explain(cases, case_file.timezone, options, (case_a, case_b))


def compare_requested_pair(
    case_file: CaseFile, table: WeightTable, as_of: Instant, pair: tuple[str, str]
) -> Explained:
    """Return the link of two cases that somebody outside named, compared as any other.

    Raises
    ------
    UsageRejected
        If a case is not known by `as_of`, or the two are one.
    """
    cases = case_file.as_of(as_of)
    known = {case.case_id for case in cases}
    for case_id in pair:
        if case_id not in known:
            raise UsageRejected(f"there is no case {case_id} to compare", "Check the number")
    return _explain(cases, case_file.timezone, LinkOptions(table), pair)


def _explain(
    cases: Sequence[Case], timezone: str, options: LinkOptions, ids: tuple[str, str]
) -> Explained:
    """Compare all cases, and explain one pair of them.

    Its rank is one more than how many earlier cases match the later one better: it is counted over
    all of them, not bounded.
    """
    if ids[0] == ids[1]:
        raise UsageRejected(f"{ids[0]} cannot be compared with itself", "Give two cases")
    comparison = compare_cases(cases, timezone, options.table, rank=options.rank)
    coded, tables = comparison.coded, comparison.tables
    row_of = {case.case_id: row for row, case in enumerate(coded.cases)}
    later, earlier = sorted((row_of[case_id] for case_id in ids), reverse=True)
    pair: Array = np.array([[later, earlier]])
    every_pair: Array = np.column_stack([np.full(later, later), np.arange(later)])
    weights = weigh_pairs(coded.cols, tables, every_pair)
    breakdown = break_down(coded, tables, pair)[0]
    kind = kinds_of_pairs(coded.cols, tables, pair)
    bans = np.array([breakdown.micro_bans / MICRO])
    a, b = coded.cases[later], coded.cases[earlier]
    link = Link(
        case_a=a.case_id,
        case_b=b.case_id,
        rank=int((weights > weights[earlier]).sum()) + 1,
        micro_bans=breakdown.micro_bans,
        chance=float(comparison.model.chance(pair[:, 0], bans, kind, pair[:, 0])[0]),
        compared=later,
        tier=Tier.SHARED_ENTITY if int(kind[0]) == SHARED_ENTITY else Tier.SIMILARITY,
        relation=relation_of(a, b, int(kind[0])),
        explain=partial([breakdown].__getitem__, 0),
    )
    deaths = deaths_a_year_of(coded.cases)
    records = len(coded.cases)
    return Explained(link, breakdown, deaths, comparison.ranked.sample, (a, b), records)
