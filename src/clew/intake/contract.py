"""The contract's column names, and which headers look like sensitive traits."""

from __future__ import annotations

from clew.vocabulary.load import word_key

REQUIRED = ("case_id", "reported_at")

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

COLUMNS = (
    frozenset(
        [
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
            "moved_after_death",
            "identity_status",
            "last_seen_alive",
            "category",
            "manner",
            "manner_said_by",
            "cause",
            "allegation",
            "allegation_status",
            "narrative",
        ]
    )
    | LIST_COLUMNS
)

TIME_COLUMNS = frozenset({"reported_at", "earliest", "latest", "last_seen_alive"})

TRAIT_PREFIX = "group_"

_SENSITIVE_WORDS = frozenset(
    [
        "race",
        "races",
        "racial",
        "ethnic",
        "ethnicity",
        "religion",
        "religious",
        "faith",
        "orientation",
        "sexuality",
        "nationality",
        "hispanic",
        "transgender",
        "disability",
        "disabled",
        "hiv",
        "pregnant",
        "pregnancy",
    ]
)
_SENSITIVE_PAIRS = ("gender_identity", "mental_health")


def column_key(header: str) -> str:
    """Return the name under which a header is matched: lower_snake, marks aside."""
    return word_key(header)


def looks_sensitive(header: str) -> bool:
    """Tell whether a header without `group_` seems to hold a sensitive trait."""
    key = column_key(header)
    if key in COLUMNS:
        return False
    return bool(_SENSITIVE_WORDS & set(key.split("_"))) or any(
        pair in key for pair in _SENSITIVE_PAIRS
    )


def trait_name(header: str) -> str:
    """Return the name of a trait, always with `group_`."""
    key = column_key(header)
    return key if key.startswith(TRAIT_PREFIX) else TRAIT_PREFIX + key
