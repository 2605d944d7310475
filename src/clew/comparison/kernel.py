"""The compiled kernel: every evidence fused, over every pair, exact.

`weigh_pair` is the one place where a pair gets its weight. Ranking, the null and the breakdown
all call it, so the breakdown adds up to the ranked weight exactly. The order of i and j changes
nothing.
"""

from __future__ import annotations

import numpy as np

from clew.comparison.evidence.entities import names_other, strongest_shared
from clew.comparison.evidence.levels import level_of
from clew.comparison.evidence.place import distance_level
from clew.comparison.evidence.shared import TYPES, weigh_shared, weigh_unshared
from clew.comparison.evidence.timing import weigh_gap
from clew.compiling import inlined, looped
from clew.model.columns import I32, Array, Columns, Tables

DISTANCE, ADDRESS, AREA, FAR, GAP, CLOCK, WEEKDAY, AGE, SEX, ENTITY, MENTION, COMBINED = range(12)
ITEMS = 12  # the item types follow, TYPES of them
FINDINGS = ITEMS + TYPES
SCRATCH = FINDINGS + TYPES  # behind the findings: how many values of each type are shared
DETAIL = 48  # the most shared values that count, commonest first; real lists are shorter
EMPTY = -2_000_000_000
PLAIN, SAME_ADDRESS, SHARED_ENTITY = 0, 1, 2


@inlined
def weigh_place(cols: Columns, tables: Tables, i: int, j: int, out: I32) -> bool:
    """Fill the place findings; return whether the two places are near (or the same address)."""
    key = cols.place_key[i]
    near = False
    if key >= 0 and key == cols.place_key[j]:
        out[ADDRESS] = tables.place_key[key]
        near = True
    else:
        level = distance_level(cols, tables.place_edges, i, j)
        if level >= 0:
            blur = max(cols.precision[i], cols.precision[j])
            out[DISTANCE] = tables.place[cols.density[i], cols.density[j], blur, level]
            near = level <= tables.near_level
        elif cols.area[i] >= 0 and cols.area[j] >= 0:
            same = cols.area[i] == cols.area[j]
            out[AREA] = tables.area[cols.area[i]] if same else tables.area_differs
    if cols.far[i] >= 0 and cols.far[j] >= 0:
        out[FAR] = tables.far[cols.far[i], cols.far[j]]
    return near


@inlined
def weigh_time_and_victim(cols: Columns, tables: Tables, i: int, j: int, out: I32) -> None:
    """Fill the findings of timing, age and sex."""
    out[GAP] = weigh_gap(cols, tables.gap_edges, tables.gap, tables.gap_knots, i, j)
    weigh_all_but_gap(cols, tables, i, j, out)


@inlined
def weigh_all_but_gap(cols: Columns, tables: Tables, i: int, j: int, out: I32) -> None:
    """Fill the findings of time of day, day of the week, age and sex."""
    if cols.clock[i] >= 0 and cols.clock[j] >= 0:
        out[CLOCK] = tables.clock[cols.clock[i], cols.clock[j]]
    if cols.weekday[i] >= 0 and cols.weekday[j] >= 0:
        out[WEEKDAY] = tables.weekday[cols.weekday[i], cols.weekday[j]]
    if cols.age_band[i] >= 0 and cols.age_band[j] >= 0:
        level = level_of(abs(np.float64(cols.age[i]) - np.float64(cols.age[j])), tables.age_edges)
        out[AGE] = (
            tables.age_half[cols.mechanism[i], cols.age_band[i], level]
            + tables.age_half[cols.mechanism[j], cols.age_band[j], level]
        )
    if cols.sex[i] >= 0 and cols.sex[j] >= 0:
        out[SEX] = (
            tables.sex_half[cols.mechanism[i], cols.sex[i], cols.sex[j]]
            + tables.sex_half[cols.mechanism[j], cols.sex[j], cols.sex[i]]
        )


@inlined
def weigh_base(cols: Columns, tables: Tables, i: int, j: int, out: I32) -> int:
    """Return the weight of place, time and victim alone; what remains is at most `potential`."""
    out[:ITEMS] = 0
    weigh_place(cols, tables, i, j, out)
    weigh_time_and_victim(cols, tables, i, j, out)
    total = 0
    for k in range(ITEMS):
        total += out[k]
    return total


