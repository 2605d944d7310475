"""Chance: how many unrelated earlier cases would match this case at least this well.

Three kinds of pair are counted apart, because they come about differently, and added up:

* *plain* pairs share no address and no entity. The case's own weights against the rest of the
  file, nearly all unrelated, are its null: empirical down to its eighth best match, exponential
  beyond, with the case's own scale drawn to that of all cases. The best seven are left out of
  the scale, so that a series of up to eight does not hide itself. One monotone curve, fitted over
  all cases of the file, then turns this nominal figure into what is really seen.
* *same address* and *shared entity* pairs: the expected number of such pairs for the case, times
  the share of such pairs in the file that weigh as much. The expected number for a case that has k
  of them is taken at k - 1, without the candidate itself: for counts that are Poisson with any
  mixture of rates, the sum over pairs of g(k - 1) equals the sum over cases of rate x g(k)
  (Stein-Chen), so chance figures so computed hold on the average whatever the mixture. The
  expected rate at each k is Robbins' (1956) estimator (k + 1) N(k+1) / N(k).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from clew.model.columns import Array

KEPT = 64
"""Best matches kept for each case's null. Declared: 56 spacings give the scale to about 13 %."""
ANCHOR = 8
"""The rank at which the exponential tail begins; the better ones are not used (robustness)."""
SCALE_PSEUDO = 20.0
"""Declared: spacings by which a case's scale is drawn to the middle of all cases."""
ENOUGH = 30
"""Declared: the fewest pairs that may carry a point of an empirical curve (18 % standard error)."""
LEAST_SCALE, MOST_SCALE = 0.05, 1.0
"""Bans. A calibrated weight's tail falls at least tenfold per ban (P(LR >= x) <= 1/x, Markov)."""
CALIBRATED_SCALE = 1 / math.log(10)
"""Bans; the tail of a calibrated weight, taken where a file is too small to measure its own."""
WORST_BANS = -20.0
"""Means 'no such pair'; below any weight a pair can have."""
BANDS = (1, 3, 10)
"""Declared: bands of k - 1 within which pairs of a kind are taken to be alike: 0, 1-2, 3-9, 10+."""
ROBBINS_UP_TO = 12


@dataclass(frozen=True, slots=True)
class Tail:
    """Survival function of weights (bans): a sorted sample, exponential beyond its last points."""

    sample: Array
    scale: float

    def survival(self, bans: Array) -> Array:
        """Return P(weight >= bans), in (0, 1]; 0 where no such pair was ever seen."""
        n = len(self.sample)
        if n == 0:
            return np.zeros_like(bans, float)
        anchor = max(n - ENOUGH, 0)
        beyond = np.maximum(bans - self.sample[anchor], 0)
        above = n - np.searchsorted(self.sample, bans, side="left")
        smooth = (n - anchor) / n * np.exp(-beyond / self.scale)
        return np.where(bans > self.sample[anchor], smooth, above / n)


def fit_tail(bans: Array) -> Tail:
    """Fit a `Tail` to weights of unrelated pairs, shape (pairs,), bans."""
    ordered = np.sort(bans)
    top = ordered[-ENOUGH:]
    scale = float(np.mean(top - top[0])) if len(top) > 2 else MOST_SCALE
    return Tail(ordered, float(np.clip(scale, LEAST_SCALE * 2, MOST_SCALE)))


@dataclass(frozen=True, slots=True)
class KeyNull:
    """Null of one kind of pair: expected number by k, and the tails by band of k."""

    rate: Array
    tails: tuple[Tail, ...]

    def expected(self, others: Array, bans: Array) -> Array:
        """Expected unrelated pairs of this kind at least as heavy, for cases with k = `others`."""
        k = np.asarray(others)
        rate = np.where(k < len(self.rate), self.rate[np.minimum(k, len(self.rate) - 1)], k)
        band = np.searchsorted(BANDS, k, side="right")
        share = np.zeros(len(k))
        for b, tail in enumerate(self.tails):
            share = np.where(band == b, tail.survival(bans), share)
        expected: Array = rate * share
        return expected


def fit_key_null(counts: Array, owners: Array, bans: Array) -> KeyNull:
    """Fit the null of same-address or shared-entity pairs.

    Parameters
    ----------
    counts
        Shape (cases,): how many earlier cases share with each.
    owners, bans
        Shape (pairs,): the later case's row of each such pair (or of a sample), and its weight.
    """
    n_k = np.bincount(np.minimum(counts, ROBBINS_UP_TO + 1), minlength=ROBBINS_UP_TO + 2)
    k = np.arange(ROBBINS_UP_TO)
    rate = (k + 1) * n_k[1 : ROBBINS_UP_TO + 1] / np.maximum(n_k[:ROBBINS_UP_TO], 1)
    rate = np.where(n_k[:ROBBINS_UP_TO] >= ENOUGH, rate, np.maximum(rate, k))
    rate = np.maximum.accumulate(rate)
    band = np.searchsorted(BANDS, counts[owners] - 1, side="right")
    whole = fit_tail(bans)
    tails = tuple(
        fit_tail(bans[band == b]) if (band == b).sum() >= ENOUGH else whole
        for b in range(len(BANDS) + 1)
    )
    return KeyNull(rate, tails)


