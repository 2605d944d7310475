"""Why a value is missing. Missing weighs nothing; its cause is still worth saying."""

from __future__ import annotations

from enum import StrEnum


class MissingCause(StrEnum):
    """Cause of a missing value. A column that a file lacks is `NOT_RECORDED` for every case."""

    NOT_RECORDED = "not_recorded"
    NOT_APPLICABLE = "not_applicable"
    WITHHELD = "withheld"
    PENDING = "pending"
    PLACEHOLDER = "placeholder"
