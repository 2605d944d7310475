"""Cases of which many are alike, so that equal weights are common."""

from __future__ import annotations

import pytest

from clew.model.case import Case, Entity
from clew.model.values import DAY, Point, TimeWindow


@pytest.fixture(scope="session")
def many_alike() -> list[Case]:
    """A hundred and fifty cases of seven kinds; times and places differ in three steps."""
    return [one_of_many(k) for k in range(150)]


def one_of_many(k: int) -> Case:
    at = 1_400_000_000 + (k // 50) * 7 * DAY
    return Case(
        case_id=f"C-{k:03d}",
        reported_at=at,
        window=TimeWindow(at - 7_200, at - 3_600),
        point=Point(51.5 + k % 3 / 100, 0.0, 100) if k % 5 else None,
        place_key=f"P{k % 40}" if k % 4 == 0 else None,
        age_years=float(20 + 10 * (k % 7)),
        sex="male" if k % 7 % 2 else "female",
        premises=("home", "street", "water")[k % 3],
        mechanism="drug" if k % 7 == 0 else None,
        substances=("ghb",) if k % 7 == 0 else None,
        scene=("note",) if k % 6 == 0 else ("bottle", "note") if k % 6 == 1 else None,
        entities=(Entity("finder", "person", f"W{k % 30}"),) if k % 9 == 0 else None,
        mentions=(f"C-{k - 1:03d}",) if k % 50 == 49 else None,
    )
