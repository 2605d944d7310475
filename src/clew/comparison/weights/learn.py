"""From counts of linked and unrelated pairs to a table's numbers, shrunk to the declared prior.

Labels are scarce: dozens of series, not thousands. So every number is a posterior mean or mode:
it starts at the declared prior and moves as far as the series carry it. No series: the prior. How
well the weights do on series that they were not learned from is measured here too: their cost
(Cllr) and reliability. docs/method/learning.md says why each rule is what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression, minimize, minimize_scalar
from scipy.stats import beta

from clew.comparison.weights.weight_table import MOST_KEPT
from clew.model.columns import Array
from clew.model.weight import LevelWeights, SetWeights

PSEUDO_LINKS = 20.0
"""Declared: independent links that the prior of one evidence counts as. With 20 series of two
cases the prior and what was seen weigh alike; below ten series the prior speaks louder."""
KEPT_SD = 0.5
"""Declared: how far the kept share of an evidence is expected to lie from 1, either way."""
LEAST_SHARE = 1e-3
"""A learned share lies at least so far from 0 and 1: what no series showed is not impossible."""
INTERVAL = (0.05, 0.95)
RESAMPLED = 200
"""Declared: bootstrap draws over groups of cases behind each 90 % interval."""
BANDS = (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0)
"""Declared: bans at which the reliability curve is cut."""


def fit_levels(prior: LevelWeights, linked: Array, unrelated: Array) -> LevelWeights:
    """Return m of one evidence, drawn to its prior, and monotone against u where that is meant.

    Parameters
    ----------
    linked
        Independent links seen at each level, shape (levels,), may be fractions, >= 0.
    unrelated
        Unrelated pairs seen at each level, shape (levels,). All 0: no order can be checked.
    """
    declared = np.asarray(prior.m)
    # Levels that no pair of the file can reach teach nothing: they keep what was declared.
    seen = unrelated + linked > 0
    m, reach = declared.copy(), declared[seen].sum()
    drawn = linked[seen] + PSEUDO_LINKS * declared[seen] / max(reach, LEAST_SHARE)
    if linked.sum() > 0:
        m[seen] = drawn / drawn.sum()
        if prior.monotone and unrelated.sum() > 0:
            u = (unrelated[seen] + m[seen]) / (unrelated.sum() + 1)
            # Of all ratios that never rise with the level, the likeliest: pooled neighbours.
            m[seen] = isotonic_regression(m[seen] / u, weights=u, increasing=False).x * u
        m[seen] *= reach / m[seen].sum()
    m = m / m.sum()
    return replace(prior, m=tuple(m.tolist()), source=_learned_source(prior.source, linked.sum()))


def interval_of_levels(fitted: LevelWeights, links: float, unrelated: Array) -> list[list[float]]:
    """Return the 90 % interval of each level's weight, bans: how wide few labels leave it."""
    strength = links + PSEUDO_LINKS
    u = (unrelated + np.asarray(fitted.m)) / (unrelated.sum() + 1)
    ends = [beta.ppf(q, strength * np.asarray(fitted.m), strength * (1 - np.asarray(fitted.m)))
            for q in INTERVAL]  # fmt: skip
    low, high = (np.log10(np.maximum(end, 1e-6) / u) for end in ends)
    return [[round(float(a), 2), round(float(b), 2)] for a, b in zip(low, high, strict=True)]


class Trials(NamedTuple):
    """Values of one kind that one case of a linked pair has, and whether the other has it too.

    All shape (trials,): the value's frequency in the file, in (0, 1); 1 where it was repeated;
    the trial's weight in independent links.
    """

    frequency: Array
    hit: Array
    weight: Array


def fit_set(prior: SetWeights, trials: Trials) -> SetWeights:
    """Return the consistency of one kind of value, drawn to its prior.

    A linked record repeats a value steadily, or else by its frequency f: P = c + (1 - c) f. The
    posterior mode of c under a beta prior that counts as PSEUDO_LINKS trials.
    """
    f, hit, weight = trials
    declared = prior.consistency
    if not weight.sum():
        return prior

    def loss(c: float) -> float:
        seen = hit * np.log(c + (1 - c) * f) + (1 - hit) * np.log((1 - c) * (1 - f))
        drawn = declared * np.log(c) + (1 - declared) * np.log(1 - c)
        return -float((weight * seen).sum() + PSEUDO_LINKS * drawn)

    least = minimize_scalar(loss, bounds=(LEAST_SHARE, 1 - LEAST_SHARE), method="bounded")
    source = _learned_source(prior.source, weight.sum())
    return replace(prior, consistency=float(least.x), source=source)


