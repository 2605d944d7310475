"""The contract's column names, and which headers look like sensitive traits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from clew.model.contract import CASE_COLUMNS
from clew.vocabulary.load import word_key

REQUIRED = ("case_id", "reported_at")

COLUMNS = frozenset(CASE_COLUMNS)

TIME_COLUMNS = frozenset({"reported_at", "earliest", "latest", "last_seen_alive"})

TRAIT_PREFIX = "group_"

_SENSITIVE_WORDS = frozenset([
    "race", "races", "racial", "ethnic", "ethnicity", "religion", "religious", "faith",
    "orientation", "sexuality", "nationality", "hispanic", "transgender", "disability", "disabled",
    "hiv", "pregnant", "pregnancy",
])  # fmt: skip
_SENSITIVE_PAIRS = ("gender_identity", "mental_health")


def column_key(header: str) -> str:
    """Return the name under which a header is matched: lower_snake, marks aside."""
    return word_key(header)


def header_key(header: Iterable[str]) -> str:
    """Return a digest of a file's header, the same in any order: files of one source have one."""
    return hashlib.sha256("\n".join(sorted(map(column_key, header))).encode()).hexdigest()


def looks_sensitive(header: str) -> bool:
    """Say whether a header without `group_` seems to be a sensitive trait."""
    key = column_key(header)
    words = not _SENSITIVE_WORDS.isdisjoint(key.split("_"))
    return key not in COLUMNS and (words or any(pair in key for pair in _SENSITIVE_PAIRS))


def is_trait(header: str) -> bool:
    """Say whether a column is a sensitive trait, by its `group_` or by its words."""
    return header.startswith(TRAIT_PREFIX) or looks_sensitive(header)


def trait_name(header: str) -> str:
    """Return the name of a trait, always with `group_`."""
    key = column_key(header)
    return key if key.startswith(TRAIT_PREFIX) else TRAIT_PREFIX + key
