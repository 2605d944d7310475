"""Series of a made-up city, rebuilt: a pairwise random forest in the way of Patternizr, and Clew's.

Patternizr (Chohlas-Wood and Levine, 2019) rebuilds about a third of its held-out patterns exactly
and about four fifths at least in part. `FROZEN` is the difficulty at which the forest that we built
anew does the same; it was set by looking at the forest alone, and frozen before Clew's way of
forming series was run on it. `python benchmarks/series_synthetic.py 10000` is the full run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from clew.model.columns import Array
from clew.series.assessment import Assessment, assess_partition
from clew.series.partition import partition_cases
from series_city import ONE_OFFS, City, Difficulty, make_city
from series_forest import Rebuilt, fit_forest, near_of, rebuild, score, seeds_of, tune
from series_kernel import Weighed
from series_pairs import Weights, learn_weights

FROZEN = Difficulty(keeps=0.7, evenness=30, spread_km=1.5, gap_days=15, size=6)
SERIES = 1_000
"""Labelled series altogether, half to learn from and half held out; 10,000 is the full run."""
CANDIDATES = 40
"""Mates of each case that either way looks at: the heaviest of all pairs, by one list for both."""
TERMS = (
    (3.0, 0.0),
    (3.5, 0.0),
    (4.0, 0.0),
    (4.0, 0.15),
    (4.5, 0.15),
    (4.5, 0.25),
    (5.0, 0.25),
    (5.5, 0.5),
    (6.5, 0.5),
)
"""Tried on the known series: prior odds against, bans, and how far further pairs are fresh."""
FLOOR = -1.5
"""Bans: links below join nothing, and are weighed only where groups meet through others."""

Terms = tuple[float, float]


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


def never(_higher: int, _lower: int) -> float:
    """Score pairs that are not among the candidates as the forest scores what it never saw."""
    return 0.0


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
    return assess(city, partition_cases(links, weighed.weigher(), *terms))


def run_ours(halves: Halves, weights: Weights, tried: Sequence[Terms]) -> tuple[Terms, Assessment]:
    """Choose the terms on the known series, and form the held-out ones."""
    known, pairs = halves.known, halves.known_pairs
    best = max(tried, key=lambda terms: part(known, weights, pairs, terms).exact)
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


def row(name: str, seen: Assessment, least: str) -> str:
    """Return one line of the table."""
    shares = (
        seen.exact, seen.partial, seen.pair_precision, seen.pair_recall,
        seen.bcubed_precision, seen.bcubed_recall,
    )  # fmt: skip
    return f"| {name} | {' | '.join(f'{share:.3f}' for share in shares)} | {least} |"


def main(series: int = SERIES, seed: int = 0, difficulty: Difficulty = FROZEN) -> str:
    """Return the table."""
    began = time.perf_counter()
    halves = make_halves(series, difficulty, seed)
    known = (halves.held.series[halves.held_pairs[:, 0]] == halves.held.series[
        halves.held_pairs[:, 1]]).sum()  # fmt: skip
    size = np.bincount(halves.held.series)
    reached = known / (size * (size - 1) // 2).sum()
    lines = [
        f"{series:,} labelled series, half of them held out: {(size > 1).sum():,} series among "
        f"{len(halves.held.x):,} crimes ({ONE_OFFS:g} one-offs to each crime of a series); the "
        f"{CANDIDATES} heaviest mates of each case hold {reached:.1%} of the linked pairs. "
        f"Difficulty: {difficulty}.",
        "",
        "| way | rebuilt exactly | in part | pair precision | recall | B-cubed precision | recall |"
        " threshold |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, alike in (("random", False), ("look-alike", True)):
        grown, parted = run_forest(halves, alike, seed)
        lines.append(
            f"| forest, {name} unlinked pairs, grown from one crime | {grown.exact:.3f} |"
            f" {grown.partial:.3f} | | | | | {grown.threshold:g} |"
        )
        lines.append(row("the same forest, as a partition", parted, f"{grown.threshold:g}"))
    means = [terms for terms in TERMS if not terms[1]]
    sums = calibrated(halves)
    for name, weights, tried in (
        ("by means, learned weights", halves.weights, means),
        ("by means, calibrated weights", sums, means),
        ("further pairs partly fresh, calibrated weights", sums, TERMS),
    ):
        (least, fresh), seen = run_ours(halves, weights, tried)
        lines.append(row(f"Clew's partition, {name}", seen, f"{least:g} bans, fresh {fresh:g}"))
    lines += ["", f"Time: {time.perf_counter() - began:,.0f} s on one core."]
    return "\n".join(lines)


if __name__ == "__main__":
    print(main(*(int(argument) for argument in sys.argv[1:3])))
