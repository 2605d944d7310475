"""What the demonstration shows of each moment: what could be seen, and how quiet the rest was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from clew.model.case_file import CaseFile
from clew.model.finding import Relation
from clew.model.time_window import DAY, Instant
from clew.model.weight import WeightTable
from clew.workflows.compare import Comparison, compare_cases
from clew.workflows.link import possible_series
from clew.workflows.relation import relation_of


@dataclass(frozen=True, slots=True)
class Moment:
    """A case, the end of the day by which it is looked at, and its earlier mates in the record."""

    as_of: str
    case_id: str
    mates: tuple[str, ...]
    what: str


MOMENTS = (
    Moment(
        "2014-06-19",
        "BD-1",
        ("REC-2012", "BTP-1", "MISS-1"),
        "the first death, on its first day; the caller has been identified",
    ),
    Moment("2014-08-30", "BD-2", ("BD-1",), "the second death, within 48 hours"),
    Moment("2014-09-22", "BD-3", ("BD-1", "BD-2"), "the third death; a note explains it away"),
    Moment("2015-09-16", "BD-4", ("BD-1", "BD-2", "BD-3"), "the fourth death, 359 days later"),
)
YEAR = 365 * DAY


def show_moment(moment: Moment, case_file: CaseFile, table: WeightTable) -> list[str]:
    """Return lines on what the engine says of a case at that time, knowing only what was known."""
    known = case_file.as_of(instant_of(moment, case_file.timezone))
    found = compare_cases(known, case_file.timezone, table, top=5)
    lines = [_say_mate(found, moment.case_id, mate) for mate in moment.mates]
    for one in possible_series(found):
        ids = [member.case_id for member in one.members]
        if moment.case_id in ids:
            lines.append(f"possible series: {', '.join(sorted(ids))}")
    return lines


def _reported_twice(found: Comparison, p: int) -> bool:
    c, cases = found.candidates, found.coded.cases
    a, b = cases[c.later[p]], cases[c.earlier[p]]
    return relation_of(a, b, int(c.kind[p])) is Relation.DUPLICATE_REPORT


def instant_of(moment: Moment, timezone: str) -> Instant:
    """Return the end of the moment's day."""
    day = datetime.fromisoformat(moment.as_of).date()
    return int(datetime.combine(day, time(23, 59, 59), ZoneInfo(timezone)).timestamp())


def _say_mate(found: Comparison, case_id: str, mate: str) -> str:
    row_of = {case.case_id: row for row, case in enumerate(found.coded.cases)}
    if case_id not in row_of or mate not in row_of:
        return f"{mate}: not in the file"
    later, earlier = sorted((row_of[case_id], row_of[mate]), reverse=True)
    c = found.candidates
    hit = np.flatnonzero((c.later == later) & (c.earlier == earlier))
    if not len(hit):
        return f"{mate}: not among the first five"
    k = int(hit[0])
    reports = np.array([case.reported_at for case in found.coded.cases])
    recent = reports[c.later] > reports[-1] - YEAR
    as_good = np.flatnonzero(recent & (c.chance <= c.chance[k]) & (c.later != later))
    others = {int(c.later[p]) for p in as_good if not _reported_twice(found, int(p))}
    return (
        f"{mate}: rank {c.rank[k]} of {later:,} earlier records, chance {c.chance[k]:.2g};"
        f" of {int((reports > reports[-1] - YEAR).sum()):,} records of the year before,"
        f" {len(others):,} others have a match as surprising (one death reported twice left out)"
    )
