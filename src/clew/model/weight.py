"""The weight table: how often linked pairs agree, level by level. u comes from the file at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.model.values import Instant


@dataclass(frozen=True, slots=True)
class LevelWeights:
    """m of one evidence with ordered levels: P(level | linked), in (0, 1), summing to 1.

    `edges` are the upper bounds of all levels but the last, in `unit`; `monotone` says that an
    earlier level must never weigh less than a later one; `source` is where m comes from.
    """

    unit: str
    edges: tuple[float, ...]
    m: tuple[float, ...]
    monotone: bool
    source: str


@dataclass(frozen=True, slots=True)
class SetWeights:
    """How steadily linked pairs repeat one kind of value.

    `consistency` is P(the other record of a linked pair has the value too | one has it, and
    the other recorded this kind at all), beyond what its frequency gives; in (0, 1).
    `floor_bans` bounds what values not shared may weigh against, < 0.
    """

    consistency: float
    floor_bans: float
    source: str


@dataclass(frozen=True, slots=True)
class WeightTable:
    """Everything the engine assumes of linked pairs. JSON on disk, never pickle.

    `trained_until` is None for declared priors, which were fixed before any benchmark was run.
    `bounds` are single declared numbers by name, each with its source in `notes`. `kept` is the
    share of each evidence's weight that counts beside the others, 0 to 2, by name; 1 where it is
    not named. `learned` says what a learned table was trained on and how it held; None for
    declared priors. `crime` is the kind of crime it was learned from; None: any.
    """

    schema: int
    name: str
    trained_until: Instant | None
    levels: Mapping[str, LevelWeights]
    sets: Mapping[str, SetWeights]
    bounds: Mapping[str, float]
    notes: Mapping[str, str]
    fingerprint: str
    kept: Mapping[str, float] = field(default_factory=dict)
    learned: Mapping[str, Any] | None = None
    crime: str | None = None
