"""Pairs of the made-up city: what is compared, and the weights that known series teach.

One list of comparisons feeds both ways of linking, so that they know the same of each pair.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from clew.model.columns import Array
from series_city import FIELDS, WORDS, City

DISTANCES = np.array([0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24])
GAPS = np.array([0.5, 1, 2, 4, 7, 14, 21, 30, 45, 60, 90, 150, 365, 730])
HOURS = np.array([0.5, 1, 2, 3, 4, 6, 8, 10])
HEIGHTS = AGES = np.array([1.0, 2, 4, 6, 9, 12, 16, 22])
PSEUDO = 5.0
"""Declared: pairs by which a level's share among linked pairs is drawn to that among unrelated."""
RANDOM_PAIRS = 400_000
LONG = len(FIELDS)
NAMES = ("km", "days", "hours", "height", "age", "density", "words", "rarity of words", "weekday")
"""Numbers of a pair before its fields; each field then gives a match and its rarity."""


@dataclass(frozen=True)
class Weights:
    """Bans: a table each for place with time, hour, estimates; q, frequency of fields; words."""

    place_time: Array
    hour: Array
    height: Array
    age: Array
    agree: Array
    differ: Array
    word: Array
    density: float = 0.5

    def scaled(self, slopes: Sequence[float]) -> Weights:
        """Return all tables times a slope each: place and time, density, hour, estimates, ..."""
        place, dense, hour, person, fields, words = slopes
        return Weights(
            self.place_time * place,
            self.hour * hour,
            self.height * person,
            self.age * person,
            self.agree * fields,
            self.differ * fields,
            self.word * words,
            self.density * dense,
        )


def pair_numbers(city: City, density: Array, a: Array, b: Array) -> Array:
    """Return the numbers of pairs, (pairs, 9 + 2 x fields); missing is nan."""
    n_word = np.bincount(city.words[city.words >= 0], minlength=WORDS)
    rare = np.log10(len(city.x) / np.maximum(n_word, 1))
    same = (city.words[a][:, :, None] == city.words[b][:, None, :]) & (
        city.words[a][:, :, None] >= 0
    )
    shared = same.any(axis=2)
    hour = np.abs(city.hour[a] - city.hour[b])
    days = np.abs(city.day[a] - city.day[b])
    estimates = np.abs(city.estimates[a] - city.estimates[b])
    columns = [
        np.hypot(city.x[a] - city.x[b], city.y[a] - city.y[b]),
        days,
        np.minimum(hour, 24 - hour),
        estimates[:, 0],
        estimates[:, 1],
        np.sqrt(density[a] * density[b]),
        shared.sum(axis=1),
        (shared * rare[city.words[a]]).sum(axis=1),
        (np.floor(city.day[a]) - np.floor(city.day[b])) % 7 == 0,
    ]
    for f in range(LONG):
        one, other = city.fields[a, f], city.fields[b, f]
        known = (one >= 0) & (other >= 0)
        share = np.bincount(city.fields[city.fields[:, f] >= 0, f], minlength=FIELDS[f])
        share = -np.log10(share / share.sum())
        columns += [
            np.where(known, one == other, np.nan),
            np.where(known & (one == other), share[one], 0),
        ]
    return np.column_stack(columns)


def density_of(city: City) -> Array:
    """Cases within a kilometre of each, against the mean of all; at least one half a case."""
    points = np.column_stack([city.x, city.y])
    tree = cKDTree(points)
    count = np.array(tree.query_ball_point(points, 1.0, return_length=True), float) - 0.5
    return count / count.mean()


def linked_pairs(city: City) -> tuple[Array, Array, Array]:
    """Return all pairs of one series, rows a > b, and the share with which each counts.

    The pairs of a series of k together count k - 1, so that long series do not rule.
    """
    order = np.argsort(city.series, kind="stable")
    cut = np.flatnonzero(np.r_[True, np.diff(city.series[order]) != 0])
    size = np.diff(np.r_[cut, len(order)])
    found = []
    for k in np.unique(size[size > 1]):
        rows = order[cut[size == k][:, None] + np.arange(k)]
        i, j = np.triu_indices(k, 1)
        pairs = np.column_stack([rows[:, i].ravel(), rows[:, j].ravel()])
        found.append(np.column_stack([pairs, np.full(len(pairs), 2 / k)]))
    every = np.concatenate(found)
    a, b = every[:, :2].max(axis=1).astype(int), every[:, :2].min(axis=1).astype(int)
    return a, b, every[:, 2]


