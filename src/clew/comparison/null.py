"""The file's own null: every case's best plain matches, and its pairs by address and entity."""

from __future__ import annotations

import numpy as np

from clew.comparison.coding.columns import Coded
from clew.comparison.kernel import EMPTY, SAME_ADDRESS, SHARED_ENTITY, kinds_of_pairs, weigh_pairs
from clew.comparison.ranking.ranked import Ranked
from clew.comparison.weights.chance import (
    WORST_BANS,
    ChanceModel,
    KeyNull,
    fit_key_null,
    fit_plain_null,
)
from clew.model.columns import Array, Columns, Tables
from clew.model.finding import MICRO

LARGEST_GROUP = 200
"""Declared: earlier cases sampled for each case of a busy address; its pairs are all alike."""


def fit_chance(
    coded: Coded, tables: Tables, ranked: Ranked, until: int | None = None
) -> ChanceModel:
    """Fit all nulls of a file from its own pairs.

    Curve, rates and tails are fitted on the first `until` cases (None: all), so that they can be
    checked on the later ones. Each case's own null always consists of its own comparisons.
    """
    fitted = slice(0, until)
    best = to_bans_or_worst(ranked.null)
    early = len(best[fitted])
    address, address_counts = fit_keys(coded, tables, SAME_ADDRESS, early)
    entity, entity_counts = fit_keys(coded, tables, SHARED_ENTITY, early)
    plain = fit_plain_null(best, ranked.null_size, fitted)
    pairs = float(ranked.null_size.sum())
    return ChanceModel(plain, address, entity, address_counts, entity_counts, pairs)


def fit_keys(
    coded: Coded, tables: Tables, kind: int, until: int | None = None
) -> tuple[KeyNull, Array]:
    """Fit the null of pairs of one kind; return it, and how many such each case has, (cases,)."""
    pairs = address_pairs(coded.cols) if kind == SAME_ADDRESS else entity_pairs(coded.cols)
    pairs = pairs[kinds_of_pairs(coded.cols, tables, pairs) == kind]
    bans = weigh_pairs(coded.cols, tables, pairs) / MICRO
    count = np.bincount(pairs[:, 0], minlength=len(coded.cases))
    early = pairs[:, 0] < (len(count) if until is None else until)
    return fit_key_null(count[:until], pairs[early, 0], bans[early]), count


def to_bans_or_worst(null: Array) -> Array:
    """Turn kept micro-bans into bans, with WORST_BANS where there were fewer pairs."""
    return np.where(null == EMPTY, WORST_BANS, null / MICRO)


def address_pairs(cols: Columns) -> Array:
    """List (later, earlier) rows at one address, at most LARGEST_GROUP earlier ones per case."""
    order = np.argsort(cols.place_key, kind="stable")
    order = order[cols.place_key[order] >= 0]
    return _pairs_in_groups(cols.place_key[order], order)


def entity_pairs(cols: Columns) -> Array:
    """List (later, earlier) rows that share an entity, or where one names the other; unique."""
    owner = np.repeat(np.arange(len(cols.age)), np.diff(cols.entity_start))
    order = np.argsort(cols.entities, kind="stable")
    pairs = _pairs_in_groups(cols.entities[order], owner[order])
    namer = np.repeat(np.arange(len(cols.age)), np.diff(cols.mention_start))
    # A case's number is its row here; numbers behind the last row are of cases that are absent.
    there = cols.mentions < len(cols.age)
    namer, name = namer[there], cols.mentions[there]
    named = np.column_stack([np.maximum(namer, name), np.minimum(namer, name)])
    both = np.concatenate([pairs, named.astype(np.int64)])
    return np.unique(both, axis=0) if len(both) else both


def _pairs_in_groups(codes: Array, rows: Array) -> Array:
    """Pair each row with the nearest earlier rows of its group; `codes` sorted, `rows` rising."""
    pairs = [np.empty((0, 2), np.int64)]
    for step in range(1, LARGEST_GROUP + 1):
        same = codes[step:] == codes[:-step]
        if not same.any():
            break
        pairs.append(np.column_stack([rows[step:][same], rows[:-step][same]]))
    return np.concatenate(pairs)
