"""The equality audit against figures worked out from real files by others' methods."""

from __future__ import annotations

import pytest

from equality_published import (
    Figure,
    folder,
    london,
    of_arrests,
    of_coroners,
    of_london,
    of_west,
    west,
)

pytestmark = pytest.mark.skipif(
    folder() is None, reason="the folder of real data is not here (CLEW_DATA)"
)


def check(figures: list[Figure], count: int) -> None:
    """Assert that every figure is as near to the published one as it says."""
    assert len(figures) == count
    for one in figures:
        assert one.ours == pytest.approx(one.published, abs=one.within, rel=0), one.of


def test_arrests_by_race_in_47_cities() -> None:
    check(list(of_arrests()), 15)


def test_homicides_in_london_unsolved() -> None:
    check(list(of_london()), 12)
    later, slope = london(range(2017, 2022))
    assert slope[1] > 0
    assert later.given_xw is not None
    # The linear model gave 6.2 points, from .7 to 11.8; here deaths weigh by overlap.
    assert 0.007 < later.given_xw.modelled.value < 0.118
    earlier, _ = london(range(2012, 2017))
    assert earlier.verdict == "none shown"


def test_murders_with_guns_and_by_other_means_answer_otherwise() -> None:
    check(list(of_west()), 4)
    guns, others = west(guns=True), west(guns=False)
    assert guns.verdict == "difference"
    assert others.verdict == "none shown"
    assert guns.given_xw is not None
    assert others.given_xw is not None
    assert guns.given_xw.modelled.high < others.given_xw.modelled.low


def test_totals_of_the_coroners_statistics() -> None:
    check(list(of_coroners()), 3)
