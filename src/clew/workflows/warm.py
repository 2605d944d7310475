"""Compile everything that is compiled, by comparing three made-up cases."""

from __future__ import annotations

from typing import Any

from clew.engine.all_pairs import rank_pruned
from clew.engine.ranked import Ranked
from clew.engine.scanning import compile_scans
from clew.model.case import Case, Entity
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.columns import Columns, Tables
from clew.model.place import Point
from clew.model.time_window import DAY, TimeWindow
from clew.weighing.weight_table import declared_table
from clew.workflows.compare import compare_cases
from clew.workflows.like import find_alike
from clew.workflows.link import LinkOptions, link_cases


def compile_kernel() -> None:
    """Run the whole comparison on three cases; what it compiles is kept for later starts."""
    cases = [_made(k) for k in range(3)]
    histories = tuple(CaseHistory(case.case_id, ((case.reported_at, case),)) for case in cases)
    options = LinkOptions(declared_table())
    made = CaseFile("made", histories)
    link_cases(made, options)
    find_alike(made, options, ["W-0"])
    compare_cases(cases, "UTC", options.table, rank=rank_indexed)
    compile_scans()


def rank_indexed(cols: Columns, tables: Tables, **how: Any) -> Ranked:
    """Rank as larger files are ranked, whatever the size."""
    return rank_pruned(cols, tables, (how["top"], how["kept"]), len(cols.age))


def _made(k: int) -> Case:
    at = k * DAY
    return Case(
        case_id=f"W-{k}",
        reported_at=at,
        window=TimeWindow(at - 3600, at),
        point=Point(51.5, 0.0, 100),
        place_key="P",
        age_years=30,
        sex="male",
        mechanism="drug",
        scene=("note",),
        entities=(Entity("finder", "person", "W"),),
        mentions=("W-0",) if k else None,
    )
