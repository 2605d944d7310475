"""Known series as learning sees them: linked pairs, groups of cases, unrelated pairs, folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from clew.model.case import Case
from clew.model.columns import Array

FOLDS = 5
"""Declared: parts into which series and cases fall for held-out figures."""
UNRELATED_PAIRS = 40_000
"""Declared: unrelated pairs, at most, that are drawn within one fold, or from a whole file."""


@dataclass(frozen=True, slots=True)
class KnownSeries:
    """Series of a file, as rows.

    `pairs` (pairs, 2) later row first; `weight` (pairs,) in independent links: a series of k cases
    holds k - 1 of them, so each of its pairs counts 2 / k; a pair of several series counts least.
    `group` (n,) numbers cases that any chain of series joins: no fold parts them. `series` is how
    many series have two cases or more in the file.
    """

    pairs: Array
    weight: Array
    group: Array
    series: int

    @property
    def links(self) -> float:
        """Independent links."""
        return float(self.weight.sum())

    def only(self, kept: Array) -> KnownSeries:
        """Return what would be known if only the pairs of `kept` (pairs,) were: groups anew.

        `kept` takes or leaves whole groups.
        """
        pairs = self.pairs[kept]
        series = 0 if not len(pairs) else self.series
        return KnownSeries(pairs, self.weight[kept], _groups(pairs, len(self.group)), series)

    @property
    def linked_groups(self) -> Array:
        """Groups with a linked pair, sorted."""
        return np.unique(self.group[self.pairs[:, 0]])


def series_of(cases: Sequence[Case], series: Mapping[str, Sequence[str]]) -> KnownSeries:
    """Return the known series of cases in report order; cases that are not there are left out."""
    row_of = {case.case_id: row for row, case in enumerate(cases)}
    rows = [sorted({row_of[c] for c in listed if c in row_of}) for listed in series.values()]
    weights: dict[tuple[int, int], float] = {}
    for members in rows:
        for a, b in combinations(members, 2):
            share = 2 / len(members)
            weights[b, a] = min(weights.get((b, a), share), share)
    ordered = sorted(weights)
    pairs = np.array(ordered, np.int64).reshape(-1, 2)
    weight = np.array([weights[pair] for pair in ordered])
    group = _groups(pairs, len(cases))
    return KnownSeries(pairs, weight, group, sum(len(members) > 1 for members in rows))


def _groups(pairs: Array, n: int) -> Array:
    """Number the n cases by the chains of pairs that join them, shape (n,)."""
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    found: Array = connected_components(graph, directed=False)[1]
    return found


def unrelated_pairs(rows: Array, group: Array, rng: np.random.Generator) -> Array:
    """Return pairs of `rows` from different groups, later first: all, or UNRELATED_PAIRS drawn."""
    n = len(rows)
    if n * (n - 1) // 2 <= UNRELATED_PAIRS:
        a, b = np.triu_indices(n, 1)
    else:
        a, b = rng.integers(0, n, (2, UNRELATED_PAIRS))
    pairs = np.column_stack([rows[np.maximum(a, b)], rows[np.minimum(a, b)]])
    pairs = pairs[group[pairs[:, 0]] != group[pairs[:, 1]]]
    found: Array = np.unique(pairs, axis=0)
    return found


def folds_of(known: KnownSeries, rng: np.random.Generator) -> Array:
    """Deal the groups of cases into folds, groups with links first; fold of each case, (n,).

    By series and by case, never by pair: no case, and no series, stands in two folds. Fewer folds
    than FOLDS where fewer groups have links; one fold means that nothing can be held out.
    """
    linked = known.linked_groups
    others = np.setdiff1d(known.group, linked)
    folds = max(min(FOLDS, len(linked)), 1)
    order = np.concatenate([rng.permutation(linked), rng.permutation(others)])
    fold_of_group = np.empty(known.group.max() + 1, np.int64)
    fold_of_group[order] = np.arange(len(order)) % folds
    found: Array = fold_of_group[known.group]
    return found
