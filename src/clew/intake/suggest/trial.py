"""Try a proposed mapping on the file's first rows, and say what came of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from clew.intake.draft import Reading
from clew.intake.mapping import parse_mapping
from clew.intake.notes import Notes
from clew.intake.parts import PARTS, run_parts
from clew.intake.plan import plan_columns
from clew.intake.read import DEFAULT_TIMEZONE
from clew.intake.rows import CaseRows
from clew.intake.suggest.profile import SAMPLE
from clew.intake.suggest.suggestion import Suggestion
from clew.intake.tables import open_table
from clew.intake.times import TimeReader

_SHOWN = 5


def try_mapping(path: Path, suggestion: Suggestion, now: int) -> list[str]:
    """Return lines that say how many rows the mapping takes, and what it could not read.

    Raises
    ------
    ClewError
        If the mapping lacks what every case needs.

    """
    mapping = parse_mapping(f"{suggestion.file} (proposed)", suggestion.toml())
    table = open_table(path)
    plan = plan_columns(table, mapping)
    reading = Reading(table.name, TimeReader(DEFAULT_TIMEZONE, now, mapping.date_formats), Notes())
    rows = CaseRows(table, plan, reading)
    order = tuple(sorted(plan.columns() & set(PARTS)))
    faults: Counter[str] = Counter()
    for draft in rows:
        run_parts(draft, reading, order)
        faults.update(f"{p.field}: {p.reason}" for p in draft.problems)
        if rows.read >= SAMPLE:
            break
    refused = Counter(f"{r.field or 'row'}: {r.reason}" for r in rows.rejects)
    lines = [f"Tried on {rows.read:,} rows: {rows.taken:,} can be taken."]
    for what, found in (("Rows refused", refused), ("Fields refused", faults)):
        lines += [f"{what}: {n:,} times, {why}" for why, n in found.most_common(_SHOWN)]
    return lines
