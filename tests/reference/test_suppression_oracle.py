"""Suppression against Tau-Argus on small tables: both call each other's tables safe.

Its audit supposes a little more than ours (what is hidden with others is at least the smallest
count of the table), so its ends lie inside ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clew.oversight.suppression import FLOOR, Counts, attack, protect

tau = pytest.importorskip("pytauargus", reason="pytauargus is not installed (extra dev)")


def table(values: Any) -> Counts:
    """Return a table of two ways with its margins; a margin's place is None."""
    rows, columns = values.shape
    counts = {(i, j): int(values[i, j]) for i in range(rows) for j in range(columns)}
    counts |= {(i, None): int(values[i].sum()) for i in range(rows)}
    counts |= {(None, j): int(values[:, j].sum()) for j in range(columns)}
    counts[None, None] = int(values.sum())
    sums: list[Any] = [((i, None), tuple((i, j) for j in range(columns))) for i in range(rows)]
    sums += [((None, j), tuple((i, j) for i in range(rows))) for j in range(columns)]
    sums.append(((None, None), tuple((i, None) for i in range(rows))))
    return Counts(counts, sums)  # type: ignore[arg-type]


def suppressed_by_tau(values: Any, folder: Path) -> dict[tuple[int, int], tuple[float, float]]:
    """Return what Tau-Argus hides below the floor, with the ends that its own audit finds."""
    rows, columns = values.shape
    lines: dict[str, list[Any]] = {"row": [], "column": [], "death": []}
    for i in range(rows):
        for j in range(columns):
            lines["row"] += [f"r{i}"] * values[i, j]
            lines["column"] += [f"c{j}"] * values[i, j]
            lines["death"] += [1.0] * values[i, j]
    found = tau.protect(
        lines, ["row", "column"], response="death", workdir=str(folder),
        safety_rules=f"FREQ({FLOOR},100)", suppress="OPT(1)",
    )  # fmt: skip
    # Its cells are numbered row by row, totals first.
    places = {one["cell"]: divmod(one["cell"], columns + 1) for one in found.engine.audit(0)}
    return {
        (i - 1, j - 1): (one["min"], one["max"])
        for one in found.engine.audit(0)
        for i, j in (places[one["cell"]],)
    }


@pytest.mark.parametrize("seed", range(6))
def test_both_find_a_table_safe_and_hide_about_as_much(seed: int, tmp_path: Path) -> None:
    values = np.random.default_rng(seed).poisson(17, (4, 3)) + 1
    values[1, 1], values[2, 0] = 4, 7
    theirs = suppressed_by_tau(values, tmp_path)
    counts = table(values)
    assert {cell for cell in theirs if values[cell] < FLOOR} == protect(counts).primary
    for cell, interval in attack(counts, theirs.keys()).items():
        low, high = theirs[cell]  # type: ignore[index]
        assert interval.width >= FLOOR - 1e-6
        assert interval.low - 1e-4 <= low <= high <= interval.high + 1e-4
    ours = protect(counts)
    assert len(ours.hidden) <= len(theirs) + 2
    assert min(one.width for one in attack(counts, ours.hidden).values()) >= FLOOR - 1e-6
