"""The names of the files' columns: the contract that other programs rely on."""

from __future__ import annotations

CASE_COLUMNS = (
    "case_id", "kind", "reported_at", "earliest", "latest", "latitude", "longitude",
    "location_precision_m", "place_key", "premises", "home_latitude", "home_longitude", "agency",
    "area", "age_years", "sex", "posture", "lividity", "clothing", "injuries", "body_state",
    "moved_after_death", "identity_status", "last_seen_alive", "category", "manner",
    "manner_said_by", "cause", "substances", "tested_for", "scene", "missing_items", "entities",
    "mentions", "allegation", "allegation_status", "references", "narrative",
)  # fmt: skip
"""Columns of a case file, in the order of docs/reference/columns.md."""
FACT_COLUMNS = (
    "case_id", "field", "op", "value", "known_at", "recorded_at", "known_to", "basis", "source",
)  # fmt: skip
COVERAGE_COLUMNS = ("system", "agency", "records", "up_to")
ALERT_COLUMNS = (
    "at", "case_id", "linked_case_id", "rank", "priority", "weight_bans", "chance_per_case",
    "tier", "relation", "trigger", "alert", "update", "series_alert",
)  # fmt: skip
"""Columns of alerts.csv, shared.csv and below.csv."""
CURVE_COLUMNS = (
    "alerts_allowed_per_hundred", "alerts_a_year", "alerts_low", "alerts_high", "added_a_year",
    "hours_a_year", "by_2nd", "by_2nd_low", "by_2nd_high", "by_3rd", "by_3rd_low", "by_3rd_high",
)  # fmt: skip
"""Columns of curve.csv, one row for each budget tried."""
CLUSTER_COLUMNS = (
    "cluster_id", "model", "stratum", "latitude", "longitude", "radius_km", "first_day",
    "last_day", "observed", "expected", "statistic", "p_value", "recurrence_days", "case_ids",
    "places", "p_sequential", "p_gumbel", "p_corrected", "strata", "recurrence_source",
    "replications", "scanned_on", "signal",
)  # fmt: skip
"""Columns of clusters.csv: those of the contract first."""
SHEET_COLUMNS = ("sample_id", "case_a", "case_b", "worth_a_second_look", "reader")
KEY_COLUMNS = ("sample_id", "case_a", "case_b", "drawn_from", "week", "below_in_week", "seed")
"""Columns of sample.csv, which the reader fills in blind, and of sample-key.csv."""

LIST_COLUMNS = frozenset((
    "posture", "lividity", "clothing", "injuries", "body_state", "substances", "tested_for",
    "scene", "missing_items", "entities", "mentions", "references",
))  # fmt: skip

MOST_ID = 100
"""Declared: characters of a case id. A series is named for one, and such a name has 120."""


def id_fault(case_id: str) -> str:
    """Return why a text cannot be the id of a case, "" where it can.

    An id is part of addresses, of names of files and of rows of a ledger: what does not print, or
    is only dots, means something else there.
    """
    if not case_id or not case_id.isprintable():
        return "an id must not have line breaks or other characters that do not print"
    if len(case_id) > MOST_ID:
        return f"an id must be at most {MOST_ID} characters long, and this one has {len(case_id):,}"
    return "an id must not be only dots" if not case_id.strip(". ") else ""
