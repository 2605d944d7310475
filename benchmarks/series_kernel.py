"""Every pair of the made-up city weighed and ranked, exact: compiled, since there are many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numba import njit

from clew.model.columns import Array
from clew.series.partition import Across, Rows
from series_city import WORDS, City
from series_pairs import DISTANCES, GAPS, HEIGHTS, HOURS, Weights, density_of


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
def _add_levels(bins, table, apart, total):  # type: ignore[no-untyped-def]
    """Add to `total` what each of `apart` weighs; missing (nan) weighs nothing. No branches."""
    for j in range(apart.shape[0]):
        total[j] += table[0] if apart[j] == apart[j] else 0.0
    for k in range(bins.shape[0]):
        step, at = table[k + 1] - table[k], bins[k]
        for j in range(apart.shape[0]):
            total[j] += step if apart[j] >= at else 0.0


@compiled
def _add_fields(codes, agree, differ, at, total):  # type: ignore[no-untyped-def]
    i, first, last = at
    for f in range(codes.shape[0]):
        own = codes[f, i]
        if own >= 0:
            alike, unlike = agree[f, own], differ[f]
            for j in range(first, last):
                other = codes[f, j]
                total[j - first] += alike if other == own else (unlike if other >= 0 else 0.0)


@compiled
def _add_place_time(city, table, bounds, at, total):  # type: ignore[no-untyped-def]
    i, first, last = at
    x, y, day = city[0], city[1], city[2]
    for j in range(first, last):
        km = math.sqrt((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2)
        gap, near, soon = abs(day[i] - day[j]), 0, 0
        for k in range(bounds[0].shape[0]):
            near += km >= bounds[0][k]
            soon += gap >= bounds[1][k]
        total[j - first] += table[near, soon]


@compiled
def _add_words(words, word, posts, i, total):  # type: ignore[no-untyped-def]
    """Add each word of row i to the rows before it that have it too; `posts` lists them by word."""
    begins, rows = posts
    for p in range(words.shape[1]):
        own = words[i, p]
        if own >= 0:
            k = begins[own]
            while k < begins[own + 1] and rows[k] < i:
                total[rows[k]] += word[own]
                k += 1


@compiled
def _rank(parts, bounds, listed, room, best, rows):  # type: ignore[no-untyped-def]
    """Rank all pairs, exact, a row against a stretch of earlier ones at a time."""
    city, weights = parts
    codes, estimates, posts = listed
    total, apart = room
    place_time, hours, heights, ages, agree, differ, word = weights
    hour, density = city[3], city[7]
    for i in range(best.shape[0]):
        total[:i] = 0.0
        _add_words(city[6], word, posts, i, total)
        for first in range(0, i, apart.shape[0]):
            last = min(first + apart.shape[0], i)
            part, own = total[first:last], apart[: last - first]
            _add_place_time(city, place_time, bounds, (i, first, last), part)
            _add_fields(codes, agree, differ, (i, first, last), part)
            for j in range(first, last):
                off = abs(hour[i] - hour[j])
                own[j - first] = min(off, 24 - off)
            _add_levels(bounds[2], hours, own, part)
            for e in range(2):
                for j in range(first, last):
                    own[j - first] = abs(estimates[e, i] - estimates[e, j])
                _add_levels(bounds[3], heights if e == 0 else ages, own, part)
            for j in range(first, last):
                weight = part[j - first] - density[i] - density[j]
                if weight > best[i, -1] or weight > best[j, -1]:
                    _keep(best, rows, i, weight, j)
                    _keep(best, rows, j, weight, i)


@compiled
def _weigh_all(city, weights, bounds, pairs, out):  # type: ignore[no-untyped-def]
    for p in range(pairs.shape[0]):
        out[p] = weigh(city, weights, bounds, pairs[p, 0], pairs[p, 1])


@compiled
def _weigh_across(city, weights, bounds, one, other, out):  # type: ignore[no-untyped-def]
    rows, ends = one
    mates, limits = other
    for k in range(out.shape[0]):
        for p in range(ends[k], ends[k + 1]):
            for q in range(limits[k], limits[k + 1]):
                i, j = max(rows[p], mates[q]), min(rows[p], mates[q])
                out[k] += weigh(city, weights, bounds, i, j)


def _flat(groups: Sequence[Rows]) -> Array:
    return np.fromiter(chain.from_iterable(groups), np.int64)


def _ends(groups: Sequence[Rows]) -> Array:
    return np.cumsum([0, *map(len, groups)])


BOUNDS = (DISTANCES, GAPS, HOURS, HEIGHTS)
STRETCH = 4_096
"""Rows weighed together: what they need stays in the nearest cache."""


@dataclass(frozen=True)
class Weighed:
    """A city and what any of its pairs weighs."""

    city: City
    weights: Weights

    @cached_property
    def _told(self) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        c, w = self.city, self.weights
        density = w.density * np.log10(density_of(c))
        city = (c.x, c.y, c.day, c.hour, c.fields, c.estimates, c.words, density)
        return city, (w.place_time, w.hour, w.height, w.age, w.agree, w.differ, w.word)

    def _listed(self) -> tuple[Array, Array, tuple[Array, Array]]:
        """Return fields and estimates column by column, and the rows of each word, in order."""
        c = self.city
        row, at = np.nonzero(c.words >= 0)
        told = c.words[row, at]
        begins = np.r_[0, np.cumsum(np.bincount(told, minlength=WORDS))]
        posts = (begins, row[np.argsort(told, kind="stable")])
        codes = np.ascontiguousarray(c.fields.T.astype(np.int8))
        return codes, np.ascontiguousarray(c.estimates.T), posts

    def candidates(self, top: int) -> Array:
        """Return every case's `top` heaviest mates as pairs, higher row first, each once."""
        _, rows = self.rank(top)
        a, b = np.repeat(np.arange(len(rows)), top), rows.ravel()
        key = np.unique(np.maximum(a, b) * len(rows) + np.minimum(a, b))
        return np.column_stack([key // len(rows), key % len(rows)])

    def across(self, groups: Across) -> list[float]:
        """Return the sum of the bans of all pairs across each two groups of rows."""
        if not groups:
            return []
        one, other = zip(*groups, strict=True)
        listed = [(_flat(side), _ends(side)) for side in (one, other)]
        out = np.zeros(len(groups))
        city, weights = self._told
        _weigh_across(city, weights, BOUNDS, listed[0], listed[1], out)
        sums: list[float] = out.tolist()
        return sums

    def rank(self, top: int) -> tuple[Array, Array]:
        """Return the `top` heaviest mates of each case of all pairs: bans and rows, best first."""
        best = np.full((len(self.city.x), top), -np.inf)
        rows = np.full(best.shape, -1, np.int64)
        room = (np.zeros(len(best)), np.zeros(STRETCH))
        _rank(self._told, BOUNDS, self._listed(), room, best, rows)
        return best, rows

    def weigh_pairs(self, pairs: Array) -> Array:
        """Return the bans of pairs, shape (pairs, 2)."""
        out = np.empty(len(pairs))
        city, weights = self._told
        _weigh_all(city, weights, BOUNDS, pairs, out)
        return out
