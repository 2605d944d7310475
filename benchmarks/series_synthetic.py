"""Series of a made-up city, rebuilt: a pairwise random forest in the way of Patternizr, and Clew's.

Patternizr (Chohlas-Wood and Levine, 2019) rebuilds about a third of its held-out patterns exactly
and about four fifths at least in part. The difficulty at which the forest that we built anew does
the same was set by looking at the forest alone, and frozen before Clew's way of forming series was
run on it: `FROZEN` with 400 series, `FROZEN_LARGE` with 10,000, where more crimes look alike by
chance. The full runs take more than an hour of one core each and tell each row as it comes;
`python benchmarks/series_synthetic.py 1000` is a quick look.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import chain

import numpy as np

from clew.series.assessment import Assessment
from series_city import ONE_OFFS, Difficulty
from series_pairs import Weights
from series_rebuild import CANDIDATES, Halves, Terms, calibrated, make_halves, run_forest, run_ours

FROZEN = Difficulty(keeps=0.7, evenness=30, spread_km=1.5, gap_days=15, size=6)
FROZEN_LARGE = Difficulty(keeps=0.74, evenness=30, spread_km=1.5, gap_days=15, size=6.7)
"""The forest of 10,000 series rebuilds .287 and .754 with FROZEN, .318 and .801 with this."""
SERIES = 10_000
"""Labelled series altogether, half to learn from and half held out."""
MEANS = ((3.0, 0.0), (3.5, 0.0), (4.0, 0.0), (4.5, 0.0))
FRESH = (
    (4.5, 0.05), (4.75, 0.05),
    (4.0, 0.1), (4.25, 0.1), (4.5, 0.1), (4.75, 0.1), (5.0, 0.1),
    (4.75, 0.15), (5.0, 0.15),
)  # fmt: skip
"""Tried on the known series: prior odds against, bans, and how far further pairs are fresh."""
HEADER = (
    "| way | rebuilt exactly | in part | pair precision | recall | B-cubed precision | recall |"
    " threshold |\n|---|--:|--:|--:|--:|--:|--:|--:|"
)


def row(name: str, seen: Assessment, least: str) -> str:
    """Return one line of the table."""
    shares = (
        seen.exact, seen.partial, seen.pair_precision, seen.pair_recall,
        seen.bcubed_precision, seen.bcubed_recall,
    )  # fmt: skip
    return f"| {name} | {' | '.join(f'{share:.3f}' for share in shares)} | {least} |"


def told(terms: Terms) -> str:
    """Return terms as the table tells them."""
    return f"{terms[0]:g} bans, fresh {terms[1]:g}"


def head(halves: Halves, difficulty: Difficulty) -> str:
    """Return what the series are, and how many linked pairs the candidates hold."""
    held = halves.held
    among = held.series[halves.held_pairs]
    size = np.bincount(held.series)
    reached = (among[:, 0] == among[:, 1]).sum() / (size * (size - 1) // 2).sum()
    series = (size > 1).sum() + (np.bincount(halves.known.series) > 1).sum()
    return (
        f"{series:,} labelled series, half of them held out: {(size > 1).sum():,} series among "
        f"{len(held.x):,} crimes ({ONE_OFFS:g} one-offs to each crime of a series); the "
        f"{CANDIDATES} heaviest mates of each case hold {reached:.1%} of the linked pairs. "
        f"Difficulty: {difficulty}."
    )


def forests(halves: Halves, seed: int, parted: bool) -> Iterator[str]:
    """Yield what the forest rebuilds from one crime, and as a partition where that is asked."""
    for name, alike in (("random", False), ("look-alike", True)):
        grown, partition = run_forest(halves, alike, seed)
        yield (
            f"| forest, {name} unlinked pairs, grown from one crime | {grown.exact:.3f} |"
            f" {grown.partial:.3f} | | | | | {grown.threshold:g} |"
        )
        if parted:
            yield row("the same forest, as a partition", partition, f"{grown.threshold:g}")


def ours(halves: Halves, kinds: dict[str, Weights]) -> Iterator[str]:
    """Yield what Clew rebuilds by each kind of weights."""
    for name, tried in (("by means", MEANS), ("further pairs partly fresh", FRESH)):
        for kind, weights in kinds.items():
            terms, seen = run_ours(halves, weights, tried)
            yield row(f"Clew's partition, {name}, {kind} weights", seen, told(terms))


def main(series: int = SERIES, seed: int = 0, difficulty: Difficulty = FROZEN) -> str:
    """Return the table; tell each of its lines as it comes, since the whole takes long.

    With `FROZEN` all ways; with any other the forests from one crime and calibrated weights.
    """
    began = time.perf_counter()
    halves, whole = make_halves(series, difficulty, seed), difficulty == FROZEN
    kinds = {"learned": halves.weights} if whole else {}
    kinds["calibrated"] = calibrated(halves)
    lines = [head(halves, difficulty), "", HEADER]
    for line in chain(forests(halves, seed, whole), ours(halves, kinds)):
        print(line, file=sys.stderr, flush=True)
        lines.append(line)
    lines += ["", f"Time: {time.perf_counter() - began:,.0f} s on one core."]
    return "\n".join(lines)


def large() -> str:
    """Return the table with `FROZEN_LARGE`."""
    return main(difficulty=FROZEN_LARGE)


if __name__ == "__main__":
    print(main(*(int(argument) for argument in sys.argv[1:3])))
