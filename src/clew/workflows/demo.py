"""`demo`: what could be seen at each moment, and how quiet the rest was. `warm`: compile ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from clew.comparison.compare import compare_cases, relation_of
from clew.comparison.ranking.pruned import rank_pruned
from clew.comparison.weights.weight_table import declared_table
from clew.model.case import Case, Entity
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.finding import Relation
from clew.model.values import DAY, Point, TimeWindow
from clew.model.weight import WeightTable
from clew.surveillance.scan.every_window import make_room
from clew.surveillance.scan.geometry import Limits, build_geometry, lay_out_permutation
from clew.surveillance.scan.replicate import Null, replicate
from clew.surveillance.scan.run import ScanQuestion, draw_null, trace_best
from clew.workflows.like import find_alike
from clew.workflows.link import LinkOptions, link_cases, possible_series


@dataclass(frozen=True, slots=True)
class DemoMoment:
    """A case, the end of the day by which it is looked at, and its earlier mates in the record."""

    as_of: str
    case_id: str
    mates: tuple[str, ...]
    what: str


MOMENTS = (
    DemoMoment(
        "2014-06-19",
        "BD-1",
        ("REC-2012", "BTP-1", "MISS-1"),
        "the first death, on its first day; the caller has been identified",
    ),
    DemoMoment("2014-08-30", "BD-2", ("BD-1",), "the second death, within 48 hours"),
    DemoMoment("2014-09-22", "BD-3", ("BD-1", "BD-2"), "the third death; a note explains it away"),
    DemoMoment("2015-09-16", "BD-4", ("BD-1", "BD-2", "BD-3"), "the fourth death, 359 days later"),
)
YEAR = 365 * DAY


def show_moment(moment: DemoMoment, case_file: CaseFile, table: WeightTable) -> list[str]:
    """Return lines on what the engine says of a case by the end of the moment's day."""
    day = datetime.fromisoformat(moment.as_of).date()
    end = datetime.combine(day, time(23, 59, 59), ZoneInfo(case_file.timezone))
    known = case_file.as_of(int(end.timestamp()))
    found = compare_cases(known, case_file.timezone, table, top=5)
    c, cases = found.candidates, found.coded.cases
    row_of = {case.case_id: row for row, case in enumerate(cases)}
    reports = np.array([case.reported_at for case in cases])
    recent = reports > reports[-1] - YEAR
    lines = []
    for mate in moment.mates:
        if moment.case_id not in row_of or mate not in row_of:
            lines.append(f"{mate}: not in the file")
            continue
        later, earlier = sorted((row_of[moment.case_id], row_of[mate]), reverse=True)
        hit = np.flatnonzero((c.later == later) & (c.earlier == earlier))
        if not len(hit):
            lines.append(f"{mate}: not among the first five")
            continue
        k = int(hit[0])
        as_good = np.flatnonzero(recent[c.later] & (c.chance <= c.chance[k]) & (c.later != later))
        others = {
            int(c.later[p])
            for p in as_good
            if relation_of(cases[c.later[p]], cases[c.earlier[p]], int(c.kind[p]))
            is not Relation.DUPLICATE_REPORT
        }
        lines.append(
            f"{mate}: rank {c.rank[k]} of {later:,} earlier records, chance {c.chance[k]:.2g};"
            f" of {int(recent.sum()):,} records of the year before, {len(others):,} others have"
            " a match as surprising (one death reported twice left out)"
        )
    for series in possible_series(found):
        ids = [member.case_id for member in series.members]
        if moment.case_id in ids:
            lines.append(f"possible series: {', '.join(sorted(ids))}")
    return lines


def made_cases() -> list[Case]:
    """Return three cases with a value for every kind of evidence."""
    return [
        Case(
            case_id=f"W-{k}",
            reported_at=k * DAY,
            window=TimeWindow(k * DAY - 3600, k * DAY),
            point=Point(51.5, 0.0, 100),
            place_key="P",
            age_years=30,
            sex="male",
            mechanism="drug",
            scene=("note",),
            entities=(Entity("finder", "person", "W"),),
            mentions=("W-0",) if k else None,
        )
        for k in range(3)
    ]


def compile_kernel() -> None:
    """Compare three made-up cases in every way; what that compiles is kept for later starts."""
    cases = made_cases()
    histories = tuple(CaseHistory(case.case_id, ((case.reported_at, case),)) for case in cases)
    options = LinkOptions(declared_table())
    made = CaseFile("made", histories)
    link_cases(made, options)
    find_alike(made, options, ["W-0"])
    # Ranked as larger files are, whatever the size.
    compare_cases(
        cases,
        "UTC",
        options.table,
        rank=lambda cols, tables, **sizes: rank_pruned(
            cols, tables, (sizes["top"], sizes["kept"]), len(cols.age)
        ),
    )
    # Every way to scan, on four events.
    places = np.array([[51.5, 0.0], [51.6, 0.0]])
    place, slot = np.array([0, 0, 1, 1], np.int32), np.array([0, 1, 1, 1], np.int32)
    geometry = build_geometry(places, places, 1000.0)
    design = lay_out_permutation(geometry, place, slot, 2, Limits(1, 1))
    seeds = np.zeros(1, np.uint64)
    for share in (np.zeros(0), np.array([0.5, 1.0])):
        for alive in (False, True):
            question = ScanQuestion(geometry, design, Null(place, slot, share), alive)
            trace_best(question)
            draw_null(question, seeds, 0.0)
        null, out = Null(place, slot, share), np.zeros(1)
        for dense_places in (0, 2):
            room = make_room(design, dense_places)
            replicate(geometry, design, null, room, seeds, out)
