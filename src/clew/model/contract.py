"""The names of the files' columns: the contract that other programs rely on."""

from __future__ import annotations

CASE_COLUMNS = (
    "case_id",
    "kind",
    "reported_at",
    "earliest",
    "latest",
    "latitude",
    "longitude",
    "location_precision_m",
    "place_key",
    "premises",
    "home_latitude",
    "home_longitude",
    "agency",
    "area",
    "age_years",
    "sex",
    "posture",
    "lividity",
    "clothing",
    "injuries",
    "body_state",
    "moved_after_death",
    "identity_status",
    "last_seen_alive",
    "category",
    "manner",
    "manner_said_by",
    "cause",
    "substances",
    "tested_for",
    "scene",
    "missing_items",
    "entities",
    "mentions",
    "allegation",
    "allegation_status",
    "references",
    "narrative",
)
"""Columns of a case file, in the order of docs/columns.md."""
FACT_COLUMNS = (
    "case_id",
    "field",
    "op",
    "value",
    "known_at",
    "recorded_at",
    "known_to",
    "basis",
    "source",
)
COVERAGE_COLUMNS = ("system", "agency", "records", "up_to")

LIST_COLUMNS = frozenset(
    [
        "posture",
        "lividity",
        "clothing",
        "injuries",
        "body_state",
        "substances",
        "tested_for",
        "scene",
        "missing_items",
        "entities",
        "mentions",
        "references",
    ]
)
