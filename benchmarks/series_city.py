"""A made-up city of crimes with labelled series, for benchmarks/series_synthetic.py.

Nothing here was drawn up after Clew's own evidence: places, times, nine coded fields, two estimates
and free words, as in the five kinds of similarity that Patternizr uses (Chohlas-Wood and Levine,
2019: location, date and time, category, suspect, words). All numbers are declared; `Difficulty` was
set so that the re-implemented random forest does what is published, and then frozen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clew.model.columns import Array

SIDE_KM, HUBS = 30.0, 40
DAYS_A_SERIES = 0.73
"""5,000 series in ten years; a smaller file is a shorter time at the same rate of crimes."""
FIELDS = (6, 8, 12, 16, 24, 30, 10, 5, 40)
"""Values of each coded field; their frequencies fall as 1 / rank."""
WORDS, WORDS_A_CRIME, SIGNATURE = 600, 6, 4
ONE_OFFS = 2.0
"""One-off crimes to each crime of a series."""
MISSING = 0.25
"""decisions: moderate noise has a quarter of the fields missing."""


@dataclass(frozen=True)
class Difficulty:
    """How hard it is to tell the series of a city.

    `keeps`: mean share of habits shown; `evenness`: how alike series are in that (Beta);
    `spread_km`, `gap_days`: middle distance from the anchor and gap of a series; `size`: mean
    number of its crimes, two and more.
    """

    keeps: float
    evenness: float
    spread_km: float
    gap_days: float
    size: float


@dataclass(frozen=True)
class City:
    """Crimes, one element or row each.

    x, y (km), day, hour, fields (n, 9; -1 missing), estimates (n, 2; nan missing), words
    (n, WORDS_A_CRIME; sorted, -1 none) and series (n,), one-offs with numbers of their own.
    """

    x: Array
    y: Array
    day: Array
    hour: Array
    fields: Array
    estimates: Array
    words: Array
    series: Array


def _frequencies(size: int) -> Array:
    raw = 1 / np.arange(1, size + 1)
    share: Array = raw / raw.sum()
    return share


def make_city(series: int, difficulty: Difficulty, seed: int) -> City:
    """Draw a city with `series` series of two and more crimes, and its one-offs."""
    rng = np.random.default_rng(seed)
    sizes = 2 + rng.geometric(1 / (difficulty.size - 1), series) - 1
    offs = int(ONE_OFFS * sizes.sum())
    label = np.concatenate([np.repeat(np.arange(series), sizes), series + np.arange(offs)])
    offenders, n = series + offs, len(label)
    hub = rng.uniform(0, SIDE_KM, (HUBS, 2))
    at = hub[rng.choice(HUBS, offenders, p=_frequencies(HUBS))]
    anchor = at + rng.normal(0, 2.5, (offenders, 2))
    spread = difficulty.spread_km * rng.lognormal(0, 0.7, offenders)
    point = anchor[label] + rng.normal(0, 1, (n, 2)) * spread[label, None]
    begins = rng.uniform(0, DAYS_A_SERIES * series, offenders)
    gap = difficulty.gap_days * rng.lognormal(0, 0.8, offenders)
    step = rng.exponential(1, n) * gap[label]
    first = np.r_[True, label[1:] != label[:-1]]
    total = np.cumsum(np.where(first, 0, step))
    day = begins[label] + total - np.repeat(total[first], np.diff(np.r_[np.flatnonzero(first), n]))
    habit_hour = rng.choice([2.0, 11.0, 15.0, 21.0], offenders) + rng.normal(0, 3, offenders)
    hour = (habit_hour[label] + rng.normal(0, 2.5, n)) % 24
    a = difficulty.keeps * difficulty.evenness
    keeps = rng.beta(a, difficulty.evenness - a, offenders)[label]
    fields = np.empty((n, len(FIELDS)), np.int64)
    for f, size in enumerate(FIELDS):
        share = _frequencies(size)
        habit = rng.choice(size, offenders, p=share)[label]
        fields[:, f] = np.where(rng.random(n) < keeps, habit, rng.choice(size, n, p=share))
    fields[rng.random(fields.shape) < MISSING] = -1
    true = np.column_stack([rng.normal(178, 8, offenders), rng.gamma(6, 5, offenders) + 12])[label]
    estimates = true + rng.normal(0, 1, (n, 2)) * np.array([5.0, 5.0])
    estimates[rng.random((n, 2)) < 2 * MISSING] = np.nan
    words = _draw_words(rng, label, offenders, keeps)
    order = rng.permutation(n)
    parts = (point[:, 0], point[:, 1], day, hour, fields, estimates, words, label)
    return City(*(part[order] for part in parts))


def _draw_words(rng: np.random.Generator, label: Array, offenders: int, keeps: Array) -> Array:
    """Words of each report: some of the offender's own, the others anybody's; none twice."""
    share = _frequencies(WORDS)
    own = rng.choice(WORDS, (offenders, SIGNATURE), p=share)[label]
    words = rng.choice(WORDS, (len(label), WORDS_A_CRIME), p=share)
    shown = rng.random(own.shape) < keeps[:, None]
    words[:, :SIGNATURE] = np.where(shown, own, words[:, :SIGNATURE])
    words.sort(axis=1)
    words[:, 1:][words[:, 1:] == words[:, :-1]] = -1
    words.sort(axis=1)
    return words
