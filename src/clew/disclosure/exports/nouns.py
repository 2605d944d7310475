"""What an export is made of: its stamp, its records, its links, and what two records share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clew.model.case_file import Coverage
from clew.model.finding import Finding
from clew.model.time_window import Instant

TOLD_COLUMNS = (
    *("kind", "reported_at", "earliest", "latest", "latitude", "longitude"),
    *("location_precision_m", "premises", "agency", "area", "name_used_by_family", "known_as"),
    *("age_years", "sex", "category", "manner", "manner_said_by", "cause", "substances"),
    *("tested_for", "scene", "missing_items", "posture", "lividity", "clothing", "injuries"),
    *("body_state", "moved_after_death", "identity_status", "last_seen_alive", "allegation"),
    *("allegation_status", "references", "narrative"),
)
"""Columns of a record that leave the desk. Any other stays: nobody has said that it may leave.
Left out on purpose: sensitive traits, the usual residence, and codes of people (`entities`)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every export says of itself. `left_out` tells what was withheld, and why."""

    reference: str
    what: str
    made_by: str
    made_at: Instant
    purpose: str
    given_to: str
    records: int
    coverage: tuple[Coverage, ...] = ()
    left_out: tuple[str, ...] = ()
    force: str = ""
    version: str = ""
    timezone: str = "Europe/London"


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record as it is told now; `told` holds its text by column. Degrees are WGS84."""

    case_id: str
    reported_at: Instant
    told: Mapping[str, str] = field(default_factory=dict)
    latitude: float | None = None
    longitude: float | None = None

    @property
    def point(self) -> tuple[float, float] | None:
        """Return (latitude, longitude), or None where either is missing or none on Earth."""
        if self.latitude is None or self.longitude is None:
            return None
        fits = abs(self.latitude) <= 90 and abs(self.longitude) <= 180
        return (self.latitude, self.longitude) if fits else None

    @property
    def name(self) -> str:
        """Return the name the family uses, of a death alone; a survivor is not named."""
        if self.told.get("kind", "death") != "death":
            return ""
        return self.told.get("name_used_by_family") or self.told.get("known_as", "")


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One candidate of a record. `case_a` is the one compared; `state` where people left it."""

    case_a: str
    case_b: str
    at: Instant
    rank: int
    micro_bans: int
    chance: float
    deaths_a_year: float
    tier: str
    relation: str
    state: str
    findings: tuple[Finding, ...] = ()
    other_explanations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """One code that a record names, by role and type; see `entities` in the case file."""

    case_id: str
    role: str
    type: str
    code: str


@dataclass(frozen=True, slots=True)
class Extract:
    """One export: a stamp, and rows that are gone through once, in order."""

    stamp: Stamp
    records: Iterable[RecordRow]
    links: Iterable[LinkRow] = ()
    mentions: Iterable[Mention] = ()
