"""Who: age and sex by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clew.synthetic.rates import Floats

OLDEST = 104.0
"""Greatest age drawn, years (declared)."""


def draw_ages(mixture: Sequence[Sequence[float]], size: int, rng: np.random.Generator) -> Floats:
    """Draw ages in years from [weight, mean, standard deviation] rows, clipped to [0, 104].

    Whole years from two on, as reports write them; infants keep one decimal.
    """
    rows = np.asarray(mixture, dtype=np.float64)
    part = rng.choice(len(rows), size=size, p=rows[:, 0] / rows[:, 0].sum())
    age = rng.normal(rows[part, 1], rows[part, 2])
    age = np.clip(np.abs(age), 0.0, OLDEST)
    written: Floats = np.where(age < 2, np.round(age, 1), np.floor(age))
    return written


def draw_sexes(male: float, size: int, rng: np.random.Generator) -> list[str]:
    """Draw `male` with probability `male`, else `female`."""
    return ["male" if draw < male else "female" for draw in rng.random(size).tolist()]


def write_age(age: float) -> str:
    """Return an age as reports write it: whole years without a decimal."""
    return f"{age:.0f}" if age == int(age) else f"{age:.1f}"
