"""What an import brought, in words and for machines."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

from clew.cli import options as opt
from clew.model.cells import safe_cell

if TYPE_CHECKING:
    from clew.workflows.intake import Outcome

SHOWN, WIDEST = 10, 80
WARNING_COLUMNS = ("file", "row", "path", "value", "reason", "remedy")


def write_warnings(path: Path, outcome: Outcome) -> None:
    """Write what was odd about messages, each with its place, and what was odd about the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(WARNING_COLUMNS)
        for one in outcome.odd:
            odd = one.odd
            told = (odd.path, odd.value, odd.reason, odd.remedy)
            writer.writerow((safe_cell(one.file), one.row, *map(safe_cell, told)))
        if not outcome.odd:
            for warning in outcome.warnings:
                writer.writerow((safe_cell(outcome.name), "", "", "", safe_cell(warning), ""))


def print_outcome(outcome: Outcome, out: Path) -> None:
    """Print what one file brought."""
    if outcome.refused:
        opt.show(f"Refused: {outcome.refused}")
        return
    if outcome.before:
        when = f" on {outcome.before}" if outcome.before != "-" else ""
        opt.show(
            f"{outcome.name}: these very bytes were imported{when}; nothing changed."
            " --again takes them as a new extract."
        )
        return
    for warning in outcome.warnings:
        opt.show(f"note: {warning}")
    changes = outcome.changes
    cases = {change.case_id for change in changes.changed}
    opt.show(
        f"{outcome.name}: {outcome.read:,} rows; {len(changes.new):,} new cases,"
        f" {len(changes.changed):,} changed cells of {len(cases):,} cases,"
        f" {len(changes.facts):,} facts recorded at {outcome.at}."
    )
    for change in changes.changed[:SHOWN]:
        before, after = (_short(text) for text in (change.before, change.after))
        opt.show(f"  {change.case_id}, {change.field}: {before} -> {after}")
    _more(len(changes.changed), "changes.json lists all")
    _list("Gone from this file, and kept", changes.vanished)
    _list("There again", changes.returned)
    _list("Columns that are gone; what they said stands", changes.columns_gone)
    _list("Columns that are new", changes.columns_new)
    if changes.traits_changed:
        opt.show(f"Sensitive traits changed of {changes.traits_changed:,} cases; held apart.")
    for reject in outcome.rejects[:SHOWN]:
        where = f"{reject.file}, row {reject.row}, field {reject.field or '-'}"
        opt.show(f"Not taken: {where}: {reject.reason.rstrip('.')}.")
    _more(len(outcome.rejects), "rejects.csv lists all")
    opt.show(f"Held in {out}: {outcome.cases:,} cases. Nothing was deleted.")


def _short(text: str) -> str:
    return f"{text[:WIDEST]} ..." if len(text) > WIDEST else text or "(blank)"


def _more(count: int, where: str) -> None:
    if count > SHOWN:
        opt.show(f"  ... and {count - SHOWN:,} more; {where}.")


def _list(what: str, found: list[str]) -> None:
    if found:
        more = f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
        opt.show(f"{what} ({len(found):,}): {', '.join(found[:SHOWN])}{more}.")


def outcome_json(outcome: Outcome) -> str:
    """Return what one file brought as one line of JSON."""
    changes = outcome.changes
    told = {
        "file": outcome.name,
        "sha256": outcome.sha256,
        "recorded_at": outcome.at,
        "imported_before": outcome.before,
        "refused": outcome.refused,
        "rows": outcome.read,
        "cases": outcome.cases,
        "new_cases": changes.new,
        "changed": [
            {"case_id": c.case_id, "field": c.field, "before": c.before, "after": c.after}
            for c in changes.changed
        ],
        "facts": len(changes.facts),
        "vanished": changes.vanished,
        "returned": changes.returned,
        "columns_gone": changes.columns_gone,
        "columns_new": changes.columns_new,
        "traits_changed": changes.traits_changed,
        "rejects": [
            {"file": r.file, "row": r.row, "field": r.field, "reason": r.reason, "kept": r.kept}
            for r in outcome.rejects
        ],
        "warnings": list(outcome.warnings),
    }
    return json.dumps(told, ensure_ascii=False)
