"""Series of a made-up city formed by a forest and by Clew, from known series to learn from."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from clew.model.columns import Array
from clew.series.assessment import Assessment, assess_partition
from clew.series.partition import Across, partition_cases
from series_city import City, Difficulty, make_city
from series_forest import Rebuilt, fit_forest, near_of, rebuild, score, seeds_of, tune
from series_kernel import Weighed
from series_pairs import Weights, learn_weights

CANDIDATES = 40
"""Mates of each case that either way looks at: the heaviest of all pairs, by one list for both."""
FLOOR = -1.5
"""Bans: links below join nothing, and are weighed only where groups meet through others."""
IN_PART = 0.9
"""Declared goal (decisions, 22): the most exact terms that reach it on known series are taken."""

Terms = tuple[float, float]
"""Prior odds against, bans, and how far further pairs are fresh."""


@dataclass(frozen=True)
class Halves:
    """The known series and those held out, with the candidates of each."""

    known: City
    held: City
    weights: Weights
    known_pairs: Array
    held_pairs: Array


def make_halves(series: int, difficulty: Difficulty, seed: int) -> Halves:
    """Draw both cities, learn weights from the known one, and list candidates."""
    known = make_city(series // 2, difficulty, 2 * seed + 1)
    held = make_city(series - series // 2, difficulty, 2 * seed + 2)
    weights = learn_weights(known, seed)
    pairs = (Weighed(city, weights).candidates(CANDIDATES) for city in (known, held))
    return Halves(known, held, weights, *pairs)


def run_forest(halves: Halves, alike: bool, seed: int) -> tuple[Rebuilt, Assessment]:
    """Return what the forest rebuilds of the held-out series, from seeds and as a partition."""
    known, held = halves.known, halves.held
    near_pairs = halves.known_pairs if alike else None
    threshold = tune(known, halves.known_pairs, near_pairs, seed).threshold
    forest = fit_forest(known, np.ones(len(known.x), bool), near_pairs, seed)
    scores = score(forest, held, halves.held_pairs)
    near = near_of(halves.held_pairs, scores)
    grown = rebuild(held, near, threshold, seeds_of(held, np.ones(len(held.x), bool)))
    links = links_of(halves.held_pairs, scores)
    parted = partition_cases(links, never, threshold)
    return grown, assess(held, parted)


def never(groups: Across) -> list[float]:
    """Score pairs that are not among the candidates as the forest scores what it never saw."""
    return [0.0] * len(groups)


def links_of(pairs: Array, values: Array) -> dict[tuple[int, int], float]:
    """Return values by pair."""
    rows = ((a, b) for a, b in pairs.tolist())
    return dict(zip(rows, values.tolist(), strict=True))


def assess(city: City, groups: dict[int, int]) -> Assessment:
    """Compare a partition with the true series."""
    found = {str(row): group for row, group in groups.items()}
    return assess_partition(found, {str(row): int(s) for row, s in enumerate(city.series)})


def part(city: City, weights: Weights, pairs: Array, terms: Terms) -> Assessment:
    """Form series of a city on given terms, and assess them."""
    weighed = Weighed(city, weights)
    bans = weighed.weigh_pairs(pairs)
    links = links_of(pairs[bans > FLOOR], bans[bans > FLOOR])
    return assess(city, partition_cases(links, weighed.across, *terms))


def run_ours(halves: Halves, weights: Weights, tried: Sequence[Terms]) -> tuple[Terms, Assessment]:
    """Choose the terms on the known series, and form the held-out ones."""
    known, pairs = halves.known, halves.known_pairs

    def worth(terms: Terms) -> tuple[bool, float]:
        seen = part(known, weights, pairs, terms)
        found = f"{seen.exact:.3f} exactly, {seen.partial:.3f} in part"
        print(f"  {terms} on known series: {found}", file=sys.stderr, flush=True)
        return seen.partial >= IN_PART, seen.exact

    best = max(tried, key=worth)
    return best, part(halves.held, weights, halves.held_pairs, best)


def calibrated(halves: Halves) -> Weights:
    """Scale each kind of finding by a slope of logistic regression on the known candidates.

    Findings of one offender come together (who keeps one habit keeps the others), so plain adding
    counts some of them twice; one slope a kind is the whole correction, and stays additive.
    """
    pairs, known = halves.known_pairs, halves.known
    kinds = np.eye(6)
    told = [Weighed(known, halves.weights.scaled(row)).weigh_pairs(pairs) for row in kinds]
    linked = known.series[pairs[:, 0]] == known.series[pairs[:, 1]]
    fitted = LogisticRegression(C=1e6, max_iter=500).fit(np.column_stack(told), linked)
    return halves.weights.scaled((fitted.coef_[0] / np.log(10)).tolist())
