"""The weekly blind sample of what fell below the budget: what was drawn, and what a reader said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SampledPair:
    """One pair of the sample. `below` is False for an alert that was mixed in as a control."""

    sample_id: str
    case_a: str
    case_b: str
    below: bool


@dataclass(frozen=True, slots=True)
class Key:
    """What the reader must not see: what each pair was, and out of how many it was drawn."""

    week: str
    below_in_week: int
    seed: int
    drawn: tuple[SampledPair, ...]


@dataclass(frozen=True, slots=True)
class SampleReading:
    """What a reader said of one pair; `worth` is None where the line was left blank."""

    sample_id: str
    case_a: str
    case_b: str
    worth: bool | None
    reader: str