@dataclass(frozen=True, slots=True)
class PlainNull:
    """Each case's own null over its `reference` others, and the curve that corrects it.

    `best` (cases, KEPT) bans, best first; `scale` (cases,) bans; `reference` (cases,) numbers;
    `middle` bans, the scale of the middle case, to which all are drawn; `curve_x`, `curve_y`
    log10 of nominal and of seen expected numbers.
    """

    best: Array
    scale: Array
    reference: Array
    middle: float
    curve_x: Array
    curve_y: Array

    def of_others(self, best: Array, reference: Array) -> PlainNull:
        """Return the null of other cases, later ones, with the curve and middle of these."""
        scale = _scales(best, self.middle)
        return PlainNull(best, scale, reference, self.middle, self.curve_x, self.curve_y)

    def nominal(self, rows: Array, bans: Array) -> Array:
        """Expected number among its `reference` others by each case's own tail, uncorrected."""
        best = self.best[rows]
        above = (best >= bans[:, None]).sum(axis=1)
        anchor = np.clip((best > WORST_BANS).sum(axis=1), 1, ANCHOR)
        from_anchor = bans - best[np.arange(len(rows)), anchor - 1]
        tail = anchor * np.exp(-np.maximum(from_anchor, 0) / self.scale[rows])
        return np.where(above < anchor, tail, np.maximum(above, anchor))

    def expected(self, rows: Array, bans: Array, compared: Array) -> Array:
        """Expected number of plain unrelated cases at least as heavy, among `compared`.

        From the last match that was kept on, nothing is known but that all may match as well.
        """
        x = np.log10(np.maximum(self.nominal(rows, bans), 1e-300))
        curve_x, curve_y = self.curve_x, self.curve_y
        # The slope of the curve's last decade: beyond what was seen, chance falls no faster.
        slope = 1.0
        if len(curve_x) >= 3:
            last = curve_x <= curve_x[0] + 1
            if last.sum() < 3:
                last = np.arange(len(curve_x)) < 3
            slope = float(np.clip(np.polyfit(curve_x[last], curve_y[last], 1)[0], 0.3, 1.0))
        y = np.interp(x, curve_x, curve_y)
        y = np.where(x < curve_x[0], curve_y[0] + slope * (x - curve_x[0]), y)
        y = np.where(x > curve_x[-1], curve_y[-1] + (x - curve_x[-1]), y)
        expected = np.minimum(10**y * compared / self.reference[rows], compared)
        return np.where(bans <= self.best[rows, -1], compared, expected)


def fit_plain_null(best: Array, reference: Array, fitted: slice = slice(None)) -> PlainNull:
    """Fit from each case's KEPT best plain matches in bans, shape (cases, KEPT), best first.

    `WORST_BANS` where there were fewer. The curve is fitted on the cases of `fitted`.
    """
    total, count = _spacings(best)
    full = count > ENOUGH
    middle = float(np.median(total[full] / count[full])) if full.any() else CALIBRATED_SCALE
    scale = _scales(best, middle)
    raw = PlainNull(best, scale, reference, middle, np.array([0.0]), np.array([0.0]))
    rows = np.arange(len(best))[fitted]
    nominal = [raw.nominal(rows, best[fitted, r]) for r in range(best.shape[1])]
    # Seen against nominal expected numbers, at points that enough pairs carry.
    grid = np.logspace(np.log10(ANCHOR / 2), -6, 40)[::-1]
    seen = np.searchsorted(np.sort(np.concatenate(nominal)), grid, side="right")
    carried = seen >= ENOUGH
    if carried.sum() < 2:
        return raw
    x, y = np.log10(grid[carried]), np.maximum.accumulate(np.log10(seen[carried] / len(rows)))
    return PlainNull(best, scale, reference, middle, x, y)


def _spacings(best: Array) -> tuple[Array, Array]:
    """Return the sum of each case's normalised spacings, bans, and their number, (cases,) each."""
    rank = np.arange(ANCHOR, best.shape[1])
    spacings = rank * (best[:, ANCHOR - 1 : -1] - best[:, ANCHOR:])
    known = best[:, ANCHOR:] > WORST_BANS
    return np.where(known, spacings, 0).sum(axis=1), known.sum(axis=1)


def _scales(best: Array, middle: float) -> Array:
    """Return each case's tail scale in bans: mean normalised spacing, drawn to the middle case."""
    total, count = _spacings(best)
    drawn = (total + middle * SCALE_PSEUDO) / (count + SCALE_PSEUDO)
    scales: Array = np.clip(drawn, LEAST_SCALE, MOST_SCALE)
    return scales


@dataclass(frozen=True, slots=True)
class ChanceModel:
    """All three nulls of one file, and how many earlier cases share with each case.

    `pairs`: how many pairs of cases taught them.
    """

    plain: PlainNull
    address: KeyNull
    entity: KeyNull
    address_counts: Array
    entity_counts: Array
    pairs: float

    def chance(self, rows: Array, bans: Array, kinds: Array, compared: Array) -> Array:
        """Return chance_per_case of candidates.

        Parameters
        ----------
        rows, bans, kinds, compared
            Shape (candidates,): the later case's row, the weight in bans, the kind of pair (0
            plain, 1 same address, 2 shared entity), the number of earlier cases compared.

        Returns
        -------
        Expected number of unrelated earlier cases that weigh as much, in (0, compared].
        """
        address = np.maximum(self.address_counts[rows] - (kinds == 1), 0)
        entity = np.maximum(self.entity_counts[rows] - (kinds == 2), 0)
        # A file cannot show that something is rarer than once among all the pairs it has.
        least = compared / max(self.pairs, 1.0)
        total = (
            self.plain.expected(rows, bans, compared)
            + self.address.expected(address, bans)
            + self.entity.expected(entity, bans)
        )
        return np.clip(np.maximum(total, least), 1e-12, np.maximum(compared, 1))
