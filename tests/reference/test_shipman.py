"""Published analyses of Shipman's deaths, where the folder of real data is at hand."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from clew.model.excess import Variation
from clew.surveillance.excess.profiles import compare_circle
from clew.surveillance.excess.sprt import SprtDesign, exact_boundary, statistic
from survey_shipman import wald_boundary

DATA = Path(os.environ.get("CLEW_DATA") or "CLEW_DATA is not set")
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the folder of real data is not here (CLEW_DATA)"
)


def rows(name: str) -> list[dict[str, str]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def women() -> tuple[np.ndarray, np.ndarray, list[int]]:
    found = rows("shipman_baker_expected.csv.gz")
    observed = np.array([int(row["Women65plusObs"]) for row in found])
    expected = np.array([float(row["Women65plusExp"]) for row in found])
    return observed, expected, [int(row["Year"]) for row in found]


def first(height: float, design: SprtDesign) -> int:
    observed, expected, years = women()
    return years[int(np.flatnonzero(statistic(observed, expected, design) >= height)[0])]


def test_the_published_year_at_errors_of_one_in_a_million() -> None:
    """Spiegelhalter, Grigg, Kinsman and Treasure 2003: 1985, for a doubling."""
    assert first(wald_boundary(1e-6, 1e-6), SprtDesign(2.0)) == 1985
    assert first(exact_boundary(1e-6, women()[1], SprtDesign(2.0)), SprtDesign(2.0)) == 1985


def test_with_doctors_own_variation_one_in_a_thousand_signals_in_the_same_year() -> None:
    design = SprtDesign(2.0, Variation(0.2))
    assert first(exact_boundary(1e-3, women()[1], design), design) == 1985


def test_the_afternoon_stands_out() -> None:
    found = rows("shipman_times_of_death.csv.gz")
    own, rest = (
        np.round([float(row[column]) for row in found]).astype(int)
        for column in ("Shipman", "Comparison")
    )
    profile = compare_circle(own, rest, np.random.default_rng(1))
    assert profile is not None
    assert (profile.first, profile.length) == (13, 3)
    assert profile.p_value < 0.01
