"""What linked pairs, or unrelated ones, show: levels and repeated values, as learning counts them.

Every module of evidence says what its levels are; here they are counted over given pairs. A
window or an hour that is not exact counts in parts at every level at which it may lie.
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
"""Declared: nine moments of each window stand for it."""


def level_counts(coded: Coded, table: WeightTable, pairs: Array, weight: Array) -> dict[str, Array]:
    """Return the weight of pairs at each level of every evidence with levels, (levels,) each.

    `pairs` (pairs, 2) rows of `coded`; `weight` (pairs,) in independent links. A pair of which one
    case does not tell counts nowhere.
    """
    found = {}
    for name, shares in _shares_at_levels(coded, table, pairs).items():
        found[name] = (shares * weight[:, None]).sum(axis=0)
    return found


def _shares_at_levels(coded: Coded, table: WeightTable, pairs: Array) -> dict[str, Array]:
    """Return the share of every pair at each level, (pairs, levels) each; 0 where not told."""
    cols = coded.cols
    i, j = pairs[:, 0], pairs[:, 1]
    edges = {name: np.asarray(levels.edges) for name, levels in table.levels.items()}
    metres = np.linalg.norm(cols.xyz[i].astype(np.float64) - cols.xyz[j], axis=1)
    same = (cols.place_key[i] >= 0) & (cols.place_key[i] == cols.place_key[j])
    pointed = (cols.density[i] >= 0) & (cols.density[j] >= 0) & ~same
    days = (cols.weekday[i] >= 0) & (cols.weekday[j] >= 0)
    aged = (cols.age_band[i] >= 0) & (cols.age_band[j] >= 0)
    years = np.abs(cols.age[i].astype(np.float64) - cols.age[j])
    return {
        "place": _one_hot(metres, pointed, edges["place"]),
        "gap": _gap_shares(coded, pairs, edges["gap"] * DAY),
        "clock": _clock_shares(coded, pairs, edges["clock"]),
        "weekday": _one_hot((cols.weekday[i] != cols.weekday[j]) * 1.0, days, edges["weekday"]),
        "age": _one_hot(np.nan_to_num(years), aged, edges["age"]),
    }


def _one_hot(values: Array, told: Array, edges: Array) -> Array:
    shares = np.zeros((len(values), len(edges) + 1))
    shares[np.arange(len(values)), np.searchsorted(edges, values)] = told
    return shares


def _gap_shares(coded: Coded, pairs: Array, edges: Array) -> Array:
    """Share of each pair's gap at each level; windows up to a day count by their middles."""
    cols = coded.cols
    i, j = pairs[:, 0], pairs[:, 1]
    middles = cols.mid[i] - cols.mid[j]
    shares = _one_hot(np.abs(middles), np.ones(len(pairs), np.bool_), edges)
    for p in np.flatnonzero(np.maximum(cols.width[i], cols.width[j]) > timing.SHORT_S):
        apart = GRID[:, None] * cols.width[i[p]] - GRID[None, :] * cols.width[j[p]]
        level = np.searchsorted(edges, np.abs(middles[p] + apart).ravel())
        shares[p] = np.bincount(level, minlength=shares.shape[1]) / level.size
    return shares


def _clock_shares(coded: Coded, pairs: Array, edges: Array) -> Array:
    hours = timing.hours_of_classes()
    level = np.searchsorted(edges, timing.hours_apart())
    a, b = coded.cols.clock[pairs[:, 0]], coded.cols.clock[pairs[:, 1]]
    told = (a >= 0) & (b >= 0)
    shares = np.zeros((len(pairs), len(edges) + 1))
    for k in range(shares.shape[1]):
        at = hours @ (level == k) @ hours.T
        shares[told, k] = at[a[told], b[told]]
    return shares


def value_trials(coded: Coded, pairs: Array, weight: Array) -> dict[str, Trials]:
    """Return every value that one case of a pair holds, by kind, and whether the other does.

    Only kinds that both records tell. A pair's trials of one kind weigh together as the pair
    does: a long list is no more links than a short one.
    """
    cols, codes = coded.cols, coded.codes
    held = [
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
        for item in sorted(held[i] | held[j]):
            kind = int(codes.item_type[item])
            if both >> kind & 1 and codes.item_against[item]:
                by_kind.setdefault(kind, []).append(item)
        for kind, items in by_kind.items():
            rows.setdefault(ITEM_TYPES[kind], []).extend(
                (float(share[k]), k in held[i] and k in held[j], w / len(items)) for k in items
            )
    trials = {name: _trials(told) for name, told in rows.items()}
    for name, codes_of in (("sex", cols.sex), ("far", cols.far)):
        trials[name] = _single_trials(codes_of, pairs, weight)
    return trials


def _trials(told: list[tuple[float, bool, float]]) -> Trials:
    table = np.array(told, np.float64).reshape(-1, 3)
    return Trials(table[:, 0], table[:, 1], table[:, 2])


def _single_trials(codes: Array, pairs: Array, weight: Array) -> Trials:
    """Trials of a column that holds one code a case, -1 where missing: both cases' values."""
    a, b = codes[pairs[:, 0]], codes[pairs[:, 1]]
    told = (a >= 0) & (b >= 0)
    known = codes[codes >= 0].astype(np.int64)
    share = (np.bincount(known, minlength=3) + 0.5) / (len(known) + 1)
    values = np.concatenate([a[told], b[told]])
    hit = np.tile(a[told] == b[told], 2).astype(np.float64)
    return Trials(np.clip(share[values], 1e-6, 1 - 1e-6), hit, np.tile(weight[told] / 2, 2))


# What every evidence says of given pairs, in bans: the kernel's own findings, by evidence.


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
"""Evidence -> the kernel's findings that it stands for; together all of them, each once."""


def findings_by_evidence(coded: Coded, tables: Tables, pairs: Array) -> Array:
    """Return the weight of every evidence for each pair, bans, (pairs, len(EVIDENCES)).

    Rows add up to the pairs' weights, since every finding stands in one evidence.
    """
    findings, _, _ = kernel.explain_pairs(coded.cols, tables, pairs.astype(np.int64), 1)
    columns = [findings[:, FINDINGS_OF[name]].sum(axis=1) for name in EVIDENCES]
    bans: Array = np.column_stack(columns) / MICRO
    return bans
