"""Coverage, source by source: a system of an agency is stated by the last who could state it.

A file replaces the rows of the systems that it names and no other: what another source stated
stays. Each row says who stated it, when, and by which file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.records.limits import text_fault
from clew.desk.records.models import SourceCoverage
from clew.model.case_file import Coverage

MOST_RECORDS = 10**15
"""Declared: records of one system; a whole number of 15 digits (intake/inputs/baselines.py)."""


def coverage_fault(row: Coverage) -> str:
    """Return why a row cannot be kept, "" where it can."""
    faults = [text_fault(name, getattr(row, name)) for name in ("system", "agency", "up_to")]
    if not 0 <= row.records < MOST_RECORDS:
        faults.append("records is not a whole number of at most 15 digits")
    return next(filter(None, faults), "")


def state(rows: Iterable[Coverage], by: str, purpose: str, says: Mapping[str, Any]) -> None:
    """State what was searched of each system that the rows name; within a transaction."""
    last = {(row.system, row.agency): row for row in rows}
    at = timezone.now()
    for (system, agency), row in last.items():
        SourceCoverage.objects.filter(system=system, agency=agency).delete()
        SourceCoverage.objects.create(
            system=system, agency=agency, records=row.records, up_to=row.up_to, stated_by=by,
            stated_at=at, sha256=says.get("sha256", ""),
        )  # fmt: skip
    systems = [f"{system}, {agency}"[:200] for system, agency in last][:50]
    write(Act.ALTERATION, "coverage", by, purpose, rows=len(last), systems=systems, **says)
