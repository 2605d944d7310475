"""Every pair of the made-up city weighed and ranked, exact: compiled, since there are many."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from clew.model.columns import Array
from series_city import City
from series_pairs import DISTANCES, GAPS, HEIGHTS, HOURS, LONG, Weights, density_of


def compiled(function):  # type: ignore[no-untyped-def]
    """Compile without counting references, which would cost twenty times the work itself."""
    return njit(_nrt=False, cache=True)(function)


@compiled
def level(bins, value):  # type: ignore[no-untyped-def]
    """Return how many bounds a value reaches."""
    k = 0
    while k < bins.shape[0] and value >= bins[k]:
        k += 1
    return k


@compiled
def weigh(city, weights, bounds, i, j):  # type: ignore[no-untyped-def]
    """Bans of one pair; `city`, `weights` and `bounds` are tuples of arrays."""
    x, y, day, hour, fields, estimates, words, density = city
    place_time, hours, heights, ages, agree, differ, word = weights
    distances, gaps, of_hours, of_years = bounds
    km = math.sqrt((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2)
    total = place_time[level(distances, km), level(gaps, abs(day[i] - day[j]))]
    total -= density[i] + density[j]
    apart = abs(hour[i] - hour[j])
    total += hours[level(of_hours, min(apart, 24 - apart))]
    for e in range(2):
        off = abs(estimates[i, e] - estimates[j, e])
        if off == off:  # noqa: PLR0124 - not missing
            total += heights[level(of_years, off)] if e == 0 else ages[level(of_years, off)]
    for f in range(fields.shape[1]):
        one, other = fields[i, f], fields[j, f]
        if one >= 0 and other >= 0:
            total += agree[f, one] if one == other else differ[f]
    p = q = 0
    while p < words.shape[1] and q < words.shape[1]:
        if words[i, p] == words[j, q]:
            total += word[words[i, p]] if words[i, p] >= 0 else 0.0
            p += 1
            q += 1
        elif words[i, p] < words[j, q]:
            p += 1
        else:
            q += 1
    return total


@compiled
def _keep(best, rows, i, weight, j):  # type: ignore[no-untyped-def]
    k = best.shape[1] - 1
    if weight <= best[i, k]:
        return
    while k > 0 and best[i, k - 1] < weight:
        best[i, k] = best[i, k - 1]
        rows[i, k] = rows[i, k - 1]
        k -= 1
    best[i, k] = weight
    rows[i, k] = j


@compiled
def _rank(city, weights, bounds, most, best, rows):  # type: ignore[no-untyped-def]
    """Rank all pairs, exact; where place, time and `most` cannot reach either list, no more."""
    x, y, day, density = city[0], city[1], city[2], city[7]
    for i in range(best.shape[0]):
        for j in range(i):
            km = math.sqrt((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2)
            bound = weights[0][level(bounds[0], km), level(bounds[1], abs(day[i] - day[j]))]
            bound += min(most[i], most[j]) - density[i] - density[j]
            if bound <= best[i, -1] and bound <= best[j, -1]:
                continue
            weight = weigh(city, weights, bounds, i, j)
            _keep(best, rows, i, weight, j)
            _keep(best, rows, j, weight, i)


@compiled
def _weigh_all(city, weights, bounds, pairs, out):  # type: ignore[no-untyped-def]
    for p in range(pairs.shape[0]):
        out[p] = weigh(city, weights, bounds, pairs[p, 0], pairs[p, 1])


BOUNDS = (DISTANCES, GAPS, HOURS, HEIGHTS)


@dataclass(frozen=True)
class Weighed:
    """A city and what any of its pairs weighs."""

    city: City
    weights: Weights

    def _parts(self) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        c, w = self.city, self.weights
        density = w.density * np.log10(density_of(c))
        city = (c.x, c.y, c.day, c.hour, c.fields, c.estimates, c.words, density)
        return city, (w.place_time, w.hour, w.height, w.age, w.agree, w.differ, w.word)

    def _most(self) -> Array:
        """Return the most that anything but place and time can weigh for each case, bans."""
        c, w = self.city, self.weights
        most = w.hour.max() + np.where(c.words >= 0, w.word[c.words], 0).sum(axis=1)
        most += np.where(np.isnan(c.estimates), 0, [w.height.max(), w.age.max()]).sum(axis=1)
        for f in range(LONG):
            most += np.where(c.fields[:, f] >= 0, w.agree[f, c.fields[:, f]], 0)
        return most

    def candidates(self, top: int) -> Array:
        """Return every case's `top` heaviest mates as pairs, higher row first, each once."""
        _, rows = self.rank(top)
        a, b = np.repeat(np.arange(len(rows)), top), rows.ravel()
        key = np.unique(np.maximum(a, b) * len(rows) + np.minimum(a, b))
        return np.column_stack([key // len(rows), key % len(rows)])

    def weigher(self) -> Callable[[int, int], float]:
        """Return what weighs any single pair, bans."""
        city, weights = self._parts()
        return lambda i, j: float(weigh(city, weights, BOUNDS, i, j))

    def rank(self, top: int) -> tuple[Array, Array]:
        """Return the `top` heaviest mates of each case of all pairs: bans and rows, best first."""
        best = np.full((len(self.city.x), top), -np.inf)
        rows = np.full(best.shape, -1, np.int64)
        city, weights = self._parts()
        _rank(city, weights, BOUNDS, self._most(), best, rows)
        return best, rows

    def weigh_pairs(self, pairs: Array) -> Array:
        """Return the bans of pairs, shape (pairs, 2)."""
        out = np.empty(len(pairs))
        city, weights = self._parts()
        _weigh_all(city, weights, BOUNDS, pairs, out)
        return out
