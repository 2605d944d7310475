"""One pair that somebody outside named: compared as any other, with its true rank and chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from clew.engine.breakdown import break_down
from clew.engine.kernel import SHARED_ENTITY, kinds_of_pairs, weigh_pairs
from clew.errors import UsageRejected
from clew.model.case_file import CaseFile
from clew.model.columns import Array
from clew.model.finding import MICRO, Link, Tier
from clew.model.time_window import Instant
from clew.model.weight import WeightTable
from clew.workflows.compare import compare_cases
from clew.workflows.relation import relation_of


@dataclass(frozen=True, slots=True)
class Claimed:
    """The link of the pair, later case first, and how large a sample its chance rests on."""

    link: Link
    null_sample: int


def compare_claimed(
    case_file: CaseFile, table: WeightTable, as_of: Instant, pair: tuple[str, str]
) -> Claimed:
    """Return the link of two named cases, whatever its rank.

    `rank` is one more than how many earlier cases match the later one better: it is counted over
    all of them, not bounded.

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
    if pair[0] == pair[1]:
        raise UsageRejected(f"{pair[0]} cannot be compared with itself", "Give two cases")
    found = compare_cases(cases, case_file.timezone, table)
    coded = found.coded
    row_of = {case.case_id: row for row, case in enumerate(coded.cases)}
    later, earlier = sorted((row_of[pair[0]], row_of[pair[1]]), reverse=True)
    both: Array = np.array([[later, earlier]])
    beside: Array = np.column_stack([np.full(later, later), np.arange(later)])
    weights = weigh_pairs(coded.cols, found.tables, beside)
    told = break_down(coded, found.tables, both)
    kind = kinds_of_pairs(coded.cols, found.tables, both)
    bans = np.array([told[0].micro_bans / MICRO])
    a, b = coded.cases[later], coded.cases[earlier]
    link = Link(
        case_a=a.case_id,
        case_b=b.case_id,
        rank=int((weights > weights[earlier]).sum()) + 1,
        micro_bans=told[0].micro_bans,
        chance=float(found.model.chance(both[:, 0], bans, kind, both[:, 0])[0]),
        compared=later,
        tier=Tier.SHARED_ENTITY if int(kind[0]) == SHARED_ENTITY else Tier.SIMILARITY,
        relation=relation_of(a, b, int(kind[0])),
        told=partial(told.__getitem__, 0),
    )
    return Claimed(link, found.ranked.sample)
