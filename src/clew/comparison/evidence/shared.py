"""Shared values, each weighed by how rare it is given what the pair already shares.

Mechanism, premises, substances, things at the scene, things that were absent, posture, lividity,
clothing, injuries: a value that both records hold weighs by its frequency in this file - and not
by that alone. Two drug deaths that also share a needle share little more, for needles lie at
many drug deaths. So values are counted from the common to the rare, and each by the highest
frequency it has among the records that have any value already counted. What one record has and
the other, which recorded things of that kind, does not, weighs a little against, down to a floor.
Two blanks are no match, and a blank and a value are no difference.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from clew.comparison.evidence.levels import repeated, to_micro
from clew.compiling import inlined
from clew.model.columns import F64, I8, I32, ITEM_TYPES, SINGLE, Array, Columns, Tables
from clew.model.finding import MICRO
from clew.model.weight import WeightTable

TYPES = len(ITEM_TYPES)
MEASURED = 1_024  # the commonest values, whose dependence is measured: a table of 4 MB
IMPLIED_PRIOR = 0.6  # declared: share of near pairs whose setting or premises are the same
IMPLIED = tuple(ITEM_TYPES.index(name) for name in ("setting", "premises"))
SCENE, MISSING_ITEMS, POSTURE = (
    ITEM_TYPES.index(name) for name in ("scene", "missing_items", "posture")
)


@inlined
def weight_given(tables: Tables, held: int, item: int) -> int:
    """Return the weight of sharing `item` when `held` is already counted as shared."""
    measured = tables.item_given.shape[0]
    if held < measured and item < measured:
        return tables.item_given[held, item]
    return tables.item_given_rare[item]


@inlined
def weigh_shared(
    cols: Columns,
    tables: Tables,
    i: int,
    j: int,
    near: bool,
    by_type: I32,
    shared: I32,
    detail: I32,
) -> int:
    """Add the weights of the values that cases i and j share to `by_type`; return their number.

    Parameters
    ----------
    near
        The two places are so near that the same premises are nearly implied.
    by_type
        Shape (TYPES,), micro-bans, added to.
    shared
        Shape (TYPES,), the number of shared values that could have spoken against, added to.
    detail
        Shape (any, 2): code and weight of the shared values. What is shared beyond its length,
        and so is rarer than anybody could have noticed, adds nothing.
    """
    found = 0
    if cols.item_bits[i] & cols.item_bits[j] == 0:
        return 0
    a, end_a = cols.item_start[i], cols.item_start[i + 1]
    b, end_b = cols.item_start[j], cols.item_start[j + 1]
    while a < end_a and b < end_b:
        x, y = cols.items[a], cols.items[b]
        if x < y:
            a += 1
        elif y < x:
            b += 1
        else:
            kind = tables.item_type[x]
            shared[kind] += tables.item_against[x]
            if found < detail.shape[0]:
                weight = min(tables.item[x], tables.item_near[x]) if near else tables.item[x]
                for k in range(found):
                    weight = min(weight, weight_given(tables, detail[k, 0], x))
                by_type[kind] += weight
                detail[found, 0], detail[found, 1] = x, weight
                found += 1
            a += 1
            b += 1
    return found


@inlined
def weigh_unshared(
    cols: Columns, tables: Tables, i: int, j: int, by_type: I32, shared: I32
) -> None:
    """Add to `by_type` what speaks against: values in one record and not in the other.

    `shared` has the number of shared values by type. Only kinds that both recorded count.
    """
    both = cols.recorded[i] & cols.recorded[j]
    for kind in range(TYPES):
        if both >> kind & 1:
            alone = int(cols.item_counts[i, kind]) + int(cols.item_counts[j, kind])
            alone = max(alone - 2 * shared[kind], 0)
            if kind < SINGLE:
                if alone > 0:
                    by_type[kind] += tables.single_differs[kind]
            else:
                against = alone * tables.unshared_half[kind]
                by_type[kind] += max(against, tables.unshared_floor[kind])


class Consistency(NamedTuple):
    """How steadily linked pairs repeat each value: its type, its consistency, whether a group.

    Each shape (items,).
    """

    item_type: I8
    consistency: F64
    group: Array

    @classmethod
    def from_table(cls, table: WeightTable, item_type: I8, group: Array) -> Consistency:
        """Return the table's consistency of each value; `group` (items,) marks groups of words.

        Coders who choose different words for one thing choose words of one group, so a group is
        repeated more steadily: by what its words are not, as far as `near_word_kept` goes.
        """
        keeps = np.array([table.sets[name].consistency for name in ITEM_TYPES])[item_type]
        more = keeps + (1 - keeps) * table.bounds["near_word_kept"]
        return cls(item_type, np.where(group, more, keeps), group)


def tabulate(
    cols: Columns, kept: Consistency, near_pairs: Array, table: WeightTable, arriving: int = 0
) -> dict[str, Any]:
    """Estimate every shared value's weight from the file; see `Tables` for shapes and units.

    Parameters
    ----------
    arriving
        Cases not in the file that count as holding each value too.
    near_pairs
        Shape (pairs, 2), rows of unrelated cases whose places are near, to see how often the
        same premises are then implied.
    """
    item_type, theta, group = kept
    n, count, most = len(cols.recorded), len(item_type), table.bounds["most_bans"]
    held = csr_matrix(
        (np.ones(len(cols.items), np.float64), cols.items, cols.item_start), shape=(n, count)
    )
    known = seen(cols)
    keeps = np.array([table.sets[name].consistency for name in ITEM_TYPES])
    floors = np.array([table.sets[name].floor_bans for name in ITEM_TYPES])
    # The share of the other cases holding each value, among those that recorded its kind.
    counts = np.asarray(held.sum(axis=0)).ravel() + arriving
    others = known.sum(axis=0)[item_type] + 1
    frequency = np.clip(np.maximum(counts - 0.5, 0.5) / others, 1e-9, 1)
    rare = np.maximum(frequency, table.bounds["rare_given"])
    # P(column | row), a value given that another is shared, shape (measured, measured), is counted
    # among cases that hold the row's value and recorded the column's kind, and drawn to the
    # column's own frequency.
    top = min(MEASURED, count)
    few = held[:, :top]
    together = (few.T @ few).toarray()
    chances = (few.T @ csr_matrix(known)).toarray()[:, item_type[:top]]
    pseudo, own = table.bounds["shrinkage"], frequency[None, :top]
    given = np.maximum((together + pseudo * own) / (chances + pseudo), own)
    # A record with a word has its group: beside the word the group says nothing.
    given[group[None, :top] & (together == chances)] = 1.0
    # In one order of memory, whatever the file: for another the kernel would be compiled again.
    given_others = np.ascontiguousarray(repeated(theta[None, :top], np.minimum(given, 1.0)))
    # Where two places are near, setting and premises are implied: their weight is capped.
    caps = np.full(count, np.iinfo(np.int32).max, np.int32)
    implying = np.flatnonzero(np.isin(item_type, IMPLIED))
    first, second = (held[near_pairs[:, k]][:, implying] for k in (0, 1))
    in_first = np.asarray(first.sum(axis=0)).ravel()
    in_both = np.asarray(first.multiply(second).sum(axis=0)).ravel()
    implied = (in_both + 10 * IMPLIED_PRIOR) / (in_first + 10)  # drawn to it by ten pairs
    caps[implying] = to_micro(repeated(keeps[item_type[implying]], implied), 3.0)
    alone = np.rint(np.log10(1 - keeps) * MICRO).astype(np.int32)
    return {
        "item": to_micro(repeated(theta, frequency), most),
        "item_given": to_micro(given_others, most),
        "item_given_rare": to_micro(repeated(theta, rare), most),
        "item_near": caps,
        "single_differs": np.maximum(alone, np.rint(floors * MICRO)).astype(np.int32),
        "unshared_half": (alone // 2).astype(np.int32),
        "unshared_floor": np.rint(floors * MICRO).astype(np.int32),
    }


def seen(cols: Columns) -> Array:
    """1 where a record could have stated a kind of value, shape (n, TYPES).

    Missing items are noted when something is missing and hardly ever otherwise: their
    frequency is over all records that describe a scene at all.
    """
    known = (cols.recorded[:, None] >> np.arange(TYPES) & 1).astype(np.float64)
    known[:, MISSING_ITEMS] = known[:, [SCENE, MISSING_ITEMS, POSTURE]].max(axis=1)
    return known
