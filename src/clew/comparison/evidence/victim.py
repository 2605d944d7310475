"""The person who died: how far apart in age, against how usual those ages are for that cause; sex.

Two men of 80 who died at home of heart disease are ordinary; two men of 22 who died so are not. How
often an unrelated death of the same mechanism comes this near in age is counted in this file.
Age and sex are used and their effect is published; no other trait of a person is evidence.
"""

from __future__ import annotations

import numpy as np

from clew.comparison.evidence.levels import halve, level_of, never_rising, shares
from clew.compiling import inlined
from clew.model.columns import F64, I32, SEXES, Array, Columns
from clew.model.weight import WeightTable

BAND_YEARS = 5.0
BANDS = 24  # to 120 years
OLDEST = 120
PSEUDO_CASES = 50.0  # declared: cases by which a rare mechanism is drawn to the whole file


@inlined
def age_level(cols: Columns, edges: F64, i: int, j: int) -> int:
    """Return the level of the age difference, or -1 where an age is missing."""
    if cols.age_band[i] < 0 or cols.age_band[j] < 0:
        return -1
    return level_of(abs(np.float64(cols.age[i]) - np.float64(cols.age[j])), edges)


def _by_mechanism(cols: Columns, values: Array, bins: int, mechanisms: int) -> Array:
    """Count values in [0, bins) by mechanism, shape (mechanisms, bins); negative = missing."""
    known = values >= 0
    flat = cols.mechanism[known].astype(np.int64) * bins + values[known]
    return np.bincount(flat, minlength=mechanisms * bins).reshape(mechanisms, bins).astype(float)


def weigh_ages(cols: Columns, table: WeightTable, mechanisms: int) -> I32:
    """Return half the weight by mechanism, own age band and level of the age difference.

    Row 0, an unknown mechanism, is the whole file. u is the share of the mechanism's cases whose
    age lies at that level from the band's middle.
    """
    years = np.where(cols.age_band >= 0, np.clip(np.nan_to_num(cols.age), 0, OLDEST - 1), -1)
    counts = _by_mechanism(cols, years.astype(np.int64), OLDEST, mechanisms)
    whole = shares(counts.sum(axis=0), 120.0, np.full(OLDEST, 1 / OLDEST))
    by_age = shares(counts, PSEUDO_CASES, whole)
    by_age[0] = whole
    edges, m = np.asarray(table.levels["age"].edges), np.asarray(table.levels["age"].m)
    middles = (np.arange(BANDS) + 0.5) * BAND_YEARS
    apart = np.abs(np.arange(OLDEST)[None, :] + 0.5 - middles[:, None])
    level = np.searchsorted(edges, apart)
    u = np.stack([(by_age @ (level == k).T) for k in range(len(m))], axis=-1)
    u = shares(u, 0.01, np.full(len(m), 1 / len(m)))
    bans = never_rising(np.log10(m / u))
    bans[..., 0] = np.maximum(bans[..., 0], 0)  # the same age never speaks against
    return halve(bans, table.bounds["most_bans"])


def weigh_sexes(cols: Columns, table: WeightTable, mechanisms: int) -> I32:
    """Return half the weight of two sexes by mechanism, shape (mechanisms, sexes, sexes)."""
    counts = _by_mechanism(cols, cols.sex.astype(np.int64), len(SEXES), mechanisms)
    whole = shares(counts.sum(axis=0), 3.0, np.full(len(SEXES), 1 / 3))
    share = shares(counts, PSEUDO_CASES, whole)
    share[0] = whole
    keeps = table.sets["sex"].consistency
    differs = np.full((mechanisms, len(SEXES), len(SEXES)), np.log10(1 - keeps))
    for s in range(len(SEXES)):
        differs[:, s, s] = np.log10((keeps + (1 - keeps) * share[:, s]) / share[:, s])
    floor = table.sets["sex"].floor_bans
    return halve(np.maximum(differs, floor), table.bounds["most_bans"])