@inlined
def potential(cols: Columns, tables: Tables, i: int) -> int:
    """Return the most that all of a case's values and entities could add to any pair.

    Whatever two records do not share only takes off, and dependence only lowers: so a pair whose
    base and this together cannot reach a list is left out, and nothing is lost.
    """
    most = tables.mention if len(cols.mentions) else 0
    for k in range(cols.item_start[i], cols.item_start[i + 1]):
        most += max(tables.item[cols.items[k]], 0)
    entity = 0
    for k in range(cols.entity_start[i], cols.entity_start[i + 1]):
        entity = max(entity, tables.entity[cols.entities[k]])
    return most + entity


@inlined
def weigh_pair(cols: Columns, tables: Tables, i: int, j: int, out: I32, detail: I32) -> int:
    """Fill `out` (SCRATCH,) with every finding's micro-bans and return their sum.

    `detail` (DETAIL, 2) receives code and weight of each shared value.
    """
    out[:] = 0
    near = weigh_place(cols, tables, i, j, out)
    weigh_time_and_victim(cols, tables, i, j, out)
    by_type, shared = out[ITEMS:FINDINGS], out[FINDINGS:]
    weigh_shared(cols, tables, i, j, near, by_type, shared, detail)
    weigh_unshared(cols, tables, i, j, by_type, shared)
    _, entity = strongest_shared(
        cols.entity_start, cols.entities, cols.entity_bits, tables.entity, i, j
    )
    out[ENTITY] = entity
    if names_other(cols, i, j):
        out[MENTION] = tables.mention
    # Somebody who is always at one place (a park keeper, a dog walker, an occupier) brings place
    # and person together, so the two are not independent. Declared rule: the stronger counts in
    # full, and `place_entity_kept` of the weaker.
    weaker = min(out[DISTANCE] + out[ADDRESS] + out[AREA], entity + out[MENTION])
    if weaker > 0:
        out[COMBINED] = -int(np.rint(weaker * (1 - tables.place_entity_kept)))
    total = 0
    for k in range(FINDINGS):
        total += out[k]
    return total


@inlined
def kind_of_pair(cols: Columns, tables: Tables, i: int, j: int) -> int:
    """Return SHARED_ENTITY for a shared entity or a mention, SAME_ADDRESS, or PLAIN."""
    code, _ = strongest_shared(
        cols.entity_start, cols.entities, cols.entity_bits, tables.entity, i, j
    )
    if code >= 0 or names_other(cols, i, j):
        return SHARED_ENTITY
    if cols.place_key[i] >= 0 and cols.place_key[i] == cols.place_key[j]:
        return SAME_ADDRESS
    return PLAIN


@inlined
def keep_best(weights: Array, rows: Array, weight: int, row: int) -> None:
    """Insert into a best-first list of fixed length; of equal weights the earlier row is first."""
    last = len(weights) - 1
    if weight < weights[last] or (weight == weights[last] and row >= rows[last]):
        return
    k = last
    while k > 0 and (weights[k - 1] < weight or (weights[k - 1] == weight and rows[k - 1] > row)):
        weights[k], rows[k] = weights[k - 1], rows[k - 1]
        k -= 1
    weights[k], rows[k] = weight, row


@looped
def rank_rows(
    cols: Columns, tables: Tables, rows: Array, null_rows: int, best: tuple[Array, Array, I32]
) -> None:
    """Compare each of `rows` with every earlier case: its candidates, and its own null.

    Parameters
    ----------
    null_rows
        The null of the first cases of a file, which have few earlier ones, is taken from this
        many cases.
    best
        Candidates' weights and rows, both (rows, top), and the weights of the best plain pairs,
        (rows, kept), filled with EMPTY and -1 by the caller.
    """
    weights, found, null = best
    last, last_null = weights.shape[1] - 1, null.shape[1] - 1
    out, detail = np.zeros(SCRATCH, np.int32), np.zeros((DETAIL, 2), np.int32)
    null_found = np.full(null.shape[1], -1, np.int32)
    for r in range(len(rows)):
        i = rows[r]
        most = potential(cols, tables, i)
        for j in range(max(i, null_rows)):
            if j == i:
                continue
            least = null[r, last_null] if j > i else min(null[r, last_null], weights[r, last])
            if weigh_base(cols, tables, i, j, out) + most < least:
                continue
            weight = weigh_pair(cols, tables, i, j, out, detail)
            if j < i and weight >= weights[r, last]:
                keep_best(weights[r], found[r], weight, j)
            if weight > null[r, last_null] and kind_of_pair(cols, tables, i, j) == PLAIN:
                keep_best(null[r], null_found, weight, j)


