"""Four plain rankers, run on the same rows at the same moments, to be compared with.

* same substance: a case with a substance in common, within a kilometre and ninety days; nearest
  first. What an analyst's saved search does.
* naive sum: every finding added up as if independent, each shared value by its own rarity, capped;
  nothing counts against.
* nearest: near in space and time together, whatever else.
* random.
"""

from __future__ import annotations

import numpy as np

from clew.comparison.evidence.entities import strongest_shared
from clew.comparison.evidence.place import metres_between
from clew.comparison.kernel import EMPTY, ITEMS, SCRATCH, keep_best, weigh_base
from clew.compiling import looped
from clew.model.columns import ITEM_TYPES, Array, Columns, Tables

SUBSTANCE, NAIVE, NEAREST, RANDOM = range(4)
NAMES = (
    "same substance within 1 km and 90 days",
    "naive sum of rarities",
    "nearest in space and time",
    "random",
)
SUBSTANCES = ITEM_TYPES.index("substances")
KM, DAYS = 1_000.0, 86_400.0
TOP = 5


@looped
def rank_plainly(
    cols: Columns, tables: Tables, rows: Array, life: tuple[Array, Array], which: int
) -> tuple[Array, Array]:
    """Return scores and rows of the best five of each of `rows` at its moment, by one baseline.

    Scores are whole numbers, higher is better; EMPTY and -1 where there are fewer.
    """
    since, until = life
    scores = np.full((len(rows), TOP), EMPTY, np.int32)
    found = np.full((len(rows), TOP), -1, np.int32)
    out = np.zeros(SCRATCH, np.int32)
    for r in range(len(rows)):
        i = rows[r]
        state = np.uint64(i * 2654435761 + 12345)
        for j in range(len(since)):
            if since[j] >= since[i] or until[j] <= since[i] or cols.owner[j] == cols.owner[i]:
                continue
            score = EMPTY
            if which == RANDOM:
                state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                score = np.int64(state >> np.uint64(34))
            elif which == NAIVE:
                score = _naive(cols, tables, i, j, out)
            elif cols.density[i] >= 0 and cols.density[j] >= 0:
                km = metres_between(cols.xyz[i], cols.xyz[j]) / KM
                days = abs(cols.mid[i] - cols.mid[j]) / DAYS
                if which == NEAREST:
                    score = -np.int64(1e7 * (np.log10(km + 0.1) + np.log10(days + 1)))
                elif km <= 1 and days <= 90 and _shares_substance(cols, tables, i, j):
                    score = -np.int64(1e6 * km)
            if score > EMPTY:
                keep_best(scores[r], found[r], score, j)
    return scores, found


@looped
def _naive(cols: Columns, tables: Tables, i: int, j: int, out: Array) -> int:
    """Add up every finding in favour, as if all were independent, micro-bans."""
    weigh_base(cols, tables, i, j, out)
    total = 0
    for k in range(ITEMS):
        total += max(out[k], 0)
    a, b = cols.item_start[i], cols.item_start[j]
    while a < cols.item_start[i + 1] and b < cols.item_start[j + 1]:
        x, y = cols.items[a], cols.items[b]
        if x == y:
            total += max(tables.item[x], 0)
        a += x <= y
        b += y <= x
    _, entity = strongest_shared(
        cols.entity_start, cols.entities, cols.entity_bits, tables.entity, i, j
    )
    return total + entity


@looped
def _shares_substance(cols: Columns, tables: Tables, i: int, j: int) -> bool:
    a, b = cols.item_start[i], cols.item_start[j]
    while a < cols.item_start[i + 1] and b < cols.item_start[j + 1]:
        x, y = cols.items[a], cols.items[b]
        if x == y and tables.item_type[x] == SUBSTANCES:
            return True
        a += x <= y
        b += y <= x
    return False
