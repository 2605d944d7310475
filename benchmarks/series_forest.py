"""A pairwise random forest in the way of Patternizr (Chohlas-Wood and Levine, 2019), built anew.

Published: random forests on comparisons of pairs, trained on known patterns; the score of a pair
is the forest's share of trees; a pattern is rebuilt from one of its crimes. Not published in what
we could read, and so chosen here: unlinked pairs for training (drawn at random; as a stricter
peer also those that look most alike), the number of trees, and how a pattern grows: the candidate
with the highest mean score with the crimes so far joins, down to a threshold that rebuilds most
known series of training exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from clew.model.columns import Array
from series_city import City
from series_pairs import density_of, linked_pairs, pair_numbers

TREES, LEAST_LEAF, UNLINKED_A_LINKED = 100, 3, 10
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
LARGEST = 30
Near = dict[int, dict[int, float]]


@dataclass(frozen=True)
class Rebuilt:
    """Shares of series rebuilt from one of their crimes: exactly, and at least in part."""

    exact: float
    partial: float
    threshold: float


def numbers_of(city: City, pairs: Array) -> Array:
    """Return what the forest reads of pairs; missing is -1."""
    return np.nan_to_num(pair_numbers(city, density_of(city), pairs[:, 0], pairs[:, 1]), nan=-1.0)


def unlinked(city: City, alike: Array | None, count: int, rng: np.random.Generator) -> Array:
    """Draw unlinked pairs: of all, or of those that look `alike`."""
    if alike is None:
        pairs = rng.integers(0, len(city.x), (count, 2))
    else:
        pairs = alike[rng.permutation(len(alike))[:count]]
    return pairs[city.series[pairs[:, 0]] != city.series[pairs[:, 1]]]


def fit_forest(city: City, among: Array, alike: Array | None, seed: int) -> RandomForestClassifier:
    """Fit on the series of the rows that `among` marks, and on unlinked pairs of those rows."""
    rng = np.random.default_rng(seed)
    a, b, _ = linked_pairs(city)
    kept = among[a] & among[b]
    linked = np.column_stack([a, b])[kept]
    other = unlinked(city, alike, UNLINKED_A_LINKED * len(a), rng)
    other = other[among[other].all(axis=1)]
    told = numbers_of(city, np.concatenate([linked, other]))
    truth = np.r_[np.ones(len(linked)), np.zeros(len(other))]
    forest = RandomForestClassifier(TREES, min_samples_leaf=LEAST_LEAF, n_jobs=1, random_state=seed)
    return forest.fit(told, truth)


def score(forest: RandomForestClassifier, city: City, pairs: Array) -> Array:
    """Return the forest's score of each pair, in [0, 1]."""
    parts = np.array_split(pairs, max(1, len(pairs) // 100_000))
    scores = [forest.predict_proba(numbers_of(city, part))[:, 1] for part in parts]
    joined: Array = np.concatenate(scores)
    return joined


def near_of(pairs: Array, scores: Array) -> Near:
    """Return every case's candidates and their scores."""
    near: Near = {}
    for (a, b), value in zip(pairs.tolist(), scores.tolist(), strict=True):
        near.setdefault(a, {})[b] = value
        near.setdefault(b, {})[a] = value
    return near


def grow(near: Near, seed: int, threshold: float) -> set[int]:
    """Grow a pattern from one crime by the highest mean score with the crimes so far."""
    members, total = {seed}, dict(near.get(seed, {}))
    while total and len(members) < LARGEST:
        best = max(total, key=lambda case: (total[case], -case))
        if total[best] / len(members) < threshold:
            break
        members.add(best)
        further = near.get(best, {})
        total = {
            case: total.get(case, 0.0) + further.get(case, 0.0)
            for case in total.keys() | further.keys()
            if case not in members
        }
    return members


def seeds_of(city: City, among: Array) -> list[int]:
    """Return one crime of each series of the marked rows: the first in the file."""
    size = np.bincount(city.series)
    rows = np.flatnonzero(among & (size[city.series] > 1))
    _, first = np.unique(city.series[rows], return_index=True)
    found: list[int] = rows[first].tolist()
    return found


def rebuild(city: City, near: Near, threshold: float, seeds: list[int]) -> Rebuilt:
    """Rebuild the series of all seeds and say how many came out exactly and in part."""
    size = np.bincount(city.series)
    exact = partial = 0
    for seed in seeds:
        members = grow(near, seed, threshold)
        hit = sum(city.series[member] == city.series[seed] for member in members)
        partial += hit > 1
        exact += hit == len(members) == size[city.series[seed]]
    return Rebuilt(exact / len(seeds), partial / len(seeds), threshold)


def tune(city: City, pairs: Array, alike: Array | None, seed: int) -> Rebuilt:
    """Choose the threshold on half of the known series, with a forest fitted on the other half."""
    half = city.series % 2 == 0
    forest = fit_forest(city, half, alike, seed)
    kept = pairs[~half[pairs].any(axis=1)]
    near = near_of(kept, score(forest, city, kept))
    seeds = seeds_of(city, ~half)
    tried = [rebuild(city, near, threshold, seeds) for threshold in THRESHOLDS]
    return max(tried, key=lambda found: (found.exact, found.partial))