@looped
def rank_known(
    cols: Columns,
    tables: Tables,
    rows: Array,
    life: tuple[Array, Array],
    best: tuple[Array, Array, I32],
    met: tuple[Array, Array, Array],
) -> None:
    """Compare each of `rows`, at the moment it came, with every case as it was then.

    Parameters
    ----------
    life
        Shape (rows of cols,) each: the number of the event that added a row, -1 for one that was
        there before, and of the event that replaced it, a large number for none.
    best
        As for `rank_rows`: candidates' weights and rows, both (rows, top), and the weights of
        the best plain pairs, (rows, kept).
    met
        Filled: how many of the compared share an address, an entity, and how many were compared,
        (rows, 3); weights and rows of the best pairs that share an entity, both (rows, any).
    """
    since, until = life
    weights, found, null = best
    counts, entity_weights, entity_rows = met
    last, last_null = weights.shape[1] - 1, null.shape[1] - 1
    out, detail = np.zeros(SCRATCH, np.int32), np.zeros((DETAIL, 2), np.int32)
    null_found = np.full(null.shape[1], -1, np.int32)
    for r in range(len(rows)):
        i = rows[r]
        now = since[i]
        most = potential(cols, tables, i)
        for j in range(len(since)):
            if since[j] >= now or until[j] <= now or cols.owner[j] == cols.owner[i]:
                continue
            counts[r, 2] += 1
            kind = kind_of_pair(cols, tables, i, j)
            if kind == PLAIN:
                least = min(null[r, last_null], weights[r, last])
                if weigh_base(cols, tables, i, j, out) + most < least:
                    continue
            else:
                counts[r, kind - 1] += 1
            weight = weigh_pair(cols, tables, i, j, out, detail)
            keep_best(weights[r], found[r], weight, j)
            if kind == PLAIN:
                keep_best(null[r], null_found, weight, j)
            elif kind == SHARED_ENTITY:
                keep_best(entity_weights[r], entity_rows[r], weight, j)


@looped
def weigh_pairs(cols: Columns, tables: Tables, pairs: Array) -> I32:
    """Return the weight of each pair of rows, shape (pairs,)."""
    weights = np.empty(len(pairs), np.int32)
    out, detail = np.zeros(SCRATCH, np.int32), np.zeros((DETAIL, 2), np.int32)
    for p in range(len(pairs)):
        weights[p] = weigh_pair(cols, tables, pairs[p, 0], pairs[p, 1], out, detail)
    return weights


@looped
def kinds_of_pairs(cols: Columns, tables: Tables, pairs: Array) -> Array:
    """Return the kind of each pair of rows (PLAIN, SAME_ADDRESS, SHARED_ENTITY), shape (pairs,)."""
    kinds = np.empty(len(pairs), np.int8)
    for p in range(len(pairs)):
        kinds[p] = kind_of_pair(cols, tables, pairs[p, 0], pairs[p, 1])
    return kinds


@looped
def explain_pairs(
    cols: Columns, tables: Tables, pairs: Array, kept: int
) -> tuple[I32, Array, Array]:
    """Return the findings of each pair, (pairs, FINDINGS), and the values it shares.

    The second array, (pairs, kept, 2), has code and weight of the first shared values; the
    third, (pairs,), how many there are.
    """
    findings = np.empty((len(pairs), FINDINGS), np.int32)
    shared = np.zeros((len(pairs), kept, 2), np.int32)
    counts = np.zeros(len(pairs), np.int64)
    out, detail = np.zeros(SCRATCH, np.int32), np.zeros((DETAIL, 2), np.int32)
    for p in range(len(pairs)):
        detail[:] = -1
        weigh_pair(cols, tables, pairs[p, 0], pairs[p, 1], out, detail)
        findings[p] = out[:FINDINGS]
        while counts[p] < kept and detail[counts[p], 0] >= 0:
            shared[p, counts[p]] = detail[counts[p]]
            counts[p] += 1
    return findings, shared, counts
