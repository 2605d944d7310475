"""The format of records, without their content: what a classifier may see that hunts for leaks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from clew.model.contract import CASE_COLUMNS, LIST_COLUMNS
from clew.synthetic.generated import Row, split_words
from clew.synthetic.rates import Floats

POINTS = ("latitude", "longitude", "home_latitude", "home_longitude")
LATE = ("cause", "manner", "substances", "category", "tested_for", "manner_said_by")
WORDED = ("cause", "narrative", "place_key", "case_id", "references", "entities", "mentions")
"""Columns whose length in characters is a feature; a cause's without the names of substances."""
ALIKE = frozenset({"case_id", "kind", "reported_at"})
FEATURES = (
    *(f"has {name}" for name in CASE_COLUMNS if name not in ALIKE),
    *(f"words {name}" for name in CASE_COLUMNS if name in LIST_COLUMNS),
    *(f"length {name}" for name in WORDED),
    *(f"decimals {name}" for name in POINTS),
    *(f"delay {name}" for name in LATE),
    "precision",
    "date alone",
    "facts",
    "corrections",
    "age decimals",
    "id starts X",
    "longest code",
)
"""What each column of `format_features` is."""


def format_features(rows: Sequence[Row], facts: Sequence[Row]) -> Floats:
    """Return the format of each row (n, k), columns as `FEATURES`; delays are log days."""
    by_case: dict[str, list[Row]] = {}
    for fact in facts:
        by_case.setdefault(fact["case_id"], []).append(fact)
    return np.asarray([_features(row, by_case.get(row["case_id"], [])) for row in rows])


def _features(row: Row, facts: Sequence[Row]) -> list[float]:
    """Return the features of one row and its facts."""
    counts = [fact["field"] for fact in facts]
    return [
        *(float(name in row) for name in CASE_COLUMNS if name not in ALIKE),
        *(
            float(len(split_words(row.get(name, ""))))
            for name in CASE_COLUMNS
            if name in LIST_COLUMNS
        ),
        *(float(len(_wording(name, row))) for name in WORDED),
        *(float(len(row.get(name, "").partition(".")[2])) for name in POINTS),
        *(_delay(name, row, facts) for name in LATE),
        float(row.get("location_precision_m", "-1")),
        float("T" not in row["reported_at"]),
        float(len(counts)),
        float(len(counts) - len(set(counts))),
        float(len(row.get("age_years", "").partition(".")[2])),
        float(row["case_id"].startswith("X-")),
        float(max((len(name) for name in split_words(row.get("entities", ""))), default=0)),
    ]


def _wording(name: str, row: Row) -> str:
    """Return the text of a column; the substances that a cause names are content, and left out."""
    text = row.get(name, "")
    if name == "cause":
        text = text.lower()
        for substance in split_words(row.get("substances", "")):
            text = text.replace(substance, "")
        text = text.replace(", ", "")
    return text


def _delay(name: str, row: Row, facts: Sequence[Row]) -> float:
    """Return the log of the days from the report to the last fact on a field, -1 without one."""
    times = [fact["recorded_at"] for fact in facts if fact["field"] == name]
    if not times:
        return -1.0
    wait: timedelta = datetime.fromisoformat(max(times)) - datetime.fromisoformat(
        row["reported_at"]
    )
    return float(np.log1p(max(0.0, wait.total_seconds() / 86_400)))
