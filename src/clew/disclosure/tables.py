"""links.csv and series.csv beside the report, with the columns of docs/reference/columns.md."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from clew.model.cells import safe_cell
from clew.model.finding import MICRO, Answer, Finding, Link, Stance

LINK_COLUMNS = (
    "case_a",
    "case_b",
    "rank",
    "weight_bans",
    "chance_per_case",
    "tier",
    "relation",
    "reasons_for",
    "reasons_against",
    "missing",
)
SERIES_COLUMNS = ("series_id", "view", "case_id", "added_by", "weight_bans", "chance")


def write_links(path: Path, answer: Answer) -> None:
    """Write links.csv, in the order of the later case's report, then by rank."""
    _write(path, LINK_COLUMNS, (link_row(link) for link in answer.links))


def write_series(path: Path, answer: Answer) -> None:
    """Write series.csv: the engine's possible series first, then the adopted ones."""
    rows = (
        (
            one.series_id,
            one.view,
            member.case_id,
            member.added_by or "",
            f"{one.micro_bans / MICRO:.6f}" if one.chance is not None else "",
            "" if one.chance is None else f"{one.chance:.3g}",
        )
        for one in answer.series
        for member in one.members
    )
    _write(path, SERIES_COLUMNS, rows)


def link_row(link: Link) -> tuple[str, ...]:
    """Return one link as the cells of LINK_COLUMNS."""
    findings = link.breakdown.findings
    return (
        link.case_a,
        link.case_b,
        str(link.rank),
        f"{link.micro_bans / MICRO:.6f}",
        f"{link.chance:.4g}",
        link.tier,
        link.relation,
        reasons(f for f in findings if f.micro_bans > 0),
        reasons(f for f in findings if f.micro_bans < 0),
        "; ".join(dict.fromkeys(f.aspect for f in findings if f.stance is Stance.MISSING)),
    )


def reasons(findings: Iterable[Finding]) -> str:
    """Return findings as one cell, the strongest first."""
    ordered = sorted(findings, key=lambda f: -abs(f.micro_bans))
    told = (f.says if f.says.startswith(f.aspect) else f"{f.aspect}: {f.says}" for f in ordered)
    return "; ".join(told)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([safe_cell(cell) for cell in row] for row in rows)