def _learned_source(prior: str, links: float) -> str:
    """Return the source of a learned number: its links, then the prior's own source."""
    own = prior.rsplit("counted as 20. ", maxsplit=1)[-1]  # without an earlier learning's words
    return f"Learned: {links:.1f} independent links, prior counted as {PSEUDO_LINKS:g}. {own}"


def fit_share(declared: float, hits: float, trials: float) -> float:
    """Return P(hit | linked) drawn to the declared one; all weighed in independent links."""
    share = (hits + PSEUDO_LINKS * declared) / (trials + PSEUDO_LINKS)
    return float(np.clip(share, LEAST_SHARE, 1 - LEAST_SHARE))


class Shrinkage(NamedTuple):
    """What share of each evidence is kept, shape (evidences,), and the offset, bans."""

    shares: Array
    offset: float


def fit_kept(findings: Array, linked: Array, weight: Array, links: float) -> Shrinkage:
    """Return the share of each evidence's weight that counts beside the others.

    A logistic fit of linked against unrelated pairs on weights that were learned from other
    series, penalised to "all of each is kept": the declared rule for dependence.

    Parameters
    ----------
    findings
        Weight of each evidence, bans, shape (pairs, evidences).
    linked, weight
        1 for linked pairs, and each pair's weight, shape (pairs,).
    links
        Independent links behind the linked pairs, in which the penalty is counted.
    """
    x = findings * np.log(10.0)
    n = x.shape[1]
    if not links or not (1 - linked).any():
        return Shrinkage(np.ones(n), 0.0)
    prior = np.log((weight * linked).sum() / (weight * (1 - linked)).sum())

    def loss(at: Array) -> tuple[float, Array]:
        score = x @ at[:n] + at[n] + prior
        apart = at[:n] - 1
        value = (weight * (np.logaddexp(0, score) - linked * score)).sum()
        slope = weight * (1 / (1 + np.exp(-score)) - linked)
        gradient = np.append(x.T @ slope + apart / KEPT_SD**2, slope.sum())
        return float(value + (apart**2).sum() / (2 * KEPT_SD**2)), gradient

    bounds = [(0.0, MOST_KEPT)] * n + [(None, None)]
    least = minimize(loss, np.append(np.ones(n), 0.0), jac=True, bounds=bounds, method="L-BFGS-B")
    return Shrinkage(least.x[:n], float(least.x[n] / np.log(10.0)))


def cllr(bans: Array, linked: Array, weight: Array) -> float:
    """Return the cost of log likelihood ratios, bits: 0 perfect, 1 no better than saying nothing.

    Shapes (pairs,): weight of evidence in bans; 1 where linked; the pair's weight.
    Source: Bruemmer and du Preez 2006, Computer Speech and Language 20.
    """
    nats = bans * np.log(10.0)
    costs = []
    for side, sign in ((linked > 0, -1.0), (linked == 0, 1.0)):
        if not weight[side].sum():
            return float("nan")
        bits = np.logaddexp(0, sign * nats[side]) / np.log(2.0)
        costs.append((weight[side] * bits).sum() / weight[side].sum())
    return float(sum(costs) / 2)


def reliability(bans: Array, linked: Array, weight: Array) -> list[dict[str, float]]:
    """Return expected against observed links by band of weight, one row per band.

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
    """Return the 90 % bootstrap interval of a figure of pairs, resampling groups of cases.

    `figure` takes the weight by which each pair is counted, shape (pairs,). `groups` (pairs, 2)
    are the two cases' groups: a pair counts as often as both of them were drawn, on the
    geometric mean, so no pair is drawn apart from the cases it shares.
    """
    names, place = np.unique(groups, return_inverse=True)
    place = place.reshape(groups.shape)
    figures = []
    for _ in range(RESAMPLED):
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)))
        figures.append(figure(np.sqrt(drawn[place[:, 0]] * drawn[place[:, 1]])))
    low, high = np.nanquantile(figures, INTERVAL)
    return float(low), float(high)
