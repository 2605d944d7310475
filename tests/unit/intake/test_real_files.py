"""The real files, where the folder of real data is at hand (CLEW_DATA)."""

import os
from collections import Counter
from pathlib import Path

import pytest

from clew.intake.read import read_case_file

DATA = Path(os.environ.get("CLEW_DATA") or "CLEW_DATA is not set")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not here (CLEW_DATA)"),
]


def test_all_milwaukee_rows_are_read_or_said_why_not() -> None:
    file = read_case_file(DATA / "milwaukee_deaths_2020_2023.csv.gz", mapping="milwaukee")
    refused = [reject for reject in file.rejects if not reject.kept]
    assert len(file.histories) + len(refused) == 16_306
    assert refused == []
    assert {reject.field for reject in file.rejects} == {"event_date_text"}
    assert len(file.rejects) < 200
    cases = file.as_of(None)
    assert sum(case.window is not None for case in cases) > 6_300
    assert sum(case.point is not None for case in cases) == 16_306 - 520
    assert sum(case.cause is None for case in cases) == 4_430
    assert {case.agency for case in cases} == {"MKE"}
    assert not any("race" in case.extra for case in cases)
    assert file.timezone == "America/Chicago"
    assert not any(case.report_known_to_the_minute for case in cases)
    for case in cases:
        if case.window is not None:
            assert case.window.earliest <= case.reported_at
            assert case.reported_at - case.window.earliest < 401 * 86_400
    assert file.traits is not None
    assert Counter(len(traits) for traits in file.traits.values()) == {1: 16_306 - 41}


def test_all_allegheny_rows_are_read() -> None:
    file = read_case_file(DATA / "allegheny_overdoses_2007_2025.csv.gz", mapping="allegheny")
    assert len(file.histories) == 7_478
    assert file.rejects == ()
    cases = file.as_of(None)
    assert all(case.substances for case in cases)
    assert {case.manner for case in cases} == {"accident"}
    assert all(case.report_known_to_the_minute for case in cases)
    assert sum(case.area is None for case in cases) == 224
