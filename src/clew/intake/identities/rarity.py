"""How rare a value is: how many others have it, held steady where a register is small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from clew.intake.identities.names import share_of


@dataclass(frozen=True, slots=True)
class Steady:
    """What is known before a register speaks: the share of a value, as if seen in `records`."""

    share: float
    records: float


STEADY: Mapping[str, Steady] = {
    "given": Steady(0.002, 2_000),
    "given_form": Steady(0.003, 2_000),
    "middle": Steady(0.002, 2_000),
    "family": Steady(0.0005, 2_000),
    # Days of about 70 years; days of birth are nearly even, so the register adds little.
    "day": Steady(1 / 25_000, 1_000_000),
    "phone": Steady(1e-5, 10_000),
    "home": Steady(3e-5, 10_000),
    "handle": Steady(1e-5, 10_000),
    "vehicle": Steady(1e-5, 10_000),
    "street": Steady(0.001, 2_000),
    "postcode": Steady(2e-4, 10_000),
}
"""Declared by judgement. The commonest names have shares of their own (`common_names.toml`)."""

_NAMES = frozenset({"given", "given_form", "middle", "family"})


def shares(column: str, values: Sequence[str | None]) -> dict[str, float]:
    """Return the share of others who have each value.

    The two records of a pair are not counted: it is asked how many others could have been met.
    """
    steady = STEADY[column]
    kind = "family" if column == "family" else "given"
    known = share_of(kind) if column in _NAMES else {}
    counts = Counter(value for value in values if value is not None)
    total = sum(counts.values()) + steady.records
    return {
        value: (max(count - 2, 0) + known.get(value, steady.share) * steady.records) / total
        for value, count in sorted(counts.items())
    }


def rarity_table(column: str, values: Sequence[str | None]) -> Any:
    """Return the shares as a table in the form that Splink looks them up in."""
    found = shares(column, values)
    return pa.table({column: list(found), f"tf_{column}": pa.array(found.values(), pa.float64())})
