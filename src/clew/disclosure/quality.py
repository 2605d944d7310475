"""What `clew quality` says of a file's data, for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from clew.disclosure.input_words import input_json
from clew.model.quality import Filled, Quality


def quality_json(quality: Quality) -> dict[str, Any]:
    """Return the report as plain values; shares are 0 to 1."""

    def shares(group: Filled) -> dict[str, Any]:
        return {
            "name": group.name,
            "records": group.records,
            "filled": {field: group.filled.get(field, 0) for field in quality.fields},
            "share": {field: round(group.share(field), 4) for field in quality.fields},
        }

    plain = asdict(quality)
    del plain["account"]
    return plain | {
        "units": [shares(group) for group in quality.units],
        "months": [shares(group) for group in quality.months],
        "all": shares(quality.all),
        "input": input_json(quality.account),
    }
