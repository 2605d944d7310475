"""What `clew quality` says of a file's data, for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from clew.disclosure.input_words import input_json
from clew.model.profile import ProfiledColumn
from clew.model.quality import Filled, Quality


def percent(share: float) -> str:
    """Return a share as a percentage that is never rounded to none or all: `<1%`, `>99%`."""
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    return f"{share:.0%}"


def say_shares(column: ProfiledColumn) -> str:
    """Return which readings explain how many of a column's cells; those that explain any."""
    explained = [(reading, share) for reading, share in column.shares if share]
    if not explained:
        return "no reading fits a cell" if column.shares else "too few cells to say"
    return ", ".join(f"{reading} {percent(share)}" for reading, share in explained)


def say_profile(columns: Sequence[ProfiledColumn], file: str) -> list[str]:
    """Return a line for each column that was profiled: how it is read, and what explains it."""
    lines = []
    for one in columns:
        of = "" if one.file == file else f" of {one.file}"
        kept = ", as in earlier files" if one.known_before else ""
        lines.append(
            f"{one.column} ('{one.header}'{of}) is read {one.read_as}{kept}."
            f" Of {one.filled:,} cells: {say_shares(one)}"
        )
    return lines


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
        "profile": [
            asdict(one) | {"shares": {name: round(share, 4) for name, share in one.shares}}
            for one in quality.profile
        ],
    }
