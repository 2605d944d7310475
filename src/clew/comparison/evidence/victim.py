"""The person who died: how far apart in age, against how usual those ages are for that cause; sex.

Two men of 80 who died at home of heart disease are ordinary; two men of 22 who died so are not. How
often an unrelated death of the same mechanism comes this near in age is counted in this file.
Age and sex are used and their effect is published; no other trait of a person is evidence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.comparison.evidence.levels import halve, never_rising, repeated, shares
from clew.model.columns import SEXES, Array, Columns
from clew.model.weight import WeightTable

BAND_YEARS = 5.0
BANDS = 24  # to 120 years
OLDEST = 120
PSEUDO_CASES = 50.0  # declared: cases by which a rare mechanism is drawn to the whole file


def _by_mechanism(cols: Columns, values: Array, bins: int, mechanisms: int) -> Array:
    """Count values in [0, bins) by mechanism, shape (mechanisms, bins); negative = missing."""
    known = values >= 0
    flat = cols.mechanism[known].astype(np.int64) * bins + values[known]
    return np.bincount(flat, minlength=mechanisms * bins).reshape(mechanisms, bins).astype(float)


def tabulate(cols: Columns, table: WeightTable, mechanisms: int) -> dict[str, Any]:
    """Estimate half the weights of ages and of sexes by mechanism; see `Tables`.

    Mechanism 0, an unknown one, is the whole file. u of an age is the share of the mechanism's
    cases whose age lies at that level from the middle of the case's own age band.
    """
    most = table.bounds["most_bans"]
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
    ages = never_rising(np.log10(m / u))
    ages[..., 0] = np.maximum(ages[..., 0], 0)  # the same age never speaks against

    counts = _by_mechanism(cols, cols.sex.astype(np.int64), len(SEXES), mechanisms)
    whole = shares(counts.sum(axis=0), 3.0, np.full(len(SEXES), 1 / 3))
    share = shares(counts, PSEUDO_CASES, whole)
    share[0] = whole
    keeps, floor = table.sets["sex"].consistency, table.sets["sex"].floor_bans
    sexes = np.full((mechanisms, len(SEXES), len(SEXES)), np.log10(1 - keeps))
    for s in range(len(SEXES)):
        sexes[:, s, s] = repeated(keeps, share[:, s])
    return {
        "age_edges": edges,
        "age_half": halve(ages, most),
        "sex_half": halve(np.maximum(sexes, floor), most),
    }
