"""What an earlier `clew link` wrote, series and links, and series that are known: read back."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path

from clew.intake.tables.open import RowRefusedError, is_whole, take_rows
from clew.model.case_file import Reject
from clew.model.cluster import DeclaredLink
from clew.model.finding import ADOPTED, ENGINE, Member, Series

EARLIER_SERIES = ("series_id", "view", "case_id", "chance")
SERIES = ("series_id", "case_id")
LINKS = ("case_a", "case_b", "rank", "chance_per_case", "tier", "reasons_for")


def read_earlier_series(path: Path) -> tuple[tuple[Series, ...], tuple[Reject, ...]]:
    """Return the series of an earlier run in the order of the file, and the rows not taken.

    Only the members and the chance are read; how a case joined is left out. A row that is there
    twice counts once.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.
    """
    members: dict[tuple[str, str], dict[str, None]] = {}
    chances: dict[tuple[str, str], float | None] = {}

    def take(cells: dict[str, str]) -> None:
        name, view, case, chance = (cells[column] for column in EARLIER_SERIES)
        if not name:
            raise RowRefusedError("series_id", "a row needs the id of its series")
        if not case:
            raise RowRefusedError("case_id", "a row needs the id of its case")
        if view not in (ENGINE, ADOPTED):
            raise RowRefusedError("view", f"is neither {ENGINE} nor {ADOPTED}")
        if _chance(chance or "0") is None:
            reason = "is not a number of 0 or more; leave it empty if there is none"
            raise RowRefusedError("chance", reason)
        members.setdefault((name, view), {})[case] = None
        chances.setdefault((name, view), _chance(chance))

    hint = "Give the series.csv that an earlier clew link wrote"
    rejects = take_rows(path, EARLIER_SERIES, take, hint, escaped=True)
    series = tuple(
        Series(name, view, tuple(Member(c, None, 0) for c in cases), 0, chances[name, view])
        for (name, view), cases in members.items()
    )
    return series, rejects


def _chance(text: str) -> float | None:
    """Return a finite number of 0 or more, or None where the text is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def read_series(
    path: Path, case_ids: Collection[str]
) -> tuple[dict[str, tuple[str, ...]], tuple[Reject, ...]]:
    """Return the cases of every known series, sorted by series, and the rows not taken.

    A case may be in several series, as an offence by two offenders is. A row that is there twice
    counts once.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.

    """
    known = frozenset(case_ids)
    members: dict[str, set[str]] = {}

    def take(cells: dict[str, str]) -> None:
        if not cells["series_id"]:
            raise RowRefusedError("series_id", "a row needs the id of its series")
        if cells["case_id"] not in known:
            raise RowRefusedError("case_id", "the case file has no case of this id")
        members.setdefault(cells["series_id"], set()).add(cells["case_id"])

    rejects = take_rows(path, SERIES, take)
    return {name: tuple(sorted(members[name])) for name in sorted(members)}, rejects


def read_declared_links(path: Path) -> tuple[tuple[DeclaredLink, ...], tuple[Reject, ...]]:
    """Return the links of a links.csv in the order of the file, and the rows not taken.

    A survey shows them with the cases of a cluster.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks a column.
    """
    links: list[DeclaredLink] = []

    def take(cells: dict[str, str]) -> None:
        case_a, case_b, rank, chance_text, tier, reasons = (cells[name] for name in LINKS)
        if not case_a or not case_b:
            raise RowRefusedError("case_b" if case_a else "case_a", "every link names two cases")
        if not (is_whole(rank, 9) and int(rank) >= 1):
            raise RowRefusedError("rank", "a rank is a whole number from 1")
        if (chance := _chance(chance_text)) is None:
            raise RowRefusedError("chance_per_case", "an expected number is a number of 0 or more")
        links.append(DeclaredLink(case_a, case_b, int(rank), chance, tier, reasons))

    hint = "Give the links.csv that clew link wrote"
    rejects = take_rows(path, LINKS, take, hint, escaped=True)
    return tuple(links), rejects
