"""The two rules of groups, on made homicides: thirty counties alike, one of them with a series."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import homicide_rules as rules
import published_homicides as published
from homicide_file import Homicides, as_arrays
from homicides_known import SERIES, Known


def row(number: int, county: int, month: int, **other: str) -> dict[str, str]:
    base = {
        "mapid": f"m{number}", "vic_sex": "Male", "vic_age": "30", "fip": f"{county:05d}",
        "year": str(1990 + month // 12), "month": str(month % 12 + 1), "weapon_code": "12",
        "solved": "Yes",
    }  # fmt: skip
    return base | other


STRANGLED = {"vic_sex": "Female", "weapon_code": "80", "vic_age": "22"}


@pytest.fixture
def made() -> Homicides:
    """Two deaths a county and month over ten years, one in twenty of them a strangled woman;
    and eight more, unsolved, within eight months in county 7."""
    rng = np.random.default_rng(3)
    rows = [
        row(n, n % 30, n // 60, **(STRANGLED if rng.random() < 0.05 else {})) for n in range(7200)
    ]
    rows += [row(8000 + k, 7, 40 + k, **STRANGLED, solved="No") for k in range(8)]
    return as_arrays(rows, np.array([int(r["vic_sex"] == "Female") for r in rows]))


def alike() -> Iterator[tuple[int, np.ndarray]]:
    return ((t, np.arange(2) == t) for t in (0, 1))


def test_the_excess_of_like_finds_a_series_whoever_solved_it(made: Homicides) -> None:
    series = np.arange(7200, 7208)
    for counted in (np.ones(len(made.kind), bool), ~made.solved):
        best = rules.listed(rules.like_groups(made, alike(), counted), 1)[0]
        assert np.isin(series, best.rows).all()
        assert best.score > 4
        assert (made.county[best.rows] == "00007").all()
        assert np.ptp(made.month[best.rows]) < max(rules.WINDOWS)


def test_the_published_rule_flags_by_clearance(made: Homicides) -> None:
    assert rules.accountability_groups(made, made.male, ages=False) == []
    four = rules.accountability_groups(made, made.female, ages=True, years=4)
    assert np.isin(np.arange(7200, 7208), four[0].rows).all()
    assert made.solved[four[0].rows].mean() <= rules.MOST_SOLVED


def test_a_county_that_always_writes_so_is_no_surprise() -> None:
    k, expected = np.array([6.0]), np.array([1.0])
    new = rules.excess(k, expected, np.array([0.0]), np.array([0.0]))
    always = rules.excess(k, expected, np.array([60.0]), np.array([10.0]))
    never = rules.excess(k, expected, np.array([10.0]), np.array([10.0]))
    assert always < 1 < new < never
    assert rules.excess(np.array([0.0]), expected, expected, expected) == 0


def test_one_incident_counts_once() -> None:
    rows = [row(1, 1, 1), row(1, 1, 1), row(2, 1, 2)]
    assert as_arrays(rows, np.zeros(3, int)).share.tolist() == [0.5, 0.5, 1.0]


def test_what_is_listed_already_is_no_further_lead() -> None:
    groups = [rules.Group(np.arange(a, b), s) for a, b, s in ((0, 10, 3), (4, 12, 2), (8, 20, 1))]
    assert [g.score for g in rules.listed(groups)] == [3, 1]


def test_first_found_asks_for_half_of_the_series_and_says_its_share(made: Homicides) -> None:
    fit = np.isin(np.arange(len(made.kind)), np.arange(7200, 7208))
    groups = [rules.Group(np.arange(7203, 7205), 2), rules.Group(np.arange(7180, 7206), 1)]
    assert published.first_found(groups, fit, 8) == published.Found(2, 6, 26)
    assert published.first_found(groups, fit, 8, 0.5) is None


def test_facts_of_a_known_series_are_sound(made: Homicides) -> None:
    for known in SERIES:
        assert known.first <= known.last
        assert len(known.county) == 5
        assert known.deaths >= 3
    known_case = Known("x", "00007", "Female", (20, 25), (1993, 5), (1993, 12), (80,), 8, "")
    assert published.fits(made, known_case)[7200:].all()
