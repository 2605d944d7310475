"""A judgement: what a person said of a pair. It shapes adopted series, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clew.model.values import Instant


class Verdict(StrEnum):
    """What was decided of the pair."""

    LINKED = "linked"
    NOT_LINKED = "not_linked"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One row of a judgement file. `relation` `duplicate_report`, verified, merges two reports."""

    case_a: str
    case_b: str
    verdict: Verdict
    relation: str = ""
    explanation: str = ""
    verified: bool = False
    decided_at: Instant | None = None
    decided_by: str = ""
    second_reader: str = ""
    reason: str = ""


class Conflict(StrEnum):
    """How judgements disagree.

    `OVERRULED`: a later judgement of the same pair says otherwise. `KEPT_APART`: the pair was
    judged linked, and joining it would bring together two cases judged not linked.
    """

    OVERRULED = "overruled"
    KEPT_APART = "kept_apart"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A judgement that shapes no adopted series, and those that speak against it: never none."""

    kind: Conflict
    judgement: Judgement
    against: tuple[Judgement, ...]
