"""A tiny case file with facts, coverage and judgements, once for all transcripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from said import case_rows, fact_rows, write_rows


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cases.csv, facts.csv, coverage.csv and judgements.csv."""
    at = tmp_path_factory.mktemp("force")
    write_rows(at / "cases.csv", case_rows())
    write_rows(at / "facts.csv", fact_rows())
    write_rows(
        at / "coverage.csv",
        [
            {"system": "Force records", "agency": "MPS", "records": "12", "up_to": "2014-12-31"},
            {"system": "Transport police", "agency": "BTP", "records": "0", "up_to": ""},
        ],
    )
    write_rows(
        at / "judgements.csv",
        [
            {"case_a": "T-1", "case_b": "T-0", "judgement": "linked", "decided_by": "A"},
            {"case_a": "T-2", "case_b": "T-1", "judgement": "not_linked", "decided_by": "A"},
            {"case_a": "T-2", "case_b": "NOBODY", "judgement": "linked", "decided_by": "A"},
        ],
    )
    return at