def learn_weights(city: City, seed: int) -> Weights:
    """Learn every table from the known series of a city; place and time are taken together."""
    rng = np.random.default_rng(seed)
    density = density_of(city)
    a, b, counts = linked_pairs(city)
    c, d = rng.integers(0, len(city.x), (2, RANDOM_PAIRS))
    kept = city.series[c] != city.series[d]
    one = pair_numbers(city, density, a, b)
    other = pair_numbers(city, density, c[kept], d[kept])
    tables = []
    for column, bins in ((2, HOURS), (3, HEIGHTS), (4, AGES)):
        tables.append(_table(one[:, column], other[:, column], bins, counts))
    joint = np.column_stack([np.digitize(one[:, 0], DISTANCES), np.digitize(one[:, 1], GAPS)])
    shape = (len(DISTANCES) + 1, len(GAPS) + 1)
    # Unrelated crimes fall anywhere in time, so place and time are independent among them.
    near = np.bincount(np.digitize(other[:, 0], DISTANCES), minlength=shape[0]) / len(other)
    soon = np.bincount(np.digitize(other[:, 1], GAPS), minlength=shape[1]) / len(other)
    u = np.maximum(np.outer(near, soon), 1e-9)
    m = np.zeros(shape)
    np.add.at(m, (joint[:, 0], joint[:, 1]), counts)
    rows, columns = m.sum(axis=1) / m.sum(), m.sum(axis=0) / m.sum()
    drawn = np.outer(rows, columns) * 50 + u
    place_time = np.log10((m + drawn) / (m.sum() + drawn.sum()) / u)
    agree = np.zeros((LONG, max(FIELDS)))
    differ = np.zeros(LONG)
    for f, size in enumerate(FIELDS):
        agree[f, :size], differ[f] = _field(city, one[:, 9 + 2 * f], counts, f)
    return Weights(place_time, *tables, agree, differ, _words(city, (a, b), counts))


def _table(linked: Array, unrelated: Array, bins: Array, counts: Array) -> Array:
    """Log10 of shares by level, drawn to 1 by pseudo-counts; missing pairs are left out."""
    known, seen = ~np.isnan(linked), ~np.isnan(unrelated)
    m = np.bincount(
        np.digitize(linked[known], bins), weights=counts[known], minlength=len(bins) + 1
    )
    u = np.bincount(np.digitize(unrelated[seen], bins), minlength=len(bins) + 1) / seen.sum()
    u = np.maximum(u, 1e-6)
    weights: Array = np.log10((m + PSEUDO * u) / (m.sum() + PSEUDO) / u)
    return weights


def _field(city: City, match: Array, counts: Array, f: int) -> tuple[Array, float]:
    """Weights of one field: q, the share of linked pairs in which the habit shows in both.

    Agreeing on a value of frequency p is worth q / p + 1 - q, differing 1 - q.
    """
    known = ~np.isnan(match)
    share = np.bincount(city.fields[city.fields[:, f] >= 0, f], minlength=FIELDS[f])
    share = share / share.sum()
    seen = np.average(match[known], weights=counts[known])
    q = min(max((seen - (share**2).sum()) / (1 - (share**2).sum()), 0.01), 0.99)
    return np.log10(q / np.maximum(share, 1e-4) + 1 - q), math.log10(1 - q)


def _words(city: City, pairs: tuple[Array, Array], counts: Array) -> Array:
    """Weight of a word in both, by bands of its frequency: a rare word in both says more."""
    n_word = np.bincount(city.words[city.words >= 0], minlength=WORDS)
    share = n_word / len(city.x)
    a, b = pairs
    same = (city.words[a][:, :, None] == city.words[b][:, None, :]).any(axis=2)
    same &= city.words[a] >= 0
    both = np.bincount(
        city.words[a][same], weights=np.repeat(counts, same.sum(axis=1)), minlength=WORDS
    )
    band = np.minimum((np.log10(share / share.max() + 1e-9) * -4).astype(int), 11)
    expected = np.bincount(band, weights=share**2 * counts.sum(), minlength=12)
    seen = np.bincount(band, weights=both, minlength=12)
    by_band = np.log10((seen + PSEUDO * expected / counts.sum()) / np.maximum(expected, 1e-9))
    return np.maximum(by_band, 0)[band]
