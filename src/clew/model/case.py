"""The case: one report of a death, an incident or a missing person, as known at one time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from clew.model.values import Instant, MissingCause, Point, TimeWindow

_EXTRA: Mapping[str, str] = MappingProxyType({})
_MISSING: Mapping[str, MissingCause] = MappingProxyType({})


class Kind(StrEnum):
    """What the record reports."""

    DEATH = "death"
    NON_FATAL = "non_fatal"
    MISSING_PERSON = "missing_person"


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """A person, phone, vehicle, address ... that a record names, by keyed code and role."""

    role: str
    type: str
    code: str


@dataclass(frozen=True, slots=True)
class Case:
    """One record as it stood at one time. None is missing; an empty tuple is known to be empty.

    Lists are sorted and hold no value twice. `mechanism` is read out of `cause` at intake.
    `report_known_to_the_minute` is False where the file gave a date alone, which counts as known
    at the end of that day. `missing` says why a value is missing where that is known; `extra`
    keeps every column that Clew does not know, as plain facts. Sensitive traits are not here:
    they live in `CaseFile.traits`, and no evidence can reach them.
    """

    case_id: str
    reported_at: Instant
    kind: Kind = Kind.DEATH
    report_known_to_the_minute: bool = True
    window: TimeWindow | None = None
    point: Point | None = None
    place_key: str | None = None
    premises: str | None = None
    home: Point | None = None
    agency: str | None = None
    area: str | None = None
    age_years: float | None = None
    sex: str | None = None
    posture: tuple[str, ...] | None = None
    lividity: tuple[str, ...] | None = None
    clothing: tuple[str, ...] | None = None
    injuries: tuple[str, ...] | None = None
    body_state: tuple[str, ...] | None = None
    moved_after_death: bool | None = None
    identity_status: str | None = None
    last_seen_alive: Instant | None = None
    category: str | None = None
    manner: str | None = None
    manner_said_by: str | None = None
    cause: str | None = None
    mechanism: str | None = None
    substances: tuple[str, ...] | None = None
    tested_for: tuple[str, ...] | None = None
    scene: tuple[str, ...] | None = None
    missing_items: tuple[str, ...] | None = None
    entities: tuple[Entity, ...] | None = None
    mentions: tuple[str, ...] | None = None
    allegation: str | None = None
    allegation_status: str | None = None
    references: tuple[str, ...] | None = None
    narrative: str | None = None
    further: tuple[str, ...] | None = None
    extra: Mapping[str, str] = field(default_factory=lambda: _EXTRA)
    missing: Mapping[str, MissingCause] = field(default_factory=lambda: _MISSING)
