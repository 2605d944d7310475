"""Proposals that two codes are one, as files: each comparison with its own weight, in words."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from clew.model.cells import safe_cell
from clew.model.finding import MICRO, Stance
from clew.model.identity import (
    IDENTITY_COLUMNS,
    UNDECIDED_COLUMNS,
    IdentityFinding,
    Proposal,
    Resolution,
)


def write_identities(path: Path, resolution: Resolution) -> None:
    """Write the proposals, one row a pair of codes."""
    _write(path, IDENTITY_COLUMNS, ((p, p.group) for p in resolution.proposals))


def write_undecided(path: Path, resolution: Resolution) -> None:
    """Write the pairs that are left undecided, each with the reason why it is not proposed."""
    _write(path, UNDECIDED_COLUMNS, ((p, p.why_not) for p in resolution.undecided))


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[Proposal, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for one, sixth in rows:
            texts = (sixth, say_breakdown(one.findings), say_missing(one.findings))
            codes = map(safe_cell, (one.code_a, one.code_b, one.type))
            figures = (f"{one.bans:.6f}", f"{one.probability:.6f}")
            writer.writerow((*codes, *figures, *map(safe_cell, texts)))


def say_breakdown(findings: Iterable[IdentityFinding]) -> str:
    """Return every finding that weighs or tells, for and against, with its own weight in bans."""
    told = [f for f in findings if f.stance is not Stance.MISSING]
    parts = [f"{f.aspect}: {f.says} ({f.micro_bans / MICRO:+.6f})" for f in told]
    return "; ".join(part.replace(";", ",") for part in parts)


def say_missing(findings: Iterable[IdentityFinding]) -> str:
    """Return what one or both records do not tell."""
    return "; ".join(f.aspect for f in findings if f.stance is Stance.MISSING)
