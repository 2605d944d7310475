"""What given pairs show: levels and repeated values, as learning counts them, and weights.

Every module of evidence says what its levels are; here they are counted over linked pairs, or
over unrelated ones. A window or an hour that is not exact counts in parts at every level at which
it may lie.
"""

from __future__ import annotations

import numpy as np

from clew.comparison import kernel
from clew.comparison.coding.columns import Coded
from clew.comparison.evidence import timing
from clew.comparison.weights.learn import Trials
from clew.comparison.weights.weight_table import EVIDENCES
from clew.model.columns import ITEM_TYPES, Array, Tables
from clew.model.finding import MICRO
from clew.model.values import DAY
from clew.model.weight import WeightTable

GRID = (np.arange(9) + 0.5) / 9 - 0.5
"""Declared: nine moments of each window are used for all."""
FINDINGS_OF = {
    "place": (kernel.DISTANCE, kernel.ADDRESS, kernel.AREA),
    "gap": (kernel.GAP,),
    "clock": (kernel.CLOCK,),
    "weekday": (kernel.WEEKDAY,),
    "age": (kernel.AGE,),
    "far": (kernel.FAR,),
    "sex": (kernel.SEX,),
    "entity": (kernel.ENTITY, kernel.MENTION, kernel.COMBINED),
} | {name: (kernel.ITEMS + kind,) for kind, name in enumerate(ITEM_TYPES)}
"""Evidence -> the kernel's findings that belong to it; together all of them, each once."""


def level_counts(coded: Coded, table: WeightTable, pairs: Array, weight: Array) -> dict[str, Array]:
    """Return the weight of pairs at each level of every evidence with levels, (levels,) each.

    `pairs` (pairs, 2) rows of `coded`; `weight` (pairs,) in independent links. A pair counts
    nowhere where one of its cases does not state the evidence.
    """
    cols = coded.cols
    i, j = pairs[:, 0], pairs[:, 1]
    edges = {name: np.asarray(levels.edges) for name, levels in table.levels.items()}
    metres = np.linalg.norm(cols.xyz[i].astype(np.float64) - cols.xyz[j], axis=1)
    same = (cols.place_key[i] >= 0) & (cols.place_key[i] == cols.place_key[j])
    pointed = (cols.density[i] >= 0) & (cols.density[j] >= 0) & ~same
    days = (cols.weekday[i] >= 0) & (cols.weekday[j] >= 0)
    aged = (cols.age_band[i] >= 0) & (cols.age_band[j] >= 0)
    years = np.abs(cols.age[i].astype(np.float64) - cols.age[j])
    # Windows up to a day count by their middles.
    middles = cols.mid[i] - cols.mid[j]
    gap = _one_hot(np.abs(middles), np.ones(len(pairs), np.bool_), edges["gap"] * DAY)
    for p in np.flatnonzero(np.maximum(cols.width[i], cols.width[j]) > timing.SHORT_S):
        apart = GRID[:, None] * cols.width[i[p]] - GRID[None, :] * cols.width[j[p]]
        level = np.searchsorted(edges["gap"] * DAY, np.abs(middles[p] + apart).ravel())
        gap[p] = np.bincount(level, minlength=gap.shape[1]) / level.size
    hours = timing.hours_of_classes()
    level = np.searchsorted(edges["clock"], timing.hours_apart())
    clocked = (cols.clock[i] >= 0) & (cols.clock[j] >= 0)
    clock = np.zeros((len(pairs), len(edges["clock"]) + 1))
    for k in range(clock.shape[1]):
        at = hours @ (level == k) @ hours.T
        clock[clocked, k] = at[cols.clock[i][clocked], cols.clock[j][clocked]]
    shares = {
        "place": _one_hot(metres, pointed, edges["place"]),
        "gap": gap,
        "clock": clock,
        "weekday": _one_hot((cols.weekday[i] != cols.weekday[j]) * 1.0, days, edges["weekday"]),
        "age": _one_hot(np.nan_to_num(years), aged, edges["age"]),
    }
    return {name: (share * weight[:, None]).sum(axis=0) for name, share in shares.items()}


def _one_hot(values: Array, known: Array, edges: Array) -> Array:
    """Return the share of every pair at each level, (pairs, levels); 0 where not known."""
    shares = np.zeros((len(values), len(edges) + 1))
    shares[np.arange(len(values)), np.searchsorted(edges, values)] = known
    return shares


def value_trials(coded: Coded, pairs: Array, weight: Array) -> dict[str, Trials]:
    """Return every value that one case of a pair has, by kind, and whether the other has it too.

    Only kinds that both records state. A pair's trials of one kind weigh together as the pair
    does: a long list is no more links than a short one.
    """
    cols, codes = coded.cols, coded.codes
    values = [
        frozenset(cols.items[cols.item_start[k] : cols.item_start[k + 1]].tolist())
        for k in range(len(cols.recorded))
    ]
    counts = np.bincount(cols.items, minlength=len(codes.items))
    known = (cols.recorded[:, None] >> np.arange(len(ITEM_TYPES)) & 1).sum(axis=0)
    share = np.clip((counts + 0.5) / (known[codes.item_type] + 1), 1e-6, 1 - 1e-6)
    rows: dict[str, list[tuple[float, bool, float]]] = {}
    for (i, j), w in zip(pairs.tolist(), weight.tolist(), strict=True):
        both = int(cols.recorded[i] & cols.recorded[j])
        by_kind: dict[int, list[int]] = {}
        for item in sorted(values[i] | values[j]):
            kind = int(codes.item_type[item])
            if both >> kind & 1 and codes.item_against[item]:
                by_kind.setdefault(kind, []).append(item)
        for kind, items in by_kind.items():
            rows.setdefault(ITEM_TYPES[kind], []).extend(
                (float(share[k]), k in values[i] and k in values[j], w / len(items)) for k in items
            )
    trials = {name: Trials(*np.array(row, np.float64).T) for name, row in rows.items()}
    # Columns with one code per case, -1 where missing: a trial of each case's value.
    for name, column in (("sex", cols.sex), ("far", cols.far)):
        a, b = column[pairs[:, 0]], column[pairs[:, 1]]
        both_known, known = (a >= 0) & (b >= 0), column[column >= 0].astype(np.int64)
        of_code = (np.bincount(known, minlength=3) + 0.5) / (len(known) + 1)
        frequency = of_code[np.concatenate([a[both_known], b[both_known]])]
        trials[name] = Trials(
            np.clip(frequency, 1e-6, 1 - 1e-6),
            np.tile(a[both_known] == b[both_known], 2).astype(np.float64),
            np.tile(weight[both_known] / 2, 2),
        )
    return trials


def findings_by_evidence(coded: Coded, tables: Tables, pairs: Array) -> Array:
    """Return the weight of every evidence for each pair, bans, (pairs, len(EVIDENCES)).

    These are the kernel's own findings: rows add up to the pairs' weights.
    """
    findings, _, _ = kernel.explain_pairs(coded.cols, tables, pairs.astype(np.int64), 1)
    columns = [findings[:, FINDINGS_OF[name]].sum(axis=1) for name in EVIDENCES]
    bans: Array = np.column_stack(columns) / MICRO
    return bans
