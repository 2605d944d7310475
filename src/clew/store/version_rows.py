"""What quick questions ask of a version of a case, as plain columns: where, when, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clew.model.case import Case

NUMBERS = ("reported_at", "latitude", "longitude", "precision_m")
WORDS = ("case_id", "kind", "manner", "mechanism", "premises", "age", "sex", "agency")


def plain_columns(cases: Sequence[Case]) -> dict[str, list[Any]]:
    """Return NUMBERS and WORDS of cases, one element a case; NaN and "" where not told."""
    points = [case.point for case in cases]
    nan = float("nan")
    return {
        "reported_at": [case.reported_at for case in cases],
        "latitude": [p.latitude if p else nan for p in points],
        "longitude": [p.longitude if p else nan for p in points],
        "precision_m": [(p.precision_m or 0.0) if p else nan for p in points],
        "case_id": [case.case_id for case in cases],
        "kind": [str(case.kind) for case in cases],
        "manner": [case.manner or "" for case in cases],
        "mechanism": [case.mechanism or "" for case in cases],
        "premises": [case.premises or "" for case in cases],
        "age": ["" if case.age_years is None else f"{case.age_years:.0f}" for case in cases],
        "sex": [case.sex or "" for case in cases],
        "agency": [case.agency or "" for case in cases],
    }
