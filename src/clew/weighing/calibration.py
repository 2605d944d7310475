"""How well weights hold on series that they were not learned from: Cllr and reliability."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clew.model.columns import Array

RESAMPLED = 200
"""Declared: bootstrap draws over groups of cases behind each 90 % interval."""
BANDS = (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0)
"""Declared: bans at which the reliability curve is cut."""


def cllr(bans: Array, linked: Array, weight: Array) -> float:
    """Return the cost of log likelihood ratios, bits: 0 perfect, 1 no better than saying nothing.

    Shapes (pairs,): weight of evidence in bans; 1 where linked; the pair's weight.
    Source: Bruemmer and du Preez 2006, Computer Speech and Language 20.
    """
    nats = bans * np.log(10.0)
    costs = []
    for of, sign in ((linked > 0, -1.0), (linked == 0, 1.0)):
        if not weight[of].sum():
            return float("nan")
        bits = np.logaddexp(0, sign * nats[of]) / np.log(2.0)
        costs.append((weight[of] * bits).sum() / weight[of].sum())
    return float(sum(costs) / 2)


def reliability(bans: Array, linked: Array, weight: Array) -> list[dict[str, float]]:
    """Return expected against observed links by band of weight, one row a band.

    Expected is what the calibrated weights say at the odds of these very pairs.
    """
    odds = (weight * linked).sum() / (weight * (1 - linked)).sum()
    chance = 1 / (1 + 10.0 ** -(bans + np.log10(odds)))
    band = np.searchsorted(BANDS, bans)
    ends = [*BANDS, float("inf")]
    return [
        {
            "up_to_bans": ends[k],
            "pairs": int((band == k).sum()),
            "expected": round(float((weight * chance)[band == k].sum()), 2),
            "observed": round(float((weight * linked)[band == k].sum()), 2),
        }
        for k in range(len(ends))
    ]


def interval(
    figure: Callable[[Array], float], groups: Array, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the 90 % bootstrap interval of a figure of pairs, drawing groups of cases anew.

    `figure` takes the weight by which each pair is counted, shape (pairs,). `groups` (pairs, 2)
    holds the two cases' groups: a pair counts as often as both of them were drawn, on the
    geometric mean, so no pair is drawn apart from the cases it shares.
    """
    names, place = np.unique(groups, return_inverse=True)
    place = place.reshape(groups.shape)
    found = []
    for _ in range(RESAMPLED):
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)))
        found.append(figure(np.sqrt(drawn[place[:, 0]] * drawn[place[:, 1]])))
    low, high = np.nanquantile(found, [0.05, 0.95])
    return float(low), float(high)
