"""Where a job runs on one machine: chunks of rows over threads, the kernel without the GIL."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clew.comparison.kernel import EMPTY, rank_known, rank_rows
from clew.comparison.ranking.pruned import rank_pruned
from clew.comparison.ranking.ranked import Progress, Ranked, empty_lists, run_chunks
from clew.model.columns import I32, Array, Columns, Tables

NULL_CASES = 2_000
"""Declared: the first cases of a file take their null from this many cases, later ones too."""
PRUNED_FROM = 2_000
"""Declared: a smaller file is compared pair by pair within a second; an index would cost more."""


def rank_all(
    cols: Columns, tables: Tables, *, top: int, kept: int, progress: Progress | None = None
) -> Ranked:
    """Compare every case with every earlier one, exact, without blocking.

    Memory grows with cases x (top + kept), never with pairs. Larger files are pruned, which
    changes no list, and above `REFERENCE_CASES` cases the null is that of a seeded sample.
    """
    n = len(cols.age)
    if n > PRUNED_FROM:
        return rank_pruned(cols, tables, (top, kept), NULL_CASES, progress)
    weights, found = empty_lists(n, top)
    null = np.full((n, kept), EMPTY, np.int32)
    least = min(n, NULL_CASES)

    def run(part: slice) -> None:
        best = (weights[part], found[part], null[part])
        rank_rows(cols, tables, np.arange(part.start, part.stop), least, best)

    run_chunks(run, n, progress)
    return Ranked(weights, found, null, np.maximum(np.arange(n), least - 1))


@dataclass(frozen=True, slots=True)
class TopMatches:
    """What each trigger met at its moment, one row per trigger.

    `weights`, `rows`, `null` as in `Ranked`; `counts` (triggers, 3): how many of the compared
    share an address, how many an entity, and how many were compared; `entity_weights` and
    `entity_rows` (triggers, ENTITY_KEPT): the best of those that share an entity.
    """

    weights: I32
    rows: I32
    null: I32
    counts: Array
    entity_weights: I32
    entity_rows: I32


ENTITY_KEPT = 40
"""Declared: pairs that share an entity shown for one trigger; the count says how many there are."""


def rank_triggers(
    cols: Columns, tables: Tables, rows: Array, life: tuple[Array, Array], top: int, kept: int
) -> TopMatches:
    """Compare each of `rows` at its moment with every case as it was then; see `rank_known`."""
    n = len(rows)
    weights, found = empty_lists(n, top)
    entity_weights, entity_rows = empty_lists(n, ENTITY_KEPT)
    null = np.full((n, kept), EMPTY, np.int32)
    counts = np.zeros((n, 3), np.int64)

    def run(part: slice) -> None:
        best = (weights[part], found[part], null[part])
        met = (counts[part], entity_weights[part], entity_rows[part])
        rank_known(cols, tables, rows[part], life, best, met)

    run_chunks(run, n, None)
    return TopMatches(weights, found, null, counts, entity_weights, entity_rows)


def rank_sample(cols: Columns, tables: Tables, rows: Array, kept: int) -> I32:
    """Return the best plain weights of each of `rows` among all cases, shape (rows, kept)."""
    null = np.full((len(rows), kept), EMPTY, np.int32)
    weights, found = empty_lists(len(rows), 1)

    def run(part: slice) -> None:
        best = (weights[part], found[part], null[part])
        rank_rows(cols, tables, rows[part], len(cols.age), best)

    run_chunks(run, len(rows), None)
    return null
